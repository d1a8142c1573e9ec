/**
 * Keeps the write-ahead log short without holding up the commits. By itself SQLite checkpoints within a commit: 20 to 50 ms
 * each few hundred commits. A thread does the bulk of it; only the frames that were written meanwhile are left to this one,
 * because the log starts again from its beginning only when all of it has been copied.
 */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import type { Log } from '../../ports/log.ts';
import type { CheckpointReport } from './checkpoint-worker.ts';

/** A commit writes some ten pages of 4 KiB. */
const COMMITS_PER_CHECKPOINT = 100;
/** So few pages are copied within a millisecond or two. */
const FEW_PAGES = 64;
/** Should the thread fail or lag behind, SQLite does it within a commit at 64 MiB. */
const BACKSTOP_PAGES = 16_384;
const WORKER_FILE = new URL(`./checkpoint-worker${extname(import.meta.filename)}`, import.meta.url);

export class Checkpointer {
  readonly #database: Database.Database;
  readonly #log: Log;
  #worker: Worker | null = null;
  #running = false;
  #commits = 0;
  #closed = false;

  constructor(database: Database.Database, log: Log) {
    this.#database = database;
    this.#log = log;
    database.pragma(`wal_autocheckpoint = ${BACKSTOP_PAGES}`);
  }

  /** To be called after every commit. */
  committed(): void {
    this.#commits += 1;
    if (this.#commits >= COMMITS_PER_CHECKPOINT) this.request();
  }

  /** Has the log copied, soon. */
  request(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#commits = 0;
    this.#worker ??= this.#start();
    this.#worker.postMessage('checkpoint');
  }

  /** Ends the thread; a run that is under way ends before. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#worker === null) return;
    const worker = this.#worker;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.ref();
    worker.postMessage('close');
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(WORKER_FILE, {
      // As `ps -L` shows it.
      name: 'checkpoint',
      workerData: this.#database.name,
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
    worker.unref();
    worker.on('message', (report: CheckpointReport) => this.#reported(report));
    worker.on('error', (error) => this.#log.warn({ err: error }, 'The checkpoint thread of the store failed.'));
    worker.on('exit', () => {
      this.#worker = null;
      this.#running = false;
    });
    return worker;
  }

  #reported({ failure }: CheckpointReport): void {
    this.#running = false;
    if (failure !== null) this.#failed(failure);
    else if (!this.#closed) this.#finish();
  }

  #finish(): void {
    try {
      const left = this.#pagesLeft();
      if (left > FEW_PAGES) this.request();
      else if (left > 0) this.#database.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      this.#failed(String(error));
    }
  }

  /** Nothing is lost by it: the log only grows. */
  #failed(failure: string): void {
    this.#log.warn({ failure }, 'The log of the store could not be copied into its file.');
  }

  #pagesLeft(): number {
    const [row] = this.#database.pragma('wal_checkpoint(NOOP)') as Array<{ log: number; checkpointed: number }>;
    return row === undefined ? 0 : row.log - row.checkpointed;
  }
}
