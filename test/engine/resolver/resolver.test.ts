import assert from 'node:assert/strict';
import type { Dns } from '../../../lib/engine/resolver/dns.ts';
import { Resolver, type ResolverOptions } from '../../../lib/engine/resolver/resolver.ts';
import { orderSrv } from '../../../lib/engine/resolver/srv-order.ts';

type Zone = {
  a?: Record<string, string[]>;
  aaaa?: Record<string, string[]>;
  srv?: Record<string, Array<{ name: string; port: number; priority?: number; weight?: number }>>;
  naptr?: Record<string, Array<{ service: string; replacement: string; order?: number; flags?: string }>>;
  hosts?: Record<string, string[]>;
};

type Failure = 'ENOTFOUND' | 'ETIMEOUT';

function missing(code: Failure): Error {
  return Object.assign(new Error(`query ${code}`), { code });
}

/** A DNS of our own that notes each question. */
function zoneDns(zone: Zone, asked: string[] = [], ttlSeconds = 300): Dns {
  const find = <T>(kind: string, table: Record<string, T[]> | undefined, name: string): T[] => {
    asked.push(`${kind} ${name}`);
    const records = table?.[name];
    if (records === undefined) throw missing('ENOTFOUND');
    return records;
  };
  return {
    resolve4: async (name) => find('A', zone.a, name).map((address) => ({ address, ttlSeconds })),
    resolve6: async (name) => find('AAAA', zone.aaaa, name).map((address) => ({ address, ttlSeconds })),
    resolveSrv: async (name) => find('SRV', zone.srv, name).map((r) => ({ priority: 0, weight: 0, ...r })),
    resolveNaptr: async (name) =>
      find('NAPTR', zone.naptr, name).map((r) => ({ order: 0, preference: 0, flags: 's', ...r })),
    lookup: async (name) => find('hosts', zone.hosts, name),
  };
}

function resolverFor(zone: Zone, options: ResolverOptions & { asked?: string[]; ttlSeconds?: number } = {}): Resolver {
  const { asked, ttlSeconds, ...rest } = options;
  return new Resolver({ dns: zoneDns(zone, asked, ttlSeconds), random: () => 0, ...rest });
}

