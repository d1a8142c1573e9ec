import assert from 'node:assert/strict';
import { killRun } from './kill-run.ts';

describe('kill -9 under load', () => {
  it('keeps each promise exactly once over three kills at 20 callers a second', async function () {
    this.timeout(120_000);
    const report = await killRun({ address: '127.0.30.2', kills: 3, callersPerSecond: 20, seed: 20_261_120 });
    assert.deepEqual(
      { lost: report.lost, doubled: report.doubled, overlapping: report.overlapping },
      { lost: [], doubled: [], overlapping: [] },
    );
    assert.ok(report.promised > 50, `callers were promised: ${JSON.stringify(report)}`);
  });

  it('calls back each missed call exactly once, also whose call was cut off while it rang', async function () {
    this.timeout(120_000);
    const options = { address: '127.0.54.3', kills: 3, callersPerSecond: 20, seed: 20_261_126 };
    const report = await killRun({ ...options, mode: 'missedCall' });
    assert.deepEqual(
      { lost: report.lost, doubled: report.doubled, overlapping: report.overlapping },
      { lost: [], doubled: [], overlapping: [] },
    );
    assert.ok(report.promised > 50, `callers heard it ring: ${JSON.stringify(report)}`);
  });
});
