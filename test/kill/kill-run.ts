import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneCall } from '../support/phone-call.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

export interface KillOptions {
  address: string;
  kills: number;
  callersPerSecond: number;
  /** Drives the moments of the kills. */
  seed: number;
  /** `missedCall`: callers hear a 180 and hang up some time later; that is their promise. */
  mode?: 'reject' | 'missedCall';
  onProgress?: (line: string) => void;
}

/** Counted from the wire alone, by caller number. */
export interface KillReport {
  seed: number;
  kills: number;
  offered: number;
  /** Callers who got their 486 with an X-Callback-ID; of missed calls, those who heard it ring. */
  promised: number;
  /** Promised and dialled with exactly one INVITE. */
  calledOnce: number;
  /** Promised, not dialled, and still open in the store. */
  pending: number;
  /** Promised, not dialled, and not open. */
  lost: string[];
  /** Dialled with more than one INVITE, promised or not. */
  doubled: string[];
  /** Dialled while another INVITE to the same number was up. */
  overlapping: string[];
}

const DELAY_SECONDS = 2;
/** Longer than the delay, the restart and the ring timeout together. */
const SETTLE_MS = 45_000;

const configuration = (address: string, mode: string) => `
version: 1
defaultCountry: BR
trunks: [{ name: trunk, proxy: 'sip:${address}:5070;transport=udp', maxCallsPerSecond: 200, maxConcurrentCalls: 1000 }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: any, origin: any, trunk: trunk, delaySeconds: ${DELAY_SECONDS}, ringTimeoutSeconds: 5, mode: ${mode} }]
`;

/**
 * Callers at a steady rate, phones that answer, and a server that is killed with SIGKILL at random moments and started
 * again on the same data. What was promised must be kept: each caller who got his rejection is dialled exactly once.
 */
export async function killRun(options: KillOptions): Promise<KillReport> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'callback-kill-'));
  const run = new KillRun(options, dataDirectory);
  try {
    return await run.play();
  } finally {
    await run.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

class KillRun {
  readonly #options: KillOptions;
  readonly #dataDirectory: string;
  readonly #promised = new Set<string>();
  /** Number -> Call-IDs of the INVITEs that reached its phone. */
  readonly #dialled = new Map<string, Set<string>>();
  readonly #up = new Map<string, number>();
  readonly #overlapping = new Set<string>();
  #server: Server | null = null;
  #offered = 0;
  #phones: SipPhone | null = null;
  #callers: SipPhone | null = null;
  readonly #offering = new AbortController();
  #random: () => number;

  constructor(options: KillOptions, dataDirectory: string) {
    this.#options = options;
    this.#dataDirectory = dataDirectory;
    this.#random = seeded(options.seed);
  }

  async play(): Promise<KillReport> {
    const { address, kills } = this.#options;
    this.#phones = await SipPhone.open({ address, port: 5070 });
    this.#callers = await SipPhone.open({ address, port: 5062, user: 'caller' });
    this.#answerCalls(this.#phones);
    await this.#start();
    const offered = this.#offerCalls(this.#offering.signal);
    for (let kill = 1; kill <= kills; kill += 1) {
      await delay(1_000 + this.#random() * 3_000);
      await this.#server!.stop('SIGKILL');
      await this.#start();
      this.#options.onProgress?.(`kill ${kill}: offered ${this.#offered}, promised ${this.#promised.size}`);
    }
    await delay(1_000);
    this.#offering.abort();
    await offered;
    const pending = await this.#settled();
    return this.#report(pending);
  }

  async close(): Promise<void> {
    this.#offering.abort();
    await this.#server?.stop('SIGKILL');
    this.#phones?.close();
    this.#callers?.close();
  }

  async #start(): Promise<void> {
    const { address } = this.#options;
    const server = {
      address,
      dataDirectory: this.#dataDirectory,
      configuration: configuration(address, this.#options.mode ?? 'reject'),
      logLevel: 'warn',
    };
    this.#server = await Server.start(server);
  }

  #answerCalls(phones: SipPhone): void {
    phones.onCall = async (call) => {
      const number = /^sip:([^@]+)@/.exec(call.invite.uri)?.[1] ?? '';
      this.#dialled.set(number, (this.#dialled.get(number) ?? new Set()).add(call.callId));
      const up = (this.#up.get(number) ?? 0) + 1;
      this.#up.set(number, up);
      if (up > 1) this.#overlapping.add(number);
      call.ring();
      await delay(20 + this.#random() * 300);
      await call.answer().catch(() => null);
      this.#up.set(number, this.#up.get(number)! - 1);
    };
  }

  async #offerCalls(signal: AbortSignal): Promise<void> {
    const waiting: Promise<void>[] = [];
    const startedAt = Date.now();
    while (!signal.aborted) {
      waiting.push(this.#offer(`+55489${String(91_000_000 + this.#offered)}`));
      this.#offered += 1;
      const nextAt = startedAt + (this.#offered * 1_000) / this.#options.callersPerSecond;
      await delay(Math.max(0, nextAt - Date.now()));
    }
    await Promise.all(waiting);
  }

  async #offer(number: string): Promise<void> {
    const { address } = this.#options;
    const from = `<sip:${number}@${address}>`;
    const call = this.#callers!.call({ to: `sip:+554831210110@${address}:5060`, from });
    if (this.#options.mode === 'missedCall') return this.#miss(number, call);
    const response = await call.final(20_000).catch(() => null);
    if (response?.status === 486 && response.get('x-callback-id') !== '') this.#promised.add(number);
  }

  /** Whoever hears it ring will be called, whether he hangs up or is cut off. */
  async #miss(number: string, call: PhoneCall): Promise<void> {
    const rang = await call.waitFor(180, 20_000).catch(() => null);
    if (rang === null) return;
    this.#promised.add(number);
    await delay(this.#random() * 1_500);
    call.cancel();
    await call.final(2_000).catch(() => null);
  }

  /** Waits until nothing is open, at most a while. @returns how many are open then */
  async #settled(): Promise<number> {
    const until = Date.now() + SETTLE_MS;
    let open = await this.#open();
    while (open > 0 && Date.now() < until) {
      await delay(200);
      open = await this.#open();
    }
    return open;
  }

  async #open(): Promise<number> {
    const { body } = await this.#server!.api('/metrics');
    const states = [...String(body).matchAll(/^callback_callbacks\{state="(\w+)"\} (\d+)$/gm)];
    return states.filter(([, state]) => state !== 'done').reduce((sum, [, , count]) => sum + Number(count), 0);
  }

  #report(pending: number): KillReport {
    const timesOf = (number: string) => this.#dialled.get(number)?.size ?? 0;
    const undialled = [...this.#promised].filter((number) => timesOf(number) === 0);
    return {
      seed: this.#options.seed,
      kills: this.#options.kills,
      offered: this.#offered,
      promised: this.#promised.size,
      calledOnce: [...this.#promised].filter((number) => timesOf(number) === 1).length,
      pending,
      lost: pending >= undialled.length ? [] : undialled,
      doubled: [...this.#dialled.keys()].filter((number) => timesOf(number) > 1),
      overlapping: [...this.#overlapping],
    };
  }
}

/** mulberry32: the same moments for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
