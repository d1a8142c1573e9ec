/** Which trunks are closed, since when, and who waits where. */

import type { DialCandidate, LegId } from '../../../lib/core/call/leg.ts';
import { type Closure, EXTENSIONS_LANE, type LineState, laneOf } from '../../../lib/core/trunk/line-state.ts';
import type { Agenda } from './agenda.ts';

export class Lanes {
  readonly #agenda: Agenda;
  readonly #closed = new Map<string, Closure>();
  /** World time of the last change of each. */
  readonly #changed = new Map<string, number>();
  readonly #laneOf = new Map<LegId, string>();

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  get line(): LineState {
    const trunks = new Map([...this.#closed].filter(([lane]) => lane !== EXTENSIONS_LANE));
    return { trunks, extensions: this.#closed.get(EXTENSIONS_LANE) ?? null };
  }

  get closed(): string[] {
    return [...this.#closed.keys()];
  }

  set(lane: string, why: Closure | null): void {
    if (why === null) this.#closed.delete(lane);
    else this.#closed.set(lane, why);
    this.#changed.set(lane, this.#agenda.time);
  }

  asked(legId: LegId, lane: string): void {
    this.#laneOf.set(legId, lane);
  }

  laneOf(legId: LegId): string | undefined {
    return this.#laneOf.get(legId);
  }

  isClosed(lane: string): boolean {
    return this.#closed.has(lane);
  }

  isClosedFor(legId: LegId): boolean {
    return this.isClosed(this.#laneOf.get(legId) ?? '');
  }

  /** It is as it is for so long. */
  isSettled(candidate: DialCandidate, ms: number): boolean {
    return this.#agenda.time - (this.#changed.get(laneOf(candidate)) ?? 0) >= ms;
  }
}
