import type { EventSource, SystemEvent } from '../ports/event-source.ts';

/** What happens in this process, in order, to whoever watches. */
export class EventHub implements EventSource {
  readonly #listeners = new Set<(event: SystemEvent) => void>();

  publish(event: Omit<SystemEvent, 'sequence'>): void {
    const unkept = { ...event, sequence: null };
    for (const listener of this.#listeners) {
      try {
        listener(unkept);
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
}
