import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { StoredDocument } from '../ports/documents.ts';
import type { Log } from '../ports/log.ts';
import type { SequencedLogEntry, Store } from '../ports/store.ts';
import type { Delivery, WebhookProgress, WebhookService, WebhookSettings } from '../ports/webhooks.ts';
import { postSigned } from './signed-post.ts';

const MOST_ENTRIES = 500;
const MOST_EVENTS = 100;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Events that nobody takes for so long are let go, so that the newer ones have their turn. */
const GIVE_UP_MS = 3 * 86_400_000;
/** Another node's turn is over after so long, whatever became of it. */
const TURN_MS = 180_000;
const LOOK_EVERY_MS = 5_000;
/** What several nodes write may become visible out of order: a gap is waited for as long as this. */
const GAP_MS = 5_000;

export interface EventWebhooksOptions {
  store: Pick<Store, 'documents' | 'journal' | 'callbacks'>;
  clock: Clock;
  log: Log;
  fetch: typeof fetch;
  random: () => number;
}

/** How far a webhook has got. Kept in the store, so that nothing is left out over restarts and nodes. */
interface Cursor extends WebhookProgress {
  /** The last entry of the log that is behind it. */
  sequence: number;
  owner: string | null;
  ownedUntil: number;
}

const AT_START: Cursor = { sequence: 0, failures: 0, retryAt: 0, failingSince: null, owner: null, ownedUntil: 0 };

interface Event {
  id: string;
  at: string;
  type: string;
  callbackId: string;
  attemptId: string | null;
  data: Record<string, unknown>;
}

function eventOf({ sequence, at, type, callbackId, attemptId, detail }: SequencedLogEntry): Event {
  const data = Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key,
      /At$/.test(key) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ]),
  );
  return {
    id: String(sequence),
    at: new Date(at).toISOString(),
    type: `callback.${type}`,
    callbackId,
    attemptId,
    data,
  };
}

const isWanted = ({ events }: WebhookSettings, entry: SequencedLogEntry): boolean =>
  entry.type !== 'sip' && (events.length === 0 || events.includes(`callback.${entry.type}`));

/**
 * Posts what the log of callbacks says to each webhook, in order, at least once: an event has the same `id` each time. A
 * receiver that is away is tried again, later and later. One node at a time has the turn of a webhook.
 */
export class EventWebhooks implements WebhookService {
  readonly #options: EventWebhooksOptions;
  readonly #me = randomUUID();
  readonly #ending = new AbortController();
  #cancel: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #isWanted = false;
  /** As the last round found them; the next one, soon, may find others. */
  #count = 0;

  constructor(options: EventWebhooksOptions) {
    this.#options = options;
  }

  start(): void {
    this.#look();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#cancel?.();
    await this.#running;
  }

  changed(): void {
    this.#isWanted = true;
    this.#look();
  }

