/** Fields of trunks, routes and the edge: what is taken, what goes out again, and what a mistake says. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Configuration } from '../../lib/core/configuration.ts';
import { formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';

function parsed(value: object): Configuration {
  const result = parseConfiguration(JSON.stringify(value));
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.mistakes));
  return result.configuration;
}

function mistakes(text: string): string[] {
  const result = parseConfiguration(text);
  return result.ok ? [] : result.mistakes.map(({ path, message }) => `${path}: ${message}`);
}

const trunk = (fields: string) => `trunks: [{ name: t, proxy: 'sip:192.0.2.1', ${fields} }]`;
const route = (fields: string) =>
  `${trunk('weight: 1')}\noutgoingRules: [{ name: r, routes: [{ match: '.', trunks: [t], ${fields} }] }]`;

describe('fields of the dial plan', () => {
  const wrong: Array<[text: string, path: string, message: RegExp]> = [
    [trunk('codecs: []'), 'trunks[0].codecs', /at least one codec/],
    [trunk('codecs: [PCMA, PCMA]'), 'trunks[0].codecs', /names a codec twice/],
    [trunk('codecs: [PMCA]'), 'trunks[0].codecs[0]', /did you mean `PCMA`/],
    [trunk('telephoneEvent: maybe'), 'trunks[0].telephoneEvent', /true or false/],
    [trunk('outboundProxy: 192.0.2.5'), 'trunks[0].outboundProxy', /not a SIP URI/],
    [trunk(`identity: { callReason: 'say "hello"' }`), 'trunks[0].identity.callReason', /quote/],
    [trunk('identity: { diversion: sales }'), 'trunks[0].identity.diversion', /true, false or a number|not a number/],
    [trunk('identity: { divertion: true }'), 'trunks[0].identity.divertion', /did you mean `diversion`/],
    [trunk('identity: { numberFormat: E164 }'), 'trunks[0].identity.numberFormat', /did you mean `e164`/],
    [trunk("callerIds: { allow: ['*'] }"), 'trunks[0].callerIds.allow[0]', /every number/],
    [trunk("callerIds: { default: '+5548*' }"), 'trunks[0].callerIds.default', /./],
    [trunk('weight: 0'), 'trunks[0].weight', /./],
    [route('between: [Mon 08:00-18:00]'), 'outgoingRules[0].routes[0].timezone', /is missing: by which clocks/],
    [route('timezone: Europe/Berlin'), 'outgoingRules[0].routes[0].timezone', /nothing without `between`/],
    [route('between: [Mo 08:00-18:00], timezone: Europe/Berlin'), 'outgoingRules[0].routes[0].between[0]', /not a day/],
    [route('between: [Mon 08:00-18:00], timezone: Europe/Berln'), 'outgoingRules[0].routes[0].timezone', /time zone/],
    [route('hours: office'), 'outgoingRules[0].routes[0].hours', /there is no hours `office`/],
    [
      `${trunk('weight: 1')}\noutgoingRules: [{ name: r, routes: [{ match: '.', trunks: [{ name: tt, weight: 1 }] }] }]`,
      'outgoingRules[0].routes[0].trunks[0].name',
      /there is no trunk `tt`; did you mean `t`/,
    ],
    [
      `${trunk('weight: 1')}\noutgoingRules: [{ name: r, routes: [{ match: '.', trunks: [{ name: t, weight: 0 }] }] }]`,
      'outgoingRules[0].routes[0].trunks[0]',
      /name of a trunk, or|weight/,
    ],
    ['trustedProxies: { addresses: [10.0.0.5] }', 'trustedProxies.sourceHeader', /is missing/],
    ['trustedProxies: { sourceHeader: X-Source }', 'trustedProxies.addresses', /whose header/],
    ['trustedProxies: { addresses: [here], sourceHeader: X-Source }', 'trustedProxies.addresses[0]', /address range/],
    [
      "trustedProxies: { addresses: [10.0.0.5], sourceHeader: 'X Source' }",
      'trustedProxies.sourceHeader',
      /header name/,
    ],
    ['trustedProxy: { addresses: [] }', 'trustedProxy', /did you mean `trustedProxies`/],
  ];
  for (const [text, path, message] of wrong) {
    it(`${text.split('\n').at(-1)}: the mistake is at ${path}`, () => {
      const found = mistakes(text);
      const at = found.find((mistake) => mistake.startsWith(`${path}: `) || mistake.startsWith(`${path}.`));
      assert.match(at ?? JSON.stringify(found), message);
    });
  }

  it('one string stands for a list of hours', () => {
    const result = parsed({
      trunks: [{ name: 't', proxy: 'sip:a' }],
      outgoingRules: [
        {
          name: 'r',
          routes: [{ match: '.', trunks: ['t'], between: 'Mon-Fri 08:00-18:00', timezone: 'Europe/Berlin' }],
        },
      ],
    });
    assert.deepEqual(result.outgoingRules[0]?.routes[0]?.between, ['Mon-Fri 08:00-18:00']);
  });

  it('go out as they came in, whatever they are', () => {
    const number = fc.stringMatching(/^\+[1-9][0-9]{5,11}$/);
    const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
    const identity = fc.record({
      pai: optional(fc.boolean()),
      ppi: optional(fc.boolean()),
      rpid: optional(fc.boolean()),
      privacy: optional(fc.boolean()),
      numberFormat: optional(fc.constantFrom('asReceived', 'e164', 'e164NoPlus', 'national')),
      diversion: optional(fc.oneof(fc.boolean(), number)),
      historyInfo: optional(fc.oneof(fc.boolean(), number)),
      callReason: optional(fc.constantFrom('Returning your call', 'yes', '0123', '- a: b')),
    });
    const trunks = fc.record({
      identity: optional(identity),
      codecs: optional(fc.constantFrom(['PCMA'], ['PCMU', 'PCMA'], ['PCMA', 'PCMU'])),
      telephoneEvent: optional(fc.boolean()),
      outboundProxy: optional(fc.constantFrom('sip:10.0.0.5', 'sip:edge.example:5060;transport=tcp;lr')),
      callerIds: optional(fc.record({ allow: fc.array(number, { maxLength: 3 }), default: optional(number) })),
      weight: optional(fc.integer({ min: 1, max: 1000 })),
    });
    const routes = fc.record({
      trunk: fc.oneof(fc.constant('t'), fc.record({ name: fc.constant('t'), weight: fc.integer({ min: 1, max: 99 }) })),
      hours: optional(fc.constant('office')),
      between: optional(fc.constantFrom(['Mon-Fri 08:00-18:00'], ['Sat 10:00-12:00, 13:00-24:00', 'Sun 00:00-24:00'])),
    });
    const proxies = optional(fc.constant({ addresses: ['10.0.0.5/32', '2001:db8::/64'], sourceHeader: 'X-Source' }));
    fc.assert(
      fc.property(trunks, fc.array(routes, { minLength: 1, maxLength: 3 }), proxies, (given, list, trustedProxies) => {
        const configuration = parsed({
          trunks: [{ name: 't', proxy: 'sip:192.0.2.1', ...given }],
          hours: [{ name: 'office', timezone: 'Europe/Berlin' }],
          outgoingRules: [
            {
              name: 'r',
              routes: list.map(({ trunk: one, between, ...rest }) => ({
                match: '.',
                trunks: [one],
                ...rest,
                ...(between === undefined ? {} : { between, timezone: 'Europe/Berlin' }),
              })),
            },
          ],
          trustedProxies,
        });
        const again = parseConfiguration(formatConfiguration(configuration));
        assert.ok(again.ok, again.ok ? '' : JSON.stringify(again.mistakes));
        assert.deepEqual(again.configuration, configuration);
      }),
      { numRuns: 100 },
    );
  });
});
