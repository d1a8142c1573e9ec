/**
 * Two callback systems that ring each other: each takes the other's call for a person who wants to be called. Between them
 * SIP's own guards (Max-Forwards, RFC 5393) end at the telephone network, so this one goes by number and time.
 *
 * One round is: the number called, was rung in vain, and calls again soon. A person does that a few times (he was busy, or
 * missed it); a machine does it every time. So the calls that follow on `rounds` rounds are refused, until it has been quiet for
 * `withinSeconds`. A peer whose rejection itself promises a callback (X-Callback-ID) needs no second look.
 */

import { CALLS_BACK } from '../call/verdict.ts';
import type { Callback } from '../callback/callback.ts';
import type { PingPong } from '../configuration.ts';
import { type Said, say } from '../sentence.ts';

export const PING_PONG_DEFAULTS: Readonly<PingPong> = { withinSeconds: 120, rounds: 3, answeredSeconds: 0 };

/** A peer that is known to call back is not called back for so long. */
const KNOWN_MACHINE_MS = 3_600_000;
const IN_VAIN: ReadonlySet<string> = new Set(['busy', 'rejected', 'no-answer', 'unreachable', 'abandoned', 'machine']);

export type PastCallback = Pick<
  Callback,
  'state' | 'acceptedAt' | 'doneAt' | 'answeredAt' | 'inboundCallId' | 'outcome' | 'reason' | 'serial' | 'attempts'
>;

/** Callbacks of a number accepted earlier than this say nothing any more. */
export function pingPongSince(settings: PingPong, now: number): number {
  const chainMs = (settings.rounds + 1) * settings.withinSeconds * 1000;
  return now - Math.max(KNOWN_MACHINE_MS, 2 * chainMs);
}

function wasReached({ outcome, answeredAt, doneAt }: PastCallback, { answeredSeconds }: PingPong): boolean {
  if (outcome === 'connected') return true;
  return answeredAt !== null && (doneAt ?? 0) - answeredAt >= answeredSeconds * 1000;
}

function isKnownMachine({ reason, doneAt }: PastCallback, now: number): boolean {
  return reason === CALLS_BACK && doneAt !== null && now - doneAt < KNOWN_MACHINE_MS;
}

/** His call broke off our ringing before, and here he is again while we ring him. */
function ringsBackAlways(past: PastCallback, { rounds }: PingPong): boolean {
  return past.state === 'dialing' && past.serial - past.attempts >= rounds;
}

function roundsSoFar(recent: readonly PastCallback[], settings: PingPong, now: number): number {
  let until = now;
  let rounds = 0;
  for (const past of recent) {
    const rang = past.state === 'done' && past.inboundCallId !== null && IN_VAIN.has(past.outcome ?? '');
    if (past.state === 'done' && !rang && past.outcome !== 'connected') continue;
    if (!rang || wasReached(past, settings) || (past.doneAt ?? 0) < until - settings.withinSeconds * 1000) break;
    rounds += 1;
    until = past.acceptedAt;
  }
  return rounds;
}

/**
 * Whether a call from a number is to be taken for a machine's.
 * @param recent callbacks of this number, the latest first
 * @returns one sentence why; null: it is not
 */
export function pingPongOf(recent: readonly PastCallback[], settings: PingPong | false, now: number): Said | null {
  if (settings === false) return null;
  if (recent.some((past) => isKnownMachine(past, now))) {
    return say('ping-pong-promises');
  }
  if (recent.some((past) => ringsBackAlways(past, settings))) {
    return say('ping-pong-rings-back');
  }
  const rounds = roundsSoFar(recent, settings, now);
  if (rounds <= settings.rounds) return null;
  return say('ping-pong-rounds', { rounds });
}
