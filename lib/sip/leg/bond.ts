/** Two legs whose people talk to each other. */

import { Forwarding } from '../b2b-sugar.ts';
import type { IncomingRequest } from '../link.ts';
import type { Leg } from './leg.ts';

export class Bond {
  readonly #forwarding: Forwarding;
  readonly #legs: readonly [Leg, Leg];

  constructor(one: Leg, other: Leg) {
    this.#legs = [one, other];
    this.#forwarding = new Forwarding(one, other);
  }

  /** @returns true: the other side answers */
  forward(leg: Leg, request: IncomingRequest): true {
    this.#forwarding.forward(leg, request);
    return true;
  }

  partnerOf(leg: Leg): Leg {
    const [one, other] = this.#legs;
    return leg === one ? other : one;
  }

  dissolve(): void {
    for (const leg of this.#legs) leg.unbind(this);
  }
}

/** Undoes what bound either of them before. */
export function bondOf(one: Leg, other: Leg): void {
  const bond = new Bond(one, other);
  for (const leg of [one, other]) leg.bindTo(bond);
}
