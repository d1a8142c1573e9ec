/** Callbacks, their log and their attempts in SQLite. */

import type { CompiledQuery } from 'kysely';
import type {
  AttemptRecord,
  Callback,
  CallbackId,
  CallbackLogEntry,
  CallbackState,
} from '../../core/callback/callback.ts';
import type {
  CallbackQuery,
  CallbackSave,
  CallbackStore,
  ClaimResult,
  InsertResult,
  Page,
  SequencedLogEntry,
} from '../../ports/store.ts';
import { boundedPage, countedState, idsOf, listIndex, totalOf, windowOf } from '../callback-list.ts';
import { acceptedFor, callbackQueries } from '../callback-queries.ts';
import {
  attemptColumns,
  attemptRecord,
  type CallbackColumns,
  callbackColumns,
  logColumns,
  logEntry,
  sequencedLogEntry,
} from '../callback-row.ts';
import { suppressionColumns, suppressionQueries } from '../gate-queries.ts';
import { type SuppressionTable, sqliteCompiler } from '../schema.ts';
import type { Connection } from './connection.ts';
import { prepare, prepareAll } from './statement.ts';

const MAX_LOG_PAGE = 10_000;
const MOST_FEW = 500;

interface BodyRow {
  id: string;
  body: string;
}

/** A save as rows; made before it is queued, so that what cannot be written down is refused at once. */
interface Rows {
  callback: CallbackColumns;
  log: ReturnType<typeof logColumns>[];
  attempts: ReturnType<typeof attemptColumns>[];
  suppressions: SuppressionTable[];
}

function rowsOf(save: CallbackSave): Rows {
  return {
    callback: callbackColumns(save.callback),
    log: save.log.map((entry) => logColumns(save.callback.id, entry)),
    attempts: save.attempts.map(attemptColumns),
    suppressions: (save.suppressions ?? []).map(suppressionColumns),
  };
}

/** The list read from the index that fits. */
export function fromIndex(sql: string, query: CallbackQuery): string {
  const index = listIndex(query);
  return index === null ? sql : sql.replace('from "callbacks"', `from "callbacks" indexed by ${index}`);
}

