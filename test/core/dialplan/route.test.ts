import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialledOf } from '../../../lib/core/call/candidate.ts';
import type { Configuration, NumberFormat, OutgoingRoute } from '../../../lib/core/configuration.ts';
import { formatNumber } from '../../../lib/core/dialplan/number-format.ts';
import { type Route, type RouteSpec, routeTo } from '../../../lib/core/dialplan/route.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import { aConfiguration, anExtension, aTrunk, OPERATION, TRUNK } from '../rules/configuration-fixture.ts';

const OTHER = 'other';

function spec(received: string, changes: Partial<RouteSpec> = {}): RouteSpec {
  return { number: readNumber(received, 'BR'), extension: null, trunk: null, outgoingRule: null, ...changes };
}

function dialled(route: Route): string[] {
  if (route.type === 'refused') return [`refused ${route.gate}`];
  return route.candidates.map((one) => (one.kind === 'trunk' ? `${one.trunk}:${one.user}` : `ext:${dialledOf(one)}`));
}

function withRoutes(routes: Array<Partial<OutgoingRoute>>, changes: Partial<Configuration> = {}): Configuration {
  const whole = routes.map((route) => ({
    match: '',
    matchOn: 'e164' as const,
    rewrite: null,
    trunks: [TRUNK],
    ...route,
  }));
  return aConfiguration({
    trunks: [aTrunk(), aTrunk({ name: OTHER, numberFormat: 'e164' })],
    outgoingRules: [{ name: 'rule', routes: whole }],
    ...changes,
  });
}

const byRule = { outgoingRule: 'rule' };

describe('the route to a number', () => {
  for (const received of ['48991996260', '048991996260', '+5548991996260', '5548991996260', '04148991996260']) {
    it(`trunk alone sends '${received}' exactly as received`, () => {
      assert.deepEqual(dialled(routeTo(spec(received, { trunk: TRUNK }), aConfiguration())), [`${TRUNK}:${received}`]);
    });
  }

  const formats: Array<[NumberFormat, string]> = [
    ['asReceived', '048991996260'],
    ['e164', '+5548991996260'],
    ['e164NoPlus', '5548991996260'],
    ['national', '48991996260'],
  ];
  for (const [numberFormat, user] of formats) {
    it(`trunk alone with numberFormat ${numberFormat} sends ${user}`, () => {
      const configuration = aConfiguration({ trunks: [aTrunk({ numberFormat })] });
      assert.deepEqual(dialled(routeTo(spec('048991996260', { trunk: TRUNK }), configuration)), [`${TRUNK}:${user}`]);
    });
  }

  it('outgoing rule alone reshapes the number, whatever form it came in', () => {
    for (const received of ['48991996260', '+5548991996260', '(48) 99199-6260']) {
      const route = routeTo(spec(received, { outgoingRule: 'Operação' }), aConfiguration());
      assert.deepEqual(dialled(route), [`${TRUNK}:048991996260`]);
    }
  });

  it('outgoing rule alone without rewrite: its trunks in order, each in its own format', () => {
    const configuration = withRoutes([{ match: '^55', trunks: [OTHER, TRUNK] }]);
    assert.deepEqual(dialled(routeTo(spec('048991996260', byRule), configuration)), [
      `${OTHER}:+5548991996260`,
      `${TRUNK}:048991996260`,
    ]);
  });

  it('both: reshaped by the rule, sent through the trunk that is named, and no other', () => {
    const configuration = withRoutes([{ match: '^55(.*)$', rewrite: '9$1', trunks: [TRUNK] }]);
    const route = routeTo(spec('048991996260', { ...byRule, trunk: OTHER }), configuration);
    assert.deepEqual(dialled(route), [`${OTHER}:948991996260`]);
  });

  it('neither: the default outgoing rule', () => {
    const configuration = aConfiguration({ defaultOutgoingRule: 'Operação' });
    assert.deepEqual(dialled(routeTo(spec('48991996260'), configuration)), [`${TRUNK}:048991996260`]);
  });

  it('neither, and no default outgoing rule: no route', () => {
    assert.deepEqual(dialled(routeTo(spec('48991996260'), aConfiguration())), ['refused no-route']);
  });

  it('does not fall back to the default outgoing rule when the trunk alone is named', () => {
    const configuration = aConfiguration({ defaultOutgoingRule: 'Operação' });
    assert.deepEqual(dialled(routeTo(spec('48991996260', { trunk: TRUNK }), configuration)), [`${TRUNK}:48991996260`]);
  });

  it('first match wins', () => {
    const configuration = withRoutes([
      { match: '^1', rewrite: '1' },
      { match: '^55(48)(.*)$', rewrite: '0$1$2' },
      { match: '^55(.*)$', rewrite: '7$1' },
    ]);
    assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), configuration)), [`${TRUNK}:048991996260`]);
    assert.deepEqual(dialled(routeTo(spec('11991996260', byRule), configuration)), [`${TRUNK}:711991996260`]);
    assert.deepEqual(dialled(routeTo(spec('+33612345678', byRule), configuration)), ['refused no-route']);
  });

  it('matchOn received sees the octets, e164 the digits of E.164', () => {
    const onReceived = withRoutes([{ match: '^048(.*)$', matchOn: 'received', rewrite: '02148$1' }]);
    assert.deepEqual(dialled(routeTo(spec('048991996260', byRule), onReceived)), [`${TRUNK}:02148991996260`]);
    assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), onReceived)), ['refused no-route']);
    const onE164 = withRoutes([{ match: '^048', rewrite: '0' }]);
    assert.deepEqual(dialled(routeTo(spec('048991996260', byRule), onE164)), ['refused no-route']);
  });

  it('a number without E.164 matches no e164 route', () => {
    const configuration = withRoutes([{ match: '.*' }, { match: '^7', matchOn: 'received', rewrite: '$0' }]);
    assert.deepEqual(dialled(routeTo(spec('7001234', byRule), configuration)), ['refused impossible']);
  });

  it('a group that took no part is nothing, and the rewrite is the whole dial string', () => {
    const configuration = withRoutes([{ match: '55(48)|(49)', rewrite: '0$1$2$9991996260' }]);
    assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), configuration)), [`${TRUNK}:048991996260`]);
  });

  it('goes through the trunks that can write the number', () => {
    const configuration = withRoutes([{ match: '^7', matchOn: 'received', trunks: [OTHER, TRUNK] }]);
    assert.deepEqual(dialled(routeTo(spec('7001234', byRule), configuration)), [`${TRUNK}:7001234`]);
  });

  it('refuses what does not exist: rule, trunk, extension, number', () => {
    const configuration = withRoutes([
      { match: '^55', trunks: ['gone'] },
      { match: '^1', trunks: [] },
    ]);
    assert.deepEqual(dialled(routeTo(spec('48991996260', { outgoingRule: 'gone' }), configuration)), [
      'refused no-route',
    ]);
    assert.deepEqual(dialled(routeTo(spec('48991996260', { trunk: 'gone' }), configuration)), ['refused no-route']);
    assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), configuration)), ['refused no-route']);
    assert.deepEqual(dialled(routeTo(spec('+12125551234', byRule), configuration)), ['refused no-route']);
    assert.deepEqual(dialled(routeTo(spec('', { number: null, extension: '999' }), configuration)), [
      'refused no-route',
    ]);
    assert.deepEqual(dialled(routeTo(spec('', { number: null, trunk: TRUNK }), configuration)), ['refused impossible']);
  });

  it('an extension is rung at its contact, by no trunk', () => {
    const configuration = aConfiguration({ extensions: [anExtension({ number: '201', contact: null })] });
    assert.deepEqual(dialled(routeTo(spec('', { number: null, extension: '201' }), configuration)), ['ext:201']);
  });

  it('never dials an emergency or short number, also when the rewriting makes one', () => {
    for (const rewrite of ['190', '0190', '+55190', '*31#190', '004148190']) {
      const configuration = withRoutes([{ match: '.*', rewrite, trunks: [OTHER, TRUNK] }]);
      assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), configuration)), ['refused emergency'], rewrite);
    }
    assert.deepEqual(dialled(routeTo(spec('190', { trunk: TRUNK }), aConfiguration())), ['refused emergency']);
  });

  it('refuses a rewriting that is no dial string', () => {
    for (const rewrite of ['', '$5', '0$1@evil', '0 $1', '0$1;x=y', '+', '$', '0$1'.repeat(9), 'a$1', '0$1\r\n']) {
      const configuration = withRoutes([{ match: '^55(.*)', rewrite }]);
      assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), configuration)), ['refused impossible'], rewrite);
    }
  });

  it('takes a pattern that does not compile for one that does not match', () => {
    const configuration = withRoutes([{ match: '(' }, { match: '^55', rewrite: '048991996260' }]);
    assert.deepEqual(dialled(routeTo(spec('48991996260', byRule), configuration)), [`${TRUNK}:048991996260`]);
  });
});

