import type { Clock } from '../ports/clock.ts';
import type { JournalKind } from '../ports/documents.ts';
import type { Log } from '../ports/log.ts';
import type { Retention } from '../ports/retention.ts';
import type { Store } from '../ports/store.ts';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** After the start there is more to do than to sweep. */
const FIRST_MS = 60_000;
/** So many rows at once, so that nobody waits for the disk behind them. */
const PORTION = 500;

export const USUAL_RETENTION: Retention = {
  callbacksDays: 0,
  eventsDays: 0,
  laddersDays: 0,
  recordingsDays: 0,
  auditDays: 0,
  errorsDays: 30,
  deliveriesDays: 30,
};

export interface RetentionSweepOptions {
  store: Pick<Store, 'documents' | 'journal' | 'retention'>;
  /** Of this node; left out: nothing is recorded. */
  recordings?: { purge(before: number, options: { most: number; held: readonly string[] }): Promise<number> };
  clock: Clock;
  log: Log;
}

export async function retentionOf(documents: Store['documents'], now: number): Promise<Retention> {
  const stored = await documents.get('retention', 'retention', now);
  return { ...USUAL_RETENTION, ...((stored?.body ?? {}) as Partial<Retention>) };
}

/** Takes away what has been kept for long enough, now and then. What is held stays. */
export class RetentionSweep {
  readonly #options: RetentionSweepOptions;
  #cancel: (() => void) | null = null;
  #sweeping: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: RetentionSweepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#later(FIRST_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#sweeping;
  }

  #later(ms: number): void {
    if (this.#isStopped) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#sweeping = this.sweep()
        .then(() => undefined)
        .catch((error: unknown) => this.#options.log.warn({ err: error }, 'what is too old could not be taken away'))
        .then(() => this.#later(EVERY_MS));
    });
  }

  /** @returns what went, by kind */
  async sweep(): Promise<Record<string, number>> {
    const { store, clock, log } = this.#options;
    const now = clock.now();
    const retention = await retentionOf(store.documents, now);
    const held = (await store.documents.all('hold', now)).map(({ name }) => name);
    const options = (days: number) => ({ before: now - days * DAY_MS, most: PORTION, held });
    const gone: Record<string, number> = {};
    const run = async (kind: string, days: number, portion: () => Promise<number>) => {
      if (days > 0) gone[kind] = await this.#all(portion);
    };
    const { callbacksDays, eventsDays, laddersDays } = retention;
    await run('callbacks', callbacksDays, async () =>
      store.retention.erase(await store.retention.done(options(callbacksDays))),
    );
    await run('events', eventsDays, () => store.retention.trim('events', options(eventsDays)));
    await run('ladders', laddersDays, () => store.retention.trim('ladders', options(laddersDays)));
    const { recordings } = this.#options;
    const { recordingsDays } = retention;
    if (recordings !== undefined)
      await run('recordings', recordingsDays, () =>
        recordings.purge(now - recordingsDays * DAY_MS, { most: PORTION, held }),
      );
    const journals: Array<[JournalKind, number]> = [
      ['audit', retention.auditDays],
      ['error', retention.errorsDays],
      ['delivery', retention.deliveriesDays],
    ];
    for (const [kind, days] of journals)
      await run(kind, days, () => store.journal.purge(kind, now - days * DAY_MS, PORTION));
    await store.documents.purge(now);
    if (Object.values(gone).some((count) => count > 0)) log.info(gone, 'what was kept for long enough is gone');
    return gone;
  }

  async #all(portion: () => Promise<number>): Promise<number> {
    let total = 0;
    for (;;) {
      const count = this.#isStopped ? 0 : await portion();
      total += count;
      if (count < PORTION) return total;
    }
  }
}
