/** The call detail record of one leg: what a carrier bills and a support desk looks up. Instants are epoch milliseconds. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { HangupReason, LegEvent, LegId } from '../call/leg.ts';
import { verdictOf } from '../call/verdict.ts';
import type { AttemptId, CallbackId } from '../callback/callback.ts';

/**
 * - inbound: `callback` (ended with a promise), `refused`, `abandoned` (the caller gave up), `answered`, `failed`
 * - outbound: `answered`, `cancelled` (by us), and as callbacks end: `busy`, `no-answer`, `rejected`, `unreachable`, `failed`
 */
export type Disposition =
  | 'answered'
  | 'callback'
  | 'refused'
  | 'abandoned'
  | 'cancelled'
  | 'busy'
  | 'no-answer'
  | 'rejected'
  | 'unreachable'
  | 'failed';

/** A leg that is up, as far as it is known. */
export interface OpenLeg {
  /** Unique, and the same when the record is delivered again. */
  id: string;
  legId: LegId;
  direction: 'inbound' | 'outbound';
  /** Who is at the other end: who called us, whom a callback is for, or whom a flow connects him with. */
  role: 'caller' | 'person' | 'target';
  callbackId: CallbackId | null;
  attemptId: AttemptId | null;
  /** Of a target that the flow of an inbound call dials: the caller's leg. */
  forLegId: LegId | null;
  callId: string | null;
  /** Name of the trunk, or `extension:NNN`. */
  trunk: string | null;
  /** The other side, `udp/192.0.2.1:5060`. */
  peer: string | null;
  /** Numbers as on the wire: who calls (From), whom the trunk vouches for (P-Asserted-Identity), who is called. */
  caller: string;
  assertedCaller: string | null;
  callee: string;
  startedAt: number;
  ringingAt: number | null;
  answeredAt: number | null;
  /** The leg that it was last connected with. */
  bridgedLegId: LegId | null;
  /** The last recording of it that has something in it; null or left out: none. */
  recordingId?: string | null;
  /** What we ended it with, once we did. */
  given: { status: number | null; q850Cause: number | null; text: string; callbackId: CallbackId | null } | null;
}

export interface Cdr extends Omit<OpenLeg, 'given'> {
  endedAt: number;
  /** The process died with the leg: `endedAt` is the last instant at which it was known to be up. */
  isEndEstimated: boolean;
  /** From the answer; 0: none. */
  talkMs: number;
  /** Final response to the INVITE; null: none came or went. */
  status: number | null;
  q850Cause: number | null;
  /** `remote`: the other side (its BYE, CANCEL or rejection); `local`: we; `system`: neither (media, engine, restart). */
  endedBy: 'remote' | 'local' | 'system';
  disposition: Disposition;
  /** Low-cardinality word of an outbound failure, else the text of the Reason. */
  reason: string;
}

/** Attempts are named `CALLBACK.N`, the legs to the person `CALLBACK.N.I`, those to targets `ATTEMPT-OR-LEG.dialN.I`. */
export function ownersOf(legId: LegId): Pick<OpenLeg, 'callbackId' | 'attemptId' | 'forLegId' | 'role'> {
  const parts = legId.split('.');
  const [first = '', second = ''] = parts;
  const role = parts.some((part) => part.startsWith('dial')) ? 'target' : 'person';
  if (parts.length < 3 || !/^\d+$/.test(second)) {
    return { callbackId: null, attemptId: null, forLegId: role === 'target' ? first : null, role };
  }
  return { callbackId: first, attemptId: `${first}.${second}`, forLegId: null, role };
}

function idOf(legId: LegId, startedAt: number): string {
  return `${legId}@${startedAt.toString(36)}`;
}

export function inboundLeg(call: InboundCall, trunk: string | null, now: number): OpenLeg {
  const { source } = call;
  const host = source.address.includes(':') ? `[${source.address}]` : source.address;
  return {
    id: idOf(call.legId, now),
    legId: call.legId,
    direction: 'inbound',
    role: 'caller',
    callbackId: null,
    attemptId: null,
    forLegId: null,
    callId: call.callId,
    trunk,
    peer: `${source.protocol}/${host}:${source.port}`,
    caller: call.fromUser,
    assertedCaller: call.assertedUser,
    callee: call.dialledUser,
    startedAt: now,
    ringingAt: null,
    answeredAt: null,
    bridgedLegId: null,
    given: null,
  };
}

export interface DialledLeg {
  legId: LegId;
  callbackId: CallbackId | null;
  trunk: string;
  caller: string;
  callee: string;
}

export function outboundLeg(dialled: DialledLeg, now: number): OpenLeg {
  const { legId, trunk, caller, callee } = dialled;
  const owners = ownersOf(legId);
  return {
    id: idOf(legId, now),
    legId,
    direction: 'outbound',
    ...owners,
    callbackId: owners.callbackId ?? dialled.callbackId,
    callId: null,
    trunk,
    peer: null,
    caller,
    assertedCaller: null,
    callee,
    startedAt: now,
    ringingAt: null,
    answeredAt: null,
    bridgedLegId: null,
    given: null,
  };
}

