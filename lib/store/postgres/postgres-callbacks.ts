/** Callbacks, their log and their attempts in PostgreSQL. */

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
import { boundedPage, countedState, idsOf, totalOf, windowOf } from '../callback-list.ts';
import { acceptedFor, callbackQueries } from '../callback-queries.ts';
import {
  attemptColumns,
  attemptRecord,
  callbackColumns,
  type LogColumns,
  logColumns,
  logEntry,
  sequencedLogEntry,
} from '../callback-row.ts';
import { suppressionColumns } from '../gate-queries.ts';
import type { Query } from '../query.ts';
import { type AttemptTable, postgresCompiler } from '../schema.ts';
import {
  CLAIM,
  INSERT,
  type NamedStatement,
  RELEASE,
  SAVE,
  TAKE_DUE,
  TAKE_IN_FLIGHT,
  valuesOf,
  WITHDRAW,
} from './callback-statements.ts';
import { type Database, storableJson } from './database.ts';
import { CHANNEL } from './hint.ts';
import type { Row, Write } from './write-line.ts';

const MAX_LOG_PAGE = 10_000;
const RETRY_MS = 1_000;
/** The window of a node's scheduler, and some more. */
const SOON_MS = 12_000;
/** A key that comes free and is taken again, each time between our two looks. */
const MAX_KEY_RACES = 5;
const STATES: CallbackState[] = ['scheduled', 'queued', 'dialing', 'answered', 'connecting', 'connected', 'done'];

interface BodyRow extends Row {
  id: string;
  body: string;
}

/** A save as parameters; made before it is sent, so that what cannot be written down is refused at once. */
function parametersOf(save: CallbackSave): Record<string, unknown> {
  return {
    ...callbackColumns(save.callback),
    log: storableJson(save.log.map((entry) => logColumns(save.callback.id, entry))),
    attempts: storableJson(save.attempts.map(attemptColumns)),
    suppressions: storableJson((save.suppressions ?? []).map(suppressionColumns)),
  };
}

export class PostgresCallbacks implements CallbackStore {
  readonly #database: Database;
  readonly #nodeId: () => string;
  readonly #compiler = postgresCompiler();
  readonly #queries = callbackQueries(this.#compiler);
  /** Given back, but the database does not know yet. */
  readonly #leaving = new Set<CallbackId>();
  #leavingSoon = false;
  /** Their last save was given up without an answer: it may have been done. */
  readonly #doubtful = new Set<CallbackId>();
  /** Their insert was given up without an answer: they may be there, though nobody was promised anything. */
  readonly #unwanted = new Set<CallbackId>();

  /** @param nodeId the lease under which this node holds what it holds */
  constructor(database: Database, nodeId: () => string) {
    this.#database = database;
    this.#nodeId = nodeId;
  }

  async insert(save: CallbackSave, key: string | null): Promise<InsertResult> {
    const parameters = { ...parametersOf(save), duplicate_key: key };
    for (let race = 0; race < MAX_KEY_RACES; race += 1) {
      const [row] = await this.#write(INSERT, parameters);
      if (row?.['inserted'] === 1 || row?.['mine'] === 1) return { result: 'inserted' };
      const existing = row?.['existing'];
      if (typeof existing === 'string') return { result: 'duplicate', existing: JSON.parse(existing) };
    }
    throw this.#database.failure(new Error(`the key of callback ${save.callback.id} does not come to rest`));
  }

  async save(save: CallbackSave): Promise<'saved' | 'stale'> {
    const { id } = save.callback;
    const parameters = parametersOf(save);
    const rows = await this.#write(SAVE, parameters, this.#doubtful.has(id));
    this.#doubtful.delete(id);
    return rows.length > 0 ? 'saved' : 'stale';
  }