  /** Something was written. Where there is nobody to tell, that costs nothing. */
  happened(): void {
    if (this.#count > 0) this.changed();
  }

  #look(): void {
    if (this.#ending.signal.aborted || this.#running !== null) return;
    this.#cancel?.();
    this.#running = this.#round()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'webhooks wait: the store can not be read'))
      .then(() => {
        this.#running = null;
        if (this.#ending.signal.aborted) return;
        const again = () => this.#look();
        if (this.#isWanted) queueMicrotask(again);
        else this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, again);
      });
  }

  async #round(): Promise<void> {
    // what a burst of events brings is one round
    await new Promise(setImmediate);
    this.#isWanted = false;
    const { documents } = this.#options.store;
    const webhooks = await documents.all('webhook', this.#options.clock.now());
    this.#count = webhooks.length;
    // one that is slow keeps nobody else waiting
    await Promise.all(webhooks.map((webhook) => this.#turn(webhook)));
  }

  async begin(name: string): Promise<void> {
    const sequence = await this.#options.store.callbacks.lastLogSequence();
    await this.#keep(name, { ...AT_START, sequence }, null);
  }

  async #keep(name: string, cursor: Cursor, expected: number | null): Promise<number | null> {
    const { documents } = this.#options.store;
    const now = this.#options.clock.now();
    const body = { ...cursor };
    const result = await documents.put({ kind: 'webhook-cursor', name, body, expiresAt: null, now, expected });
    return result.result === 'stored' ? result.version : null;
  }

  async #turn({ name, body }: StoredDocument): Promise<void> {
    const settings = body as unknown as WebhookSettings;
    const now = this.#options.clock.now();
    const stored = await this.#options.store.documents.get('webhook-cursor', name, now);
    const cursor = (stored?.body ?? AT_START) as unknown as Cursor;
    const isTaken = cursor.owner !== null && cursor.owner !== this.#me && cursor.ownedUntil > now;
    if (!settings.enabled || stored === null || isTaken || cursor.retryAt > now) return;
    const mine = { ...cursor, owner: this.#me, ownedUntil: now + TURN_MS };
    const entries = await this.#options.store.callbacks.logSince(cursor.sequence, MOST_ENTRIES);
    if (entries.length === 0) return;
    const version = await this.#keep(name, mine, stored.version);
    if (version === null) return;
    const next = await this.#advance(name, settings, { cursor: mine, entries });
    await this.#keep(name, { ...next, owner: null, ownedUntil: 0 }, version);
    if (next.sequence !== cursor.sequence) this.#isWanted = true;
  }

  /** As far as no entry is missing in between that may still come. */
  #visible(from: number, entries: readonly SequencedLogEntry[]): SequencedLogEntry[] {
    const youngest = this.#options.clock.now() - GAP_MS;
    let last = from;
    const gap = entries.findIndex((entry) => {
      const isGap = entry.sequence !== last + 1 && entry.at > youngest;
      last = entry.sequence;
      return isGap;
    });
    return gap === -1 ? [...entries] : entries.slice(0, gap);
  }

  async #advance(
    name: string,
    settings: WebhookSettings,
    { cursor, entries }: { cursor: Cursor; entries: readonly SequencedLogEntry[] },
  ): Promise<Cursor> {
    const { clock, random } = this.#options;
    const visible = this.#visible(cursor.sequence, entries);
    const wanted = visible.filter((entry) => isWanted(settings, entry));
    const portion = wanted.slice(0, MOST_EVENTS);
    const last = portion.length < wanted.length ? portion.at(-1) : visible.at(-1);
    const passed: Cursor = { ...AT_START, sequence: last?.sequence ?? cursor.sequence };
    if (portion.length === 0) return passed;
    const [delivery, waitMs] = await this.#deliver(name, settings, { portion, attempt: cursor.failures + 1 });
    if (delivery.ok) return passed;
    if (this.#ending.signal.aborted) return cursor;
    const now = clock.now();
    const failingSince = cursor.failingSince ?? now;
    if (now - failingSince >= GIVE_UP_MS) return passed;
    const backOff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(cursor.failures, 20));
    const retryAt = now + (waitMs ?? backOff * (0.8 + 0.4 * random()));
    return { ...cursor, failures: cursor.failures + 1, failingSince, retryAt: Math.round(retryAt) };
  }

  /** Posts, and writes down how it went. */
  async #deliver(
    name: string,
    settings: WebhookSettings,
    { portion, attempt }: { portion: readonly SequencedLogEntry[]; attempt: number },
  ): Promise<[Delivery, number | null]> {
    const [delivery, waitMs] = await this.#post(settings, { webhook: name, events: portion.map(eventOf) });
    const span = { events: portion.length, first: portion[0]!.sequence, last: portion.at(-1)!.sequence };
    await this.#write(name, { ...delivery, ...span, attempt });
    return [delivery, waitMs];
  }

  async #post(settings: WebhookSettings, content: object): Promise<[Delivery, number | null]> {
    const { clock, fetch } = this.#options;
    const startedAt = clock.now();
    const { status, failure, waitMs } = await postSigned({
      url: settings.url,
      secret: settings.secret,
      body: JSON.stringify(content),
      timeoutMs: settings.timeoutSeconds * 1_000,
      now: startedAt,
      fetch,
      ending: this.#ending.signal,
    });
    const durationMs = Math.max(0, Math.round(clock.now() - startedAt));
    return [{ ok: failure === null, status, failure, durationMs }, waitMs];
  }

  async #write(name: string, body: Record<string, unknown>): Promise<void> {
    const { store, clock, log } = this.#options;
    const entry = { kind: 'delivery', at: clock.now(), actor: null, subject: name, correlationId: null, body } as const;
    await store.journal.append([entry]).catch((error: unknown) => {
      log.warn({ err: error, webhook: name }, 'a delivery is missing in the log of deliveries');
    });
  }

  async #settings(name: string): Promise<WebhookSettings | null> {
    const found = await this.#options.store.documents.get('webhook', name, this.#options.clock.now());
    return found === null ? null : (found.body as unknown as WebhookSettings);
  }

  async test(name: string): Promise<Delivery | null> {
    const settings = await this.#settings(name);
    if (settings === null) return null;
    const at = new Date(this.#options.clock.now()).toISOString();
    const event = { id: 'test', at, type: 'webhook.test', callbackId: null, attemptId: null, data: {} };
    const [delivery] = await this.#post(settings, { webhook: name, events: [event] });
    await this.#write(name, { ...delivery, events: 0, first: null, last: null, attempt: 1 });
    return delivery;
  }

  async resend(name: string, first: number, last: number): Promise<Delivery | null> {
    const settings = await this.#settings(name);
    if (settings === null) return null;
    const entries = await this.#options.store.callbacks.logSince(first - 1, MOST_ENTRIES);
    const portion = entries.filter((entry) => entry.sequence <= last && isWanted(settings, entry));
    if (portion.length === 0) return { ok: false, status: null, failure: 'not kept any more', durationMs: 0 };
    return (await this.#deliver(name, settings, { portion, attempt: 1 }))[0];
  }
}
