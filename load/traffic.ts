import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Account, type AccountReport, type Tally } from './account.ts';
import type { ChooseBehaviour } from './behaviour.ts';
import { Callers, type CallersEnd } from './callers.ts';
import { instant } from './instant.ts';
import type { Hop, PhoneLeg } from './phone-leg.ts';
import { Phones } from './phones.ts';
import type { SipHead } from './sip-head.ts';
import { Timeline } from './timeline.ts';

export interface TrafficOptions {
  /** `host:port` of the server. */
  target: string;
  /** What the callers dial. */
  number: string;
  /** Calls begun per second. */
  rate: number;
  calls: number;
  /** The first caller's number, eight digits at its end; each further one is one more. */
  firstNumber: string;
  /** Where the callers call from. */
  callers: Hop;
  /** Where the server's trunk leads. */
  phones: Hop;
  /** Where the second leg goes; null: there is none, and the called-back person hangs up. */
  extension: Hop | null;
  /** The delay of the server's rule. */
  delayMs: number;
  /** From INVITE to 200, of every phone. */
  answerAfterMs: number;
  /** From ACK to BYE; of the extension where there is one, else of the person. */
  talkMs: number;
  /** How much too soon a ring may seem to come; default 10, see `docs/load.md`. */
  earlyToleranceMs?: number;
  /** A phone that has not rung this long after it was due is missing; default 10 s. */
  missingAfterMs?: number;
  /** Final responses that promise without X-Callback-ID. */
  promiseStatuses?: readonly number[];
  /** Of the persons' phones, call by call. */
  behaviour?: ChooseBehaviour;
  /** Behind a further trunk, where those are to be rung whom the first one refuses; `refuses` is asked once for each INVITE. */
  secondTrunk?: { phones: Hop; refuses: (invite: SipHead) => boolean };
  /** Told of each INVITE at the persons' phones. */
  onRing?: (leg: PhoneLeg, at: number) => void;
}

/** INVITEs as the trunks saw them. */
export interface TrunkCounts {
  first: number;
  /** Of those, answered 503. */
  refused: number;
  second: number;
}

/** How exact the load itself was. */
export interface InstrumentReport {
  /** The longest that this process was held up, in ms: rings may be read that much too late. */
  heldUpMs: number;
}

const RETIRE_EVERY_MS = 5_000;
const LOOP_RESOLUTION_MS = 5;

/** One run: callers, the phones that are called back, the extension of the second leg, and the account of it all. */
export class Traffic {
  readonly account: Account;
  readonly timeline: Timeline;
  readonly #options: TrafficOptions;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #connected = new Set<string>();
  readonly #retiring: NodeJS.Timeout;
  readonly #counted: { head: string; first: number };
  #phones: Phones | null = null;
  #secondPhones: Phones | null = null;
  #extension: Phones | null = null;
  /** Call-IDs of INVITEs that the first trunk refused: they rang nobody. */
  readonly #refused = new Set<string>();
  #callers: Callers | null = null;
  #lastRingAt = 0;

  private constructor(options: TrafficOptions) {
    this.#options = options;
    this.timeline = new Timeline(instant());
    this.#counted = { head: options.firstNumber.slice(0, -8), first: Number(options.firstNumber.slice(-8)) };
    this.account = new Account({
      delayMs: options.delayMs,
      earlyToleranceMs: options.earlyToleranceMs ?? DEFAULT_EARLY_TOLERANCE_MS,
      missingAfterMs: options.missingAfterMs ?? DEFAULT_MISSING_AFTER_MS,
      onLateness: (at, ms) => {
        this.timeline.count('calledBack', at);
        this.timeline.measure('lateness', at, ms);
      },
      onRejection: (at, ms) => this.timeline.measure('reject', at, ms),
    });
    this.#retiring = setInterval(() => this.account.retire(instant()), RETIRE_EVERY_MS).unref();
    this.#loop.enable();
  }

  /** Opens the phones. @throws what `bind` throws */
  static async open(options: TrafficOptions): Promise<Traffic> {
    const traffic = new Traffic(options);
    try {
      await traffic.#openPhones();
      return traffic;
    } catch (error) {
      await traffic.close();
      throw error;
    }
  }

