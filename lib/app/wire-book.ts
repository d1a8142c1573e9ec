import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import type { WireMessage } from '../ports/calls.ts';
import type { WireText, WireTexts } from '../ports/wire-texts.ts';

/** Some 3 kB each. */
const MOST_MESSAGES = 3_000;
const MOST_OF_A_LEG = 200;

/** The texts of the latest SIP messages, leg by leg; those of the oldest leg make room for new ones. */
export class WireBook implements WireTexts {
  readonly #legs = new Map<LegId, WireMessage[]>();
  /** Which callback the call of a leg was promised. */
  readonly #promised = new Map<LegId, CallbackId>();
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
      this.#promised.delete(legId);
      this.#count -= messages.length;
    }
  }

  belongsTo(legId: LegId, callbackId: CallbackId): void {
    if (this.#legs.has(legId)) this.#promised.set(legId, callbackId);
  }

  of(callbackId: CallbackId, legIds: readonly LegId[]): WireText[] {
    const callers = [...this.#promised].filter(([, promised]) => promised === callbackId).map(([legId]) => legId);
    const messages = [...new Set([...callers, ...legIds])].flatMap((legId) => this.#legs.get(legId) ?? []);
    return messages
      .toSorted((a, b) => a.at - b.at)
      .flatMap(({ text, ...line }) => (text === undefined ? [] : [{ ...line, text: text() }]));
  }
}
