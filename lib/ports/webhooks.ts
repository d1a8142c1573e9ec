/** Events of callbacks, posted to receivers outside. */

/** As its document keeps it; the name is the document's. */
export interface WebhookSettings {
  url: string;
  /** The key of the signature. */
  secret: string;
  /** `callback.done`, …; empty: all. */
  events: string[];
  enabled: boolean;
  timeoutSeconds: number;
}

/** How far a webhook has got, as far as people want to know. */
export interface WebhookProgress {
  /** Deliveries in a row that were not taken. */
  failures: number;
  /** Since when its receiver has been away; null: it is not. */
  failingSince: number | null;
  /** 0: whenever there is something. */
  retryAt: number;
}

export interface Delivery {
  ok: boolean;
  /** Null: no answer. */
  status: number | null;
  /** Why not; null: it was taken. */
  failure: string | null;
  durationMs: number;
}

export interface WebhookService {
  /** One was added, changed or removed. */
  changed(): void;
  /** Where one that is added now begins. */
  begin(name: string): Promise<void>;
  /** An event that means nothing, at once and once. Null: there is no such webhook. */
  test(name: string): Promise<Delivery | null>;
  /** The same events again, at once and once. Null: there is no such webhook. */
  resend(name: string, first: number, last: number): Promise<Delivery | null>;
}
