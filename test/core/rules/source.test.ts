import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { InboundCall } from '../../../lib/core/call/inbound-call.ts';
import type { Configuration, Trunk, TrunkMatch } from '../../../lib/core/configuration.ts';
import { inboundNumberOf } from '../../../lib/core/rules/inbound-number.ts';
import { parseSipUri } from '../../../lib/core/rules/sip-uri.ts';
import { acceptProblem, identifySource } from '../../../lib/core/rules/source.ts';
import { aCall, aConfiguration, anExtension, aTrunk, DID, from, TRUNK } from './configuration-fixture.ts';

const NONE: ReadonlyMap<string, string[]> = new Map();

function sourceOf(configuration: Configuration, changes: Partial<InboundCall>, resolved = NONE): string {
  const source = identifySource(configuration, aCall(changes), resolved);
  if (source.type === 'trunk') return source.trunk;
  return source.type === 'extension' ? `extension:${source.number}` : 'stranger';
}

function trunks(...list: Array<Partial<Trunk>>): Configuration {
  return aConfiguration({ trunks: list.map((changes) => aTrunk(changes)), extensions: [] });
}

describe('the source of a call', () => {
  it('belongs to the trunk whose accept holds it', () => {
    const configuration = trunks(
      { name: 'a', accept: ['192.0.2.0/24', '198.51.100.7'] },
      { name: 'b', accept: ['2001:db8::/32'] },
    );
    assert.equal(sourceOf(configuration, from('192.0.2.99')), 'a');
    assert.equal(sourceOf(configuration, from('198.51.100.7', 40000)), 'a');
    assert.equal(sourceOf(configuration, from('198.51.100.8')), 'stranger');
    assert.equal(sourceOf(configuration, from('2001:db8::1')), 'b');
    assert.equal(sourceOf(configuration, from('[2001:db8::1]')), 'b');
    assert.equal(sourceOf(configuration, from('2001:db9::1')), 'stranger');
  });

  it('an IPv4 address that came over an IPv6 socket is the IPv4 address', () => {
    assert.equal(sourceOf(trunks({ accept: ['192.0.2.0/24'] }), from('::ffff:192.0.2.1')), TRUNK);
    assert.equal(sourceOf(trunks({ accept: ['::ffff:192.0.2.0/120'] }), from('192.0.2.1')), TRUNK);
    assert.equal(sourceOf(trunks({ accept: ['::ffff:192.0.2.0/120'] }), from('192.0.3.1')), 'stranger');
  });

  it('the longest prefix wins, whatever the order', () => {
    const wide = { name: 'wide', accept: ['0.0.0.0/0', '::/0'] };
    const narrow = { name: 'narrow', accept: ['10.0.0.0/8', '192.0.2.1/32'] };
    for (const configuration of [trunks(wide, narrow), trunks(narrow, wide)]) {
      assert.equal(sourceOf(configuration, from('192.0.2.1')), 'narrow');
      assert.equal(sourceOf(configuration, from('192.0.2.2')), 'wide');
      assert.equal(sourceOf(configuration, from('2001:db8::1')), 'wide');
    }
  });

  it('then the order of the configuration', () => {
    assert.equal(sourceOf(trunks({ name: 'a', accept: ['127.0.0.1/32'] }, { name: 'b' }), from('127.0.0.1')), 'a');
    assert.equal(sourceOf(trunks({ name: 'b' }, { name: 'a', accept: ['127.0.0.1/32'] }), from('127.0.0.1')), 'b');
  });

  it('without accept it is the address of the proxy, from any port', () => {
    assert.equal(sourceOf(trunks({ proxy: 'sip:127.0.0.1:5070' }), from('127.0.0.1', 33333)), TRUNK);
    assert.equal(sourceOf(trunks({ proxy: 'sip:[2001:db8::7]:5070;transport=tcp' }), from('2001:db8:0::7')), TRUNK);
    assert.equal(sourceOf(trunks({ proxy: 'sip:127.0.0.1:5070' }), from('127.0.0.2')), 'stranger');
    assert.equal(sourceOf(trunks({ proxy: 'sip:[2001:db8::7]:5070' }), from('2001:db8::8')), 'stranger');
  });

  it("without accept it is one of the addresses of the proxy's domain, when they are known", () => {
    const configuration = trunks({ proxy: 'sip:pbx.example;transport=tls' });
    const resolved = new Map([[TRUNK, ['192.0.2.10', '2001:db8::10']]]);
    assert.equal(sourceOf(configuration, from('192.0.2.10'), resolved), TRUNK);
    assert.equal(sourceOf(configuration, from('2001:db8::10'), resolved), TRUNK);
    assert.equal(sourceOf(configuration, from('192.0.2.11'), resolved), 'stranger');
    assert.equal(sourceOf(configuration, from('192.0.2.10')), 'stranger');
  });

  it('an empty accept lets nobody in', () => {
    assert.equal(sourceOf(trunks({ accept: [] }), from('127.0.0.1')), 'stranger');
  });

  it('nonsense for an address or a range is a stranger, never an error', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, proxy) => {
        assert.equal(sourceOf(trunks({ accept: ['0.0.0.0/0', '::/0'] }), from(`x${text}`)), 'stranger');
        assert.equal(sourceOf(trunks({ accept: [`x${text}`] }), from('192.0.2.1')), 'stranger');
        assert.equal(sourceOf(trunks({ proxy: `x${proxy}` }), from('192.0.2.1')), 'stranger');
      }),
    );
    for (const odd of ['', '1', '127.1', '0x7f.0.0.1', '0177.0.0.1', '127.0.0.1/8']) {
      assert.equal(sourceOf(trunks({ accept: ['127.0.0.0/8'] }), from(odd)), 'stranger', odd);
    }
  });

  it('says what is wrong with an entry of accept', () => {
    for (const good of ['127.0.0.1', '127.0.0.0/8', '::1', '2001:db8::/32']) assert.equal(acceptProblem(good), null);
    for (const bad of ['', 'localhost', '127.0.0.1/33', '127.0.0.0/', '1.2.3', '::/129'])
      assert.notEqual(acceptProblem(bad), null, bad);
  });
});

