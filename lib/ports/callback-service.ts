/** What outside rooms may ask of the running application about callbacks. Expected results are data. */

import type { Callback, CallbackId, CallbackState } from '../core/callback/callback.ts';

export interface CallbackRequest {
  /** Name of a callback rule: its terms, trunk and flow are what the person gets. */
  rule: string;
  /** Whom to call, in any usual form; null: the rule's own number or extension (methods `number`, `extension`). */
  number: string | null;
  /** Epoch milliseconds; null: now plus the rule's delay. */
  dueAt: number | null;
  /** JSON-safe, kept with the callback. */
  userData: Record<string, unknown> | null;
}

/** Through a trunk to somebody's own phone, now, to see whether it works. */
export interface TestCallRequest {
  trunk: string;
  /** In any usual form. */
  number: string;
  /** The flow that the answered call enters; null: it ends. */
  flow: string | null;
}

/** Why a request was refused: the gates of an inbound call that also stand before the API, and what is wrong with the request. */
export type RefusalCode =
  /** No rule of that name. */
  | 'unknown-rule'
  /** No trunk of that name. */
  | 'unknown-trunk'
  /** No flow of that name. */
  | 'unknown-flow'
  /** The rule's method needs a number and none was given. */
  | 'number-missing'
  /** It can't be read as a number that can be dialled. */
  | 'number-impossible'
  /** Emergency and short numbers are never dialled. */
  | 'number-emergency'
  | 'number-blocked'
  /** A kind of number that is switched off: premium rate, satellite, … */
  | 'number-special'
  | 'number-suppressed'
  /** Dearer than the rule and its trunks may call. */
  | 'price-class'
  | 'spend-reached'
  | 'outside-hours'
  | 'country-not-allowed'
  /** Of this number, its prefix, the rule, new numbers, or all together. */
  | 'limit-reached'
  /** The number leads back to ourselves. */
  | 'loop'
  /** dueAt is further away than the application plans. */
  | 'due-too-late'
  /** The switch *accept* is off. */
  | 'not-accepting'
  /** The switch *dial* is off, for all or for this trunk: of a test call, which would wait in vain. */
  | 'not-dialling'
  /** The process is late, and promises nothing new meanwhile. */
  | 'overloaded'
  /** The process is draining. */
  | 'draining'
  /** The process decides and dials nothing (`serve --shadow`). */
  | 'shadow';

/** `message` is public: it names the kind of rule, never secrets. */
export interface Refusal {
  result: 'refused';
  code: RefusalCode;
  message: string;
  /** Of `overloaded`. */
  retryAfterSeconds?: number;
}

export type CreateResult =
  | { result: 'created'; callback: Callback }
  /** An open callback of the same person on the same rule stands; its due time was not moved. */
  | { result: 'merged'; callback: Callback }
  | Refusal;

/** What would become of a request. */
export type PreviewResult =
  | { result: 'created'; dueAt: number }
  /** That one stands, and keeps its due time. */
  | { result: 'merged'; id: CallbackId; dueAt: number }
  | Refusal;

export type ChangeResult =
  | { result: 'changed'; callback: Callback }
  | { result: 'not-found' }
  /** The callback is in a state in which this can't be done (`message` says which). */
  | { result: 'conflict'; message: string; code?: CallbackState | 'was-connected' }
  | Refusal;

/** Rejects with StoreUnavailable (code `STORE_UNAVAILABLE`) when nothing can be written. */
export interface CallbackService {
  create(request: CallbackRequest): Promise<CreateResult>;
  /** By the gates, the limits and the spending limits of any other callback; its origin is `test:TRUNK`. */
  testCall(request: TestCallRequest): Promise<CreateResult>;
  /** The same gates, in a dry run: nothing is written, dialled or counted. */
  preview(request: CallbackRequest): Promise<PreviewResult>;
  /** From any open state; a live leg is hung up. */
  cancel(id: CallbackId): Promise<ChangeResult>;
  /** Only while `scheduled` or `queued`. */
  reschedule(id: CallbackId, dueAt: number): Promise<ChangeResult>;
  /** Calls now: a scheduled one at once, a done one (not connected) once more. */
  retry(id: CallbackId): Promise<ChangeResult>;
}
