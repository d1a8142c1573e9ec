import type { CallContext } from '../rules/request.ts';
import type { Callback, CallbackLogEntry, CallbackPlan } from './callback.ts';

/** Who is to be called back, and how. */
export interface AcceptRequest extends CallContext {
  /** Fresh and unguessable. */
  id: string;
  plan: CallbackPlan;
  /** SIP Call-ID of the call that asked for it; null: the API did. */
  inboundCallId: string | null;
  userData: Record<string, unknown> | null;
  /** Never before this instant; left out: after the delay. */
  dueAt?: number;
  /** Null: a rejection or BYE is about to carry the promise. Left out: so for a call, at once for the API. */
  promisedAt?: number | null;
  /** The call rings for so long, and is promised a callback by hanging up. */
  ringSeconds?: number;
  /** As of the callback; left out: 1. */
  inARow?: number;
}

/** A new callback, to be inserted before anything is promised. */
export function acceptCallback(request: AcceptRequest, now: number): { callback: Callback; log: CallbackLogEntry[] } {
  const { id, plan, caller, callerName, inboundNumber, source, inboundCallId, userData } = request;
  const { attestation, firstDialled } = request;
  const dueAt = request.dueAt ?? now + plan.terms.delaySeconds * 1000;
  const isByApi = inboundCallId === null;
  const callback: Callback = {
    id,
    version: 1,
    state: 'scheduled',
    outcome: null,
    reason: null,
    plan,
    caller,
    callerName,
    inboundNumber,
    source,
    ...(attestation === undefined ? {} : { attestation }),
    inboundCallId,
    acceptedAt: now,
    promisedAt: request.promisedAt === undefined ? (isByApi ? now : null) : request.promisedAt,
    ...(request.ringSeconds === undefined ? {} : { ringingEndsAt: now + request.ringSeconds * 1000 }),
    dueAt,
    isDueFixed: request.dueAt !== undefined,
    expiresAt: dueAt + plan.terms.expiresSeconds * 1000,
    attempts: 0,
    attempt: null,
    serial: 0,
    closing: [],
    flow: null,
    answeredAt: null,
    connectedAt: null,
    doneAt: null,
    userData,
    ...(request.inARow === undefined ? {} : { inARow: request.inARow }),
  };
  const vouched = attestation === undefined ? {} : { attestation: attestation.level ?? 'none' };
  const forwarded = firstDialled === undefined ? {} : { firstDialled };
  const detail = { origin: plan.origin, source, inboundNumber, dueAt, ...vouched, ...forwarded };
  return { callback, log: [{ at: now, type: 'accepted', attemptId: null, detail }] };
}
