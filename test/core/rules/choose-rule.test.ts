import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CallbackRule, Configuration } from '../../../lib/core/configuration.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';
import { chooseRule, tiesIn } from '../../../lib/core/rules/choose-rule.ts';
import { findInboundNumber } from '../../../lib/core/rules/inbound-number.ts';
import { aConfiguration, anInboundNumber, aRule, DID } from './configuration-fixture.ts';

const OTHER_DID = '+554831210111';
const PERSON = '48991996260';
const BOTH = [anInboundNumber(), anInboundNumber({ number: OTHER_DID })];

function rules(...list: Array<Partial<CallbackRule>>): Configuration {
  return aConfiguration({ inboundNumbers: BOTH, callbackRules: list.map((changes) => aRule(changes)) });
}

function chosen(configuration: Configuration, caller: string, inbound = DID): string | null {
  return chooseRule(configuration, anInboundNumber({ number: inbound }), readNumber(caller, 'BR'))?.name ?? null;
}

const ANY: Partial<CallbackRule> = { name: 'any' };
const NUMBER: Partial<CallbackRule> = { name: 'number', origin: ['(48) 99199-6260'] };
const LONG: Partial<CallbackRule> = { name: 'long', origin: ['+55489919*'] };
const SHORT: Partial<CallbackRule> = { name: 'short', origin: ['+5548*'] };

describe('the choice of a callback rule', () => {
  it('a specific number beats a longer prefix beats a shorter one beats any, in every order of the file', () => {
    const all = [ANY, NUMBER, LONG, SHORT];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 4 }), (order) => {
        const configuration = rules(...order);
        assert.equal(chosen(configuration, PERSON), 'number');
        assert.equal(chosen(configuration, '48991996261'), 'long');
        assert.equal(chosen(configuration, '4831219999'), 'short');
        assert.equal(chosen(configuration, '11991996260'), 'any');
      }),
    );
  });

  it('does not depend on the order of the file, ties included', () => {
    const origins = fc.constantFrom(
      'any',
      '+55*',
      '+5548*',
      '5548*',
      '(48)*',
      '48*',
      PERSON,
      '+55 48 99199-6260',
      '200',
    );
    const rule = fc.record({
      origin: fc.oneof(fc.constant('any' as const), fc.array(origins, { minLength: 1, maxLength: 3 })),
      inboundNumbers: fc.subarray([DID, OTHER_DID]),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 6 }),
        fc.constantFrom(PERSON, '4831219999', '1199', '200', ''),
        (list, caller) => {
          const named = list.map((one, index) => ({ ...one, name: `rule-${index}` }));
          assert.equal(chosen(rules(...named), caller), chosen(rules(...named.toReversed()), caller));
        },
      ),
    );
  });

  it('is the only one of its rank when no tie was reported', () => {
    const origin = fc.constantFrom('any', '+55*', '48*', '+5548*', PERSON, '+5548991996260', '048991996260');
    fc.assert(
      fc.property(fc.array(origin, { minLength: 2, maxLength: 4 }), (origins) => {
        const list = origins.map((one, index) => ({ name: `rule-${index}`, origin: [one] }));
        const configuration = rules(...list);
        if (tiesIn(configuration).length > 0) return;
        const renamed = rules(...list.map((one, index) => ({ ...one, name: `z-${9 - index}` })));
        const first = chosen(configuration, PERSON);
        const index = first === null ? -1 : Number(first.slice(5));
        assert.equal(chosen(renamed, PERSON), first === null ? null : `z-${9 - index}`);
      }),
    );
  });

  for (const form of ['+5548991996260', '5548991996260', '048991996260', '04148991996260', '48991996260']) {
    it(`knows the specific number when it comes as ${form}`, () =>
      assert.equal(chosen(rules(ANY, NUMBER), form), 'number'));
  }

  for (const prefix of ['+5548*', '5548*', '005548*', '48*', '048*', '(48)*', '+55 48 *']) {
    it(`reads the prefix '${prefix}' like '+5548*'`, () => {
      const configuration = rules({ name: 'prefix', origin: [prefix] });
      assert.equal(chosen(configuration, PERSON), 'prefix');
      assert.equal(chosen(configuration, '11991996260'), null);
      assert.equal(tiesIn(rules({ name: 'a', origin: ['+5548*'] }, { name: 'b', origin: [prefix] })).length, 1);
    });
  }

  it('a list matches with its best member', () => {
    const configuration = rules(LONG, { name: 'list', origin: ['+5511*', '+5548*', '48991996260'] });
    assert.equal(chosen(configuration, PERSON), 'list');
    assert.equal(chosen(configuration, '48991996261'), 'long');
    assert.equal(chosen(configuration, '1133334444'), 'list');
    assert.equal(chosen(rules({ origin: [] }), PERSON), null);
  });

  it('of equal origins the rule that names the inbound number beats one for all', () => {
    const named = { name: 'named', inboundNumbers: [DID] };
    for (const configuration of [rules(ANY, named), rules(named, ANY)]) {
      assert.equal(chosen(configuration, PERSON), 'named');
      assert.equal(chosen(configuration, PERSON, OTHER_DID), 'any');
    }
  });

  it('a more specific origin for all beats a rule that names the inbound number', () => {
    assert.equal(chosen(rules({ name: 'named', inboundNumbers: [DID] }, SHORT), PERSON), 'short');
  });

  it('a rule of another inbound number is not asked', () => {
    assert.equal(chosen(rules({ ...NUMBER, inboundNumbers: [OTHER_DID] }, ANY), PERSON), 'any');
    assert.equal(chosen(rules({ ...NUMBER, inboundNumbers: [OTHER_DID] }), PERSON), null);
  });

  it('a rule may name the inbound number in another form', () => {
    assert.equal(chosen(rules({ name: 'named', inboundNumbers: ['(48) 3121-0110'] }), PERSON), 'named');
  });

  it('an extension or a number without E.164 is matched by its octets', () => {
    const configuration = rules(ANY, { name: 'extension', origin: ['200'] }, { name: 'prefix', origin: ['70*'] });
    assert.equal(chosen(configuration, '200'), 'extension');
    assert.equal(chosen(configuration, '2000'), 'any');
    assert.equal(chosen(configuration, '7012345'), 'prefix');
  });

  it('any takes hidden callers too, so that the anonymous gate can answer them', () => {
    assert.equal(chosen(rules(ANY), ''), 'any');
    assert.equal(chosen(rules(SHORT, NUMBER), ''), null);
  });
});

