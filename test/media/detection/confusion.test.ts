import assert from 'node:assert/strict';
import { type Judged, judgePhrases, judgeTones, shareRight, tableOf } from './confusion.ts';

describe('detection: how often it is right', () => {
  const atLeast = (judged: Judged[], truth: string, share: number) =>
    assert.ok(shareRight(judged, truth) >= share, `${truth}: ${shareRight(judged, truth)}\n${tableOf(judged)}`);

  it('takes a person who says a word or two for one, and nearly every machine for a machine', () => {
    const judged = judgePhrases();
    const isLong = ({ name }: Judged) => /business|pt-oi/.test(name);
    atLeast(
      judged.filter((one) => !isLong(one)),
      'human',
      1,
    );
    // Who answers as a company says more words than a person: half of them are taken for machines, as by Asterisk
    atLeast(judged, 'human', 0.7);
    atLeast(judged, 'machine', 0.85);
  });

  it('makes up its mind within two and a half seconds', () => {
    const slowest = Math.max(...judgePhrases().map(({ afterMs }) => afterMs));
    assert.ok(slowest > 0 && slowest <= 2600, `${slowest} ms`);
  });

  it('hears every beep after a greeting, and takes no other tone and no speech for one', () => {
    const judged = judgeTones();
    const wrong = judged.filter(({ truth, heard }) => truth !== heard).map(({ name, heard }) => `${name}: ${heard}`);
    assert.deepEqual(wrong, []);
    assert.ok(judged.length > 70, String(judged.length));
  });
});
