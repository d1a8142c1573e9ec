/**
 * One pipelined connection for all writes: they are done in the order in which they were asked for, each a statement and
 * a transaction of its own, sent without waiting for the one before. A write that nobody knows the fate of, because the
 * connection broke, is sent again when the database is back; its statement makes sure that it is done once.
 */

import { Client, type ClientConfig } from 'pg';
import { StoreError } from '../store-error.ts';
import type { DatabaseAddress } from './database-address.ts';
import { isConnectionFailure, isPassing, storeFailure } from './failure.ts';
import type { StoreHealth } from './store-health.ts';

/** A write is given up when the database has been away for so long: a caller waits for his answer. */
const PATIENCE_MS = 2_000;
const ANSWER_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const MAX_PASSING_FAULTS = 5;
/** Sent without an answer yet. What waits longer than an answer may take would seem to be lost. */
const MAX_UNDER_WAY = 128;

export type Row = Record<string, unknown>;

export interface Write {
  /** Prepared under this name. */
  name: string;
  sql: string;
  /** Of the callback that it writes; left out: it may be done twice, or not at all. */
  callbackId?: string;
  /** @param isRepeated it may have been done already */
  values(isRepeated: boolean): unknown[];
}

interface Queued {
  write: Write;
  askedAtMs: number;
  /** It was sent over a connection that broke. */
  isRepeated: boolean;
  faults: number;
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}

export interface WriteLineOptions {
  address: DatabaseAddress;
  health: StoreHealth;
  /** Of a write that was given up without knowing whether it was done. */
  onDoubt?: (write: Write) => void;
}

export class WriteLine {
  readonly #options: WriteLineOptions;
  #client: Client | null = null;
  #connecting = false;
  #pauseMs = FIRST_PAUSE_MS;
  #pauseTimer: NodeJS.Timeout | null = null;
  #patience: NodeJS.Timeout | null = null;
  #waiting: Queued[] = [];
  #sent: Queued[] = [];
  #closed = false;
  #idle: (() => void) | null = null;

  constructor(options: WriteLineOptions) {
    this.#options = options;
  }

  /** @returns the rows of the answer. Rejects with StoreError `STORE_CONFLICT`, `STORE_UNAVAILABLE` */
  run(write: Write): Promise<Row[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Row[]>();
    this.#waiting.push({ write, askedAtMs: performance.now(), isRepeated: false, faults: 0, resolve, reject });
    this.#pump();
    return promise;
  }

  /** Waits for what was asked for (no longer than the patience) and ends the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#waiting.length + this.#sent.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    if (this.#pauseTimer !== null) clearTimeout(this.#pauseTimer);
    if (this.#patience !== null) clearInterval(this.#patience);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #pump(): void {
    const client = this.#client;
    if (client === null) {
      this.#watchPatience();
      if (this.#pauseTimer === null) void this.#connect();
      return;
    }
    const room = MAX_UNDER_WAY - this.#sent.length;
    for (const queued of this.#waiting.splice(0, room)) this.#send(client, queued);
  }

  #send(client: Client, queued: Queued): void {
    const { name, sql, values } = queued.write;
    this.#sent.push(queued);
    client.query({ name, text: sql, values: values(queued.isRepeated) }).then(
      ({ rows }) => this.#done(queued, rows),
      (error: unknown) => this.#failed(client, queued, error),
    );
  }

  #done(queued: Queued, rows: Row[]): void {
    this.#leave(queued);
    this.#options.health.worked();
    queued.resolve(rows);
    this.#next();
  }

  #failed(client: Client, queued: Queued, error: unknown): void {
    if (isConnectionFailure(error)) return this.#broken(client, error);
    this.#leave(queued);
    queued.faults += 1;
    if (isPassing(error) && queued.faults <= MAX_PASSING_FAULTS) {
      this.#waiting.unshift(queued);
      return this.#pump();
    }
    const failure = storeFailure(error, this.#options.address.name);
    if (failure.code === 'STORE_UNAVAILABLE') this.#options.health.failed(failure);
    queued.reject(failure);
    this.#next();
  }

  #next(): void {
    if (this.#waiting.length > 0) this.#pump();
    this.#tellIfIdle();
  }

  /** Its answer may be heard only after the connection is known to be broken: then it waits to be sent again already. */
  #leave(queued: Queued): void {
    const line = this.#sent.includes(queued) ? this.#sent : this.#waiting;
    const index = line.indexOf(queued);
    if (index >= 0) line.splice(index, 1);
  }

  /** All that was under way is sent again, in its order. */
  #broken(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    this.#options.health.failed(storeFailure(error, this.#options.address.name));
    for (const queued of this.#sent) queued.isRepeated = true;
    this.#waiting = [...this.#sent.splice(0), ...this.#waiting];
    this.#watchPatience();
    void this.#connect();
  }

  async #connect(): Promise<void> {
    if (this.#connecting || this.#client !== null) return;
    this.#connecting = true;
    const options: ClientConfig & { pipeline: boolean } = {
      ...this.#options.address.client,
      query_timeout: ANSWER_TIMEOUT_MS,
      pipeline: true,
    };
    const client = new Client(options);
    client.on('error', (error) => this.#broken(client, error));
    try {
      await client.connect();
      this.#client = client;
      this.#pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      client.end().catch(() => undefined);
      this.#options.health.failed(storeFailure(error, this.#options.address.name));
    } finally {
      this.#connecting = false;
    }
    if (this.#client !== null) this.#pump();
    else this.#connectLater();
  }

  #connectLater(): void {
    if (this.#closed && this.#waiting.length === 0) return;
    this.#pauseTimer = setTimeout(() => {
      this.#pauseTimer = null;
      void this.#connect();
    }, this.#pauseMs);
    this.#pauseTimer.unref();
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  #watchPatience(): void {
    this.#patience ??= setInterval(() => this.#giveUp(), PATIENCE_MS / 10);
  }

  #giveUp(): void {
    const { address, onDoubt } = this.#options;
    // A database that is there but slow is waited for; one that hangs breaks the connection in the end.
    if (this.#client !== null) return this.#relax();
    const until = performance.now() - PATIENCE_MS;
    const tooLate = this.#waiting.filter(({ askedAtMs }) => askedAtMs < until);
    this.#waiting = this.#waiting.filter(({ askedAtMs }) => askedAtMs >= until);
    for (const queued of tooLate) {
      if (queued.isRepeated) onDoubt?.(queued.write);
      const text = `The database ${address.name} is unavailable; the store goes on by itself once it is back.`;
      queued.reject(new StoreError('STORE_UNAVAILABLE', text, { path: null }));
    }
    if (this.#waiting.length === 0) this.#relax();
    this.#tellIfIdle();
  }

  #relax(): void {
    if (this.#patience !== null) clearInterval(this.#patience);
    this.#patience = null;
  }

  #tellIfIdle(): void {
    if (this.#waiting.length + this.#sent.length > 0) return;
    this.#idle?.();
  }
}
