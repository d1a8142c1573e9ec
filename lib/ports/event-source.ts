/** What happens in the application, in order, for those who watch it. */

export interface SystemEvent {
  /**
   * Its place among all entries of all callbacks: goes up, by one or more, and is the same on every node and after a
   * restart. Null: it is told once and not kept.
   */
  sequence: number | null;
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
}

/** One that a watcher can go on with who was cut off, at whatever node. */
export interface EventFeed extends EventSource {
  /** Events after `sequence`, oldest first; null: too many, or some of them are not kept any more. */
  since(sequence: number): Promise<SystemEvent[] | null>;
  /** Where a watcher begins who subscribes now: he goes on from there if he is cut off before anything has come. */
  place?(): Promise<number>;
  /** Left out: none. Events without a number are told to who is there, and never again. */
  readonly tellsUnkept?: boolean;
}
