/** What every part of the SQLite store stands on: the database, its commit queue, reads whose errors are coded. */

import type Database from 'better-sqlite3';
import type { Log } from '../../ports/log.ts';
import { StoreError } from '../store-error.ts';
import { Checkpointer } from './checkpointer.ts';
import { CommitQueue } from './commit-queue.ts';
import { runningFailure } from './failure.ts';

const PROBE_INTERVAL_MS = 1000;
/** Takes new pages, as a real write would. */
const PROBE_TEXT = 'x'.repeat(64 * 1024);
const PROBE_SETTING = 'write-probe';

export interface ConnectionOptions {
  path: string;
  log: Log;
  groupCommitMs: number;
}

export class Connection {
  readonly database: Database.Database;
  readonly path: string;
  readonly log: Log;
  readonly #queue: CommitQueue;
  readonly #checkpointer: Checkpointer | null;
  #probe: NodeJS.Timeout | null = null;
  #closed: Promise<void> | null = null;

  constructor(database: Database.Database, { path, log, groupCommitMs }: ConnectionOptions) {
    this.database = database;
    this.path = path;
    this.log = log;
    this.#checkpointer = database.memory ? null : new Checkpointer(database, log);
    this.#queue = new CommitQueue(database, {
      path,
      windowMs: groupCommitMs,
      onCommit: () => this.#checkpointer?.committed(),
      onHealth: (failure) => this.#healthChanged(failure),
    });
  }

  async read<Value>(perform: () => Value): Promise<Value> {
    this.#assertOpen();
    try {
      return perform();
    } catch (error) {
      throw runningFailure(error, this.path);
    }
  }

  /** @returns what `perform` returned, once it is durable */
  async write<Value>(perform: () => Value): Promise<Value> {
    this.#assertOpen();
    return this.#queue.write(perform);
  }

  healthy(): boolean {
    return this.#closed === null && this.#queue.failure === null;
  }

  /** What is queued is committed before; `release` runs at the very end. */
  close(release: () => void): Promise<void> {
    this.#closed ??= this.#close().finally(release);
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#queue.drain();
    this.#stopProbe();
    await this.#checkpointer?.close();
    this.database.close();
  }

  #assertOpen(): void {
    if (this.#closed === null) return;
    throw new StoreError('STORE_UNAVAILABLE', `The store ${this.path} is closed.`, { path: this.path });
  }

  #healthChanged(failure: Error | null): void {
    if (failure === null) {
      this.#stopProbe();
      this.log.info({ path: this.path }, 'The store can be written again.');
      return;
    }
    this.log.error({ path: this.path, err: failure }, failure.message);
    this.#probe = setInterval(() => this.#tryWriting(), PROBE_INTERVAL_MS);
    this.#probe.unref();
    // A log that has been copied is written from its beginning again, which takes no room.
    this.#checkpointer?.request();
  }

  /** Nobody else may write while the store is unhealthy, so it finds out by itself when writing works again. */
  #tryWriting(): void {
    const run = (sql: string, ...values: string[]) =>
      this.#queue.write(() => this.database.prepare(sql).run(...values));
    run('insert or replace into settings (name, value) values (?, ?)', PROBE_SETTING, PROBE_TEXT)
      .then(() => run('delete from settings where name = ?', PROBE_SETTING))
      .catch(() => undefined);
  }

  #stopProbe(): void {
    if (this.#probe !== null) clearInterval(this.#probe);
    this.#probe = null;
  }
}
