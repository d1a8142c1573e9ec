import type { DialFacts } from '../core/call/dial-facts.ts';
import type { HuntEffect } from '../core/call/hunt.ts';
import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { Configuration } from '../core/configuration.ts';
import { type AssumedCost, assumedCost, type CallCost, settledCost } from '../core/policy/charges.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { DialLedger } from './dial-ledger.ts';

export interface CallCostsOptions {
  clock: Clock;
  store: Pick<Store, 'suppressions' | 'usage'>;
  configuration: () => Configuration;
  log: Log;
}

export type AskedLeg = HuntEffect & { type: 'reserveSlot' };

/** A leg from the question whether it may be dialled to its end. */
interface Leg {
  /** Null: it is still being asked, or nothing is counted of it. */
  counted: AssumedCost | null;
  /** What it is assumed to cost was counted at this instant, and so falls into that slot of the window. */
  countedAt: number;
  answeredAt: number | null;
}

/**
 * Calls that are counted leg by leg: those to the targets of flows and of transfers, and every call through a trunk that
 * has a cap of its own. Asked and counted when their turn has come, settled once when they are over. It is in memory: what
 * a process that died had on the line stays counted as assumed.
 */
export class CallCosts {
  readonly #options: CallCostsOptions;
  readonly #ledger: DialLedger;
  readonly #legs = new Map<LegId, Leg>();

  constructor(options: CallCostsOptions) {
    this.#options = options;
    this.#ledger = new DialLedger(options);
  }

  /** Legs whose cost is assumed or being asked for. */
  get open(): number {
    return this.#legs.size;
  }

  /** Never rejects. @returns null: it was over before the answer came, and nothing is counted */
  async ask({ legId, trunk }: AskedLeg, cost: CallCost): Promise<DialFacts | null> {
    const { clock, configuration, log } = this.#options;
    const leg: Leg = { counted: null, countedAt: clock.now(), answeredAt: null };
    this.#legs.set(legId, leg);
    const assumed = assumedCost(configuration(), cost, trunk);
    const number = cost.isAttempt ? null : cost.number;
    const asked = { number, charges: assumed?.charges ?? [], at: leg.countedAt };
    const facts = await this.#ledger.ask({ legId }, asked);
    if (facts.type === 'refused') log.info({ legId, trunk, gate: facts.gate }, `not dialled: ${facts.text}`);
    if (facts.type === 'free') leg.counted = assumed;
    const isWanted = this.#legs.get(legId) === leg;
    if (isWanted && leg.counted === null) this.#legs.delete(legId);
    if (!isWanted) this.#settle(legId, leg);
    return isWanted ? facts : null;
  }

  event(event: LegEvent): void {
    const leg = this.#legs.get(event.legId);
    if (event.type === 'answered' && leg !== undefined) leg.answeredAt ??= this.#options.clock.now();
    if (event.type === 'ended' && event.continuesAs !== undefined) this.#goesOn(event.legId, event.continuesAs);
    else if (event.type === 'rejected' || event.type === 'ended') this.over(event.legId);
  }

  /** The call goes on under the name of one that is over, whether either of them costs anything or not. */
  #goesOn(legId: LegId, heir: LegId): void {
    const leg = this.#legs.get(legId);
    this.over(heir);
    this.#legs.delete(legId);
    if (leg !== undefined) this.#legs.set(heir, leg);
  }

  /** It is not going to be dialled, or nothing more will be heard of it. Unknown legs cost nothing. */
  over(legId: LegId): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    this.#legs.delete(legId);
    this.#settle(legId, leg);
  }

  /** The wall clock was set: nobody has talked longer for it. */
  clockStepped(byMs: number): void {
    for (const leg of this.#legs.values()) if (leg.answeredAt !== null) leg.answeredAt += byMs;
  }

  #settle(legId: LegId, { counted, countedAt, answeredAt }: Leg): void {
    if (counted === null) return;
    const talkMs = answeredAt === null ? null : this.#options.clock.now() - answeredAt;
    void this.#ledger.correct({ legId }, settledCost(counted, talkMs), countedAt);
  }
}
