import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cdr, type OpenLeg, recordOfLostLeg } from '../core/cdr/cdr.ts';
import type { CdrSettings } from '../core/cdr/settings.ts';
import { type IsTheirs, withoutNumber } from '../core/policy/number-trace.ts';
import type { CdrSink } from '../ports/cdr-sink.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordKeeper } from '../ports/erasure.ts';
import type { Log } from '../ports/log.ts';
import type { CdrPlaces, PlaceName } from './cdr-places.ts';
import { forgetInFiles } from './forgotten-lines.ts';
import { OpenLegs } from './open-legs.ts';

/** A disk that is full is asked again after so long. */
const FAULT_PAUSE_MS = 5_000;
/** A disk that hangs takes nothing and says nothing: so many records wait for it. */
const MOST_UNWRITTEN = 20_000;
/** How exactly the end of a call is known that a crash cut. */
const ALIVE_MS = 5_000;

/** No call is up for longer. */
const LONGEST_CALL_MS = 86_400_000;
const CDR_FILES = /^(?:cdr-.*\.(?:ndjson|csv)|open-legs\.ndjson)$/;
const SPOOL_FILES = /^\d{10}\.ndjson$/;

export interface CdrObserver {
  written(place: PlaceName, records: number): void;
  /** Records that no place will ever have. */
  dropped(place: PlaceName, records: number): void;
}

export interface CdrWriterOptions {
  directory: string;
  clock: Clock;
  log: Log;
  observer: CdrObserver;
  /** Opens the places that records go to. */
  places: (settings: CdrSettings) => CdrPlaces;
}

/**
 * Call detail records on their way out of the process. Calls hand them over and go on; here they are written in batches
 * as large as the last one took long. Nothing that goes wrong here (a full disk, a receiver that is away) comes back to
 * a call: records wait in memory, bounded, and are counted when they have to go.
 */
export class CdrWriter implements CdrSink, RecordKeeper {
  readonly #options: CdrWriterOptions;
  readonly #openLegs: OpenLegs;
  #settings: CdrSettings | null = null;
  #places: CdrPlaces | null = null;
  #up = new Map<string, OpenLeg>();
  #closed: Cdr[] = [];
  /** Ended, and not in every place yet: still open in the journal. */
  #unsettled: string[] = [];
  /** Ends when all that was given a turn is done; it does not reject. */
  #turns: Promise<unknown> = Promise.resolve();
  #isScheduled = false;
  #isStopped = false;
  #isFaulty = false;
  #cancelRetry: (() => void) | null = null;
  #cancelTick: (() => void) | null = null;
  #lastAliveAt = 0;
  /** Numbers that are to be forgotten: calls of theirs may be up, and be told of afterwards. */
  #forgotten: Array<{ isTheirs: IsTheirs; until: number }> = [];

  constructor(options: CdrWriterOptions) {
    this.#options = options;
    this.#openLegs = new OpenLegs(join(options.directory, 'open-legs.ndjson'));
  }

