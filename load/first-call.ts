import { setTimeout as delay } from 'node:timers/promises';
import { instant } from './instant.ts';
import type { LoadOptions } from './load-options.ts';
import { hopText } from './route.ts';
import { Traffic, type TrafficOptions } from './traffic.ts';

export type FirstCall =
  | { isRung: true; rejectMs: number; rangAfterMs: number; isCompleted: boolean }
  /** `needs`: is it a matter of the server's configuration? */
  | { isRung: false; why: string; needs: boolean };

const ANSWER_WAIT_MS = 10_000;
/** Beyond the delay; and when that is not known, for any delay that a demonstration has. */
const RING_WAIT_MS = 10_000;
const RING_WAIT_WITHOUT_DELAY_MS = 40_000;
const CLEAR_WAIT_MS = 10_000;

/**
 * One caller before the others: does the server promise, and does its trunk lead to our phones? A load that is led to
 * somebody else's phones must not begin.
 */
export async function firstCall(
  options: LoadOptions,
  traffic: TrafficOptions,
  signal: AbortSignal,
): Promise<FirstCall> {
  // With no delay the lateness is what passed between the rejection and the ring.
  const run = await Traffic.open({ ...traffic, calls: 1, rate: 1, delayMs: 0 });
  try {
    const calling = run.call();
    const until = (condition: () => boolean, ms: number) => waitUntil(condition, { ms, signal });
    const hasFinal = () => {
      const { promised, refused, unanswered } = run.tally();
      return promised + refused + unanswered > 0;
    };
    const failed = calling.then((end) => (end.how === 'failed' ? `SIPp failed: ${end.errors}` : null));
    const early = await Promise.race([failed, until(hasFinal, ANSWER_WAIT_MS).then(() => null)]);
    if (early !== null) return { isRung: false, why: early, needs: false };
    const { promised, calledBack } = run.tally();
    if (promised === 0) return { isRung: false, ...whyNotPromised(run, options) };
    const waitMs = options.delayMs === null ? RING_WAIT_WITHOUT_DELAY_MS : options.delayMs + RING_WAIT_MS;
    if (calledBack === 0) await until(() => run.tally().calledBack > 0, waitMs);
    if (run.tally().calledBack === 0) return { isRung: false, ...whyNotRung(run, { options, waitMs }) };
    const { rejectMs, lateness } = run.report();
    await until(() => run.tally().completed > 0, CLEAR_WAIT_MS + options.answerAfterMs + options.talkMs);
    const isCompleted = run.tally().completed > 0;
    return { isRung: true, rejectMs: rejectMs.max!, rangAfterMs: lateness.max!, isCompleted };
  } finally {
    await run.close();
  }
}

async function waitUntil(condition: () => boolean, about: { ms: number; signal: AbortSignal }): Promise<void> {
  const until = instant() + about.ms;
  while (!condition() && instant() < until && !about.signal.aborted) await delay(20);
}

function whyNotPromised(run: Traffic, options: LoadOptions): { why: string; needs: boolean } {
  const target = hopText(options.target);
  const [status] = Object.keys(run.report().refused);
  if (status === undefined)
    return { why: `${target} sent no final response in ${ANSWER_WAIT_MS / 1_000} s`, needs: false };
  const meaning = MEANINGS[status];
  const why = `${target} answered ${status} without X-Callback-ID${meaning ? `: ${meaning(options)}` : ''}`;
  return { why: `${why}. Does ${status} promise a callback there? Then PROMISE=${status}`, needs: true };
}

/** What a refusal of this project's server means; others mostly mean the same. */
const MEANINGS: Record<string, (options: LoadOptions) => string> = {
  403: ({ callers }) => `calls from ${callers.address} (CALLERS) belong to no trunk there, or are not allowed`,
  404: ({ number }) => `${number} (NUMBER) is not a number there that offers callbacks`,
  484: () => 'a number like the callers have (FIRST) cannot be dialled from there',
  433: () => 'the caller passes for anonymous there',
  503: () => 'it is overloaded, draining, or cannot store',
};

function whyNotRung(run: Traffic, about: { options: LoadOptions; waitMs: number }): { why: string; needs: boolean } {
  const { listen } = about.options;
  const { strays, received } = run.phones.counts;
  const within = `within ${about.waitMs / 1_000} s`;
  const heard =
    received === 0
      ? 'nothing came there'
      : `${received} messages came there, ${strays} of them of no call that we know`;
  const other = run.report().unasked;
  if (other.length > 0) {
    const numbers = other.slice(0, 3).join(', ');
    return {
      why: `promised, but ${numbers} was rung, not the caller; this tool knows a caller by the last eight digits`,
      needs: true,
    };
  }
  return { why: `promised, but no phone rang at ${hopText(listen)} (LISTEN) ${within}: ${heard}`, needs: true };
}
