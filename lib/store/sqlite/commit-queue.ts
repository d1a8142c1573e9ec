/**
 * Group commit. Writes that arrive together share one durable transaction; each promise settles after its COMMIT.
 *
 * Commits hold the thread, so they have a budget: a third of its time, and some of it in advance. Within the budget a
 * write is committed at the end of the same turn of the event loop, together with all others of that turn. Beyond it,
 * writes gather for `windowMs` at least, until there are many, or until the budget allows it again (a slow disk).
 */

import type Database from 'better-sqlite3';
import { rowFailure, runningFailure } from './failure.ts';

/** Bounds the time that one commit holds the thread: some 20 ms. */
const MAX_WRITES_PER_COMMIT = 500;
/** So many writes are a good load for one commit: gathering more would not make them cheaper. */
const FULL_LOAD = 64;
/** Milliseconds of commits per millisecond of time. */
const BUDGET_SHARE = 1 / 3;
const MAX_BUDGET_MS = 5;
const MAX_PAUSE_MS = 50;

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
  /** What commits may take before writes have to gather, as of `#budgetAtMs` on the monotonic clock. */
  #budgetMs = MAX_BUDGET_MS;
  #budgetAtMs = performance.now();
  /** When the last commit began, on the monotonic clock. */
  #beganAtMs = Number.NEGATIVE_INFINITY;
  /** What a commit takes: falls at once, rises by a quarter per commit. */
  #usualMs = 1;
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
   * @param perform runs the statements, in the common transaction; what it throws undoes this write alone
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
    const nowMs = performance.now();
    const budgetMs = this.#budgetMs + (nowMs - this.#budgetAtMs) * BUDGET_SHARE;
    const windowLeftMs = this.#beganAtMs + this.#options.windowMs - nowMs;
    return Math.min(Math.max(windowLeftMs, -budgetMs / BUDGET_SHARE, 0), MAX_PAUSE_MS);
  }

  #spend(startedMs: number): void {
    const nowMs = performance.now();
    const spentMs = nowMs - startedMs;
    const earnedMs = (startedMs - this.#budgetAtMs) * BUDGET_SHARE;
    const budgetMs = Math.min(this.#budgetMs + earnedMs, MAX_BUDGET_MS) - spentMs;
    // A debt of one usual commit at most: neither a flood nor a single slow commit slows down the quiet time after it.
    this.#usualMs = Math.min(spentMs, this.#usualMs * 1.25);
    this.#budgetMs = Math.max(budgetMs, -this.#usualMs);
    this.#budgetAtMs = nowMs;
  }

  #unschedule(): void {
    clearImmediate(this.#scheduled as NodeJS.Immediate);
    clearTimeout(this.#scheduled as NodeJS.Timeout);
    this.#scheduled = null;
  }

  #flush(): void {
    const batch = this.#queue.splice(0, MAX_WRITES_PER_COMMIT);
    const startedMs = performance.now();
    this.#beganAtMs = startedMs;
    let outcomes: Outcome[] | null = null;
    try {
      outcomes = this.#commit(batch);
      this.#settleHealth(null);
      this.#options.onCommit();
    } catch (error) {
      this.#rollBack();
      this.#settleHealth(runningFailure(error, this.#options.path));
    }
    this.#spend(startedMs);
    batch.forEach((write, index) => {
      const outcome = outcomes?.[index] ?? { error: this.#failure };
      if ('error' in outcome) write.reject(outcome.error);
      else write.resolve(outcome.value as never);
    });
  }

  #commit(batch: QueuedWrite[]): Outcome[] {
    this.#control.begin.run();
    const outcomes = batch.map((write) => this.#perform(write));
    this.#control.commit.run();
    return outcomes;
  }

  #perform(write: QueuedWrite): Outcome {
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
