/** The callers, the phones and the account of one benchmark, against whatever server is up. */

import { Account, type AccountReport } from '../load/account.ts';
import type { Behaviour, ChooseBehaviour } from '../load/behaviour.ts';
import { Callers } from '../load/callers.ts';
import { instant } from '../load/instant.ts';
import type { PhoneLeg } from '../load/phone-leg.ts';
import { Phones } from '../load/phones.ts';
import {
  ANSWER_AFTER_MS,
  CALLERS,
  DELAY_SECONDS,
  EXTENSION_PORT,
  INBOUND_NUMBER,
  PHONES,
  SECOND_TRUNK_PORT,
  SIP_PORT,
  TALK_MS,
  TRUNK_PORT,
} from './call-flow.ts';
import { settled } from './waiting.ts';

/** How late a ring may be seen before it counts as lost. */
const MISSING_AFTER_MS = 8_000;
/**
 * What SIPp reads late of a rejection makes a ring look early: it shares its core with the phones. `ringsEarly` of
 * `due-times.ts` knows better.
 */
const EARLY_TOLERANCE_MS = 25;
const RETIRE_EVERY_MS = 5_000;

export interface TrafficRun {
  report: AccountReport;
  /** When each phone rang, by X-Callback-ID; epoch milliseconds with fractions. */
  rings: ReadonlyMap<string, number>;
  /** Offered, and not a whole story in the end. */
  failed: number;
  seconds: number;
  trunks: TrunkCounts;
  /** What SIPp said if it could not go on. */
  errors: string;
}

/** INVITEs as the trunks saw them. */
export interface TrunkCounts {
  first: number;
  /** Of those, answered 503. */
  refused: number;
  second: number;
}

export interface TrafficOptions {
  server: { address: string; port: number };
  rate: number;
  seconds: number;
  /** Without them an hour of load takes little memory. */
  keepRings?: boolean;
  /** The first trunk answers every third INVITE with 503. */
  failsEveryThird?: boolean;
  /** Told each five seconds. */
  onProgress?: (account: Account) => void;
}

/** One person's call and its second leg. */
interface Story {
  number: string;
  cleared: number;
  answered: number;
}

export class Traffic {
  readonly #phones: Phones[] = [];
  #run: Run | null = null;
  /** Each run has callers of its own. */
  #nextNumber = 91_000_000;

  static async open(): Promise<Traffic> {
    const traffic = new Traffic();
    const options = {
      address: PHONES,
      answerAfterMs: ANSWER_AFTER_MS,
      onRing: (leg: PhoneLeg, at: number) => traffic.#run?.rang(leg, at),
      onAnswered: (leg: PhoneLeg, at: number) => traffic.#run?.answered(leg, at),
      onEnd: (leg: PhoneLeg, at: number) => traffic.#run?.ended(leg, at),
      onCleared: (leg: PhoneLeg, at: number) => traffic.#run?.cleared(leg, at),
    };
    const behaviour: ChooseBehaviour = (_number, invite) => traffic.#run?.behaviourOf(invite.callId) ?? {};
    traffic.#phones.push(await Phones.open({ ...options, port: TRUNK_PORT, talkMs: null, behaviour }));
    traffic.#phones.push(await Phones.open({ ...options, port: SECOND_TRUNK_PORT, talkMs: null }));
    traffic.#phones.push(await Phones.open({ ...options, port: EXTENSION_PORT, talkMs: TALK_MS }));
    return traffic;
  }

