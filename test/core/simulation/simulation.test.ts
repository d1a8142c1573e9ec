import assert from 'node:assert/strict';
import { reduceCallback } from '../../../lib/core/callback/reduce.ts';
import { FAULTS } from './faults.ts';
import { runHistory } from './history.ts';
import { Violation } from './oracle.ts';
import type { Reduce } from './shell.ts';

const HISTORIES = 10_000;
/** A fault has to be seen within so many histories. */
const HISTORIES_PER_FAULT = 20_000;

/** Endings that must be among those of all histories: else the simulation has stopped to look where it should. */
const ENDINGS = [
  'connected/completed',
  'connected/callback-requested',
  'connected/max-call-time',
  'connected/flow-ended',
  'connected/transfer-failed',
  'connected/restart',
  'connected/shutdown',
  'no-answer/no-answer',
  'busy/busy',
  'rejected/declined',
  'unreachable/trunk-silent',
  'unreachable/trunk-closed',
  'abandoned/hung-up',
  'abandoned/first-digit-timeout',
  'abandoned/inter-digit-timeout',
  'cancelled/cancelled',
  'cancelled/caller-gave-up',
  'cancelled/caller-stayed',
  'expired/expired',
  'rejected/unwanted',
  'refused/suppressed',
  'refused/hours',
  'abandoned/talk-too-short',
  'abandoned/screen-silent',
  'rejected/screen-declined',
  'machine/machine',
  'connected/transferred',
  'connected/hung-up',
  'connected/longest-talk',
  'failed/unknown-after-restart',
  'failed/restart',
  'failed/component-missing',
  'failed/no-route',
];

/** The seed of the first history that breaks a guarantee; null: none does. */
function firstViolation(reduce: Reduce, histories: number): { seed: number; text: string } | null {
  for (let seed = 1; seed <= histories; seed += 1) {
    try {
      runHistory(seed, reduce);
    } catch (error) {
      if (!(error instanceof Violation)) throw new Error(`seed ${seed}`, { cause: error });
      return { seed, text: error.message };
    }
  }
  return null;
}

/** What happened in one history, line by line. */
function story(seed: number): string {
  const lines: string[] = [];
  try {
    runHistory(seed, reduceCallback, (line) => lines.push(line));
  } catch (error) {
    lines.push(String(error));
  }
  return lines.join('\n');
}

describe('simulation of callbacks', () => {
  const wanted = process.env['SEED'];

  if (wanted !== undefined) {
    it(`history ${wanted} keeps every guarantee`, () => {
      process.stdout.write(`${story(Number(wanted))}\n`);
      runHistory(Number(wanted), reduceCallback);
    });
    return;
  }

  it(`${HISTORIES} histories keep every guarantee, and end in every way`, function () {
    this.timeout(180_000);
    const seen = new Set<string>();
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      try {
        const { outcome, reason } = runHistory(seed, reduceCallback);
        seen.add(`${outcome}/${reason}`);
      } catch (error) {
        assert.fail(`${error}\nReplay with SEED=${seed}\n${story(seed)}`);
      }
    }
    assert.deepEqual(
      ENDINGS.filter((ending) => !seen.has(ending)),
      [],
      'endings that no history has',
    );
  });

  it('the same seed is the same history', () => {
    assert.equal(story(7), story(7));
    assert.notEqual(story(7), story(8));
  });

  for (const [name, fault] of Object.entries(FAULTS)) {
    it(`sees that ${name}`, function () {
      this.timeout(90_000);
      assert.notEqual(firstViolation(fault(reduceCallback), HISTORIES_PER_FAULT), null);
    });
  }
});
