/** Who talks to whom: the bridges of all legs, and how two of them become one. */

import type { LegEvent, LegId } from '../../core/call/leg.ts';
import { bondOf } from './bond.ts';
import { EndToEndBridge } from './end-to-end-bridge.ts';
import type { Leg } from './leg.ts';
import type { LegContext } from './leg-context.ts';
import type { LegTable } from './leg-table.ts';

export class Bridges {
  readonly #context: LegContext;
  readonly #table: LegTable;
  readonly #event: (event: LegEvent) => void;

  constructor(context: LegContext, table: LegTable, event: (event: LegEvent) => void) {
    this.#context = context;
    this.#table = table;
    this.#event = event;
  }

  bridge(a: LegId, b: LegId): void {
    const [one, other] = [this.#table.leg(a), this.#table.leg(b)];
    if (!one || !other || one === other) return;
    if (one.isClosing || other.isClosing) return;
    bondOf(one, other);
    if (this.#context.media.connectsEndToEnd) this.#connectEndToEnd(one, other);
    else one.media.bridge(other.media);
  }

  #connectEndToEnd(one: Leg, other: Leg): void {
    if ([one, other].some((leg) => leg.answeredAt === 0 || leg.isClosing)) return;
    const order = one.answeredAt > other.answeredAt ? ([other, one] as const) : ([one, other] as const);
    const bridge = new EndToEndBridge(this.#context, order);
    for (const leg of order) leg.joinEndToEnd(bridge);
    bridge.connect();
  }

  /** Two calls of one phone become one. Whoever had the second one sees it end. */
  join(here: Leg, there: Leg): void {
    const [one, heir] = [here.partner!, there.partner!];
    const ended = this.#table.join(here, there);
    for (const end of ended) this.#event({ type: 'ended', by: 'remote', text: 'Transferred', ...end });
    this.bridge(one.legId, heir.legId);
    there.hangUp({ cause: 16, text: 'Transferred' });
  }
}