  async close(): Promise<void> {
    await Promise.all(this.#phones.map((phones) => phones.close()));
  }

  /** Resolves when all calls are over, or nothing more comes of them. */
  async run(options: TrafficOptions): Promise<TrafficRun> {
    const { server, rate, seconds } = options;
    const calls = Math.round(rate * seconds);
    const run = new Run(options);
    this.#run = run;
    const before = this.#invites();
    const startedAt = performance.now();
    const retire = setInterval(() => {
      run.account.retire(instant());
      options.onProgress?.(run.account);
    }, RETIRE_EVERY_MS);
    const callers = Callers.start({
      address: CALLERS,
      port: SIP_PORT,
      target: `${server.address}:${server.port}`,
      number: INBOUND_NUMBER,
      rate,
      calls,
      firstNumber: `+55489${this.#nextNumber}`,
      account: run.account,
    });
    this.#nextNumber += calls;
    const ended = callers.finished.finally(() => clearInterval(retire));
    await Promise.race([ended, settled(() => run.isComplete(calls), MISSING_AFTER_MS + seconds * 2_000)]);
    const loadSeconds = (performance.now() - startedAt) / 1_000;
    const end = await ended;
    await settled(() => run.isComplete(calls), MISSING_AFTER_MS);
    const report = run.account.report(instant());
    this.#run = null;
    return {
      report,
      rings: run.rings,
      failed: Math.max(calls - report.completed, 0),
      seconds: loadSeconds,
      trunks: this.#trunksSince(before, run.refused),
      errors: end.errors,
    };
  }

  /** Of the first trunk and the second. */
  #invites(): [number, number] {
    return [this.#phones[0]!.counts.rings, this.#phones[1]!.counts.rings];
  }

  #trunksSince(before: [number, number], refused: number): TrunkCounts {
    const [first, second] = this.#invites();
    return { first: first - before[0], refused, second: second - before[1] };
  }
}

class Run {
  readonly account = new Account({
    delayMs: DELAY_SECONDS * 1_000,
    missingAfterMs: MISSING_AFTER_MS,
    earlyToleranceMs: EARLY_TOLERANCE_MS,
  });
  readonly rings = new Map<string, number>();
  readonly #stories = new Map<string, Story>();
  readonly #keepRings: boolean;
  readonly #failsEveryThird: boolean;
  /** Calls that rang nobody. */
  readonly #refused = new Set<string>();
  #invites = 0;

  constructor({ keepRings = true, failsEveryThird = false }: TrafficOptions) {
    this.#keepRings = keepRings;
    this.#failsEveryThird = failsEveryThird;
  }

  get refused(): number {
    return this.#refused.size;
  }

  /** Of the first trunk, towards one more INVITE. */
  behaviourOf(callId: string): Partial<Behaviour> {
    if (!this.#failsEveryThird) return {};
    this.#invites += 1;
    if (this.#invites % 3 !== 0) return {};
    this.#refused.add(callId);
    return { status: 503, answerAfterMs: 0 };
  }

  isComplete(calls: number): boolean {
    return this.account.tally().completed >= calls;
  }

  rang(leg: PhoneLeg, at: number): void {
    if (isExtension(leg) || this.#refused.has(leg.callId)) return;
    this.account.rang(leg.number, leg.callId, at);
    if (this.#keepRings) this.rings.set(leg.callbackId, at);
    this.#stories.set(leg.callbackId, { number: leg.number, cleared: 0, answered: 0 });
  }

  answered(leg: PhoneLeg, at: number): void {
    const story = this.#stories.get(leg.callbackId);
    if (story) story.answered += 1;
    if (!isExtension(leg)) this.account.answered(leg.number, leg.callId, at);
  }

  ended(leg: PhoneLeg, at: number): void {
    if (!isExtension(leg) && !this.#refused.has(leg.callId)) this.account.rungEnd(leg.number, leg.callId, at);
  }

  cleared(leg: PhoneLeg, at: number): void {
    const story = this.#stories.get(leg.callbackId);
    if (!story || this.#refused.has(leg.callId)) return;
    story.cleared += 1;
    if (story.cleared < 2) return;
    if (story.answered === 2) this.account.completed(story.number, at);
    this.#stories.delete(leg.callbackId);
  }
}

const EXTENSION_NUMBER = '200';
const isExtension = (leg: PhoneLeg) => leg.number === EXTENSION_NUMBER;
