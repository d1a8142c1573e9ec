/**
 * A request that is handed over some milliseconds before it is to leave. The application's thread has much to do and may be
 * late for an instant; the engine's thread has less.
 */

import type { Clock } from '../clock.ts';
import type { SipMessage } from '../message/sip-message.ts';

/** Milliseconds on the machine's monotonic clock, at which the request leaves. Never sent on. */
const NOT_BEFORE = 'x-not-before';
/** Nobody is made to wait longer, whatever the header says. Milliseconds. */
const LONGEST_MS = 1_000;

/** Nobody sets it, and the threads of a process read the same. */
const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

interface Time {
  clock: Clock;
  monotonic?: () => number;
}

/** Runs `send` when the request is to leave: at once, unless it says otherwise. */
export function whenDue({ clock, monotonic = monotonicMs }: Time, request: SipMessage, send: () => void): void {
  const text = request.get(NOT_BEFORE);
  if (text === undefined) {
    send();
    return;
  }
  request.remove(NOT_BEFORE);
  const now = monotonic();
  const at = Math.min(Number(text), now + LONGEST_MS);
  const lookAgain = () => {
    const waitMs = at - monotonic();
    // Timers of the platform may fire a millisecond early, or more after a long turn.
    if (waitMs > 0) clock.after(waitMs, lookAgain);
    else send();
  };
  lookAgain();
}
