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

const ruleOf = (origin: string): string | null =>
  origin.startsWith(RULE_PREFIX) ? origin.slice(RULE_PREFIX.length) : null;

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
    rule: ruleOf(origin),
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

/** What happened, without the lines of the ladder. */
export function eventsView(log: readonly CallbackLogEntry[]): object[] {
  return log.filter(({ type }) => type !== 'sip').map(eventView);
}

/** Who takes part, and each message between two of them; `lane` numbers count from 0, ours is 0. */
export function ladderView(id: string, attempts: readonly AttemptRecord[], log: readonly CallbackLogEntry[]): object {
  const numberOf = new Map(attempts.map(({ attemptId, number }) => [attemptId, number]));
  const lanes = ['drachtio-callback'];
  const laneOf = (peer: string) => {
    if (!lanes.includes(peer)) lanes.push(peer);
    return lanes.indexOf(peer);
  };
  const messages = log
    .filter(({ type }) => type === 'sip')
    .map(({ at, attemptId, detail }) => {
      const other = laneOf(String(detail['peer'] ?? ''));
      const isSent = detail['direction'] === 'sent';
      return {
        at: isoTime(at),
        attemptId,
        attempt: attemptId === null ? null : (numberOf.get(attemptId) ?? null),
        legId: detail['legId'] ?? null,
        direction: detail['direction'] ?? null,
        summary: detail['summary'] ?? '',
        peer: detail['peer'] ?? '',
        from: isSent ? 0 : other,
        to: isSent ? other : 0,
      };
    });
  return { id, lanes, messages };
}

/** What was decided when it was accepted, and what that has meant since. */
export function decisionView(callback: Callback, log: readonly CallbackLogEntry[]): object {
  const accepted = log.find(({ type }) => type === 'accepted');
  const { terms, origin, next } = callback.plan;
  return {
    id: callback.id,
    at: isoTime(callback.acceptedAt),
    origin,
    rule: ruleOf(origin),
    inboundNumber: callback.inboundNumber,
    source: callback.source,
    number: callback.caller.received,
    e164: callback.caller.e164,
    accepted: withIsoTimes(accepted?.detail ?? {}),
    terms,
    next,
    steps: log
      .filter(({ type }) => type !== 'sip')
      .map(({ at, type, detail }) => ({ at: isoTime(at), step: type, detail: withIsoTimes(detail) })),
  };
}
