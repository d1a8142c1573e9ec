import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import { hiddenIn, type IsTheirs } from '../core/policy/number-trace.ts';
import type { WireMessage } from '../ports/calls.ts';
import type { RecordKeeper } from '../ports/erasure.ts';
import type { WireText, WireTexts } from '../ports/wire-texts.ts';

/** Some 3 kB each. */
const MOST_MESSAGES = 3_000;
const MOST_OF_A_LEG = 200;
/** The INVITE and its first answer name both sides; those after them repeat it. */
const FIRST_MESSAGES = 2;

/** The texts of the latest SIP messages, leg by leg; those of the oldest leg make room for new ones. */
export class WireBook implements WireTexts, RecordKeeper {
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
      this.#drop(legId, messages);
    }
  }

  belongsTo(legId: LegId, callbackId: CallbackId): void {
    if (this.#legs.has(legId)) this.#promised.set(legId, callbackId);
  }

  /** The calls in whose first messages the number stands. @returns 0: no line of them was kept */
  async forget(isTheirs: IsTheirs, until: number): Promise<number> {
    const names = ({ text }: WireMessage) => {
      const said = text?.() ?? '';
      return hiddenIn(said, isTheirs) !== said;
    };
    for (const [legId, messages] of this.#legs)
      if (messages[0]!.at <= until && messages.slice(0, FIRST_MESSAGES).some(names)) this.#drop(legId, messages);
    return 0;
  }

  #drop(legId: LegId, messages: readonly WireMessage[]): void {
    this.#legs.delete(legId);
    this.#promised.delete(legId);
    this.#count -= messages.length;
  }

  of(callbackId: CallbackId, legIds: readonly LegId[]): WireText[] {
    const callers = [...this.#promised].filter(([, promised]) => promised === callbackId).map(([legId]) => legId);
    const messages = [...new Set([...callers, ...legIds])].flatMap((legId) => this.#legs.get(legId) ?? []);
    return messages
      .toSorted((a, b) => a.at - b.at)
      .flatMap(({ text, ...line }) => (text === undefined ? [] : [{ ...line, text: text() }]));
  }
}