  /** A write that was given up and whose fate is not known. */
  doubt({ name, callbackId: id }: Write): void {
    if (id === undefined) return;
    if (name === SAVE.name) this.#doubtful.add(id);
    if (name !== INSERT.name) return;
    this.#unwanted.add(id);
    if (this.#unwanted.size === 1) this.#withdrawLater();
  }

  #withdrawLater(): void {
    const withdraw = async () => {
      const ids = [...this.#unwanted];
      try {
        await this.#write(WITHDRAW, { ids });
        for (const id of ids) this.#unwanted.delete(id);
      } catch {
        // The database is still away.
      }
      if (this.#unwanted.size > 0 && this.#database.isOpen) this.#withdrawLater();
    };
    setTimeout(() => void withdraw(), RETRY_MS).unref();
  }

  #write(statement: NamedStatement, given: Record<string, unknown>, isDoubtful = false): Promise<Row[]> {
    const node = this.#nodeId();
    return this.#database.write({
      name: statement.name,
      sql: statement.sql,
      ...(typeof given['id'] === 'string' ? { callbackId: given['id'] } : {}),
      values: (isRepeated) => valuesOf(statement, { ...given, node, repeated: isRepeated || isDoubtful }),
    });
  }

  async get(id: CallbackId): Promise<Callback | null> {
    return this.#parseOrNull(await this.#read('get', this.#queries.get, { id }));
  }

  async findOpen(key: string): Promise<Callback | null> {
    return this.#parseOrNull(await this.#read('findOpen', this.#queries.findOpen, { key }));
  }

  async countAccepted(number: string, since: number): Promise<number> {
    const rows = await this.#read('countAccepted', this.#queries.countAccepted, { number, since });
    return rows[0]?.total ?? 0;
  }

  async acceptedFor(number: string, since: number, limit: number): Promise<Callback[]> {
    const name = acceptedFor(number);
    return this.#readable(await this.#read(name, this.#queries[name], { number, since, limit }));
  }

  async due(before: number, limit: number, except: ReadonlySet<CallbackId>): Promise<Callback[]> {
    if (limit < 1) return [];
    return this.#take(TAKE_DUE, { before, limit, except: [...except] });
  }

  inFlight(except: ReadonlySet<CallbackId>): Promise<Callback[]> {
    return this.#take(TAKE_IN_FLIGHT, { except: [...except] });
  }

  async #take(statement: NamedStatement, given: Record<string, unknown>): Promise<Callback[]> {
    this.#leaveNow();
    const rows = (await this.#write(statement, given)) as BodyRow[];
    for (const { id } of rows) this.#leaving.delete(id);
    return this.#readable(rows.filter(({ id }) => !this.#unwanted.has(id)));
  }

  async claim(id: CallbackId): Promise<ClaimResult> {
    this.#leaveNow();
    const [row] = (await this.#write(CLAIM, { id })) as Array<BodyRow & { held: boolean }>;
    if (row === undefined) return { result: 'unknown' };
    if (!row.held) return { result: 'elsewhere' };
    this.#leaving.delete(id);
    return { result: 'held', callback: this.#parse(row) };
  }

  release(ids: readonly CallbackId[]): void {
    for (const id of ids) this.#leaving.add(id);
    if (this.#leavingSoon || ids.length === 0) return;
    this.#leavingSoon = true;
    setImmediate(() => this.#leaveNow());
  }

  /** What this node held is another's now, or nobody's. */
  forget(): void {
    this.#leaving.clear();
    this.#doubtful.clear();
  }

  #leaveNow(): void {
    this.#leavingSoon = false;
    if (this.#leaving.size === 0) return;
    const ids = [...this.#leaving];
    this.#leaving.clear();
    const hint = JSON.stringify({ from: this.#nodeId(), kind: 'freed' });
    this.#write(RELEASE, { ids, channel: CHANNEL, hint, soon: Date.now() + SOON_MS }).catch(() => {
      if (!this.#database.isOpen) return;
      // What is taken again meanwhile leaves the set.
      for (const id of ids) this.#leaving.add(id);
      setTimeout(() => this.#leaveNow(), RETRY_MS).unref();
    });
  }

  async earliestDue(): Promise<number | null> {
    return (await this.#read('earliestDue', this.#queries.earliestDue, {}))[0]?.waiting_until ?? null;
  }

  async counts(): Promise<Record<CallbackState, number>> {
    const sql = 'select state, sum(total) as total from callback_counts group by state';
    const rows = await this.#database.read<{ state: string; total: number }>(sql, [], 'counts');
    const totals = new Map(rows.map(({ state, total }) => [state, total]));
    return Object.fromEntries(STATES.map((state) => [state, totals.get(state) ?? 0])) as Record<CallbackState, number>;
  }

  async list(query: CallbackQuery): Promise<Page<Callback>> {
    const { page, pageSize } = boundedPage(query);
    const total = await this.#total(query);
    const window = windowOf(total, page, pageSize);
    if (window === null) return { items: [], total, page, pageSize };
    const ids = (await this.#run(idsOf(this.#compiler, query, window))).map(({ id }) => id);
    if (window.backwards) ids.reverse();
    const sql = 'select id, body from callbacks where id = any ($1::text[])';
    const rows = new Map((await this.#database.read<BodyRow>(sql, [ids], 'bodies')).map((row) => [row.id, row]));
    const items = this.#readable(ids.flatMap((id) => rows.get(id) ?? []));
    return { items, total, page, pageSize };
  }

  async #total(query: CallbackQuery): Promise<number> {
    const state = countedState(query);
    if (state === 'other') return (await this.#run(totalOf(this.#compiler, query)))[0]?.total ?? 0;
    const counts = await this.counts();
    return state === null ? Object.values(counts).reduce((sum, total) => sum + total, 0) : counts[state];
  }

  #run<R extends object>({ sql, parameters }: CompiledQuery<R>): Promise<R[]> {
    return this.#database.read<R & Row>(sql, parameters);
  }

  #read<Arguments, R>(name: string, query: Query<Arguments, R>, given: Arguments): Promise<R[]> {
    return this.#database.read(query.sql, query.values(given), `callback-${name}`) as Promise<R[]>;
  }

  async log(id: CallbackId): Promise<CallbackLogEntry[]> {
    return (await this.#read('log', this.#queries.log, { id })).map(logEntry);
  }

  /**
   * Numbers are given when an entry is written and seen when its transaction ends: a reader could pass over one that
   * ends late. So he waits for all writes under way.
   */
  async logSince(sequence: number, limit: number, how = 'settled'): Promise<SequencedLogEntry[]> {
    const given = { sequence, limit: Math.min(Math.max(limit, 0), MAX_LOG_PAGE) };
    const rows =
      how === 'seen'
        ? await this.#read('logSince', this.#queries.logSince, given)
        : await this.#settled(this.#queries.logSince, given);
    return (rows as Array<LogColumns & { sequence: number }>).map(sequencedLogEntry);
  }

  /** After all writes under way. */
  #settled<Arguments, R>({ sql, values }: Query<Arguments, R>, given: Arguments): Promise<R[]> {
    return this.#database.transaction(async (client) => {
      await client.query('lock table callback_log in share mode');
      return (await client.query(sql, values(given))).rows as R[];
    });
  }

  async lastLogSequence(): Promise<number> {
    return (await this.#settled(this.#queries.lastSequence, {}))[0]?.sequence ?? 0;
  }

  async attempts(id: CallbackId): Promise<AttemptRecord[]> {
    const rows = await this.#read('attempts', this.#queries.attempts, { id });
    return (rows as AttemptTable[]).map(attemptRecord);
  }

  #parse({ id, body }: BodyRow): Callback {
    try {
      return JSON.parse(body);
    } catch (error) {
      throw this.#database.failure(new Error(`the row of callback ${id} is damaged`, { cause: error }));
    }
  }

  #parseOrNull([row]: Array<{ id: string; body: string }>): Callback | null {
    return row === undefined ? null : this.#parse({ ...row });
  }

  /** One damaged row must not keep all others from being called back: it is left out, loudly. */
  #readable(rows: readonly BodyRow[]): Callback[] {
    return rows.flatMap((row) => {
      try {
        return [this.#parse(row)];
      } catch (error) {
        this.#database.log.error({ database: this.#database.address.name, err: error }, 'A callback cannot be read.');
        return [];
      }
    });
  }
}
