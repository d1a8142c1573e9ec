/** A store whose faults and delays are the test's, and that says when it is at rest. */

import type { CallbackStore, Store } from '../../lib/ports/store.ts';

export type Method = keyof CallbackStore;

const WRITES: readonly Method[] = ['insert', 'save'];

export class WatchedStore {
  readonly store: Store;
  /** These fail as on a full disk. */
  failing: readonly Method[] = [];
  /** Called before each operation. */
  onCall: (method: Method, argument: unknown) => void = () => undefined;
  /** Operations under way. */
  #pending = 0;
  #gate: { open: Promise<void>; release: () => void } | null = null;

  constructor(inner: Store) {
    const { suppressions, usage } = inner;
    this.store = {
      ...inner,
      callbacks: this.#watch(inner.callbacks),
      suppressions: this.#waitedFor(suppressions),
      usage: this.#waitedFor(usage),
    };
  }

  failWrites(): void {
    this.failing = WRITES;
  }

  mend(): void {
    this.failing = [];
  }

  /** Writes begin only after `release`. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = { open: promise, release: resolve };
  }

  release(): void {
    this.#gate?.release();
    this.#gate = null;
  }

  /** Resolves when nothing has been asked of it for some turns of the event loop. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 6; quiet = this.#pending === 0 ? quiet + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #run<T>(method: Method, argument: unknown, perform: () => Promise<T>): Promise<T> {
    this.onCall(method, argument);
    if (WRITES.includes(method)) await this.#gate?.open;
    if (this.failing.includes(method)) {
      throw Object.assign(new Error('the disk is full'), { code: 'STORE_UNAVAILABLE' });
    }
    this.#pending += 1;
    try {
      return await perform();
    } finally {
      this.#pending -= 1;
    }
  }

  /** Another part of the store: its operations are waited for, too. */
  #waitedFor<Part extends object>(part: Part): Part {
    const entries = Object.entries(part).map(([name, operation]) => [
      name,
      async (...given: unknown[]) => {
        this.#pending += 1;
        try {
          return await (operation as (...given: unknown[]) => Promise<unknown>)(...given);
        } finally {
          this.#pending -= 1;
        }
      },
    ]);
    return Object.fromEntries(entries) as Part;
  }

  #watch(inner: CallbackStore): CallbackStore {
    return {
      insert: (save, key) => this.#run('insert', save, () => inner.insert(save, key)),
      save: (save) => this.#run('save', save, () => inner.save(save)),
      get: (id) => this.#run('get', id, () => inner.get(id)),
      findOpen: (key) => this.#run('findOpen', key, () => inner.findOpen(key)),
      countAccepted: (number, since) => this.#run('countAccepted', number, () => inner.countAccepted(number, since)),
      acceptedFor: (number, since, limit) =>
        this.#run('acceptedFor', number, () => inner.acceptedFor(number, since, limit)),
      due: (before, limit, except) => this.#run('due', except, () => inner.due(before, limit, except)),
      inFlight: (except) => this.#run('inFlight', except, () => inner.inFlight(except)),
      claim: (id) => this.#run('claim', id, () => inner.claim(id)),
      release: (ids) => inner.release(ids),
      earliestDue: () => this.#run('earliestDue', null, () => inner.earliestDue()),
      counts: () => this.#run('counts', null, () => inner.counts()),
      list: (query) => this.#run('list', query, () => inner.list(query)),
      log: (id) => this.#run('log', id, () => inner.log(id)),
      logSince: (sequence, limit) => this.#run('logSince', sequence, () => inner.logSince(sequence, limit)),
      lastLogSequence: () => this.#run('lastLogSequence', null, () => inner.lastLogSequence()),
      attempts: (id) => this.#run('attempts', id, () => inner.attempts(id)),
    };
  }
}
