import type { AccountReport, EarlyRing, Quantiles, Tally } from './account-report.ts';
import { Histogram } from './histogram.ts';
import { NumberSet } from './number-set.ts';

export type { AccountReport, EarlyRing, Quantiles, Tally };

export interface AccountOptions {
  /** The delay of the rule: a phone must not ring before rejection + delay. */
  delayMs: number;
  /** A phone that has not rung this long after it was due counts as missing. Default 10 s. */
  missingAfterMs?: number;
  /** A ring that came less than this too soon is not early: how exact the instants are. Default 0. */
  earlyToleranceMs?: number;
  /** A number is forgotten this long after its last event, see `retire`. Default 120 s. */
  retireAfterMs?: number;
  /** Told of each first ring of a promised number. */
  onLateness?: (rungAt: number, lateMs: number) => void;
  /** Told of each promise. */
  onRejection?: (promisedAt: number, rejectMs: number) => void;
}

/** One person, from the INVITE to the last BYE. */
interface Person {
  offeredAt: number | null;
  promisedAt: number | null;
  callbackId: string | null;
  refusedStatus: number | null;
  isUnanswered: boolean;
  rungAt: number | null;
  callIds: string[];
  up: string[];
  answered: string[];
  isCompleted: boolean;
  lastAt: number;
}

/**
 * Who called, who was promised, who was rung: counted by caller number, from the outside alone. It knows no clock and does
 * no I/O; instants are epoch milliseconds, fractions allowed, and events may come in any order (a ring can be known before
 * the rejection that it follows). Each number is offered once; a second offer of it keeps the first promise.
 */
