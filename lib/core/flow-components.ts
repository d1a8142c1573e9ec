/** What the components of a flow say, parsed and complete. Names of components are those of the same flow. */

import type { CallbackTerms, CallerId, Secret } from './configuration.ts';

/** What all components have that a person stays in or passes through. */
export interface Stay {
  /** Where the person goes on if nothing else is said for what happened; null: the call ends. */
  otherwise: string | null;
  /** The longest stay, of a dial until it is answered; null: no limit but the call's. */
  maxSeconds: number | null;
  /** How often it may be entered in one call; the next time leads to `otherwise`. */
  maxEntries: number;
}

export interface MenuComponent extends Stay {
  type: 'menu';
  prompt: string;
  interruptible: boolean;
  firstDigitTimeoutSeconds: number;
  /** Null: the rule's timeoutSeconds, else 5. */
  interDigitTimeoutSeconds: number | null;
  onInterDigitTimeout: 'disconnect' | 'take';
  choices: Record<string, string>;
  maxDigits: number;
}
export interface DialComponent extends Stay {
  type: 'dial';
  extension: string | null;
  /** May hold variables: `{caller}`, `{digits}`, `{order}`. */
  number: string | null;
  trunk: string | null;
  outgoingRule: string | null;
  callerId: CallerId | null;
  ringTimeoutSeconds: number;
  /** Null: as the rule says. */
  record: boolean | null;
  /** Of `record`: it is known that both sides agree, nobody is told. */
  consent: boolean;
}
/** Whether and how a talk is recorded. */
export interface TalkRecording {
  /** It is known that both sides agree: nobody is told. */
  consent: boolean;
}
/** Somebody else's server says where the call goes on. */
export interface WebhookComponent extends Stay {
  type: 'webhook';
  url: string;
  /** Key of the signature; null: not signed. */
  secret: Secret | null;
  /** Of each try. */
  timeoutSeconds: number;
  retries: number;
  /** Heard meanwhile, again and again; null: nothing, and an unanswered call stays so. */
  prompt: string | null;
  /** By the words that the answer may name. */
  exits: Record<string, string>;
  /** Where the answer names none; null: `otherwise`. */
  next: string | null;
}
/** A voice message. */
export interface RecordComponent extends Stay {
  type: 'record';
  /** Null: it is said that a recording follows, unless `consent`. */
  prompt: string | null;
  beep: boolean;
  maxLengthSeconds: number;
  silenceSeconds: number;
  /** A key; empty: none ends it. */
  terminator: string;
  consent: boolean;
  next: string | null;
}
export interface CallbackComponent extends Stay {
  type: 'callback';
  /** A rule by name, or null: `terms` inline. */
  rule: string | null;
  terms: CallbackTerms | null;
  /** The component of the same flow at which the called-back person goes on. */
  next: string | null;
}
export interface AnnounceComponent extends Stay {
  type: 'announce';
  prompt: string;
  next: string | null;
}
export interface HangupComponent {
  type: 'hangup';
  /** Text of the BYE's Reason; null: the default one. */
  reason: string | null;
}
/** A component of a type that is known but not built yet: it behaves as a hangup. */
export interface InactiveComponent {
  type: 'inactive';
  /** The type as written: `collect`, `hours`, ... */
  was: string;
  /** The whole component as written, `type` included. */
  raw: Record<string, unknown>;
}
export type FlowComponent =
  | MenuComponent
  | DialComponent
  | CallbackComponent
  | AnnounceComponent
  | WebhookComponent
  | RecordComponent
  | HangupComponent
  | InactiveComponent;
