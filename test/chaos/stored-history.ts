/** What the store says became of each callback, read with statements of its own: none of the product's code is believed. */

import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { PostgresServer } from '../support/postgres.ts';

export interface StoredEntry {
  at: number;
  type: string;
  detail: Record<string, unknown>;
}

export interface StoredAttempt {
  attemptId: string;
  number: number;
  plannedAt: number;
  dialledAt: number | null;
  endedAt: number | null;
  outcome: string | null;
  reason: string | null;
}

export interface StoredCallback {
  id: string;
  /** As the caller wrote it. */
  number: string;
  state: string;
  outcome: string | null;
  reason: string | null;
  acceptedAt: number;
  /** How often its retry policy lets him be rung. */
  allowedAttempts: number;
  attempts: StoredAttempt[];
  /** In the order in which it was written. */
  log: StoredEntry[];
}

export interface StoredHistory {
  callbacks: StoredCallback[];
  /** The Call-ID under which a leg's INVITE leaves. */
  callIdOf(legId: string): string;
}

type Row = Record<string, unknown>;
type Ask = (sql: string) => Promise<Row[]>;

/** Of the embedded store; no server may have it open for writing. */
export function readSqlite(dataDirectory: string): Promise<StoredHistory> {
  const database = new Database(join(dataDirectory, 'callback.db'), { readonly: true });
  return read(async (sql) => database.prepare<[], Row>(sql).all()).finally(() => database.close());
}

export function readPostgres(server: PostgresServer, database: string): Promise<StoredHistory> {
  return read((sql) => server.run(sql, database));
}

async function read(ask: Ask): Promise<StoredHistory> {
  const callbacks = new Map<string, StoredCallback>();
  for (const row of await ask('select id, state, outcome, reason, body from callbacks order by accepted_at, id')) {
    const callback = callbackOf(row);
    callbacks.set(callback.id, callback);
  }
  for (const row of await ask('select * from attempts order by callback_id, planned_at, attempt_id')) {
    callbacks.get(String(row['callback_id']))?.attempts.push(attemptOf(row));
  }
  for (const row of await ask('select callback_id, at, type, detail from callback_log order by sequence')) {
    const detail = JSON.parse(String(row['detail']));
    callbacks.get(String(row['callback_id']))?.log.push({ at: Number(row['at']), type: String(row['type']), detail });
  }
  const [setting] = await ask(`select value from settings where name = 'sip-key-secret'`);
  const secret = Buffer.from(String(setting?.['value'] ?? ''), 'base64');
  const callIdOf = (legId: string) =>
    createHmac('sha256', secret).update(`call-id\n${legId}`).digest('hex').slice(0, 32);
  return { callbacks: [...callbacks.values()], callIdOf };
}

function callbackOf(row: Row): StoredCallback {
  const body = JSON.parse(String(row['body']));
  return {
    id: String(row['id']),
    number: body.caller.received,
    state: String(row['state']),
    outcome: textOf(row['outcome']),
    reason: textOf(row['reason']),
    acceptedAt: body.acceptedAt,
    allowedAttempts: body.plan.terms.retry.attempts,
    attempts: [],
    log: [],
  };
}

function attemptOf(row: Row): StoredAttempt {
  return {
    attemptId: String(row['attempt_id']),
    number: Number(row['number']),
    plannedAt: Number(row['planned_at']),
    dialledAt: instantOf(row['dialled_at']),
    endedAt: instantOf(row['ended_at']),
    outcome: textOf(row['outcome']),
    reason: textOf(row['reason']),
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const instantOf = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