export class SqliteCallbacks implements CallbackStore {
  readonly #connection: Connection;
  readonly #compiler = sqliteCompiler();
  readonly #statements;
  readonly #suppress;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#statements = prepareAll(connection.database, callbackQueries(this.#compiler));
    this.#suppress = prepare(connection.database, suppressionQueries(this.#compiler).putLonger);
  }

  async insert(save: CallbackSave, key: string | null): Promise<InsertResult> {
    const rows = rowsOf(save);
    return this.#connection.write((): InsertResult => {
      const open = key === null ? undefined : this.#statements.findOpen.get({ key });
      if (open !== undefined) return { result: 'duplicate', existing: this.#parse(open) };
      this.#statements.insert.run({ ...rows.callback, duplicate_key: key });
      this.#statements.addToCount.run({ state: rows.callback.state, change: 1 });
      this.#append(rows);
      return { result: 'inserted' };
    });
  }

  async save(save: CallbackSave): Promise<'saved' | 'stale'> {
    const rows = rowsOf(save);
    return this.#connection.write(() => {
      const present = this.#statements.present.get({ id: rows.callback.id });
      if (present?.version !== rows.callback.version - 1) return 'stale';
      this.#update(rows.callback, present);
      this.#append(rows);
      return 'saved';
    });
  }

  /** Touches the indexes of what has changed only. */
  #update(next: CallbackColumns, present: Pick<CallbackColumns, 'state' | 'due_at'>): void {
    if (next.due_at !== present.due_at) this.#statements.updateDue.run(next);
    if (next.state === present.state && next.state !== 'done') {
      this.#statements.updateBody.run(next);
      return;
    }
    const endsOrBegins = next.state === 'done' || present.state === 'done';
    this.#statements[endsOrBegins ? 'update' : 'updateState'].run(next);
    if (next.state === present.state) return;
    this.#statements.addToCount.run({ state: present.state, change: -1 });
    this.#statements.addToCount.run({ state: next.state, change: 1 });
  }

  #append({ log, attempts, suppressions }: Rows): void {
    for (const entry of log) this.#statements.appendLog.run(entry);
    for (const attempt of attempts) this.#statements.putAttempt.run(attempt);
    for (const suppression of suppressions) this.#suppress.run(suppression);
  }

  get(id: CallbackId): Promise<Callback | null> {
    return this.#connection.read(() => this.#parseOrNull(this.#statements.get.get({ id })));
  }

  findOpen(key: string): Promise<Callback | null> {
    return this.#connection.read(() => this.#parseOrNull(this.#statements.findOpen.get({ key })));
  }

  countAccepted(number: string, since: number): Promise<number> {
    return this.#connection.read(() => this.#statements.countAccepted.get({ number, since })?.total ?? 0);
  }

  acceptedFor(number: string, since: number, limit: number): Promise<Callback[]> {
    return this.#connection.read(() =>
      this.#readable(this.#statements[acceptedFor(number)].all({ number, since, limit })),
    );
  }

  due(before: number, limit: number, except: ReadonlySet<CallbackId>): Promise<Callback[]> {
    return this.#connection.read(() => this.#parseAll(this.#dueIds(before, limit, except)));
  }

  #dueIds(before: number, limit: number, except: ReadonlySet<CallbackId>): CallbackId[] {
    const ids: CallbackId[] = [];
    if (limit < 1) return ids;
    for (const { id } of this.#statements.dueIds.iterate({ before })) {
      if (except.has(id)) continue;
      ids.push(id);
      if (ids.length >= limit) break;
    }
    return ids;
  }

  inFlight(except: ReadonlySet<CallbackId>): Promise<Callback[]> {
    return this.#connection.read(() =>
      this.#readable(this.#statements.inFlight.all({}).filter(({ id }) => !except.has(id))),
    );
  }

  async claim(id: CallbackId): Promise<ClaimResult> {
    const callback = await this.get(id);
    return callback === null ? { result: 'unknown' } : { result: 'held', callback };
  }

  release(): void {
    // Nobody else could take them.
  }

  earliestDue(): Promise<number | null> {
    return this.#connection.read(() => this.#statements.earliestDue.get({})?.waiting_until ?? null);
  }

  counts(): Promise<Record<CallbackState, number>> {
    return this.#connection.read(() => this.#counts());
  }

  #counts(): Record<CallbackState, number> {
    const rows = this.#statements.counts.all({});
    return Object.fromEntries(rows.map(({ state, total }) => [state, total])) as Record<CallbackState, number>;
  }

  list(query: CallbackQuery): Promise<Page<Callback>> {
    return this.#connection.read(() => {
      const { page, pageSize } = boundedPage(query);
      const first = this.#first(query);
      const isAll = first.length <= MOST_FEW && query.text !== undefined;
      const total = isAll ? first.length : this.#total(query);
      if (isAll || page * pageSize <= first.length) {
        const shown = first.slice((page - 1) * pageSize, page * pageSize);
        return { items: this.#parseAll(shown), total, page, pageSize };
      }
      const window = windowOf(total, page, pageSize);
      if (window === null) return { items: [], total, page, pageSize };
      const ids = this.#listed(query, idsOf(this.#compiler, query, window)).map(({ id }) => id);
      if (window.backwards) ids.reverse();
      return { items: this.#parseAll(ids), total, page, pageSize };
    });
  }

  /** A search looks at everything: where it finds little, once is enough. */
  #first(query: CallbackQuery): CallbackId[] {
    if (query.text === undefined) return [];
    const window = { offset: 0, count: MOST_FEW + 1, backwards: false };
    return this.#listed(query, idsOf(this.#compiler, query, window)).map(({ id }) => id);
  }

  #total(query: CallbackQuery): number {
    const state = countedState(query);
    if (state === 'other') return this.#listed(query, totalOf(this.#compiler, query))[0]?.total ?? 0;
    const counts = this.#counts();
    return state === null ? Object.values(counts).reduce((sum, total) => sum + total, 0) : (counts[state] ?? 0);
  }

  #listed<Row>(query: CallbackQuery, { sql, parameters }: CompiledQuery<Row>): Row[] {
    return this.#connection.database.prepare<unknown[], Row>(fromIndex(sql, query)).all(...parameters);
  }

  log(id: CallbackId): Promise<CallbackLogEntry[]> {
    return this.#connection.read(() => this.#statements.log.all({ id }).map(logEntry));
  }

  logSince(sequence: number, limit: number): Promise<SequencedLogEntry[]> {
    const bounded = Math.min(Math.max(limit, 0), MAX_LOG_PAGE);
    return this.#connection.read(() =>
      this.#statements.logSince.all({ sequence, limit: bounded }).map(sequencedLogEntry),
    );
  }

  lastLogSequence(): Promise<number> {
    return this.#connection.read(() => this.#statements.lastSequence.get({})?.sequence ?? 0);
  }

  attempts(id: CallbackId): Promise<AttemptRecord[]> {
    return this.#connection.read(() => this.#statements.attempts.all({ id }).map(attemptRecord));
  }

  #parse({ id, body }: BodyRow): Callback {
    try {
      return JSON.parse(body);
    } catch (error) {
      throw new Error(`the row of callback ${id} is damaged`, { cause: error });
    }
  }

  #parseOrNull(row: BodyRow | undefined): Callback | null {
    return row === undefined ? null : this.#parse(row);
  }

  #parseAll(ids: readonly CallbackId[]): Callback[] {
    return this.#readable(ids.map((id) => this.#statements.get.get({ id })));
  }

  /** One damaged row must not keep all others from being called back: it is left out, loudly. */
  #readable(rows: ReadonlyArray<BodyRow | undefined>): Callback[] {
    return rows.flatMap((row) => {
      try {
        return row === undefined ? [] : [this.#parse(row)];
      } catch (error) {
        this.#connection.log.error({ path: this.#connection.path, err: error }, 'A callback cannot be read.');
        return [];
      }
    });
  }
}
