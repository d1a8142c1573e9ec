import assert from 'node:assert/strict';
import { soakChart, soakMarkdown, soakTable, verdict } from '../../bench/soak-report.ts';
import { type Judged, judge } from '../../bench/soak-series.ts';
import { Account } from '../../load/account.ts';

const TOLERANCE = { sharePerHour: 0.05, leastPerHour: 5, leastInAll: 5 };
const series = (name: string, valueAt: (at: number) => number): Judged[] => {
  const points = Array.from({ length: 100 }, (_, index) => ({ at: index * 36, value: valueAt(index * 36) }));
  return judge([{ name, unit: 'MiB', tolerance: TOLERANCE, settlesIn: 0, points }], 0);
};

/** A soak in which one caller was called back, or was not. */
function soaked(over: { left?: string[]; isLost?: boolean; failed?: number } = {}) {
  const account = new Account({ delayMs: 2_000, missingAfterMs: 1_000 });
  account.offered('+5548991000000', 0);
  account.promised('+5548991000000', 5, 'c1');
  if (!over.isLost) account.rang('+5548991000000', 'call', 2_006);
  const run = { report: account.report(60_000), failed: over.failed ?? 0 };
  const about = { rate: 50, seconds: 3_600, from: 720, machine: 'a machine', at: '2026-11-20T00:00:00.000Z' };
  return { ...about, run, left: over.left ?? [], samples: [] };
}

describe('the report of a soak', () => {
  const flat = series('RSS', () => 160);
  const growing = series('RSS', (at) => 160 + at / 60);

  it('is good when nothing grows, nobody is lost and nothing is left', () => {
    assert.equal(verdict(flat, soaked()).ok, true);
  });

  it('is bad, and says why, when a series grows, a caller is lost, a call fails, or something is left', () => {
    for (const [judged, about, said] of [
      [growing, soaked(), /GROWS: RSS/],
      [flat, soaked({ isLost: true }), /1 lost/],
      [flat, soaked({ failed: 2 }), /2 failed/],
      [flat, soaked({ left: ['callback_legs 3'] }), /LEFT: callback_legs 3/],
    ] as const) {
      const { ok, text } = verdict(judged, about);
      assert.equal(ok, false);
      assert.match(text, said);
    }
  });

  it('has the verdict of each series in the table, the chart and the page', () => {
    assert.match(soakTable(growing), /\| RSS, MiB .* GROWS/);
    assert.match(soakTable(flat), /\| RSS, MiB .* flat/);
    assert.match(soakChart(growing, soaked()), /^<svg [\s\S]*GROWS[\s\S]*<\/svg>\n$/);
    assert.match(soakMarkdown(growing, soaked()), /GROWS: RSS/);
  });
});
