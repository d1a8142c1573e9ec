import type { EventSource, SystemEvent } from '../ports/event-source.ts';

const KEPT = 2_000;

/** What happens, in order, to whoever watches; the latest events are kept so that a watcher who was cut off can go on. */
export class EventHub implements EventSource {
  readonly #listeners = new Set<(event: SystemEvent) => void>();
  #kept: SystemEvent[] = [];
  #sequence: number;

  /** @param firstSequence higher than any of a former process, so that a watcher of that one is not mistaken */
  constructor(firstSequence: number) {
    this.#sequence = firstSequence;
  }

  publish(event: Omit<SystemEvent, 'sequence'>): void {
    this.#sequence += 1;
    const numbered = { ...event, sequence: this.#sequence };
    this.#kept.push(numbered);
    if (this.#kept.length > 2 * KEPT) this.#kept = this.#kept.slice(-KEPT);
    for (const listener of this.#listeners) {
      try {
        listener(numbered);
      } catch {
        // A watcher that breaks the rule not to throw is none any more; nobody else is to suffer for it.
        this.#listeners.delete(listener);
      }
    }
  }

  subscribe(listener: (event: SystemEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async since(sequence: number): Promise<SystemEvent[] | null> {
    const oldest = this.#kept[0]?.sequence ?? this.#sequence + 1;
    if (sequence > this.#sequence || sequence < oldest - 1) return null;
    return this.#kept.filter((event) => event.sequence > sequence);
  }
}