describe('a hostile user part', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.string({ unit: fc.constantFrom(...'0123456789+*#\r\n"<>@;:%\\\0\t é'), maxLength: 40 }),
    fc.constantFrom('48991996260\r\nX-Evil: 1', '48991996260@evil', '48991996260>;x', '4899"1996260', '48991996260\0'),
  );

  it('never gets anything but digits, plus, star and hash into a dial string', () => {
    const configurations = [
      aConfiguration(),
      withRoutes([{ match: '(.*)', matchOn: 'received', rewrite: '0$1' }, { match: '.' }]),
      aConfiguration({ defaultOutgoingRule: 'Operação', outgoingRules: [OPERATION] }),
    ];
    const ways: Array<Partial<RouteSpec>> = [{ trunk: TRUNK }, byRule, {}, { ...byRule, trunk: TRUNK }];
    fc.assert(
      fc.property(hostile, fc.constantFrom(...configurations), fc.constantFrom(...ways), (text, configuration, way) => {
        for (const number of [readNumber(text, 'BR'), { received: text, e164: null }]) {
          const route = routeTo({ number, extension: null, trunk: null, outgoingRule: null, ...way }, configuration);
          if (route.type === 'refused') {
            assert.doesNotMatch(route.text, /[\r\n\0]/);
            continue;
          }
          for (const candidate of route.candidates) {
            assert.match(candidate.kind === 'trunk' ? candidate.user : '', /^\+?[0-9*#]{1,32}$/);
            assert.doesNotMatch(candidate.kind === 'trunk' ? candidate.user : '', /\n/);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the form of a number', () => {
  it('needs E.164 for all but asReceived', () => {
    const number = { received: '7001234', e164: null };
    assert.equal(formatNumber(number, 'asReceived', 'BR'), '7001234');
    for (const format of ['e164', 'e164NoPlus', 'national'] as const)
      assert.equal(formatNumber(number, format, 'BR'), null);
  });

  it('never writes a foreign number in national digits', () => {
    assert.equal(formatNumber(readNumber('+442079460000', 'BR'), 'national', 'BR'), '+442079460000');
    assert.equal(formatNumber(readNumber('+442079460000', 'BR'), 'national', 'GB'), '02079460000');
  });
});
