import {
  hiddenIn,
  type IsTheirs,
  isNoTrace,
  type NumberTrace,
  theirs,
  traceOf,
  withoutNumber,
} from '../core/policy/number-trace.ts';
import type { CallbackService } from '../ports/callback-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { JournalText, StoredDocument } from '../ports/documents.ts';
import type { Erased, ErasureOrder, ErasureService, RecordKeeper, SealedTrace, TraceSeal } from '../ports/erasure.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';

/** So many entries at once, so that nobody waits for the disk behind them. */
const PORTION = 500;
const EVERY_MS = 3_600_000;
/** A node that is away for so long comes back with what its files say. */
const TOLD_MS = 30 * 86_400_000;

export interface ErasuresOptions {
  store: Pick<Store, 'documents' | 'journal' | 'retention' | 'nodes'>;
  callbacks: Pick<CallbackService, 'cancel'>;
  /** Of this node. */
  records: readonly RecordKeeper[];
  seal: TraceSeal;
  clock: Clock;
  log: Log;
}

/** What is kept while something is left to do: by which callbacks the erasure is about, and by what the number is found. */
interface Begun extends Omit<ErasureOrder, 'id'> {
  at: number;
  number: string;
  ids: string[];
  trace: NumberTrace;
}

/** Done in the store; the files of other nodes are left. */
interface Told {
  at: number;
  sealed: SealedTrace;
}

/**
 * Erases numbers, in an order in which a crash loses nothing: what is to be done is written down first, and struck out when
 * all of it is done; each step does no harm when it is done again. What is new of the person since he asked stays.
 */
