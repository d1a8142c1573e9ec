/** The callers and phones of `load/`, with the call that is measured here, against whatever server is up. */

import type { AccountReport, Tally } from '../load/account.ts';
import { Traffic, type TrunkCounts } from '../load/traffic.ts';
import {
  ANSWER_AFTER_MS,
  CALLERS,
  DELAY_SECONDS,
  EXTENSION_PORT,
  INBOUND_NUMBER,
  PHONES,
  SECOND_TRUNK_PORT,
  SIP_PORT,
  TALK_MS,
  TRUNK_PORT,
} from './call-flow.ts';

/** How late a ring may be seen before it counts as lost. */
const MISSING_AFTER_MS = 8_000;
/**
 * What SIPp reads late of a rejection makes a ring look early: it shares its core with the phones. `ringsEarly` of
 * `due-times.ts` knows better.
 */
const EARLY_TOLERANCE_MS = 25;
const PROGRESS_MS = 5_000;
const FIRST_NUMBER = 91_000_000;
const SECOND_TRUNK = { address: PHONES, port: SECOND_TRUNK_PORT };

export type { TrunkCounts };

export interface LoadRun {
  report: AccountReport;
  /** When each phone rang first, by X-Callback-ID; epoch milliseconds with fractions. */
  rings: ReadonlyMap<string, number>;
  trunks: TrunkCounts;
  /** Offered, and not a whole story in the end. */
  failed: number;
  /** What SIPp said if it could not go on. */
  errors: string;
}

export interface LoadOptions {
  server: { address: string; port: number };
  rate: number;
  seconds: number;
  /** The first trunk answers every third INVITE with 503. */
  failsEveryThird?: boolean;
  /** Without them an hour of load takes little memory. */
  keepRings?: boolean;
  /** Told each five seconds. */
  onProgress?: (tally: Tally) => void;
}

/** One run after the other, each with callers of its own. */
export class BenchLoad {
  #callers = 0;

  /** Resolves when all calls are over, or nothing more comes of them. */
  async run({ server, rate, seconds, failsEveryThird, keepRings = true, onProgress }: LoadOptions): Promise<LoadRun> {
    const calls = Math.round(rate * seconds);
    const rings = new Map<string, number>();
    const traffic = await Traffic.open({
      target: `${server.address}:${server.port}`,
      number: INBOUND_NUMBER,
      rate,
      calls,
      firstNumber: `+55489${FIRST_NUMBER + this.#callers}`,
      callers: { address: CALLERS, port: SIP_PORT },
      phones: { address: PHONES, port: TRUNK_PORT },
      extension: { address: PHONES, port: EXTENSION_PORT },
      delayMs: DELAY_SECONDS * 1_000,
      answerAfterMs: ANSWER_AFTER_MS,
      talkMs: TALK_MS,
      earlyToleranceMs: EARLY_TOLERANCE_MS,
      missingAfterMs: MISSING_AFTER_MS,
      ...(failsEveryThird && { secondTrunk: { phones: SECOND_TRUNK, refuses: everyThird() } }),
      ...(keepRings && { onRing: ({ callbackId }, at) => void (rings.has(callbackId) || rings.set(callbackId, at)) }),
    });
    this.#callers += calls;
    const progress = setInterval(() => onProgress?.(traffic.tally()), PROGRESS_MS);
    try {
      const end = await traffic.call();
      await traffic.settled();
      const report = traffic.report();
      const errors = end.how === 'failed' ? end.errors : '';
      return { report, rings, trunks: traffic.trunks, failed: Math.max(calls - report.completed, 0), errors };
    } finally {
      clearInterval(progress);
      await traffic.close();
    }
  }
}

function everyThird(): () => boolean {
  let count = 0;
  return () => {
    count += 1;
    return count % 3 === 0;
  };
}
