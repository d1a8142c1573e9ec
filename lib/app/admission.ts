import type { Configuration } from '../core/configuration.ts';
import {
  AT_EASE,
  type Load,
  loadSaid,
  looked,
  OVERLOAD_DEFAULTS,
  type OverloadSettings,
} from '../core/policy/overload.ts';
import type { Situation } from '../core/rules/explain.ts';
import { refusalAt } from '../core/rules/refusals.ts';
import type { Said } from '../core/sentence.ts';
import type { Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Pace } from '../ports/pace.ts';
import type { CallRoom } from './call-room.ts';
import type { EventHub } from './event-hub.ts';

const LOOK_EVERY_MS = 250;

export interface AdmissionOptions {
  clock: Clock;
  /** Null: nobody looks, and everybody is taken. */
  pace: Pace | null;
  configuration: () => Configuration;
  /** From 0 (included) to 1 (excluded). */
  random: () => number;
  events: Pick<EventHub, 'publish'>;
  room: Pick<CallRoom, 'stats'>;
  log: Log;
}

/** Whether a call is taken at all, as long as the process keeps up; what was promised before is kept in any case. */
export class Admission {
  readonly #options: AdmissionOptions;
  #load: Load = AT_EASE;
  #refused = 0;
  #cancelLook: (() => void) | null = null;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.pace === null) return;
    this.#cancelLook = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancelLook?.();
  }

  get load(): Load & Said {
    return { ...this.#load, ...loadSaid(this.#load, this.#settings) };
  }

  /** What decides on a call beside the configuration, as far as it is this node's business. */
  get situation(): Pick<Situation, 'load' | 'room'> {
    return { load: this.load, room: this.#options.room.stats() };
  }

  /** A new call is here. @returns what it gets; null: it is taken */
  refusal(): Rejection | null {
    const settings = this.#settings;
    if (!this.#load.isOverloaded || settings === false) return null;
    this.#refused += 1;
    return { ...refusalAt('overload'), retryAfterSeconds: this.#retryAfterSeconds() };
  }

  /** What a caller gets for whom this node has no room. */
  noRoom(): Rejection {
    return { ...refusalAt('capacity'), retryAfterSeconds: this.#retryAfterSeconds() };
  }

  /** Up to twice as long as it says, so that they do not come back at once. */
  #retryAfterSeconds(): number {
    const { retryAfterSeconds } = this.#settings || OVERLOAD_DEFAULTS;
    return retryAfterSeconds + Math.floor(this.#options.random() * (retryAfterSeconds + 1));
  }

  get #settings(): OverloadSettings | false {
    return this.#options.configuration().limits.overload ?? OVERLOAD_DEFAULTS;
  }

  #look(): void {
    const look = this.#options.pace?.look() ?? null;
    if (look === null) return;
    const before = this.#load;
    this.#load = looked(before, look, this.#settings);
    if (this.#load.isOverloaded === before.isOverloaded) return;
    const { log, events, clock } = this.#options;
    const { isOverloaded } = this.#load;
    const about = { lateMs: Math.round(this.#load.lateMs), refused: this.#refused };
    if (isOverloaded)
      log.warn(about, 'overloaded: new calls get 503 with Retry-After, so that what is promised is kept on time');
    else log.info(about, 'no longer overloaded: calls are taken again');
    const type = isOverloaded ? 'overload.began' : 'overload.ended';
    events.publish({ at: clock.now(), type, callbackId: null, data: about });
    this.#refused = 0;
  }
}