describe('several trunks behind one address', () => {
  const call: Partial<InboundCall> = {
    ...from('127.0.0.1', 5070, 5062),
    dialledHost: 'A.example',
    headers: { 'x-trunk': 'a', contact: '<sip:48991996260;tgrp=Group-A;trunk-context=example.com@127.0.0.1>' },
  };
  const matching: TrunkMatch[] = [
    { header: 'X-Trunk', value: 'a' },
    { header: 'x-trunk' },
    { tgrp: 'group-a' },
    { host: 'a.example' },
    { port: 5062 },
    { port: 5070 },
    { host: 'a.example', port: 5062 },
  ];
  const failing: TrunkMatch[] = [
    { header: 'X-Trunk', value: 'b' },
    { header: 'X-Other' },
    { header: 'constructor' },
    { tgrp: 'group' },
    { host: 'b.example' },
    { port: 5063 },
    { host: 'a.example', port: 5063 },
  ];
  const plain = { name: 'plain' };
  for (const match of matching) {
    it(`${JSON.stringify(match)} beats a trunk without match, whatever the order`, () => {
      assert.equal(sourceOf(trunks(plain, { name: 'matched', match }), call), 'matched');
      assert.equal(sourceOf(trunks({ name: 'matched', match }, plain), call), 'matched');
    });
  }
  for (const match of failing) {
    it(`${JSON.stringify(match)} leaves the call to the trunk without match`, () => {
      assert.equal(sourceOf(trunks({ name: 'matched', match }, plain), call), 'plain');
      assert.equal(sourceOf(trunks({ name: 'matched', match }), call), 'stranger');
    });
  }

  it('the most specific match wins: more conditions, then header, tgrp, host, port', () => {
    const ranked: TrunkMatch[] = [
      { host: 'a.example', port: 5062 },
      { header: 'X-Trunk', value: 'a' },
      { header: 'X-Trunk' },
      { tgrp: 'group-a' },
      { host: 'a.example' },
      { port: 5062 },
    ];
    ranked.slice(1).forEach((weaker, index) => {
      const stronger = ranked[index] ?? {};
      const strong = { name: 'stronger', match: stronger };
      const weak = { name: 'weaker', match: weaker };
      assert.equal(sourceOf(trunks(weak, strong), call), 'stronger', JSON.stringify([stronger, weaker]));
      assert.equal(sourceOf(trunks(strong, weak), call), 'stronger', JSON.stringify([stronger, weaker]));
    });
  });

  it('the longer prefix comes before the match', () => {
    const configuration = trunks(
      { name: 'matched', accept: ['127.0.0.0/8'], match: { port: 5062 } },
      { name: 'near', accept: ['127.0.0.1/32'] },
    );
    assert.equal(sourceOf(configuration, call), 'near');
  });
});