export class Account {
  readonly lateness = new Histogram();
  readonly rejectMs = new Histogram();
  readonly #options: Required<AccountOptions>;
  readonly #people = new Map<string, Person>();
  readonly #retired = {
    calledBack: new NumberSet(),
    answered: new NumberSet(),
    refused: new NumberSet(),
    unanswered: new NumberSet(),
  };
  readonly #refused = new Map<number, number>();
  readonly #doubled = new Set<string>();
  readonly #overlapping = new Set<string>();
  readonly #answeredTwice = new Set<string>();
  readonly #early: EarlyRing[] = [];
  #certainlyEarly = 0;
  #offered = 0;
  #promised = 0;
  #unanswered = 0;
  #calledBack = 0;
  #calledBackOnce = 0;
  #completed = 0;

  constructor(options: AccountOptions) {
    const defaults = { missingAfterMs: 10_000, earlyToleranceMs: 0, retireAfterMs: 120_000 };
    this.#options = { ...defaults, onLateness: () => {}, onRejection: () => {}, ...options };
  }

  /** The caller's INVITE left. */
  offered(number: string, at: number): void {
    const person = this.#person(number, at);
    this.#offered += 1;
    if (person.offeredAt !== null) return;
    person.offeredAt = at;
    this.#measureRejection(person);
    this.#measureRing(number, person);
  }

  /** The caller received the final response that promises a callback. */
  promised(number: string, at: number, callbackId: string): void {
    const person = this.#person(number, at);
    if (person.promisedAt !== null) return;
    person.promisedAt = at;
    person.callbackId = callbackId;
    this.#promised += 1;
    this.#measureRejection(person);
    this.#measureRing(number, person);
  }

  /** The caller received a final response that promises nothing. */
  refused(number: string, at: number, status: number): void {
    this.#person(number, at).refusedStatus = status;
    this.#refused.set(status, (this.#refused.get(status) ?? 0) + 1);
  }

  /** The caller gave up without a final response. */
  unanswered(number: string, at: number): void {
    this.#person(number, at).isUnanswered = true;
    this.#unanswered += 1;
  }

  /** The called phone received an INVITE. Further ones of the same Call-ID are no new ring. */
  rang(number: string, callId: string, at: number): void {
    const person = this.#person(number, at);
    if (person.callIds.includes(callId)) return;
    person.callIds.push(callId);
    if (person.up.length > 0) this.#overlapping.add(number);
    person.up.push(callId);
    if (person.callIds.length > 1) this.#double(number, person);
    if (person.rungAt !== null) return;
    person.rungAt = at;
    this.#measureRing(number, person);
  }

  /** That INVITE got a final response other than 2xx, or its call a BYE. */
  rungEnd(number: string, callId: string, at: number): void {
    const person = this.#person(number, at);
    person.up = person.up.filter((up) => up !== callId);
  }

  /** That call was answered and acknowledged. */
  answered(number: string, callId: string, at: number): void {
    const { answered } = this.#person(number, at);
    if (answered.includes(callId)) return;
    answered.push(callId);
    if (answered.length > 1) this.#answeredTwice.add(number);
  }

  /** The whole story is over, as it should be. */
  completed(number: string, at: number): void {
    const person = this.#person(number, at);
    if (!person.isCompleted) this.#completed += 1;
    person.isCompleted = true;
  }

  /** Numbers not yet forgotten. */
  get open(): number {
    return this.#people.size;
  }

  /**
   * Forgets who is done with and has been quiet for a while, so that memory stays flat; call it every few seconds. A bit
   * of each number is kept: should its phone ring again, that is still known to be once too often.
   */
  retire(now: number): void {
    for (const [number, person] of this.#people) {
      if (person.up.length > 0 || now - person.lastAt < this.#options.retireAfterMs) continue;
      const set = this.#retiredSetFor(person);
      if (!set) continue;
      set.add(number);
      if (person.answered.length > 0) this.#retired.answered.add(number);
      this.#people.delete(number);
    }
  }

  /** null: this one must stay, for it is missing, pending or odd. */
  #retiredSetFor(person: Person): NumberSet | null {
    if (person.promisedAt !== null) return person.rungAt === null ? null : this.#retired.calledBack;
    if (person.rungAt !== null || person.offeredAt === null) return null;
    if (person.refusedStatus !== null) return this.#retired.refused;
    return person.isUnanswered ? this.#retired.unanswered : null;
  }

  tally(): Tally {
    return {
      offered: this.#offered,
      promised: this.#promised,
      refused: [...this.#refused.values()].reduce((sum, count) => sum + count, 0),
      unanswered: this.#unanswered,
      calledBack: this.#calledBack,
      doubled: this.#doubled.size,
      overlapping: this.#overlapping.size,
      early: this.#certainlyEarly,
      completed: this.#completed,
    };
  }

  report(now: number): AccountReport {
    const unrung = this.#numbers((person) => person.promisedAt !== null && person.rungAt === null);
    const missing = unrung.filter(
      (number) => now > this.#dueAt(this.#people.get(number)!) + this.#options.missingAfterMs,
    );
    const isUnpromised = (person: Person) => person.rungAt !== null && person.promisedAt === null;
    return {
      offered: this.#offered,
      promised: this.#promised,
      refused: Object.fromEntries([...this.#refused].toSorted(([a], [b]) => a - b)),
      unanswered: this.#unanswered,
      calledBackOnce: this.#calledBackOnce,
      missing,
      pending: unrung.length - missing.length,
      doubled: [...this.#doubled].toSorted(),
      overlapping: [...this.#overlapping].toSorted(),
      answeredTwice: [...this.#answeredTwice].toSorted(),
      early: this.#early.toSorted((a, b) => (a.number < b.number ? -1 : 1)),
      unasked: this.#numbers((person) => isUnpromised(person) && person.offeredAt === null),
      rungUnpromised: this.#numbers((person) => isUnpromised(person) && person.offeredAt !== null).length,
      rungThoughRefused: this.#numbers((person) => isUnpromised(person) && person.refusedStatus !== null),
      lateness: quantilesOf(this.lateness),
      rejectMs: quantilesOf(this.rejectMs),
      completed: this.#completed,
    };
  }

  #numbers(matches: (person: Person) => boolean): string[] {
    return [...this.#people]
      .filter(([, person]) => matches(person))
      .map(([number]) => number)
      .toSorted();
  }

  #dueAt(person: Person): number {
    return person.promisedAt! + this.#options.delayMs;
  }

  #measureRejection({ offeredAt, promisedAt }: Person): void {
    if (offeredAt === null || offeredAt === RETIRED_AT || promisedAt === null) return;
    this.rejectMs.add(promisedAt - offeredAt);
    this.#options.onRejection(promisedAt, promisedAt - offeredAt);
  }

  /** The first ring of a promised number, as soon as all of INVITE, rejection and ring are known. */
  #measureRing(number: string, person: Person): void {
    const { offeredAt, promisedAt, rungAt } = person;
    if (offeredAt === null || promisedAt === null || rungAt === null || rungAt === RETIRED_AT) return;
    const lateMs = rungAt - this.#dueAt(person);
    this.lateness.add(lateMs);
    this.#options.onLateness(rungAt, lateMs);
    this.#calledBack += 1;
    if (person.callIds.length === 1) this.#calledBackOnce += 1;
    if (lateMs >= -this.#options.earlyToleranceMs) return;
    const isCertain = rungAt < offeredAt + this.#options.delayMs;
    if (isCertain) this.#certainlyEarly += 1;
    this.#early.push({ number, byMs: -lateMs, isCertain });
  }

  #double(number: string, person: Person): void {
    const wasCountedOnce = person.promisedAt !== null && person.offeredAt !== null;
    if (!this.#doubled.has(number) && wasCountedOnce) this.#calledBackOnce -= 1;
    this.#doubled.add(number);
  }

  #person(number: string, at: number): Person {
    let person = this.#people.get(number);
    if (!person) {
      person = this.#returned(number) ?? stranger();
      this.#people.set(number, person);
    }
    person.lastAt = Math.max(person.lastAt, at);
    return person;
  }

  /** Somebody who was forgotten, with as much as the sets still know. */
  #returned(number: string): Person | null {
    const { calledBack, answered, refused, unanswered } = this.#retired;
    const past = { ...stranger(), offeredAt: RETIRED_AT };
    if (calledBack.delete(number)) {
      const calls = { callIds: [RETIRED], answered: answered.delete(number) ? [RETIRED] : [] };
      return { ...past, ...calls, promisedAt: RETIRED_AT, rungAt: RETIRED_AT, isCompleted: true };
    }
    if (refused.delete(number)) return { ...past, refusedStatus: 0 };
    if (unanswered.delete(number)) return { ...past, isUnanswered: true };
    return null;
  }
}

/** Stands for the Call-ID of a call that was forgotten. */
const RETIRED = '';
const RETIRED_AT = 0;

function stranger(): Person {
  return {
    offeredAt: null,
    promisedAt: null,
    callbackId: null,
    refusedStatus: null,
    isUnanswered: false,
    rungAt: null,
    callIds: [],
    up: [],
    answered: [],
    isCompleted: false,
    lastAt: 0,
  };
}

function quantilesOf(histogram: Histogram): Quantiles {
  return { p50: histogram.quantile(0.5), p99: histogram.quantile(0.99), max: histogram.max };
}