/** An event that is not the last one. @returns the leg as it was, if nothing of it changes */
export function legAfter(leg: OpenLeg, event: LegEvent, now: number): OpenLeg {
  if (event.type === 'dialled' && leg.callId === null) return { ...leg, callId: event.callId };
  if (event.type === 'ringing' && leg.ringingAt === null) return { ...leg, ringingAt: now };
  if (event.type === 'recorded' && event.seconds > 0) return { ...leg, recordingId: event.recordingId };
  if (event.type === 'answered' && leg.answeredAt === null) return { ...leg, answeredAt: now };
  return leg;
}

export function givenReason(reason: HangupReason): NonNullable<OpenLeg['given']> {
  return { status: null, q850Cause: reason.cause, text: reason.text, callbackId: null };
}

type LastEvent = Extract<LegEvent, { type: 'rejected' | 'ended' }>;
type Ending = Pick<Cdr, 'status' | 'q850Cause' | 'endedBy' | 'disposition' | 'reason'> &
  Partial<Pick<Cdr, 'callbackId'>>;

const REQUEST_TERMINATED = 487;

function inboundEnding(leg: OpenLeg, event: LastEvent): Ending {
  const { given, callbackId } = leg;
  if (event.type === 'rejected') {
    const promised = given?.callbackId ?? callbackId;
    return {
      status: event.result.status,
      q850Cause: given?.q850Cause ?? null,
      endedBy: 'local',
      disposition: promised === null ? 'refused' : 'callback',
      reason: given?.text ?? '',
      callbackId: promised,
    };
  }
  const endedBy = event.by;
  const ours = endedBy === 'local' ? given : null;
  const q850Cause = event.q850Cause ?? ours?.q850Cause ?? null;
  const common = { q850Cause, endedBy, reason: event.text };
  if (leg.answeredAt !== null) return { ...common, status: 200, disposition: 'answered' };
  if (endedBy === 'system') return { ...common, status: null, disposition: 'failed' };
  // A missed call that is called back ends by his CANCEL.
  const disposition = callbackId === null ? 'abandoned' : 'callback';
  return { ...common, status: REQUEST_TERMINATED, disposition };
}

function outboundEnding(leg: OpenLeg, event: LastEvent): Ending {
  if (event.type === 'ended') {
    const q850Cause = event.q850Cause ?? (event.by === 'local' ? (leg.given?.q850Cause ?? null) : null);
    const disposition = leg.answeredAt === null ? 'failed' : 'answered';
    return { status: 200, q850Cause, endedBy: event.by, disposition, reason: event.text };
  }
  const { kind, status, q850Cause } = event.result;
  const code = status > 0 ? status : null;
  if (kind === 'cancelled') {
    const isNoAnswer = leg.given?.q850Cause === 19;
    return {
      status: code,
      q850Cause: q850Cause ?? leg.given?.q850Cause ?? null,
      endedBy: 'local',
      disposition: isNoAnswer ? 'no-answer' : 'cancelled',
      reason: isNoAnswer ? 'no-answer' : (leg.given?.text ?? event.result.text),
    };
  }
  const { outcome, reason } = verdictOf(event.result);
  const endedBy = kind === 'final' ? 'remote' : 'system';
  return { status: code, q850Cause, endedBy, disposition: outcome as Disposition, reason };
}

function recordOf(leg: OpenLeg, ending: Ending, end: Pick<Cdr, 'endedAt' | 'isEndEstimated'>): Cdr {
  const { given: _given, ...known } = leg;
  // A wall clock that was set back must not make a call of negative length.
  const endedAt = Math.max(end.endedAt, leg.answeredAt ?? leg.startedAt);
  const talkMs = leg.answeredAt === null ? 0 : endedAt - leg.answeredAt;
  return { ...known, ...ending, ...end, endedAt, talkMs };
}

export function recordOfLeg(leg: OpenLeg, event: LastEvent, now: number): Cdr {
  const ending = leg.direction === 'inbound' ? inboundEnding(leg, event) : outboundEnding(leg, event);
  return recordOf(leg, ending, { endedAt: now, isEndEstimated: false });
}

/** The process died with it; it was up at `lastKnownAt`, and is not any more. */
export function recordOfLostLeg(leg: OpenLeg, lastKnownAt: number): Cdr {
  const isAnswered = leg.answeredAt !== null;
  const ending: Ending = {
    status: isAnswered ? 200 : null,
    q850Cause: null,
    endedBy: 'system',
    disposition: isAnswered ? 'answered' : 'failed',
    reason: 'restart',
  };
  return recordOf(leg, ending, { endedAt: lastKnownAt, isEndEstimated: true });
}
