import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SipPhone } from '../support/sip-phone.ts';
import { Daemon } from './daemon.ts';

const TEMPLATE = join(import.meta.dirname, 'kamailio/provider.cfg');
const READY_TIMEOUT_MS = 10_000;

export interface ProviderOptions {
  /** The provider listens on port 5060 of it. */
  address: string;
  /** The application, `host:port`. */
  customer: string;
  /** Where calls for the telephone network go, `host:port`. */
  network: string;
  realm: string;
  username: string;
  password: string;
}

/** A request as the provider saw it. */
export interface SeenRequest {
  method: string;
  cseq: number;
  from: string;
  isInDialog: boolean;
  hasCredentials: boolean;
  hasRoute: boolean;
  callId: string;
}

/** Debian's Kamailio as a SIP provider with digest. */
export class KamailioProvider {
  readonly #daemon: Daemon;
  readonly #directory: string;

  private constructor(daemon: Daemon, directory: string) {
    this.#daemon = daemon;
    this.#directory = directory;
  }

  /** Resolves when it answers. */
  static async start(options: ProviderOptions): Promise<KamailioProvider> {
    const directory = mkdtempSync(join(tmpdir(), 'callback-kamailio-'));
    const file = join(directory, 'provider.cfg');
    const values: Record<string, string> = { ...options, customerHost: options.customer.split(':')[0]! };
    writeFileSync(
      file,
      readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name) => values[name]!),
    );
    const daemon = Daemon.spawn('kamailio', ['-DD', '-E', '-m', '16', '-f', file, '-Y', directory], directory);
    const provider = new KamailioProvider(daemon, directory);
    try {
      await provider.#ready(options.address);
    } catch (error) {
      await provider.stop();
      throw error;
    }
    return provider;
  }

  get output(): string {
    return this.#daemon.output;
  }

  /** Every request outside of OPTIONS that came to it, in order, repeats included. */
  seen(callId?: string): SeenRequest[] {
    const lines = this.#daemon.lines(/seen \w+ cseq=/);
    const all = lines.map((line) => {
      const parts = /seen (\w+) cseq=(\d+) from=(\S+) dialog=(\d*) credentials=(\d*) route=(\d*) call=(\S+)/.exec(
        line,
      )!;
      const [, method, cseq, from, dialog, credentials, route, call] = parts;
      return {
        method: method!,
        cseq: Number(cseq),
        from: from!,
        isInDialog: dialog !== '',
        hasCredentials: credentials !== '',
        hasRoute: route !== '',
        callId: call!,
      };
    });
    return all.filter((one) => one.method !== 'OPTIONS' && (callId === undefined || one.callId === callId));
  }

  async stop(): Promise<void> {
    await this.#daemon.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #ready(address: string): Promise<void> {
    const phone = await SipPhone.open({ address, t1Ms: 50 });
    const until = Date.now() + READY_TIMEOUT_MS;
    try {
      while (this.#daemon.running && Date.now() < until) {
        const answer = await phone.requestOnce('OPTIONS', `sip:${address}:5060`, { timeoutMs: 250 }).catch(() => null);
        if (answer?.status === 200) return;
        await delay(20);
      }
      throw new Error(`kamailio did not answer on ${address}:5060:\n${this.output}`);
    } finally {
      phone.close();
    }
  }
}
