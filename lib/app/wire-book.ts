import type { LegId } from '../core/call/leg.ts';
import type { WireMessage } from '../ports/calls.ts';
import type { WireText, WireTexts } from '../ports/wire-texts.ts';

/** Some 3 kB each. */
const MOST_MESSAGES = 3_000;
const MOST_OF_A_LEG = 200;

/** The texts of the latest SIP messages, leg by leg; those of the oldest leg make room for new ones. */
export class WireBook implements WireTexts {
  readonly #legs = new Map<LegId, WireMessage[]>();
  readonly #most: number;
  #count = 0;

  constructor(most = MOST_MESSAGES) {
    this.#most = most;
  }

  note(message: WireMessage): void {
    const known = this.#legs.get(message.legId);
    if (known !== undefined && known.length >= MOST_OF_A_LEG) return;
    if (known === undefined) this.#legs.set(message.legId, [message]);
    else known.push(message);
    this.#count += 1;
    for (const [legId, messages] of this.#legs) {
      if (this.#count <= this.#most) break;
      this.#legs.delete(legId);
      this.#count -= messages.length;
    }
  }

  of(legIds: readonly LegId[]): WireText[] {
    return legIds.flatMap((legId) =>
      (this.#legs.get(legId) ?? []).flatMap(({ at, direction, summary, text }) =>
        text === undefined ? [] : [{ legId, at, direction, summary, text: text() }],
      ),
    );
  }
}
