import assert from 'node:assert/strict';
import fc from 'fast-check';
import { behindProxy } from '../../../lib/core/rules/behind-proxy.ts';
import { decideInbound } from '../../../lib/core/rules/decide-inbound.ts';
import { aCall, aConfiguration, aTrunk, from, TRUNK } from './configuration-fixture.ts';

const PROXY = '10.0.0.5';
const CARRIER = '203.0.113.7';
const configuration = aConfiguration({
  trunks: [aTrunk({ accept: [`${CARRIER}/32`] }), aTrunk({ name: 'v6', accept: ['2001:db8::/32'] })],
  trustedProxies: { addresses: ['10.0.0.0/29'], sourceHeader: 'X-Source' },
});

function through(value: string | null, address = PROXY) {
  return behindProxy(configuration, aCall({ ...from(address), headers: value === null ? {} : { 'x-source': value } }));
}

function sourceOf(value: string | null, address = PROXY): string {
  const decision = decideInbound(configuration, through(value, address), new Map());
  return decision.type === 'callback'
    ? String(decision.request.source)
    : decision.type === 'refuse'
      ? decision.gate
      : '';
}

describe('a call through a proxy of ours', () => {
  for (const [value, address, port] of [
    [CARRIER, CARRIER, 0],
    [`${CARRIER}:5062`, CARRIER, 5062],
    [` ${CARRIER} `, CARRIER, 0],
    ['[2001:db8::1]:5060', '2001:db8::1', 5060],
    ['2001:db8::1', '2001:db8::1', 0],
    ['[2001:db8::1]', '2001:db8::1', 0],
  ] as const) {
    it(`is taken as coming from what the header says: ${value.trim()}`, () => {
      const { source } = through(value);
      assert.deepEqual([source.address, source.port, source.proxy], [address, port, PROXY]);
    });
  }

  it('belongs to the trunk that accepts that address, and its caller is called back by it', () => {
    assert.equal(sourceOf(`${CARRIER}:5060`), TRUNK);
    assert.equal(sourceOf('[2001:db8::9]:5060'), 'v6');
    assert.equal(sourceOf('198.51.100.1'), 'source');
  });

  it('is refused where the header is no address: it does not fall back to what the proxy itself may do', () => {
    const trusting = { ...configuration, trunks: [aTrunk({ accept: [`${PROXY}/32`] })] };
    for (const value of [
      '',
      'x',
      '300.1.1.1',
      `${CARRIER}:99999`,
      `${CARRIER}, 10.0.0.1`,
      '::ffff',
      `${CARRIER};a=b`,
    ]) {
      const call = behindProxy(trusting, aCall({ ...from(PROXY), headers: { 'x-source': value } }));
      const decision = decideInbound(trusting, call, new Map());
      assert.equal(decision.type === 'refuse' && decision.gate, 'source', value);
    }
  });

  it("without the header is the proxy's own", () => {
    assert.deepEqual(through(null).source, aCall(from(PROXY)).source);
  });

  it('is not believed of anybody else, whatever it writes', () => {
    for (const address of ['10.0.0.8', '203.0.113.9', '::1', '']) {
      assert.equal(through(CARRIER, address).source.address, address);
    }
    assert.equal(sourceOf(CARRIER, '198.51.100.1'), 'source');
  });

  it('is not believed where no proxy is named', () => {
    const call = aCall({ ...from(PROXY), headers: { 'x-source': CARRIER } });
    assert.equal(behindProxy(aConfiguration(), call), call);
  });

  it('is read without an exception, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.:[]abcdef ') })), (value) => {
        const { source } = through(value);
        assert.ok(source.port >= 0 && source.port <= 65_535);
        assert.match(source.address, /^[0-9A-Fa-f:.%]*$/);
      }),
      { numRuns: 1000 },
    );
  });
});
