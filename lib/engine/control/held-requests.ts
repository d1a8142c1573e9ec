/**
 * A request that is handed over some milliseconds before it is to leave. The application's thread has much to do and may be
 * late for an instant; the engine's thread has less.
 */

import type { Clock } from '../clock.ts';
import type { SipMessage } from '../message/sip-message.ts';

/** Epoch milliseconds at which the request leaves. Never sent on. */
const NOT_BEFORE = 'x-not-before';
/** Nobody is made to wait longer, whatever the header says and however the clock is set. Milliseconds. */
const LONGEST_MS = 1_000;

/** Runs `send` when the request is to leave: at once, unless it says otherwise. */
export function whenDue(clock: Clock, request: SipMessage, send: () => void): void {
  const text = request.get(NOT_BEFORE);
  if (text === undefined) {
    send();
    return;
  }
  request.remove(NOT_BEFORE);
  const dueAt = Number(text);
  const waitMs = Number.isFinite(dueAt) ? Math.min(dueAt - clock.now(), LONGEST_MS) : 0;
  waitUntil(clock, clock.now() + waitMs, send);
}

/** Timers of the platform may fire a millisecond early. */
function waitUntil(clock: Clock, at: number, run: () => void): void {
  const waitMs = at - clock.now();
  if (waitMs <= 0) run();
  else clock.after(Math.min(waitMs, LONGEST_MS), () => waitUntil(clock, at, run));
}
