/**
 * One rtpengine: whether it answers, and which endpoints it carries. It is asked every two seconds. Who does not answer gets
 * no new calls; who stays silent, or says that it has been started anew, has lost those that it had.
 */

import type { Log } from '../../ports/log.ts';
import { type NgAnswer, type NgCommand, NgError, NgLink, type NgValue } from './ng-link.ts';

/** An endpoint as its server sees it. */
export interface ServedEndpoint {
  /** Its calls are gone for good. */
  lost(reason: string): void;
  /** It may be gone: the server is asked, and if it does not know the call it is `lost`. */
  verify(reason: string): void;
}

export interface MediaServerOptions {
  /** As it was given; what people read. */
  name: string;
  /** An IPv4 address. */
  host: string;
  port: number;
  /** Of ours, where it reaches us. */
  localAddress: string;
  log: Log;
  /** Between two questions; default 2 s. */
  healthMs?: number;
  /** Its calls are given up after so long without any answer; default 6 s. */
  lostAfterMs?: number;
  /** Of one command; default 2 s. */
  commandTimeoutMs?: number;
}

/** How much later than it was said its age may be read. */
const AGE_SLACK_MS = 300;
const DEFAULTS = { healthMs: 2000, lostAfterMs: 6000, commandTimeoutMs: 2000 };

export class MediaServer {
  readonly name: string;
  readonly localAddress: string;
  /** By an address that its SDP carries: the one that it has on its machine. */
  readonly localAddresses = new Map<string, string>();
  readonly #options: Required<MediaServerOptions>;
  readonly #link: NgLink;
  readonly #endpoints = new Set<ServedEndpoint>();
  /** Calls that are over here, and that it may still have: it did not answer. */
  readonly #leftOver = new Set<string>();
  #isUp = false;
  /** Of this process's clock. */
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** It was started at the latest then, by this process's clock. */
  #startedBeforeMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #restarts = 0;

  constructor(options: MediaServerOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.name = options.name;
    this.localAddress = options.localAddress;
    const { host, port, log, commandTimeoutMs } = this.#options;
    this.#link = new NgLink({ host, port, log, timeoutMs: commandTimeoutMs });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get endpoints(): number {
    return this.#endpoints.size;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get counts(): NgLink['counts'] {
    return this.#link.counts;
  }

  /** Asks for the first time; resolves with the answer or its absence. */
  async start(): Promise<void> {
    await this.#ask();
  }

  add(endpoint: ServedEndpoint): void {
    this.#endpoints.add(endpoint);
  }

  remove(endpoint: ServedEndpoint): void {
    this.#endpoints.delete(endpoint);
  }

  /** @throws NgError */
  async send(command: NgCommand, options: Readonly<Record<string, NgValue>> = {}): Promise<NgAnswer> {
    const startedAtMs = performance.now();
    try {
      const answer = await this.#link.send(command, options);
      this.#answeredAtMs = Math.max(this.#answeredAtMs, performance.now());
      return answer;
    } catch (error) {
      if (error instanceof NgError && error.kind === 'refused') this.#answeredAtMs = performance.now();
      // Another command may have been answered meanwhile: then only this one was lost
      else if (this.#answeredAtMs < startedAtMs) this.#down();
      throw error;
    }
  }

  /** Ends one of its calls: if it does not answer, once it does again. Never rejects. */
  async endCall(callId: string): Promise<void> {
    if (!this.#isUp || !(await this.#delete(callId))) this.#leftOver.add(callId);
  }

  /** @returns false: nobody knows whether it was done */
  async #delete(callId: string): Promise<boolean> {
    try {
      await this.send('delete', { 'call-id': callId, 'delete-delay': 0 });
      return true;
    } catch (error) {
      return error instanceof NgError && error.kind === 'refused';
    }
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#link.close();
  }

  async #ask(): Promise<void> {
    try {
      const { statistics } = await this.send('statistics');
      this.#heard(uptimeOf(statistics));
    } catch (error) {
      // An answer of any kind is a sign of life
      if (error instanceof NgError && error.kind === 'refused') this.#heard(-1);
      else this.#giveUpIfSilent();
    }
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#ask(), this.#options.healthMs);
  }

  #heard(uptimeSeconds: number): void {
    if (this.#isStopped) return;
    if (uptimeSeconds >= 0) this.#lookAtAge(performance.now() - uptimeSeconds * 1000);
    if (!this.#isUp) this.#options.log.info({ rtpengine: this.name }, 'rtpengine answers.');
    this.#isUp = true;
    void this.#endLeftOver();
  }

  async #endLeftOver(): Promise<void> {
    for (const callId of [...this.#leftOver]) {
      if (!this.#isUp || this.#isStopped) return;
      if (this.#leftOver.delete(callId)) await this.endCall(callId);
    }
  }

  /** @param startedAtMs by whole seconds of its age, so up to one earlier */
  #lookAtAge(startedAtMs: number): void {
    const isYounger = startedAtMs - 1000 > this.#startedBeforeMs + AGE_SLACK_MS;
    this.#startedBeforeMs = isYounger ? startedAtMs : Math.min(this.#startedBeforeMs, startedAtMs);
    if (!isYounger) return;
    this.#restarts += 1;
    this.localAddresses.clear();
    this.#options.log.warn(
      { rtpengine: this.name, endpoints: this.#endpoints.size },
      'rtpengine has been started anew.',
    );
    // Or its clock was set back: the calls themselves tell
    for (const endpoint of [...this.#endpoints]) endpoint.verify(`rtpengine ${this.name} has been started anew`);
  }

  #down(): void {
    if (!this.#isUp || this.#isStopped) return;
    this.#isUp = false;
    this.#options.log.warn({ rtpengine: this.name }, 'rtpengine does not answer; it gets no new calls.');
  }

  #giveUpIfSilent(): void {
    if (this.#isStopped || performance.now() - this.#answeredAtMs < this.#options.lostAfterMs) return;
    this.#lose(`rtpengine ${this.name} does not answer`);
  }

  #lose(reason: string): void {
    if (this.#endpoints.size === 0) return;
    this.#options.log.error({ rtpengine: this.name, endpoints: this.#endpoints.size, reason }, 'Calls have no media.');
    for (const endpoint of [...this.#endpoints]) endpoint.lost(reason);
  }
}

function uptimeOf(statistics: unknown): number {
  const totals = (statistics as { totalstatistics?: { uptime?: unknown } } | undefined)?.totalstatistics;
  const uptime = Number(totals?.uptime ?? Number.NaN);
  return Number.isFinite(uptime) ? uptime : -1;
}
