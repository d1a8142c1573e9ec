/** Who talks to whom: the bridges of all legs, and how two of them become one. */

import type { LegEvent, LegId } from '../../core/call/leg.ts';
import type { BridgeOptions } from '../../ports/calls.ts';
import { bondOf } from './bond.ts';
import { EndToEndBridge, type Instead } from './end-to-end-bridge.ts';
import type { Leg } from './leg.ts';
import type { LegContext } from './leg-context.ts';
import type { LegTable } from './leg-table.ts';

/** What is on its way to us when the two have agreed is still handed on. */
const releaseAfterMs = 250;

export class Bridges {
  readonly #context: LegContext;
  readonly #table: LegTable;
  readonly #event: (event: LegEvent) => void;

  constructor(context: LegContext, table: LegTable, event: (event: LegEvent) => void) {
    this.#context = context;
    this.#table = table;
    this.#event = event;
  }

  bridge(a: LegId, b: LegId, { release }: BridgeOptions): void {
    const [one, other] = [this.#table.leg(a), this.#table.leg(b)];
    if (!one || !other || one === other) return;
    if (one.isClosing || other.isClosing) return;
    bondOf(one, other);
    if (this.#context.media.connectsEndToEnd) this.#connectEndToEnd(one, other, null);
    else if (release) void this.#release(one, other);
    else void this.#relay(one, other);
  }

  /** Media of a leg is wanted here, whoever it flows to. @returns whether it is here */
  async takeBack(leg: Leg): Promise<boolean> {
    const { partner } = leg;
    if (partner === null) return leg.takeMediaBack();
    await this.#relay(leg, partner);
    return leg.media.endpoint !== null;
  }

  /** Through us, also of a leg whose media went past us before. */
  async #relay(one: Leg, other: Leg): Promise<void> {
    const legs = [one, other];
    for (const leg of legs) leg.leaveEndToEnd();
    // At once, where nothing has to be taken back
    if (!legs.every(({ media }) => media.isOurs)) await Promise.all(legs.map((leg) => leg.takeMediaBack()));
    if (one.partner === other && !one.isClosing && !other.isClosing) one.media.bridge(other.media);
  }

  /** Through us until both peers have agreed to do without. */
  async #release(one: Leg, other: Leg): Promise<void> {
    const legs = [one, other];
    const isBridged = () => one.partner === other && legs.every((leg) => !leg.isClosing);
    // Of one whose media has flowed elsewhere, too: if the two do not agree there is something to go back to
    await this.#relay(one, other);
    if (!isBridged() || legs.some(({ media }) => media.listening.isBusy)) return;
    this.#connectEndToEnd(one, other, {
      connected: () => {
        // Somebody has begun to listen meanwhile
        if (legs.some(({ media }) => media.listening.isBusy)) void this.#relay(one, other);
        else if (legs.some(({ media }) => !media.isReleased)) {
          this.#context.clock.after(releaseAfterMs, () => {
            // Or it is on its way back already
            if (!isBridged() || legs.some((leg) => !leg.isEndToEnd)) return;
            if (legs.some(({ media }) => media.listening.isBusy)) void this.#relay(one, other);
            else for (const { media } of legs) if (!media.isOurs) media.release();
          });
        }
      },
      failed: () => {
        if (isBridged()) void this.#relay(one, other);
      },
    });
  }

  #connectEndToEnd(one: Leg, other: Leg, instead: Instead | null): void {
    if ([one, other].some((leg) => leg.answeredAt === 0 || leg.isClosing)) return;
    const order = one.answeredAt > other.answeredAt ? ([other, one] as const) : ([one, other] as const);
    const bridge = new EndToEndBridge(this.#context, order, instead);
    for (const leg of order) leg.joinEndToEnd(bridge);
    bridge.connect();
  }

  /** Two calls of one phone become one. Whoever had the second one sees it end. */
  join(here: Leg, there: Leg): void {
    const [one, heir] = [here.partner!, there.partner!];
    const ended = this.#table.join(here, there);
    for (const end of ended) this.#event({ type: 'ended', by: 'remote', text: 'Transferred', ...end });
    this.bridge(one.legId, heir.legId, { release: !one.media.isOurs || !heir.media.isOurs });
    there.hangUp({ cause: 16, text: 'Transferred' });
  }
}
