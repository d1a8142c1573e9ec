/** Callbacks as the API shows them: times in ISO 8601 UTC, numbers as text. */

import type { AttemptRecord, Callback, CallbackLogEntry } from '../core/callback/callback.ts';

const RULE_PREFIX = 'rule:';

export function isoTime(at: number | null): string | null {
  return at === null || !Number.isFinite(at) || Math.abs(at) > 8.64e15 ? null : new Date(at).toISOString();
}

/** A copy in which instants (`…At`, epoch milliseconds inside) read as everywhere else in the API. */
export function withIsoTimes(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key,
      /At$/.test(key) && typeof value === 'number' ? isoTime(value) : value,
    ]),
  );
}

/** The promise in short: what a POST answers. */
export function promiseView(callback: Callback): object {
  return { id: callback.id, state: callback.state, dueAt: isoTime(callback.dueAt) };
}

export function callbackView(callback: Callback): object {
  const { origin, terms, next } = callback.plan;
  return {
    ...promiseView(callback),
    outcome: callback.outcome,
    reason: callback.reason,
    rule: origin.startsWith(RULE_PREFIX) ? origin.slice(RULE_PREFIX.length) : null,
    origin,
    method: terms.method,
    number: callback.caller.received,
    e164: callback.caller.e164,
    callerName: callback.callerName,
    inboundNumber: callback.inboundNumber,
    source: callback.source,
    target: { number: terms.number, extension: terms.extension, trunk: terms.trunk, outgoingRule: terms.outgoingRule },
    next: next === null ? null : { flow: next.flow, component: next.component },
    attemptCount: callback.attempts,
    acceptedAt: isoTime(callback.acceptedAt),
    promisedAt: isoTime(callback.promisedAt),
    expiresAt: isoTime(callback.expiresAt),
    answeredAt: isoTime(callback.answeredAt),
    connectedAt: isoTime(callback.connectedAt),
    doneAt: isoTime(callback.doneAt),
    userData: callback.userData,
  };
}

/** What its last INVITE really said of who calls whom; null: none left, or nobody looked. */
function sentBy({ attemptId }: AttemptRecord, log: readonly CallbackLogEntry[]): object | null {
  const entry = log.findLast((one) => one.type === 'dialled' && one.attemptId === attemptId);
  const { legId: _, ...sent } = entry?.detail ?? {};
  return Object.keys(sent).length === 0 ? null : sent;
}

function attemptView(attempt: AttemptRecord, log: readonly CallbackLogEntry[]): object {
  return {
    id: attempt.attemptId,
    number: attempt.number,
    plannedAt: isoTime(attempt.plannedAt),
    dialledAt: isoTime(attempt.dialledAt),
    answeredAt: isoTime(attempt.answeredAt),
    endedAt: isoTime(attempt.endedAt),
    via: attempt.via,
    dialled: attempt.dialled,
    outcome: attempt.outcome,
    reason: attempt.reason,
    status: attempt.status,
    q850Cause: attempt.q850Cause,
    sent: sentBy(attempt, log),
  };
}

function eventView(entry: CallbackLogEntry): object {
  return { at: isoTime(entry.at), type: entry.type, attemptId: entry.attemptId, detail: withIsoTimes(entry.detail) };
}

export function callbackDetailView(callback: Callback, attempts: AttemptRecord[], log: CallbackLogEntry[]): object {
  return {
    ...callbackView(callback),
    attempts: attempts.map((one) => attemptView(one, log)),
    events: log.map(eventView),
  };
}
