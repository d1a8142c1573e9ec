import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blockedNumberProblem, isBlocked } from '../../../lib/core/policy/blocked-numbers.ts';
import { compiledPatternCount, compilePattern, patternProblem } from '../../../lib/core/policy/pattern.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';

function blocks(entry: string, received: string): boolean {
  return isBlocked(readNumber(received, 'BR'), [entry], 'BR');
}

describe('blocked numbers', () => {
  const blocked: Array<[entry: string, received: string]> = [
    ['+1900*', '+19005551234'],
    ['+1900*', '19005551234'],
    ['+1900*', '0019005551234'],
    ['+1900*', '00190055'],
    ['+1 900 *', '+1 (900) 555-1234'],
    ['0900*', '0900123456'],
    ['+5548991996260', '(48) 99199-6260'],
    ['(48) 99199-6260', '+5548991996260'],
    ['48991996260', '04148991996260'],
    ['/^\\+5548/', '48991996260'],
    ['/^048/', '048991996260'],
    ['/6260$/', '48991996260'],
    ['200', '200'],
  ];
  for (const [entry, received] of blocked) {
    it(`'${entry}' blocks '${received}'`, () => assert.equal(blocks(entry, received), true));
  }

  const free: Array<[entry: string, received: string]> = [
    ['+1900*', '+5548991996260'],
    ['+5548991996260', '+5548991996261'],
    ['+554899199626', '+5548991996260'],
    ['/^\\+1/', '48991996260'],
    ['/(/', '48991996260'],
    ['/^ALICE$/', 'alice'],
    ['200', '2000'],
  ];
  for (const [entry, received] of free) {
    it(`'${entry}' does not block '${received}'`, () => assert.equal(blocks(entry, received), false));
  }

  it('takes i as the only flag', () => assert.equal(blocks('/^ALICE$/i', 'alice'), true));

  it('matches hostile numbers in linear time', () => {
    const started = process.hrtime.bigint();
    for (let index = 0; index < 50; index += 1) blocks('/^(a+)+(\\d+)+(\\d+)+$/', `${'1'.repeat(60)}x${index}`);
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n);
  });

  it('names what is wrong with an entry', () => {
    for (const good of ['+1900*', '0900*', '+5548991996260', '(48) 99199-6260', '/^\\+1900/', '*31#*']) {
      assert.equal(blockedNumberProblem(good), null, good);
    }
    for (const bad of ['', 'alice', '/(/', '//', '/(?=x)/', '/(a)\\1/', '48+', `/${'a'.repeat(300)}/`]) {
      assert.notEqual(blockedNumberProblem(bad), null, bad);
    }
  });
});

describe('patterns', () => {
  it('say what is wrong, and compile to null instead of throwing', () => {
    assert.match(patternProblem('(') ?? '', /RE2/);
    assert.match(patternProblem('') ?? '', /empty/);
    assert.match(patternProblem('a'.repeat(257)) ?? '', /256/);
    assert.equal(patternProblem('^55(\\d{10,11})$'), null);
    assert.equal(compilePattern('('), null);
    assert.equal(compilePattern('a'.repeat(257)), null);
  });

  it('are remembered in bounded number', () => {
    for (let index = 0; index < 1500; index += 1) compilePattern(`^${index}$`);
    assert.ok(compiledPatternCount() <= 512);
    assert.equal(compilePattern('^7$')?.test('7'), true);
  });

  it('never throw for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        assert.equal(compilePattern(text) === null, text !== '' && patternProblem(text) !== null);
      }),
    );
  });
});