export class Erasures implements ErasureService {
  readonly #options: ErasuresOptions;
  /** Whose sealed numbers this process has looked for in its files. */
  readonly #told = new Set<string>();
  #cancel: (() => void) | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: ErasuresOptions) {
    this.#options = options;
  }

  /** Takes up what a former process or another node left, now and every hour. */
  start(): void {
    if (this.#isStopped) return;
    this.#running = this.resume()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'an erasure could not be taken up again'))
      .then(() => {
        if (!this.#isStopped) this.#cancel = this.#options.clock.after(EVERY_MS, () => this.start());
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#running;
  }

  async erase(number: string, { id, ...order }: ErasureOrder): Promise<Erased> {
    const { store, clock } = this.#options;
    const found = await store.retention.of(number);
    const now = clock.now();
    const body: Begun = {
      ...order,
      at: now,
      number,
      ids: found.map((callback) => callback.id),
      trace: traceOf(found.flatMap(({ caller }) => caller).concat({ received: number, e164: e164Of(number) })),
    };
    await store.documents.put({ kind: 'erasure', name: id, body: { ...body }, expiresAt: null, now, expected: 0 });
    const done = await this.#erased(body);
    if (done.open === 0) await this.#strike(id, body);
    return done;
  }

  /** One after the other; one that fails does not keep the others. */
  async resume(): Promise<void> {
    const { store, clock, log } = this.#options;
    for (const document of await store.documents.all('erasure', clock.now())) {
      if (this.#isStopped) return;
      await this.#takeUp(document).catch((error: unknown) =>
        log.warn({ err: error, erasure: document.name }, 'an erasure could not be finished; it is tried again'),
      );
    }
  }

  async #takeUp({ name, body }: StoredDocument): Promise<void> {
    const { store, clock, log, seal } = this.#options;
    if ('sealed' in body) {
      const { at, sealed } = body as unknown as Told;
      if (!this.#told.has(name)) await this.#forgetFiles(seal.open(sealed), at);
      this.#told.add(name);
      return;
    }
    const begun = body as unknown as Begun;
    if ((await store.documents.get('hold', begun.number, clock.now())) !== null) {
      log.warn({ erasure: name }, 'the number of an erasure that was not finished is held now: it is given up');
      await store.documents.remove('erasure', name, null);
      return;
    }
    const done = await this.#erased(begun);
    if (done.open > 0) return;
    log.info({ erasure: name, ...done }, 'an erasure was taken up again, and is done');
    const { actor, address, reason } = begun;
    const said = { action: 'erased', address, changes: [], detail: { reason, ...done, takenUpAgain: true } };
    const entry = { kind: 'audit', at: clock.now(), actor, subject: 'erasures', correlationId: name } as const;
    await store.journal.append([{ ...entry, body: said }]);
    await this.#strike(name, begun);
  }

  async #erased({ at, number, ids, trace }: Begun): Promise<Erased> {
    const { store, callbacks } = this.#options;
    const own = new Set(ids);
    const found = (await store.retention.of(number)).filter((callback) => own.has(callback.id));
    for (const callback of found) if (callback.state !== 'done') await callbacks.cancel(callback.id);
    const open = found.length - (await store.retention.erase(found.map((callback) => callback.id)));
    const erased = ids.length - open;
    if (isNoTrace(trace)) return { erased, open, hidden: 0 };
    const isTheirs = theirs(trace);
    const hidden = (await this.#forgetEntries(isTheirs, at)) + (await this.#forgetFiles(isTheirs, at));
    return { erased, open, hidden };
  }

  /** All kinds, in portions. */
  async #forgetEntries(isTheirs: IsTheirs, until: number): Promise<number> {
    const { journal } = this.#options.store;
    const changed = (entry: JournalText) => textWithout(entry, isTheirs);
    let total = 0;
    for (let after: number | null = 0; after !== null; ) {
      const { revised, next }: { revised: number; next: number | null } = await journal.revise({
        after,
        most: PORTION,
        until,
        changed,
      });
      total += revised;
      after = next;
    }
    return total + (await this.#forgetViews(isTheirs));
  }

  /** What people keep of their lists: a number they searched for. */
  async #forgetViews(isTheirs: IsTheirs): Promise<number> {
    const { documents } = this.#options.store;
    const now = this.#options.clock.now();
    let total = 0;
    for (const { kind, name, body, version, expiresAt } of await documents.all('saved-view', now)) {
      const without = withoutNumber(body, isTheirs);
      if (without === body) continue;
      // who has just saved another one has it looked at with the next erasure
      const { result } = await documents.put({ kind, name, body: without, expiresAt, now, expected: version });
      if (result === 'stored') total += 1;
    }
    return total;
  }

  async #forgetFiles(isTheirs: IsTheirs, until: number): Promise<number> {
    let total = 0;
    for (const files of this.#options.records) total += await files.forget(isTheirs, until);
    return total;
  }

  /** Nothing of the number is left here; other nodes may have files of their own. */
  async #strike(id: string, { at, trace }: Begun): Promise<void> {
    const { store, seal, clock } = this.#options;
    if (store.nodes === null || isNoTrace(trace)) {
      await store.documents.remove('erasure', id, null);
      return;
    }
    this.#told.add(id);
    const body: Told = { at, sealed: seal.seal(trace) };
    const now = clock.now();
    await store.documents.put({
      kind: 'erasure',
      name: id,
      body: { ...body },
      expiresAt: now + TOLD_MS,
      now,
      expected: null,
    });
  }
}

const e164Of = (number: string): string | null => (number.startsWith('+') ? number : null);

/** Null: the number is not in it. */
function textWithout({ subject, body }: JournalText, isTheirs: IsTheirs): JournalText | null {
  const plain = decoded(subject);
  const shown = hiddenIn(plain, isTheirs);
  const without = {
    subject: shown === plain ? subject : shown,
    body: bodyWithout(body, isTheirs),
  };
  return without.subject === subject && without.body === body ? null : without;
}

function bodyWithout(body: string, isTheirs: IsTheirs): string {
  const before: unknown = JSON.parse(body);
  const after = withoutNumber(before, isTheirs);
  return after === before ? body : JSON.stringify(after);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