describe('trunks that we register at', () => {
  const account = (username: string, contact: string | null = null) => ({
    auth: { username, password: 'p' },
    register: { expiresSeconds: 300, contact },
  });

  it('behind one address are told apart by the contact that was called', () => {
    const configuration = trunks({ name: 'ana', ...account('ana') }, { name: 'rui', ...account('rui', '200') });
    assert.equal(sourceOf(configuration, { dialledUser: 'ana' }), 'ana');
    assert.equal(sourceOf(configuration, { dialledUser: '200' }), 'rui');
    assert.equal(sourceOf(configuration, { dialledUser: 'rui' }), 'ana', "the order decides: it is nobody's contact");
  });

  it('do not take calls from a trunk whose match is more specific', () => {
    const configuration = trunks({ name: 'ana', ...account('ana') }, { name: 'matched', match: { host: 'a.example' } });
    assert.equal(sourceOf(configuration, { dialledUser: 'ana', dialledHost: 'a.example' }), 'matched');
  });

  it('call our contact: the dialled number is in P-Called-Party-ID, else in To', () => {
    const configuration = aConfiguration({ trunks: [aTrunk({ name: 'ana', ...account('ana') })] });
    const numberOf = (dialledUser: string, headers: Record<string, string>, source: string | null = 'ana') =>
      inboundNumberOf(configuration, { dialledUser, headers }, source)?.number ?? null;
    const to = { to: `"Us" <sip:${DID}@carrier.example>;tag=1` };
    assert.equal(numberOf('ana', to), DID);
    assert.equal(numberOf('ana', { 'p-called-party-id': `<sip:${DID}@x>`, to: '<sip:ana@x>' }), DID);
    assert.equal(numberOf('ana', { to: '<sip:ana@x>' }), null);
    assert.equal(numberOf(DID, { to: '<sip:999@x>' }), DID, 'a number in the Request-URI is the one');
    assert.equal(numberOf('other', to), null, 'To counts for our contact alone');
    assert.equal(numberOf('ana', to, null), null, 'and for calls of that trunk');
    for (const hostile of ['', '<', '"<sip:x', `${'<'.repeat(5_000)}sip:${DID}@x>`, '<sip:@x>'])
      assert.doesNotThrow(() => numberOf('ana', { to: hostile }));
  });
});

describe('an extension as source', () => {
  const shared = aConfiguration();

  it('is whom digest or a registration proved, before any trunk', () => {
    assert.equal(sourceOf(shared, { extension: '201', ...from('127.0.0.1') }), 'extension:201');
  });

  it('at its fixed contact, on an address that a trunk has too, is the extension only if From says so', () => {
    assert.equal(sourceOf(shared, { ...from('127.0.0.1', 5071), fromUser: '200' }), 'extension:200');
    assert.equal(sourceOf(shared, { ...from('127.0.0.1', 5071), fromUser: '48991996260' }), TRUNK);
    assert.equal(sourceOf(shared, { ...from('127.0.0.1', 5072), fromUser: '200' }), TRUNK);
  });

  it('at its fixed contact, where no trunk is, is the extension under any From', () => {
    const alone = aConfiguration({ trunks: [] });
    assert.equal(sourceOf(alone, { ...from('127.0.0.1', 5071), fromUser: 'anything' }), 'extension:200');
    assert.equal(sourceOf(alone, { ...from('127.0.0.1', 5072), fromUser: '200' }), 'stranger');
    assert.equal(sourceOf(alone, { ...from('127.0.0.2', 5071), fromUser: '200' }), 'stranger');
  });

  it('of several at one contact is the one that From names', () => {
    const gateway = aConfiguration({ trunks: [], extensions: [anExtension(), anExtension({ number: '202' })] });
    assert.equal(sourceOf(gateway, { ...from('127.0.0.1', 5071), fromUser: '202' }), 'extension:202');
    assert.equal(sourceOf(gateway, { ...from('127.0.0.1', 5071), fromUser: 'x' }), 'extension:200');
  });

  it('without a fixed contact is nobody until it is proved', () => {
    const registering = aConfiguration({ trunks: [], extensions: [anExtension({ contact: null })] });
    assert.equal(sourceOf(registering, { ...from('127.0.0.1', 5071), fromUser: '200' }), 'stranger');
  });
});

describe('the parts of a SIP URI', () => {
  const uris: Array<[text: string, user: string | null, host: string, port: number]> = [
    ['sip:200@127.0.0.1:5071', '200', '127.0.0.1', 5071],
    ['sip:127.0.0.1', null, '127.0.0.1', 5060],
    ['sips:pbx.example', null, 'pbx.example', 5061],
    ['sip:pbx.example;transport=tls', null, 'pbx.example', 5061],
    ['sip:[2001:db8::1]:5070;transport=tcp', null, '[2001:db8::1]', 5070],
    ['<sip:200@pbx.example>;expires=60', '200', 'pbx.example', 5060],
  ];
  for (const [text, user, host, port] of uris) {
    it(text, () => assert.deepEqual(parseSipUri(text), { user, host, port }));
  }
  it('are null for anything else', () => {
    for (const text of ['', 'tel:+5548', '127.0.0.1:5060', 'sip:', 'sip:a b', 'sip:[::1'])
      assert.equal(parseSipUri(text), null, text);
  });
});
