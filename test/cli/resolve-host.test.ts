import assert from 'node:assert/strict';
import { resolveHost } from '../../lib/cli/resolve-host.ts';
import type { Dns } from '../../lib/engine/resolver/dns.ts';
import { Resolver } from '../../lib/engine/resolver/resolver.ts';

const unknown = async () => {
  throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
};

/** A DNS that knows what is given, and nothing else. */
function resolverOf(known: Partial<Dns>): Resolver {
  const dns: Dns = {
    resolve4: unknown,
    resolve6: unknown,
    resolveSrv: unknown,
    resolveNaptr: unknown,
    lookup: unknown,
  };
  return new Resolver({ dns: { ...dns, ...known } });
}

const addresses = new Map([
  ['one.carrier.example', '192.0.2.1'],
  ['two.carrier.example', '192.0.2.2'],
]);
const resolve4 = async (name: string) => {
  const address = addresses.get(name);
  return address === undefined ? unknown() : [{ address, ttlSeconds: 60 }];
};
const SRV = ['one', 'two'].map((host, index) => ({
  name: `${host}.carrier.example`,
  port: 5080,
  priority: index,
  weight: 0,
}));

describe('the addresses of a trunk that is a name', () => {
  it('are all that NAPTR and SRV lead to: calls from any of them belong to it', async () => {
    const resolver = resolverOf({
      resolve4,
      resolveNaptr: async () => [
        { order: 1, preference: 1, flags: 's', service: 'SIP+D2U', replacement: '_sip._udp.carrier.example' },
      ],
      resolveSrv: async (name) => (name === '_sip._udp.carrier.example' ? SRV : unknown()),
    });
    assert.deepEqual(await resolveHost('sip:carrier.example', resolver), ['192.0.2.1', '192.0.2.2']);
  });

  it('are found for transports that another engine speaks too', async () => {
    const resolver = resolverOf({
      resolve4,
      resolveSrv: async (name) => (/^_sips?\._tcp\.carrier\.example$/.test(name) ? SRV : unknown()),
    });
    for (const uri of [
      'sips:carrier.example',
      'sip:carrier.example;transport=tls',
      'sip:carrier.example;transport=wss',
    ])
      assert.deepEqual(await resolveHost(uri, resolver), ['192.0.2.1', '192.0.2.2'], uri);
  });

  it('are those of the bare name where there is no SRV, and none where there is nothing', async () => {
    const plain = resolverOf({ resolve4: async () => [{ address: '192.0.2.9', ttlSeconds: 60 }] });
    assert.deepEqual(await resolveHost('sip:carrier.example:5070', plain), ['192.0.2.9']);
    assert.deepEqual(await resolveHost('sip:nowhere.invalid', resolverOf({})), []);
  });

  it('are itself where it is an address', async () => {
    for (const [uri, expected] of [
      ['sip:192.0.2.7:5060;transport=udp', '192.0.2.7'],
      ['sip:u@[2001:db8::1]:5060', '2001:db8::1'],
    ] as const)
      assert.deepEqual(await resolveHost(uri, resolverOf({})), [expected]);
  });
});
