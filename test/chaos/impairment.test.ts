import assert from 'node:assert/strict';
import { Random } from '../core/simulation/random.ts';
import { copiesOf, type Impairment, NO_IMPAIRMENT, netemArguments } from './impairment.ts';

const DATAGRAMS = 20_000;

function seen(impairment: Partial<Impairment>) {
  const random = new Random(7);
  const all = Array.from({ length: DATAGRAMS }, () => copiesOf({ ...NO_IMPAIRMENT, ...impairment }, random));
  const share = (holds: (copies: number[]) => boolean) => (100 * all.filter(holds).length) / DATAGRAMS;
  return { share, delays: all.flat() };
}

const isAbout = (percent: number, expected: number) =>
  assert.ok(Math.abs(percent - expected) < 1.5, `${percent} % for ${expected} %`);

describe('a bad network', () => {
  it('is the same in the words of netem', () => {
    assert.deepEqual(netemArguments(NO_IMPAIRMENT), ['netem', 'limit', '10000']);
    const all = { lossPercent: 5, duplicatePercent: 2, reorderPercent: 10, delayMs: 40, jitterMs: 30 };
    const words = 'netem limit 10000 delay 40ms 30ms reorder 10% loss 5% duplicate 2%';
    assert.equal(netemArguments(all).join(' '), words);
    assert.equal(netemArguments({ ...all, delayMs: 0 }).join(' '), 'netem limit 10000 loss 5% duplicate 2%');
  });

  it('loses, doubles and delays as many as it is told', () => {
    isAbout(
      seen({ lossPercent: 10 }).share((copies) => copies.length === 0),
      10,
    );
    isAbout(
      seen({ duplicatePercent: 5 }).share((copies) => copies.length === 2),
      5,
    );
    isAbout(
      seen({ lossPercent: 100 }).share((copies) => copies.length === 0),
      100,
    );
    const late = seen({ delayMs: 80, jitterMs: 60, reorderPercent: 20 });
    isAbout(
      late.share(([delayMs]) => delayMs === 0),
      20,
    );
    assert.ok(late.delays.every((ms) => ms === 0 || (ms >= 20 && ms <= 140)));
    assert.deepEqual(new Set(seen({}).delays), new Set([0]));
  });
});