async function located(zone: Zone, uri: string): Promise<string[]> {
  const targets = await resolverFor(zone).resolveTarget(uri);
  return targets.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`);
}

describe('server location (RFC 3263)', () => {
  it('asks nobody for a numeric host', async () => {
    const asked: string[] = [];
    const resolver = resolverFor({}, { asked });
    const cases: Array<[string, string, number, string]> = [
      ['sip:a@192.0.2.1', '192.0.2.1', 5060, 'udp'],
      ['sip:192.0.2.1:5070;transport=TCP', '192.0.2.1', 5070, 'tcp'],
      ['sip:[2001:DB8::0:1]:5080', '2001:db8::1', 5080, 'udp'],
      ['sip:a@example.com;maddr=192.0.2.9', '192.0.2.9', 5060, 'udp'],
    ];
    for (const [uri, address, port, protocol] of cases) {
      assert.deepEqual(await resolver.resolveTarget(uri), [{ protocol, address, port }], uri);
    }
    assert.deepEqual(asked, []);
  });

  it('takes the preferred protocol where nothing else says which', async () => {
    assert.deepEqual(await resolverFor({}).resolveTarget('sip:192.0.2.1', { preferProtocol: 'tcp' }), [
      { protocol: 'tcp', address: '192.0.2.1', port: 5060 },
    ]);
  });

  it('goes straight to A and AAAA when the port is given', async () => {
    const asked: string[] = [];
    const zone = { a: { 'sbc.example.com': ['192.0.2.1'] }, aaaa: { 'sbc.example.com': ['2001:db8::1'] } };
    const targets = await resolverFor(zone, { asked }).resolveTarget('sip:sbc.example.com:5070');
    assert.deepEqual(
      targets.map((target) => target.address),
      ['192.0.2.1', '2001:db8::1'],
    );
    assert.deepEqual(asked.sort(), ['A sbc.example.com', 'AAAA sbc.example.com']);
  });

  it('follows NAPTR to its SRV records in order', async () => {
    const zone: Zone = {
      naptr: {
        'example.com': [
          { service: 'SIP+D2U', replacement: '_sip._udp.b.example.com', order: 20 },
          { service: 'SIPS+D2T', replacement: '_sips._tcp.example.com', order: 5 },
          { service: 'SIP+D2T', replacement: '_sip._tcp.b.example.com', order: 10 },
        ],
      },
      srv: {
        '_sip._tcp.b.example.com': [{ name: 'one.example.com', port: 5061 }],
        '_sip._udp.b.example.com': [{ name: 'two.example.com', port: 5062 }],
      },
      a: { 'one.example.com': ['192.0.2.1'], 'two.example.com': ['192.0.2.2'] },
    };
    assert.deepEqual(await located(zone, 'sip:example.com'), ['tcp 192.0.2.1 5061', 'udp 192.0.2.2 5062']);
  });

  it('takes SRV by priority when NAPTR does not answer, and the transport that the URI names', async () => {
    const zone: Zone = {
      srv: {
        '_sip._udp.example.com': [
          { name: 'second.example.com', port: 5062, priority: 20 },
          { name: 'first.example.com', port: 5061, priority: 10 },
        ],
        '_sip._tcp.example.com': [{ name: 'first.example.com', port: 5063 }],
      },
      a: { 'first.example.com': ['192.0.2.1'], 'second.example.com': ['192.0.2.2'] },
    };
    assert.deepEqual(await located(zone, 'sip:example.com;transport=udp'), [
      'udp 192.0.2.1 5061',
      'udp 192.0.2.2 5062',
    ]);
    assert.deepEqual(await located(zone, 'sip:example.com'), [
      'udp 192.0.2.1 5061',
      'udp 192.0.2.2 5062',
      'tcp 192.0.2.1 5063',
    ]);
  });

  it('takes the name itself on port 5060 when there is no SRV record, or only the one that says no', async () => {
    const a = { 'example.com': ['192.0.2.7'] };
    assert.deepEqual(await located({ a }, 'sip:example.com'), ['udp 192.0.2.7 5060']);
    const srv = { '_sip._udp.example.com': [{ name: '', port: 0 }] };
    assert.deepEqual(await located({ a, srv }, 'sip:example.com'), ['udp 192.0.2.7 5060']);
  });

  it('asks the system for a name without a dot, and for what the DNS does not know', async () => {
    const hosts = { localhost: ['127.0.0.1', '::1'], 'pbx.lan': ['10.0.0.2'] };
    assert.deepEqual(await located({ hosts }, 'sip:localhost'), ['udp 127.0.0.1 5060', 'udp ::1 5060']);
    assert.deepEqual(await located({ hosts }, 'sip:pbx.lan:5070'), ['udp 10.0.0.2 5070']);
  });

  it('finds TLS by _sips._tcp and SIPS+D2T, on port 5061, and keeps the name whose certificate it has to be (RFC 5922)', async () => {
    const tls = (name: string) => ({ service: 'SIPS+D2T', replacement: name, order: 5 });
    const zone: Zone = {
      naptr: { 'sips.example': [tls('_sips._tcp.b.example')], 'only.example': [tls('_sips._tcp.b.example')] },
      srv: {
        '_sips._tcp.b.example': [{ name: 'one.example', port: 5071 }],
        '_sips._tcp.srv.example': [{ name: 'one.example', port: 5072 }],
      },
      a: { 'one.example': ['192.0.2.1'], 'plain.example': ['192.0.2.2'] },
    };
    const found = async (uri: string) => {
      const targets = await resolverFor(zone).resolveTarget(uri);
      return targets.map(({ protocol, address, port, host }) => `${protocol} ${address} ${port} ${host}`);
    };
    assert.deepEqual(await found('sips:sips.example'), ['tls 192.0.2.1 5071 sips.example']);
    assert.deepEqual(await found('sip:only.example'), ['tls 192.0.2.1 5071 only.example']);
    assert.deepEqual(await found('sip:srv.example;transport=tls'), ['tls 192.0.2.1 5072 srv.example']);
    assert.deepEqual(await found('sip:plain.example;transport=tls'), ['tls 192.0.2.2 5061 plain.example']);
    assert.deepEqual(await found('sips:192.0.2.3'), ['tls 192.0.2.3 5061 192.0.2.3']);
  });

  it('tells why there is no target', async () => {
    const resolver = resolverFor({});
    for (const uri of [
      'sip:nowhere.example',
      'sips:192.0.2.1;transport=udp',
      'sip:192.0.2.1;transport=ws',
      'tel:+49301',
      'no uri',
    ]) {
      const resolution = await resolver.resolve(uri);
      assert.equal(resolution.ok, false, uri);
      assert.ok(!resolution.ok && resolution.reason.length > 5, uri);
      assert.deepEqual(await resolver.resolveTarget(uri), []);
    }
  });

  it('asks again only when the TTL is over, and a failed name after five seconds', async () => {
    const asked: string[] = [];
    let now = 1_000_000;
    const zone: Zone = { a: { 'a.example.com': ['192.0.2.1'] } };
    const resolver = resolverFor(zone, { asked, ttlSeconds: 30, now: () => now, families: [4] });
    const ask = (name: string) => resolver.resolveTarget(`sip:${name}:5060`);
    await ask('a.example.com');
    now += 29_999;
    await ask('a.example.com');
    assert.deepEqual(asked, ['A a.example.com']);
    now += 2;
    await ask('a.example.com');
    assert.equal(asked.length, 2);
    await ask('b.example.com');
    await ask('b.example.com');
    assert.equal(asked.filter((question) => question === 'A b.example.com').length, 1);
    now += 5_001;
    await ask('b.example.com');
    assert.equal(asked.filter((question) => question === 'A b.example.com').length, 2);
  });

  it('puts one question for many calls at once', async () => {
    const asked: string[] = [];
    const resolver = resolverFor({ a: { 'a.example.com': ['192.0.2.1'] } }, { asked, families: [4] });
    await Promise.all(Array.from({ length: 50 }, () => resolver.resolveTarget('sip:a.example.com:5060')));
    assert.deepEqual(asked, ['A a.example.com']);
  });

  it('forgets the oldest name when the cache is full', async () => {
    const asked: string[] = [];
    const a = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`h${n}.example.com`, ['192.0.2.1']]));
    const resolver = resolverFor({ a }, { asked, families: [4], maxCacheEntries: 3 });
    for (const n of [0, 1, 2, 3, 3, 0]) await resolver.resolveTarget(`sip:h${n}.example.com:5060`);
    assert.equal(asked.filter((question) => question === 'A h3.example.com').length, 1);
    assert.equal(asked.filter((question) => question === 'A h0.example.com').length, 2);
  });

  it('answers in time when the DNS is silent, and still finds A when only NAPTR and SRV are', async () => {
    const silence = () => new Promise<never>(() => undefined);
    const mute: Dns = {
      resolve4: silence,
      resolve6: silence,
      resolveSrv: silence,
      resolveNaptr: silence,
      lookup: silence,
    };
    const startedAt = performance.now();
    const resolution = await new Resolver({ dns: mute, timeoutMs: 60 }).resolve('sip:example.com');
    assert.ok(!resolution.ok && resolution.reason.includes('60 ms'));
    assert.ok(performance.now() - startedAt < 1_000);
    const half = { ...zoneDns({ a: { 'example.com': ['192.0.2.1'] } }), resolveNaptr: silence, resolveSrv: silence };
    const targets = await new Resolver({ dns: half, timeoutMs: 600 }).resolveTarget('sip:example.com');
    assert.deepEqual(targets, [{ protocol: 'udp', address: '192.0.2.1', port: 5060 }]);
  });

  it('does not block a thread of the system where the DNS was silent', async () => {
    const asked: string[] = [];
    const dns = { ...zoneDns({}, asked), resolve4: async () => Promise.reject(missing('ETIMEOUT')) };
    assert.deepEqual(await new Resolver({ dns, families: [4] }).resolveTarget('sip:a.example.com:5060'), []);
    assert.deepEqual(asked, []);
  });

  it('never gives more than 16 targets', async () => {
    const a = { 'big.example.com': Array.from({ length: 200 }, (_, n) => `192.0.2.${n}`) };
    assert.equal((await located({ a }, 'sip:big.example.com:5060')).length, 16);
  });

  it('draws SRV records of one priority by their weight', () => {
    const record = (name: string, weight: number) => ({ name, port: 5060, priority: 1, weight });
    const records = [record('light', 10), record('heavy', 90)];
    const firsts = Array.from({ length: 100 }, (_, n) => orderSrv(records, () => n / 100)[0]?.name);
    assert.equal(firsts.filter((name) => name === 'heavy').length, 89);
    assert.equal(orderSrv(records, () => 0.999).length, 2);
  });

  it('closed, gives up what it waits for at once and asks nobody any more', async () => {
    const asked: string[] = [];
    const { promise: never, reject } = Promise.withResolvers<never>();
    const dns: Dns = {
      ...zoneDns({}, asked),
      resolve4: () => never,
      resolve6: () => never,
      resolveNaptr: () => never,
      cancel: () => reject(Object.assign(new Error('query ECANCELLED'), { code: 'ECANCELLED' })),
    };
    const resolver = new Resolver({ dns, timeoutMs: 60_000 });
    const waiting = resolver.resolve('sip:a@example.com');
    resolver.close();
    assert.equal((await waiting).ok, false);
    assert.deepEqual(await resolver.resolveTarget('sip:a@other.example.com'), []);
    assert.deepEqual(asked, []);
  });
});