  async #openPhones(): Promise<void> {
    const { phones, secondTrunk, extension, answerAfterMs, talkMs, behaviour } = this.#options;
    const rings = {
      answerAfterMs,
      talkMs: extension ? null : talkMs,
      onRing: (leg: PhoneLeg, at: number) => this.#rang(leg, at),
      onAnswered: (leg: PhoneLeg, at: number) => this.account.answered(this.#numberOf(leg.number), leg.callId, at),
      onEnd: (leg: PhoneLeg, at: number) => this.#ended(leg, at),
      onCleared: (leg: PhoneLeg, at: number) => this.#cleared(leg, at),
    };
    const first = secondTrunk ? this.#refusing(secondTrunk.refuses) : behaviour;
    this.#phones = await Phones.open({ ...phones, ...rings, ...(first && { behaviour: first }) });
    if (secondTrunk)
      this.#secondPhones = await Phones.open({ ...secondTrunk.phones, ...rings, ...(behaviour && { behaviour }) });
    if (!extension) return;
    this.#extension = await Phones.open({
      ...extension,
      answerAfterMs,
      talkMs,
      onAnswered: (leg) => this.#connect(leg),
    });
  }

  /** The first trunk, which refuses some calls. */
  #refusing(refuses: (invite: SipHead) => boolean): ChooseBehaviour {
    return (number, invite) => {
      if (!refuses(invite)) return this.#options.behaviour?.(number, invite) ?? {};
      this.#refused.add(invite.callId);
      return { status: 503, answerAfterMs: 0 };
    };
  }

  get trunks(): TrunkCounts {
    const second = this.#secondPhones?.counts.rings ?? 0;
    return { first: this.phones.counts.rings, refused: this.#refused.size, second };
  }

  /** The persons' phones. */
  get phones(): Phones {
    return this.#phones!;
  }

  get extension(): Phones | null {
    return this.#extension;
  }

  /** Lets the callers call. Resolves when the last of them is done. */
  async call(): Promise<CallersEnd> {
    const { callers, target, number, rate, calls, firstNumber, promiseStatuses = [] } = this.#options;
    const { account, timeline } = this;
    this.#callers = Callers.start({
      ...{ ...callers, target, number, rate, calls, firstNumber, promiseStatuses },
      account: {
        offered: (caller, at) => {
          timeline.count('offered', at);
          account.offered(caller, at);
        },
        promised: (caller, at, callbackId) => {
          timeline.count('promised', at);
          account.promised(caller, at, callbackId);
        },
        refused: (caller, at, status) => {
          timeline.count('refused', at);
          account.refused(caller, at, status);
        },
        unanswered: (caller, at) => {
          timeline.count('unanswered', at);
          account.unanswered(caller, at);
        },
      },
    });
    return this.#callers.finished;
  }

  /** No further caller. */
  stop(): void {
    this.#callers?.stop();
  }

  /** Ends SIPp in the middle of it, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.#callers?.kill();
    await this.#callers?.finished;
  }

  /**
   * Resolves when everybody who was promised was rung and all calls are over; or, when some do not come, as soon as no phone
   * has rung for as long as it takes to call one missing.
   */
  async settled(signal?: AbortSignal): Promise<void> {
    const { delayMs, missingAfterMs = DEFAULT_MISSING_AFTER_MS } = this.#options;
    const from = instant();
    while (!signal?.aborted) {
      const { promised, calledBack } = this.account.tally();
      const calls = [this.phones, this.#secondPhones, this.extension].map((phones) => phones?.calls ?? 0);
      const isOver = promised === calledBack && calls.every((count) => count === 0);
      const quietFrom = Math.max(from + delayMs, this.#lastRingAt);
      if (isOver || instant() > quietFrom + missingAfterMs + SETTLE_SPARE_MS) return;
      await delay(50);
    }
  }

  tally(): Tally {
    return this.account.tally();
  }

  report(): AccountReport & { instrument: InstrumentReport } {
    return { ...this.account.report(instant()), instrument: { heldUpMs: Math.max(0, this.#loop.max / 1e6) } };
  }

  async close(): Promise<void> {
    clearInterval(this.#retiring);
    this.#loop.disable();
    await this.kill();
    await this.#phones?.close();
    await this.#secondPhones?.close();
    await this.#extension?.close();
  }

  #rang(leg: PhoneLeg, at: number): void {
    if (this.#refused.has(leg.callId)) return;
    this.#lastRingAt = at;
    this.account.rang(this.#numberOf(leg.number), leg.callId, at);
    this.#options.onRing?.(leg, at);
  }

  /** The second leg says in From whose call it is (`callerId` towards an extension: the original caller). */
  #connect(leg: PhoneLeg): void {
    this.#connected.add(this.#numberOf(leg.from));
  }

  #ended(leg: PhoneLeg, at: number): void {
    if (!this.#refused.has(leg.callId)) this.account.rungEnd(this.#numberOf(leg.number), leg.callId, at);
  }

  #cleared(leg: PhoneLeg, at: number): void {
    if (this.#refused.has(leg.callId)) return;
    const number = this.#numberOf(leg.number);
    const isConnected = this.extension === null ? leg.wasAnswered : this.#connected.delete(number);
    if (!isConnected) return;
    this.timeline.count('completed', at);
    this.account.completed(number, at);
  }

  /** The caller's number, however the server writes it: `+5548…`, `5548…`, `048…` end in the same eight digits. */
  #numberOf(user: string): string {
    const { head, first } = this.#counted;
    const counted = /\d{8}$/.exec(user)?.[0];
    const serial = Number(counted) - first;
    return counted !== undefined && serial >= 0 && serial < this.#options.calls ? `${head}${counted}` : user;
  }
}

const DEFAULT_EARLY_TOLERANCE_MS = 10;
const DEFAULT_MISSING_AFTER_MS = 10_000;
const SETTLE_SPARE_MS = 500;
