/** What the components of a flow say, parsed and complete. Names of components are those of the same flow. */

import type { CallbackTerms, CallerId } from './configuration.ts';

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
  /** May hold the variables `{caller}`, `{inboundNumber}`, `{digits}`. */
  number: string | null;
  trunk: string | null;
  outgoingRule: string | null;
  callerId: CallerId | null;
  ringTimeoutSeconds: number;
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
  | HangupComponent
  | InactiveComponent;
