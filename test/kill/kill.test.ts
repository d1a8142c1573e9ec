import assert from 'node:assert/strict';
import { type KillReport, killRun } from './kill-run.ts';

describe('kill -9 under load', function () {
  this.timeout(120_000);
  const load = { kills: 3, callersPerSecond: 20 };
  let rejected: Promise<KillReport>;
  let missed: Promise<KillReport>;

  // Side by side: they wait more than they work.
  before(() => {
    rejected = killRun({ ...load, address: '127.0.30.2', seed: 20_261_120 });
    missed = killRun({ ...load, address: '127.0.54.3', seed: 20_261_126, mode: 'missedCall' });
    // The test that waits for it hears of it.
    for (const report of [rejected, missed]) report.catch(() => undefined);
  });
  // Also if the first test has failed.
  after(() => Promise.allSettled([rejected, missed]));

  it('keeps each promise exactly once over three kills at 20 callers a second', async () => {
    const report = await rejected;
    assert.deepEqual(
      { lost: report.lost, doubled: report.doubled, overlapping: report.overlapping },
      { lost: [], doubled: [], overlapping: [] },
    );
    assert.ok(report.promised > 50, `callers were promised: ${JSON.stringify(report)}`);
  });

  it('calls back each missed call exactly once, also whose call was cut off while it rang', async () => {
    const report = await missed;
    assert.deepEqual(
      { lost: report.lost, doubled: report.doubled, overlapping: report.overlapping },
      { lost: [], doubled: [], overlapping: [] },
    );
    assert.ok(report.promised > 50, `callers heard it ring: ${JSON.stringify(report)}`);
  });
});
