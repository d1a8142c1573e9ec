import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Spend } from '../../../lib/core/configuration.ts';
import { costMicros, isWithinClass, priceListMistakes, priceOf } from '../../../lib/core/policy/price-list.ts';
import { readNumber } from '../../../lib/core/policy/read-number.ts';

const spendOf = (prices: string): Spend => ({
  prices,
  classes: ['low', 'medium', 'high'],
  maxPriceClass: null,
  assumedMinutes: 3,
  perDay: null,
});
const CLASSES = ['low', 'medium', 'high'];

describe('a price list', () => {
  const spend = spendOf('prefix,class,perMinute\n+55,low,0.05\n5511,medium,0.5\n# Lisbon\n\n351*,high,1\n');
  const price = (number: string) => {
    const found = priceOf(readNumber(number, 'BR'), spend);
    return `${found?.priceClass} ${found?.perMinute}`;
  };

  it('prices a number by its longest prefix, and one that none fits as the dearest', () => {
    assert.equal(price('+5548991996260'), 'low 0.05');
    assert.equal(price('+5511991996260'), 'medium 0.5');
    assert.equal(price('+351912345678'), 'high 1');
    assert.equal(price('+12125551234'), 'high null');
    assert.equal(price('1001'), 'high null');
    assert.equal(priceOf(readNumber('+5548991996260', 'BR'), spendOf('')), null);
  });

  it('is read with other separators, column names and orders, quotes, decimal commas and a byte order mark', () => {
    const forms = [
      '\ufeffRate;Prefix;Class\r\n0,05;55;low\r\n',
      'class\tprice per minute\tprefix\nlow\t0.05\t"+55"\n',
      '"prefix","name","class","per_minute"\n"55","Brazil","low","0.05"\n',
    ];
    for (const text of forms) {
      assert.deepEqual(priceListMistakes(text, CLASSES), [], text);
      assert.deepEqual(priceOf(readNumber('+5548991996260', 'BR'), spendOf(text)), {
        priceClass: 'low',
        perMinute: 0.05,
      });
    }
  });

  it('says line by line what is wrong, at most ten times', () => {
    const of = (text: string) => priceListMistakes(text, CLASSES).map(({ line, message }) => `${line} ${message}`);
    assert.match(of('55,low,1\n')[0] ?? '', /^1 .*columns/);
    const head = 'prefix,class,perMinute\n';
    assert.match(of(`${head}abc,low,1\n`)[0] ?? '', /^2 the prefix/);
    assert.match(of(`${head}55,cheap,1\n`)[0] ?? '', /^2 the class is none of low, medium, high/);
    assert.match(of(`${head}55,low,-1\n`)[0] ?? '', /^2 the price/);
    assert.match(of(`${head}55,low,1\n+55,high,2\n`)[0] ?? '', /prefix 55 stands there twice/);
    assert.equal(of(head + 'x\n'.repeat(50)).length, 10);
  });

  it('never fails on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (junk, more) => {
        priceListMistakes(`${junk}\n${more}`, CLASSES);
        priceOf(readNumber('+5548991996260', 'BR'), spendOf(`prefix,class,perMinute\n${junk}\n55,low,1\n${more}`));
      }),
    );
  });

  it('orders its classes, an unknown one being the dearest', () => {
    assert.ok(isWithinClass('low', 'medium', spend) && isWithinClass('medium', 'medium', spend));
    assert.ok(!isWithinClass('high', 'medium', spend) && !isWithinClass('nonsense', 'medium', spend));
  });

  it('sums exactly', () => {
    const ten = Array.from({ length: 10 }, () => costMicros({ priceClass: 'low', perMinute: 0.1 }, 1));
    assert.equal(
      ten.reduce((sum, amount) => sum + amount, 0),
      1_000_000,
    );
  });
});
