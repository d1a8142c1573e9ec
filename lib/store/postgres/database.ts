/** What every part of the PostgreSQL store stands on: writes in their order, reads beside them, coded errors. */

import { Pool, type PoolClient } from 'pg';
import type { Log } from '../../ports/log.ts';
import { StoreError } from '../store-error.ts';
import type { DatabaseAddress } from './database-address.ts';
import { isConnectionFailure, storeFailure } from './failure.ts';
import { StoreHealth } from './store-health.ts';
import { type Row, type Write, WriteLine } from './write-line.ts';

const READERS = 4;
const ANSWER_TIMEOUT_MS = 5_000;
const IDLE_MS = 30_000;

/** PostgreSQL has no NUL and no half surrogates in texts. In JSON they are escaped, so a callback's body keeps them. */
export const storable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

const storableValue = (value: unknown): unknown => {
  if (typeof value === 'string') return storable(value);
  return Array.isArray(value) ? value.map(storableValue) : value;
};

/** JSON that PostgreSQL takes apart itself. */
export const storableJson = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_key, value) => (typeof value === 'string' ? storable(value) : value));

export class Database {
  readonly address: DatabaseAddress;
  readonly log: Log;
  readonly #health: StoreHealth;
  readonly #writes: WriteLine;
  readonly #pool: Pool;
  #closed: Promise<void> | null = null;

  constructor(address: DatabaseAddress, log: Log, onDoubt: (write: Write) => void) {
    this.address = address;
    this.log = log;
    this.#health = new StoreHealth(address.name, log);
    this.#writes = new WriteLine({ address, health: this.#health, onDoubt });
    this.#pool = new Pool({
      ...address.client,
      max: READERS,
      idleTimeoutMillis: IDLE_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      allowExitOnIdle: true,
    });
    // A connection that breaks while nobody uses it is replaced when the next one is needed.
    this.#pool.on('error', () => undefined);
  }

  async write(write: Write): Promise<Row[]> {
    this.#assertOpen();
    const { values } = write;
    return this.#writes.run({ ...write, values: (isRepeated) => values(isRepeated).map(storableValue) });
  }

  /** A statement of its own, beside the order of the writes. */
  async read<R extends Row = Row>(sql: string, values: readonly unknown[] = [], name?: string): Promise<R[]> {
    this.#assertOpen();
    const query = { text: sql, values: values.map(storableValue), ...(name === undefined ? {} : { name }) };
    try {
      return (await this.#pool.query<R>(query)).rows;
    } catch (error) {
      if (!isConnectionFailure(error)) throw this.failure(error);
    }
    // The pool hands out connections that a restart of the database has broken.
    try {
      return (await this.#pool.query<R>(query)).rows;
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** As `read`, but a statement that must not be done twice: where the connection breaks, it is not repeated. */
  async once<R extends Row = Row>(sql: string, values: readonly unknown[], name: string): Promise<R[]> {
    this.#assertOpen();
    try {
      return (await this.#pool.query<R>({ text: sql, values: values.map(storableValue), name })).rows;
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Several statements that see and change the database as one. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    this.#assertOpen();
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw this.failure(error);
    }
    try {
      await client.query('begin');
      const value = await work(client);
      await client.query('commit');
      client.release();
      return value;
    } catch (error) {
      // The connection goes with its transaction.
      client.release(true);
      throw this.failure(error);
    }
  }

  failure(error: unknown): StoreError {
    return storeFailure(error, this.address.name);
  }

  /** Somebody else has tried: null: it answered. */
  reached(failure: StoreError | null): void {
    if (failure === null) this.#health.worked();
    else this.#health.failed(failure);
  }

  get isOpen(): boolean {
    return this.#closed === null;
  }

  healthy(): boolean {
    return this.isOpen && this.#health.healthy;
  }

  /** @param last runs when the writes are through; closing does not wait for it if the database is away */
  close(last: () => Promise<unknown>): Promise<void> {
    this.#closed ??= this.#close(last);
    return this.#closed;
  }

  async #close(last: () => Promise<unknown>): Promise<void> {
    await this.#writes.close();
    await last().catch(() => undefined);
    await this.#pool.end();
  }

  /** For `close`: as `read`, when everything else is closed already. */
  async lastWord(sql: string, values: readonly unknown[]): Promise<void> {
    await this.#pool.query({ text: sql, values: [...values] });
  }

  #assertOpen(): void {
    if (this.#closed === null) return;
    throw new StoreError('STORE_UNAVAILABLE', `The database ${this.address.name} is closed.`, { path: null });
  }
}
