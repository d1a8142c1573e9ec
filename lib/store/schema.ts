/**
 * The tables, typed for kysely. Portable column types only: text, and 64-bit integers (instants are epoch
 * milliseconds). What is queried is a column; the whole resource stands beside it as one JSON text in `body`, and
 * what is read comes from there.
 */

import {
  type Dialect,
  DummyDriver,
  type Generated,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

export interface CallbackTable {
  id: string;
  version: number;
  state: string;
  outcome: string | null;
  reason: string | null;
  /** Unique among rows that are not done; null: no check. */
  duplicate_key: string | null;
  caller_received: string;
  caller_e164: string | null;
  /** As configured; null: nobody called, the API asked. */
  inbound_number: string | null;
  /** Name of the callback rule; of an inline component `flow:FLOW/COMPONENT`. */
  rule: string;
  accepted_at: number;
  due_at: number;
  /**
   * `due_at` while scheduled, else null. A condition on the state would have the planner take the index on states, and
   * sort a million rows to find the first.
   */
  waiting_until: number | null;
  expires_at: number;
  done_at: number | null;
  /** The Callback as JSON. */
  body: string;
}

/** Append-only; `sequence` orders all entries of all callbacks. */
export interface CallbackLogTable {
  sequence: Generated<number>;
  callback_id: string;
  at: number;
  type: string;
  attempt_id: string | null;
  /** A JSON object. */
  detail: string;
}

export interface AttemptTable {
  attempt_id: string;
  callback_id: string;
  number: number;
  planned_at: number;
  dialled_at: number | null;
  answered_at: number | null;
  ended_at: number | null;
  via: string | null;
  dialled: string | null;
  outcome: string | null;
  reason: string | null;
  status: number | null;
  q850_cause: number | null;
}

/** Callbacks per state, kept in the transaction of each write: a count over a million rows would hold everybody up. */
export interface CallbackCountTable {
  state: string;
  total: number;
}

/** One row per resource (`kind` and `name`), and one of kind `general` for what has no name. */
export interface ConfigurationDocumentTable {
  kind: string;
  name: string;
  /** Place among its kind, from 0: outgoing rules and trunks are tried in order. */
  position: number;
  /** The revision that changed it last. */
  revision: number;
  body: string;
}

/** A single row, id 1. */
export interface ConfigurationRevisionTable {
  id: number;
  revision: number;
}

export interface RegistrationTable {
  extension: string;
  contact: string;
  reached_at: string;
  /** A JSON list of texts. */
  path: string;
  q: number;
  call_id: string;
  cseq: number;
  registered_at: number;
  expires_at: number;
  user_agent: string | null;
}

export interface SettingTable {
  name: string;
  value: string;
}

export interface SuppressionTable {
  number: string;
  reason: string;
  source: string;
  created_at: number;
  expires_at: number | null;
}

/** Sums per counter and slot of time. */
export interface UsageTable {
  counter: string;
  slot: number;
  total: number;
  ends_at: number;
}

/** One without a row is on. `trunk` empty: for all; `is_on` 0 or 1. */
export interface SwitchTable {
  name: string;
  trunk: string;
  is_on: number;
  changes: number;
}

/** What people administer: one row each, by kind and name. */
export interface DocumentTable {
  kind: string;
  name: string;
  version: number;
  body: string;
  created_at: number;
  updated_at: number;
  expires_at: number | null;
}

/** Append-only, as `callback_log`. */
export interface JournalTable {
  sequence: Generated<number>;
  kind: string;
  at: number;
  actor: string | null;
  subject: string;
  correlation_id: string | null;
  body: string;
}

/** What flows have been; `version` from 1 for each of them. `at` 0: before versions were kept. */
export interface FlowVersionTable {
  sequence: Generated<number>;
  flow: string;
  version: number;
  at: number;
  actor: string | null;
  body: string;
}

/** The row as JSON stands in `body`. */
export interface RecordingTable {
  id: string;
  node: string;
  callback_id: string | null;
  inbound_number: string | null;
  caller_received: string;
  caller_e164: string | null;
  started_at: number;
  ended_at: number | null;
  body: string;
}

export interface Schema {
  callbacks: CallbackTable;
  callback_log: CallbackLogTable;
  attempts: AttemptTable;
  callback_counts: CallbackCountTable;
  configuration_documents: ConfigurationDocumentTable;
  configuration_revision: ConfigurationRevisionTable;
  registrations: RegistrationTable;
  settings: SettingTable;
  suppressions: SuppressionTable;
  usage: UsageTable;
  switches: SwitchTable;
  documents: DocumentTable;
  journal: JournalTable;
  flow_versions: FlowVersionTable;
  recordings: RecordingTable;
}

const compilerOf = (parts: Omit<Dialect, 'createDriver'>): Kysely<Schema> =>
  new Kysely<Schema>({ dialect: { ...parts, createDriver: () => new DummyDriver() } });

/** Builds and compiles queries for SQLite; runs nothing. */
export function sqliteCompiler(): Kysely<Schema> {
  return compilerOf({
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  });
}

/** Builds and compiles queries for PostgreSQL; runs nothing. */
export function postgresCompiler(): Kysely<Schema> {
  return compilerOf({
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  });
}
