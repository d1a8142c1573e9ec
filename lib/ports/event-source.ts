/** What happens in the application, in order, for those who watch it. */

export interface SystemEvent {
  /** Goes up by one or more; the same event has the same number after a restart. */
  sequence: number;
  at: number;
  /** Dotted word: `callback.accepted`, `callback.state`, `configuration.changed`, ... No CR or LF. */
  type: string;
  callbackId: string | null;
  /** Small, JSON-safe, no secrets. */
  data: Record<string, unknown>;
}

export interface EventSource {
  /** @returns a function that ends the subscription; `listener` must not throw and is called synchronously */
  subscribe(listener: (event: SystemEvent) => void): () => void;
  /** Events after `sequence`, oldest first; null: too many, or some of them are not kept any more. */
  since(sequence: number): Promise<SystemEvent[] | null>;
}