  /** Writes the records of the legs that a former process left. Rejects where the directory can't be used. */
  async start(settings: CdrSettings | null): Promise<void> {
    if (settings !== null) await mkdir(this.#options.directory, { recursive: true, mode: 0o750 });
    await this.#take(settings);
    if (settings === null) return;
    const { legs, lastKnownAt } = await this.#openLegs.read();
    if (legs.length > 0) this.#options.log.warn({ count: legs.length }, 'calls were up when their process ended');
    const lost: Cdr[] = [];
    for (const leg of legs) {
      if (await this.#places!.has(leg.id)) this.#unsettled.push(leg.id);
      else lost.push(recordOfLostLeg(leg, lastKnownAt));
    }
    this.#closed.push(...lost);
    if (legs.length > 0) this.#schedule();
  }

  /** Another configuration counts. */
  configure(settings: CdrSettings | null): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    const change = this.#inTurn(async () => {
      if (this.#isStopped) return;
      if (settings !== null) await mkdir(this.#options.directory, { recursive: true, mode: 0o750 });
      await this.#flush().catch((error: unknown) => this.#faulty(error));
      await this.#take(settings);
    });
    void change.catch((error: unknown) => this.#faulty(error)).then(() => this.#scheduleWaiting());
  }

  async #take(settings: CdrSettings | null): Promise<void> {
    await this.#places?.close();
    this.#places?.forget();
    this.#settings = settings;
    this.#places = settings === null ? null : this.#options.places(settings);
    await this.#places?.start();
    this.#cancelTick?.();
    if (settings !== null) this.#tick();
  }

  /** Records that wait in memory. */
  get waiting(): number {
    return this.#closed.length + (this.#places?.waiting ?? 0);
  }

  get isWanted(): boolean {
    return this.#settings !== null;
  }

  open(leg: OpenLeg): void {
    if (this.#settings === null) return;
    this.#up.set(leg.id, this.#withoutForgotten(leg));
    this.#schedule();
  }

  closed(cdr: Cdr): void {
    this.#up.delete(cdr.id);
    if (this.#settings === null) return;
    this.#closed.push(this.#withoutForgotten(cdr));
    if (this.#closed.length > MOST_UNWRITTEN) {
      this.#closed.shift();
      for (const name of this.#places?.names ?? []) this.#options.observer.dropped(name, 1);
    }
    this.#schedule();
  }

  /** In what is up, what waits, and every file that is still here: whatever configuration it was written by. */
  forget(isTheirs: IsTheirs, until: number): Promise<number> {
    const { clock, directory } = this.#options;
    const oldest = clock.now() - LONGEST_CALL_MS;
    this.#forgotten = [...this.#forgotten.filter((one) => one.until > oldest), { isTheirs, until }];
    const forgetting = this.#inTurn(async () => {
      const changed = <T extends OpenLeg | Cdr>(record: T) => this.#withoutForgotten(record);
      this.#closed = this.#closed.map(changed);
      for (const [id, leg] of this.#up) this.#up.set(id, changed(leg));
      this.#places?.revise(changed);
      this.#openLegs.revise(changed);
      const what = { isTheirs, until };
      const lines = await forgetInFiles(directory, CDR_FILES, what);
      return lines + (await forgetInFiles(join(directory, 'webhook'), SPOOL_FILES, what));
    });
    void forgetting.catch(() => undefined).then(() => this.#scheduleWaiting());
    return forgetting;
  }

  #withoutForgotten<T extends OpenLeg | Cdr>(record: T): T {
    const theirs = this.#forgotten.filter(({ until }) => record.startedAt <= until);
    return theirs.reduce((known, { isTheirs }) => withoutNumber(known, isTheirs), record);
  }

  /** Writes what there is, and lets go of everything. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#cancelTick?.();
    await this.#turns;
    if (this.#places !== null) await this.#flush().catch((error: unknown) => this.#faulty(error));
    await this.#places?.close().catch((error: unknown) => this.#faulty(error));
    await this.#openLegs.close().catch((error: unknown) => this.#faulty(error));
  }

  /** Files are written, changed and exchanged by one at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turns.then(work);
    this.#turns = done.catch(() => undefined);
    return done;
  }

  #scheduleWaiting(): void {
    if (this.#up.size + this.#closed.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isStopped || this.#cancelRetry !== null) return;
    this.#isScheduled = true;
    void this.#inTurn(() => this.#flushAll());
  }

  async #flushAll(): Promise<void> {
    // What the same burst of events brings is one batch.
    await new Promise(setImmediate);
    try {
      do await this.#flush();
      while (this.#up.size + this.#closed.length > 0);
      if (this.#isFaulty) this.#options.log.info({}, 'call records are written again');
      this.#isFaulty = false;
    } catch (error) {
      this.#faulty(error);
      this.#retryLater();
    } finally {
      this.#isScheduled = false;
    }
  }

  #retryLater(): void {
    const { clock } = this.#options;
    if (this.#isStopped) return;
    this.#cancelRetry = clock.after(FAULT_PAUSE_MS, () => {
      this.#cancelRetry = null;
      this.#schedule();
    });
  }

  /** One batch. The journal says that a leg is over only when every place has its record. */
  async #flush(): Promise<void> {
    const { clock } = this.#options;
    const places = this.#places;
    if (places === null) return;
    const [up, closed] = [[...this.#up.values()], this.#closed];
    this.#closed = [];
    places.add(closed);
    this.#unsettled.push(...closed.map(({ id }) => id));
    const now = clock.now();
    // What began and ended within one batch has not been in the journal, and need not be.
    await this.#openLegs.write({ up, ended: [], now });
    for (const leg of up) if (this.#up.get(leg.id) === leg) this.#up.delete(leg.id);
    await places.flush();
    await this.#openLegs.write({ up: [], ended: this.#unsettled, now });
    this.#unsettled = [];
  }

  /** Everything that is done once in a while: to the disk, and a sign of life. */
  #tick(): void {
    const { clock } = this.#options;
    const everyMs = Math.max(this.#settings?.syncSeconds || 1, 0.1) * 1_000;
    this.#cancelTick = clock.after(everyMs, () => {
      const synced = this.#inTurn(async () => {
        await this.#places?.sync();
        if (clock.now() - this.#lastAliveAt >= ALIVE_MS || clock.now() < this.#lastAliveAt) {
          this.#lastAliveAt = clock.now();
          await this.#openLegs.alive(this.#lastAliveAt);
        }
      });
      synced.catch((error: unknown) => this.#faulty(error));
      if (!this.#isStopped) this.#tick();
    });
  }

  #faulty(error: unknown): void {
    if (!this.#isFaulty) {
      this.#options.log.error({ err: error }, 'call records can not be written; they wait in memory, calls go on');
    }
    this.#isFaulty = true;
  }
}
