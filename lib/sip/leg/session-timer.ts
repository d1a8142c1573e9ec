/**
 * How long a session lasts without a refresh, and who refreshes it (RFC 4028). Where nothing is agreed we ask all the same, so
 * that a peer which is gone does not keep the other one on the line for ever.
 */

import type { CallSettings } from '../../core/settings.ts';
import type { OutgoingResponse } from '../link.ts';
import type { MessageHead } from '../message/message-head.ts';
import { names, type Refresher, readMinSe, readSessionExpires } from '../message/session-expires.ts';

export interface SessionTimer {
  seconds: number;
  weRefresh: boolean;
  /** The peer knows of it: without a refresh in time the session is over. */
  isAgreed: boolean;
}

type Timers = CallSettings['sessionTimers'];

const usualSeconds = 1800;
const leastSeconds = 90;

/** What we ask for in an INVITE or in a refresh. */
export interface TimerRequest {
  seconds: number;
  /** What a 422 has told us (RFC 4028 7.4). */
  minSeconds: number;
}

export function timerRequest(timers: Timers): TimerRequest | null {
  return timers === false ? null : { seconds: timers.expiresSeconds, minSeconds: timers.minSeconds };
}

/** 7.4: the interval of a 422 and what goes with it; null: that is no reason to ask again. */
export function afterTooSmall(asked: TimerRequest, head: MessageHead): TimerRequest | null {
  const minSeconds = readMinSe(head);
  if (minSeconds === null || minSeconds <= asked.minSeconds || minSeconds > 86_400) return null;
  return { seconds: Math.max(asked.seconds, minSeconds), minSeconds };
}

export function requestHeaders(asked: TimerRequest, refresher: Refresher | null): Record<string, string> {
  const who = refresher === null ? '' : `;refresher=${refresher}`;
  const headers: Record<string, string> = { Supported: 'timer', 'Session-Expires': `${asked.seconds}${who}` };
  if (asked.minSeconds > leastSeconds) headers['Min-SE'] = String(asked.minSeconds);
  return headers;
}

/** 7.2, 7.3: what a 2xx to a request of ours agrees to. */
export function agreedBy(head: MessageHead, asked: TimerRequest | null): SessionTimer | null {
  const given = readSessionExpires(head);
  if (given !== null && given.seconds >= leastSeconds)
    return { seconds: given.seconds, weRefresh: given.refresher !== 'uas', isAgreed: true };
  return asked === null ? null : { seconds: asked.seconds, weRefresh: true, isAgreed: false };
}

/** 9: an interval below ours, of a peer that can ask again; null: it is long enough. */
export function tooSmall(head: MessageHead, timers: Timers): OutgoingResponse | null {
  const minSeconds = timers === false ? leastSeconds : timers.minSeconds;
  const asked = readSessionExpires(head);
  if (asked === null || asked.seconds >= minSeconds || !supportsTimer(head)) return null;
  return { status: 422, headers: { 'Min-SE': String(minSeconds) } };
}

function supportsTimer(head: MessageHead): boolean {
  return (
    names(head, 'supported', 'timer') ||
    names(head, 'require', 'timer') ||
    // Some name themselves the refresher without the rest
    readSessionExpires(head)?.refresher === 'uac'
  );
}

/** 9: what our 2xx to a request says, table 2: who refreshes is the peer's wish, and ours where it has none. */
export function answerTimer(
  head: MessageHead,
  timers: Timers,
): { headers: Record<string, string>; timer: SessionTimer | null } {
  const asked = readSessionExpires(head);
  const isSupported = supportsTimer(head);
  const ours = timers === false ? null : timers.expiresSeconds;
  // A proxy may have put it in for a peer that knows nothing of it: then it is ours to refresh
  if (asked === null && (ours === null || !isSupported)) {
    return { headers: {}, timer: ours === null ? null : { seconds: ours, weRefresh: true, isAgreed: false } };
  }
  const least = Math.max(leastSeconds, readMinSe(head) ?? 0);
  const seconds = Math.max(least, Math.min(asked?.seconds ?? usualSeconds, ours ?? asked?.seconds ?? usualSeconds));
  const refresher: Refresher = isSupported ? (asked?.refresher ?? 'uas') : 'uas';
  const headers: Record<string, string> = { 'Session-Expires': `${seconds};refresher=${refresher}` };
  if (isSupported) headers['Supported'] = 'timer';
  if (refresher === 'uac') headers['Require'] = 'timer';
  return { headers, timer: { seconds, weRefresh: refresher === 'uas', isAgreed: true } };
}

/** 10: who does not refresh hangs up a little before the end, by a third of the interval or 32 s. */
export function endsAfterMs({ seconds }: SessionTimer): number {
  return (seconds - Math.min(32, seconds / 3)) * 1000;
}

export function refreshAfterMs({ seconds }: SessionTimer): number {
  return seconds * 500;
}