describe('ties between rules', () => {
  function ties(...list: Array<Partial<CallbackRule>>): string[] {
    return tiesIn(rules(...list)).map((mistake) => mistake.path);
  }

  it('are the same origin on the same inbound number, in whatever form', () => {
    assert.deepEqual(ties({ name: 'a' }, { name: 'b' }), ['callbackRules[1].origin']);
    assert.deepEqual(ties(NUMBER, { name: 'b', origin: ['+5548991996260'] }), ['callbackRules[1].origin']);
    assert.deepEqual(ties({ name: 'a', origin: ['+5511*', '*'] }, ANY), ['callbackRules[1].origin']);
    assert.deepEqual(ties({ name: 'a', inboundNumbers: [DID] }, ANY, { name: 'c', inboundNumbers: [OTHER_DID, DID] }), [
      'callbackRules[2].origin',
    ]);
    assert.deepEqual(ties({ name: 'a', inboundNumbers: ['48 3121-0110'] }, { name: 'b', inboundNumbers: [DID] }), [
      'callbackRules[1].origin',
    ]);
  });

  it('are told once for each pair, with both names', () => {
    const mistakes = tiesIn(
      rules({ name: 'a', origin: ['any', PERSON] }, { name: 'b', origin: ['any', PERSON] }, { name: 'c' }),
    );
    assert.deepEqual(
      mistakes.map(({ path }) => path),
      ['callbackRules[1].origin', 'callbackRules[2].origin'],
    );
    assert.match(mistakes[0]?.message ?? '', /'b'.*'a'/);
  });

  it('are not a prefix beside a number, two prefixes, two inbound numbers, or one rule that repeats itself', () => {
    assert.deepEqual(ties(ANY, SHORT, LONG, NUMBER), []);
    assert.deepEqual(ties({ name: 'a', origin: ['+5511*'] }, { name: 'b', origin: ['+5548*'] }), []);
    assert.deepEqual(ties({ name: 'a', inboundNumbers: [DID] }, { name: 'b', inboundNumbers: [OTHER_DID] }), []);
    assert.deepEqual(ties(ANY, { name: 'b', inboundNumbers: [DID] }), []);
    assert.deepEqual(ties({ name: 'a', origin: [PERSON, '+5548991996260'] }), []);
  });
});

describe('the inbound number', () => {
  const configuration = aConfiguration({
    inboundNumbers: [
      anInboundNumber({ number: '5000' }),
      anInboundNumber({ number: '(48) 3121-0111' }),
      anInboundNumber(),
    ],
  });
  const found: Array<[dialled: string, number: string | null]> = [
    [DID, DID],
    ['554831210110', DID],
    ['4831210110', DID],
    ['04831210110', DID],
    ['00554831210110', DID],
    ['4831210111', '(48) 3121-0111'],
    ['5000', '5000'],
    ['05000', null],
    ['+554831210112', null],
    ['', null],
    ['__proto__', null],
  ];
  for (const [dialled, number] of found) {
    it(`'${dialled}' is ${number}`, () =>
      assert.equal(findInboundNumber(configuration, dialled)?.number ?? null, number));
  }

  it('is found by its octets before its E.164', () => {
    const twice = aConfiguration({ inboundNumbers: [anInboundNumber(), anInboundNumber({ number: '4831210110' })] });
    assert.equal(findInboundNumber(twice, '4831210110')?.number, '4831210110');
    assert.equal(findInboundNumber(twice, '554831210110')?.number, DID);
  });
});
