import type { CdrWebhook as Settings } from '../core/cdr/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { postSigned } from './signed-post.ts';
import type { Portion, Spool } from './spool.ts';

const MOST_RECORDS = 100;
const MOST_BYTES = 256 * 1024;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** The first failure is told, and then one in so many. */
const TELL_EVERY = 20;

export interface WebhookOptions {
  spool: Spool;
  settings: Settings;
  /** The key of the signature; empty: not signed. */
  secret: () => string;
  clock: Clock;
  log: Log;
  fetch: typeof fetch;
  /** From 0 (included) to 1 (excluded): receivers that come back are not hit by everybody at once. */
  random: () => number;
  onDelivered: (records: number) => void;
  onFailed: () => void;
}

type Failure = { what: string; waitMs: number | null; isTooLarge: boolean };

/** Takes records out of the spool and posts them, in their order, until each was taken (2xx). */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #ending = new AbortController();
  #failures = 0;
  #most = MOST_RECORDS;
  #running: Promise<void> | null = null;
  #isWanted = false;
  #wake: (() => void) | null = null;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** There may be something to deliver. */
  look(): void {
    this.#isWanted = true;
    if (this.#ending.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted) this.look();
    });
  }

  /** What is under way is given up; it is delivered again after the next start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { spool, log } = this.#options;
    while (this.#isWanted && !this.#ending.signal.aborted) {
      this.#isWanted = false;
      try {
        for (;;) {
          const portion = await spool.take({ lines: this.#most, bytes: MOST_BYTES });
          if (portion === null || !(await this.#deliver(portion))) break;
        }
      } catch (error) {
        log.error({ err: error }, 'the queue of call records could not be read; trying again');
        await this.#pause(LONGEST_WAIT_MS / 10);
        this.#isWanted = true;
      }
    }
  }

  /** @returns false: it is not to be tried again now */
  async #deliver(portion: Portion): Promise<boolean> {
    const { spool, onDelivered, onFailed } = this.#options;
    for (;;) {
      const failure = await this.#post(portion.lines);
      if (this.#ending.signal.aborted) return false;
      if (failure === null) {
        await spool.confirm(portion);
        this.#recovered();
        onDelivered(portion.lines.length);
        return true;
      }
      onFailed();
      if (failure.isTooLarge && portion.lines.length > 1) {
        this.#most = Math.ceil(portion.lines.length / 2);
        return true;
      }
      await this.#failed(failure);
      if (this.#ending.signal.aborted) return false;
    }
  }

  #recovered(): void {
    const { log, settings } = this.#options;
    if (this.#failures > 0) log.info({ host: hostOf(settings.url) }, 'call records are delivered again');
    this.#failures = 0;
  }

  async #failed({ what, waitMs }: Failure): Promise<void> {
    const { log, settings, random } = this.#options;
    if (this.#failures % TELL_EVERY === 0) {
      const fields = { host: hostOf(settings.url), what, failures: this.#failures + 1 };
      log.warn(fields, 'call records could not be delivered; they are kept and sent again');
    }
    const backOff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    await this.#pause(waitMs ?? backOff * (0.8 + 0.4 * random()));
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancelAlarm = clock.after(ms, resolve);
      this.#wake = () => {
        cancelAlarm();
        resolve();
      };
    });
  }

  /** @returns null: they were taken */
  async #post(lines: string[]): Promise<Failure | null> {
    const { settings, secret, clock } = this.#options;
    const { status, failure, waitMs } = await postSigned({
      url: settings.url,
      secret: secret(),
      body: `{"records":[${lines.join(',')}]}`,
      timeoutMs: settings.timeoutSeconds * 1_000,
      now: clock.now(),
      fetch: this.#options.fetch,
      ending: this.#ending.signal,
    });
    return failure === null ? null : { what: failure, waitMs, isTooLarge: status === 413 };
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
