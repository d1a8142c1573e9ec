import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  fillDialled,
  fillSpoken,
  fillText,
  isChosenByCaller,
  type Known,
  LONGEST_VALUE,
  MOST_VARIABLES,
  setBy,
  templatesIn,
  variablesIn,
  withVariables,
} from '../../../lib/core/flow/variables.ts';
import { HOST } from './flow-fixture.ts';

const EMPTY = {
  digits: '',
  variables: {} as Record<string, string>,
  secrets: {} as Record<string, string>,
  language: null,
};

function known(variables: Record<string, string>, changes: Partial<Known['state']> = {}): Known {
  return { host: HOST, state: { ...EMPTY, variables, ...changes } };
}

describe('variables', () => {
  it('have the call’s own beside those of the flow', () => {
    const text = fillText(
      '{caller}|{inboundNumber}|{language}|{digits}|{order}',
      known({ order: 'x' }, { digits: '7' }),
    );
    assert.equal(text, '(48) 99199-6260|+554831210110|en|7|x');
    assert.equal(fillText('{language}', known({}, { language: 'pt-BR' })), 'pt-BR');
  });

  it('are empty until they are set, and those of every object are none', () => {
    assert.equal(fillText('<{order}{constructor}{toString}>', known({})), '<>');
  });

  it('leave what is not a name of one as it is', () => {
    assert.equal(fillText('{Order} {1} {} {a-b}', known({ a: 'x' })), '{Order} {1} {} {a-b}');
  });

  it('are not looked for in values', () => {
    assert.equal(fillText('{a}', known({ a: '{b}', b: 'x' })), '{b}');
  });

  it('put nothing but digits and + into what is dialled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        assert.match(fillDialled('{a}{digits}{caller}', known({ a: value }, { digits: value })), /^[0-9+]*$/);
      }),
    );
  });

  it('put no character into a text that ends a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        assert.doesNotMatch(fillText('{a}', known({ a: value })), /[\p{Cc}\u2028\u2029]/u);
      }),
    );
    assert.equal(fillText('{a}', known({ a: 'a\r\nb: c\u2028' })), 'ab: c');
  });

  it('put nothing but keys into what is spoken, whatever they hold', () => {
    assert.equal(fillSpoken('digits:{a}', known({ a: '+1 0*#&x' })), 'digits:10*#');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        assert.match(fillSpoken('digits:{a}', known({ a: value })), /^digits:[0-9*#]*$/);
      }),
    );
  });

  it('count as chosen by whoever is on the line, the dialled number aside', () => {
    for (const template of ['{caller}', '0{digits}', '{order}', '{language}', '{inboundNumber}{order}'])
      assert.equal(isChosenByCaller(template), true, template);
    for (const template of ['{inboundNumber}', '+5548', '{Order}'])
      assert.equal(isChosenByCaller(template), false, template);
  });
});

describe('setting variables', () => {
  const set = (given: Record<string, string>, from = EMPTY) => withVariables(from, given);

  it('keeps digits where they always were', () => {
    assert.deepEqual(set({ digits: '12', order: 'x' }).state, { ...EMPTY, digits: '12', variables: { order: 'x' } });
  });

  it('refuses what the call tells, and what is no name', () => {
    const { state, refused } = set({ caller: '1', inboundNumber: '2', language: 'es', Bad: 'x', 'a-b': 'y', ok: 'z' });
    assert.deepEqual(state.variables, { ok: 'z' });
    assert.deepEqual(refused, ['caller', 'inboundNumber', 'language', 'Bad', 'a-b']);
  });

  it('does not touch what every object has', () => {
    const { state } = set(JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>);
    assert.equal(Object.getPrototypeOf(state.variables), Object.prototype);
    assert.deepEqual(Object.keys(state.variables), ['constructor']);
  });

  it('bounds names and values, and lets those that are there be set again', () => {
    const many = Object.fromEntries(Array.from({ length: MOST_VARIABLES + 5 }, (_, i) => [`v${i}`, 'x'.repeat(300)]));
    const { state, refused } = set(many);
    assert.equal(Object.keys(state.variables).length, MOST_VARIABLES);
    assert.equal(refused.length, 5);
    assert.ok(Object.values(state.variables).every((value) => value.length === LONGEST_VALUE));
    assert.deepEqual(withVariables(state, { v0: 'again' }).refused, []);
    assert.equal(withVariables(state, { v0: 'again' }).state.variables['v0'], 'again');
    assert.deepEqual(withVariables(state, { pin: '1' }, { secret: true }).refused, ['pin']);
  });

  it('cuts no character in two and keeps none that ends a line', () => {
    const { state } = set({ a: `${'x'.repeat(255)}😀`, b: 'a\r\nb' });
    assert.deepEqual(state.variables, { a: 'x'.repeat(255), b: 'ab' });
  });

  it('holds secrets apart, where no template finds them', () => {
    const { state } = withVariables(EMPTY, { pin: '1234', digits: '99' }, { secret: true });
    assert.deepEqual(state, { ...EMPTY, secrets: { pin: '1234', digits: '99' } });
    const here: Known = { host: HOST, state };
    assert.equal(fillText('{pin}{digits}', here), '');
    assert.equal(fillDialled('{pin}{digits}', here), '');
    assert.equal(fillSpoken('digits:{pin}{digits}', here), 'digits:');
  });

  it('has a name in one of the two only', () => {
    const secret = withVariables(EMPTY, { pin: '1' }, { secret: true }).state;
    assert.deepEqual(withVariables(secret, { pin: '2' }).state, { ...EMPTY, variables: { pin: '2' } });
  });

  it('leaves what was there', () => {
    const before = JSON.stringify(EMPTY);
    set({ a: 'x', digits: '1' });
    assert.equal(JSON.stringify(EMPTY), before);
  });
});

describe('variables of a component as written', () => {
  it('are found in all texts that hold them, with their paths', () => {
    const written = {
      type: 'collect',
      prompt: 'digits:{a}',
      readBack: { prompt: 'x&digits:{b}', confirm: '{c}' },
      variables: { x: '{d}' },
      reason: '{e}',
      on: '{f}',
    };
    const found = templatesIn(written).flatMap(({ path, text }) =>
      variablesIn(text).map((name) => `${path.join('.')}=${name}`),
    );
    assert.deepEqual(found, ['prompt=a', 'readBack.prompt=b', 'on=f', 'variables.x=d']);
  });

  it('are set by those that say so', () => {
    assert.deepEqual(setBy({ type: 'collect' }), { names: ['digits'], secret: false, open: false });
    assert.deepEqual(setBy({ type: 'collect', variable: 'pin', secret: true }), {
      names: ['pin'],
      secret: true,
      open: false,
    });
    assert.deepEqual(setBy({ type: 'set', variables: { a: '', b: '' } }).names, ['a', 'b']);
    assert.equal(setBy({ type: 'webhook' }).open, true);
    assert.deepEqual(setBy({ type: 'set', variables: null }), { names: [], secret: false, open: false });
  });
});
