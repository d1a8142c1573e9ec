/**
 * Group commit. Writes that arrive together share one durable transaction; each promise settles after its COMMIT.
 *
 * A write that comes alone is committed at the end of its turn of the event loop, together with all others of that turn.
 * While writes keep coming, `windowMs` lie between the beginnings of two commits, and at least as long as the last one
 * took between its end and the next: commits hold the thread, and on a slow disk they leave it half of its time.
 */

import type Database from 'better-sqlite3';
import { rowFailure, runningFailure } from './failure.ts';

/** Bounds the time that one commit holds the thread: some 20 ms. */
const MAX_WRITES_PER_COMMIT = 500;
/** So many writes are a good load for one commit: gathering more would not make them cheaper. */
const FULL_LOAD = 64;
/** A commit that took longer (a disk that stalls) says nothing about the next. */
const MAX_PAUSE_MS = 20;

interface QueuedWrite {
  perform(): unknown;
  resolve(value: never): void;
  reject(error: unknown): void;
}

type Outcome = { value: unknown } | { error: Error };

export interface CommitQueueOptions {
  path: string;
  windowMs: number;
  /** After every commit. */
  onCommit(): void;
  /** Told when writing begins to fail (the error) and when it works again (null). */
  onHealth(failure: Error | null): void;
}

export class CommitQueue {
  readonly #database: Database.Database;
  readonly #options: CommitQueueOptions;
  readonly #control: Record<'begin' | 'commit' | 'savepoint' | 'undo' | 'release', Database.Statement<[]>>;
  #queue: QueuedWrite[] = [];
  #scheduled: NodeJS.Immediate | NodeJS.Timeout | null = null;
  /** When the last commit began and ended, on the monotonic clock. */
  #beganAtMs = Number.NEGATIVE_INFINITY;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  #failure: Error | null = null;

  constructor(database: Database.Database, options: CommitQueueOptions) {
    this.#database = database;
    this.#options = options;
    this.#control = {
      begin: database.prepare('begin immediate'),
      commit: database.prepare('commit'),
      savepoint: database.prepare('savepoint one_write'),
      undo: database.prepare('rollback to one_write'),
      release: database.prepare('release one_write'),
    };
  }

  /** The error of the last commit; null: it worked. */
  get failure(): Error | null {
    return this.#failure;
  }

  /**
   * @param perform runs the statements, in the common transaction; what it throws undoes this write alone. It may run
   *   twice, the first time undone.
   * @returns what `perform` returned, once it is durable
   */
  write<Value>(perform: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ perform, resolve, reject });
      if (this.#queue.length === FULL_LOAD) this.#unschedule();
      this.#schedule();
    });
  }

  /** Commits all that is queued, now. */
  drain(): void {
    while (this.#queue.length > 0) this.#flush();
    this.#unschedule();
  }

  #schedule(): void {
    if (this.#scheduled !== null || this.#queue.length === 0) return;
    const pauseMs = this.#pauseMs();
    const flush = () => {
      this.#scheduled = null;
      this.#flush();
      this.#schedule();
    };
    this.#scheduled = pauseMs > 0 ? setTimeout(flush, pauseMs) : setImmediate(flush);
  }

  #pauseMs(): number {
    if (this.#queue.length >= FULL_LOAD) return 0;
    const tookMs = Math.min(this.#endedAtMs - this.#beganAtMs, MAX_PAUSE_MS);
    const notBeforeMs = Math.max(this.#beganAtMs + this.#options.windowMs, this.#endedAtMs + tookMs);
    return Math.max(notBeforeMs - performance.now(), 0);
  }

  #unschedule(): void {
    clearImmediate(this.#scheduled as NodeJS.Immediate);
    clearTimeout(this.#scheduled as NodeJS.Timeout);
    this.#scheduled = null;
  }

  #flush(): void {
    const batch = this.#queue.splice(0, MAX_WRITES_PER_COMMIT);
    this.#beganAtMs = performance.now();
    let outcomes: Outcome[] | null = null;
    try {
      outcomes = this.#commitAll(batch) ?? this.#commitEach(batch);
      this.#settleHealth(null);
      this.#options.onCommit();
    } catch (error) {
      this.#rollBack();
      this.#settleHealth(runningFailure(error, this.#options.path));
    }
    this.#endedAtMs = performance.now();
    batch.forEach((write, index) => {
      const outcome = outcomes?.[index] ?? { error: this.#failure };
      if ('error' in outcome) write.reject(outcome.error);
      else write.resolve(outcome.value as never);
    });
  }

  /**
   * The usual case, where no write fails: without savepoints, for each of which SQLite keeps a copy of every page that
   * changes.
   * @returns null: one failed on its own account; nothing is written
   */
  #commitAll(batch: readonly QueuedWrite[]): Outcome[] | null {
    this.#control.begin.run();
    const outcomes: Outcome[] = [];
    for (const write of batch) {
      try {
        outcomes.push({ value: write.perform() });
      } catch (error) {
        if (rowFailure(error, this.#options.path) === null) throw error;
        this.#rollBack();
        return null;
      }
    }
    this.#control.commit.run();
    return outcomes;
  }

  #commitEach(batch: readonly QueuedWrite[]): Outcome[] {
    this.#control.begin.run();
    const outcomes = batch.map((write) => this.#performAlone(write));
    this.#control.commit.run();
    return outcomes;
  }

  #performAlone(write: QueuedWrite): Outcome {
    this.#control.savepoint.run();
    try {
      const value = write.perform();
      this.#control.release.run();
      return { value };
    } catch (error) {
      const own = rowFailure(error, this.#options.path);
      if (own === null) throw error;
      this.#control.undo.run();
      this.#control.release.run();
      return { error: own };
    }
  }

  /** SQLite has rolled back by itself after some errors (3: "Response to errors within a transaction"). */
  #rollBack(): void {
    try {
      if (this.#database.inTransaction) this.#database.exec('rollback');
    } catch {
      // The connection is beyond help; the next BEGIN says so.
    }
  }

  #settleHealth(failure: Error | null): void {
    const changed = (failure === null) !== (this.#failure === null);
    this.#failure = failure;
    if (changed) this.#options.onHealth(failure);
  }
}
