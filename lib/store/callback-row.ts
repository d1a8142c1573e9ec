/** A callback, a log entry, an attempt: as a row, and back. */

import type { Outcome } from '../core/call/outcome.ts';
import type {
  AttemptRecord,
  Callback,
  CallbackId,
  CallbackLogEntry,
  CallbackState,
} from '../core/callback/callback.ts';
import type { Owned } from '../ports/retention.ts';
import type { SequencedLogEntry } from '../ports/store.ts';
import type { AttemptTable, CallbackTable } from './schema.ts';

/** The `rule` column: a rule's name, whether a call or the API asked for it; else the origin as it is. */
function ruleOf(origin: string): string {
  return /^(?:rule|api):(.*)$/s.exec(origin)?.[1] ?? origin;
}

/** Without `duplicate_key`, which is written once. */
export type CallbackColumns = Omit<CallbackTable, 'duplicate_key'>;

export function callbackColumns(callback: Callback): CallbackColumns {
  return {
    id: callback.id,
    version: callback.version,
    state: callback.state,
    outcome: callback.outcome,
    reason: callback.reason,
    caller_received: callback.caller.received,
    caller_e164: callback.caller.e164,
    inbound_number: callback.inboundNumber,
    rule: ruleOf(callback.plan.origin),
    accepted_at: callback.acceptedAt,
    due_at: callback.dueAt,
    waiting_until: callback.state === 'scheduled' ? callback.dueAt : null,
    expires_at: callback.expiresAt,
    done_at: callback.doneAt,
    body: JSON.stringify(callback),
  };
}

export interface LogColumns {
  callback_id: string;
  at: number;
  type: string;
  attempt_id: string | null;
  detail: string;
}

export function logColumns(callbackId: CallbackId, entry: CallbackLogEntry): LogColumns {
  return {
    callback_id: callbackId,
    at: entry.at,
    type: entry.type,
    attempt_id: entry.attemptId,
    detail: JSON.stringify(entry.detail),
  };
}

export function logEntry(row: Omit<LogColumns, 'callback_id'>): CallbackLogEntry {
  return { at: row.at, type: row.type, attemptId: row.attempt_id, detail: JSON.parse(row.detail) };
}

export function sequencedLogEntry(row: LogColumns & { sequence: number }): SequencedLogEntry {
  return { sequence: row.sequence, callbackId: row.callback_id, ...logEntry(row) };
}

export function attemptColumns(attempt: AttemptRecord): AttemptTable {
  return {
    attempt_id: attempt.attemptId,
    callback_id: attempt.callbackId,
    number: attempt.number,
    planned_at: attempt.plannedAt,
    dialled_at: attempt.dialledAt,
    answered_at: attempt.answeredAt,
    ended_at: attempt.endedAt,
    via: attempt.via,
    dialled: attempt.dialled,
    outcome: attempt.outcome,
    reason: attempt.reason,
    status: attempt.status,
    q850_cause: attempt.q850Cause,
  };
}

export function attemptRecord(row: AttemptTable): AttemptRecord {
  return {
    attemptId: row.attempt_id,
    callbackId: row.callback_id,
    number: row.number,
    plannedAt: row.planned_at,
    dialledAt: row.dialled_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    via: row.via,
    dialled: row.dialled,
    outcome: row.outcome as Outcome | null,
    reason: row.reason,
    status: row.status,
    q850Cause: row.q850_cause,
  };
}

export type OwnedRow = Pick<CallbackTable, 'id' | 'state' | 'caller_received' | 'caller_e164'>;

export function ownedOf({ id, state, caller_received: received, caller_e164: e164 }: OwnedRow): Owned {
  return { id, state: state as CallbackState, caller: { received, e164 } };
}
