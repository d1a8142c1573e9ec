import { join } from 'node:path';
import type { Cdr } from '../core/cdr/cdr.ts';
import type { CdrSettings } from '../core/cdr/settings.ts';
import { type CdrFormat, CSV_HEADER, cdrLine } from './cdr-line.ts';
import type { CdrObserver } from './cdr-writer.ts';
import { DailyFiles } from './daily-files.ts';
import { RecordQueue } from './record-queue.ts';
import { Spool } from './spool.ts';
import type { Webhook, WebhookOptions } from './webhook.ts';

export type PlaceName = CdrFormat | 'webhook';

/** Records that a place may owe us; some 20 MB. */
const MOST_WAITING = 20_000;
const MEGABYTE = 1024 * 1024;

interface Place {
  name: PlaceName;
  queue: RecordQueue<Cdr>;
  sync(): Promise<void>;
  close(): Promise<void>;
  /** It has this record already, as far as is easily known. */
  has(id: string): Promise<boolean>;
}

export interface CdrPlacesOptions {
  directory: string;
  settings: CdrSettings;
  observer: CdrObserver;
  now: () => number;
  /** Delivers what is in the spool. */
  webhook: (options: Pick<WebhookOptions, 'spool' | 'settings'>) => Webhook;
}

/** Where records go by one configuration: a series of files per format, and the queue of the webhook. */
export class CdrPlaces {
  readonly #options: CdrPlacesOptions;
  readonly #places: Place[];
  readonly #spool: Spool | null;
  readonly #webhook: Webhook | null;

  constructor(options: CdrPlacesOptions) {
    this.#options = options;
    const { settings, directory, observer } = options;
    this.#places = settings.formats.map((format) => this.#files(format));
    const { webhook } = settings;
    this.#spool =
      webhook === null
        ? null
        : new Spool({
            directory: join(directory, 'webhook'),
            maxBytes: webhook.maxQueueMegabytes * MEGABYTE,
            onDropped: (records) => observer.dropped('webhook', records),
          });
    this.#webhook =
      this.#spool === null || webhook === null ? null : options.webhook({ spool: this.#spool, settings: webhook });
    if (this.#spool !== null) this.#places.push(this.#queueOf(this.#spool));
  }

  #files(format: CdrFormat): Place {
    const { settings, directory, observer } = this.#options;
    const files = new DailyFiles({
      directory,
      stem: 'cdr',
      extension: format,
      header: format === 'csv' ? CSV_HEADER : '',
      maxBytes: settings.maxFileMegabytes * MEGABYTE,
      keepDays: settings.keepDays,
    });
    const queue = new RecordQueue<Cdr>(MOST_WAITING, async (records) => {
      await files.append(records.map((cdr) => cdrLine(cdr, format)).join(''), this.#options.now());
      if (settings.syncSeconds === 0) await files.sync();
      observer.written(format, records.length);
    });
    const has = async (id: string) => (await files.tail()).includes(id);
    return { name: format, queue, sync: () => files.sync(), close: () => files.close(), has };
  }

  #queueOf(spool: Spool): Place {
    const { settings } = this.#options;
    const queue = new RecordQueue<Cdr>(MOST_WAITING, async (records) => {
      await spool.append(records.map((cdr) => cdrLine(cdr, 'ndjson')).join(''));
      if (settings.syncSeconds === 0) await spool.sync();
      this.#webhook?.look();
    });
    // It is delivered at least once: once more does no harm.
    return { name: 'webhook', queue, sync: () => spool.sync(), close: () => spool.close(), has: async () => false };
  }

  async start(): Promise<void> {
    await this.#spool?.start();
    this.#webhook?.look();
  }

  get names(): PlaceName[] {
    return this.#places.map(({ name }) => name);
  }

  /** What was not taken will never be. */
  forget(): void {
    for (const { name, queue } of this.#places) if (queue.size > 0) this.#options.observer.dropped(name, queue.size);
  }

  get waiting(): number {
    return Math.max(0, ...this.#places.map(({ queue }) => queue.size));
  }

  /** Bytes that the webhook has not delivered. */
  get undelivered(): number {
    return this.#spool?.bytes ?? 0;
  }

  async has(id: string): Promise<boolean> {
    for (const place of this.#places) if (await place.has(id)) return true;
    return false;
  }

  add(records: readonly Cdr[]): void {
    for (const { name, queue } of this.#places) {
      const dropped = queue.add(records);
      if (dropped > 0) this.#options.observer.dropped(name, dropped);
    }
  }

  /** Those that wait become others of the same ids. */
  revise(changed: (cdr: Cdr) => Cdr): void {
    for (const { queue } of this.#places) queue.revise(changed);
  }

  /** Every place gets its turn; rejects when one of them did not take what it was given. */
  async flush(): Promise<void> {
    const results = await Promise.allSettled(this.#places.map(({ queue }) => queue.flush()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async sync(): Promise<void> {
    for (const place of this.#places) await place.sync();
  }

  async close(): Promise<void> {
    await this.#webhook?.stop();
    for (const place of this.#places) await place.close();
  }
}
