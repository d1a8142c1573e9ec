/** What the components of a flow say, parsed and complete. Names of components are those of the same flow. */

import type { AmdSettings } from './call/detection.ts';
import type { CallbackTerms, CallerId, Secret } from './configuration.ts';

/** What all components have that a person stays in or passes through. */
export interface Stay {
  /** Where the person goes on if nothing else is said for what happened; null: the call ends. */
  otherwise: string | null;
  /** The longest stay, of a dial until the two are connected; null: no limit but the call's. */
  maxSeconds: number | null;
  /** How often it may be entered in one call; the next time leads to `otherwise`. */
  maxEntries: number;
}

/** What asks for keys, and waits for them. */
export interface KeyTimers {
  prompt: string;
  /** Null: the prompt again. */
  retryPrompt: string | null;
  interruptible: boolean;
  /** Keys that came before it was reached are taken. */
  typeAhead: boolean;
  firstDigitTimeoutSeconds: number;
  firstDigitTimerFrom: 'promptEnd' | 'promptStart';
  /** Null: the rule's timeoutSeconds, else 5. */
  interDigitTimeoutSeconds: number | null;
  /** `retry`: as if the keys matched nothing. */
  onInterDigitTimeout: 'disconnect' | 'take' | 'retry';
  /** So often it asks again, whatever was wrong. */
  retries: number;
  noInput: string | null;
  invalid: string | null;
}

export interface MenuComponent extends Stay, KeyTimers {
  type: 'menu';
  choices: Record<string, string>;
  maxDigits: number;
}
export interface CollectComponent extends Stay, KeyTimers {
  type: 'collect';
  min: number;
  max: number;
  /** The key that ends the number; empty: none does. */
  terminator: string;
  /** What was collected is read back, and taken when it is confirmed; null: it is taken. */
  readBack: { prompt: string; confirmPrompt: string; confirm: string; again: string } | null;
  variable: string;
  /** Nobody but webhooks is told the digits. */
  secret: boolean;
  next: string | null;
}
/** What whoever has answered is asked: one key says yes. */
export interface Question {
  prompt: string;
  key: string;
  /** From the end of the prompt. */
  timeoutSeconds: number;
  /** How often it is asked. */
  repeat: number;
}
/** One of `extension`, `extensions`, `number` and `sipUri` says who is dialled. */
export interface DialComponent extends Stay {
  type: 'dial';
  extension: string | null;
  /** Empty: not these. */
  extensions: string[];
  strategy: 'ringAll' | 'inOrder';
  /** May hold variables: `{caller}`, `{digits}`, `{order}`. */
  number: string | null;
  sipUri: string | null;
  trunk: string | null;
  outgoingRule: string | null;
  callerId: CallerId | null;
  ringTimeoutSeconds: number;
  /** Played to whoever answers, before the two are connected. */
  whisper: string | null;
  /** Whoever answers takes the call by a key; null: by answering. */
  confirm: Question | null;
  maxTalkSeconds: number | null;
  /** Media of the talk goes past us; null: as the rule says. */
  releaseMedia: boolean | null;
  /** Null: as the rule says. */
  record: boolean | null;
  /** Of `record`: it is known that both sides agree, nobody is told. */
  consent: boolean;
  /** After the talk, if the person is still there; null: the call ends. */
  next: string | null;
  busy: string | null;
  noAnswer: string | null;
  rejected: string | null;
  unreachable: string | null;
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
/** Whether it is a person who answered, and the one who was meant. */
export interface ScreenComponent extends Stay, Question {
  type: 'screen';
  /** Null: nobody listens whether it is a machine. */
  amd: AmdSettings | null;
  /** Left on a machine; null: none. */
  message: { prompt: string; beepSeconds: number } | null;
  next: string | null;
  machine: string | null;
  declined: string | null;
}
/** The person's side calls somebody else in our place (REFER). One of `extension`, `number` and `sipUri`. */
export interface TransferComponent extends Stay {
  type: 'transfer';
  extension: string | null;
  /** May hold variables. */
  number: string | null;
  sipUri: string | null;
  timeoutSeconds: number;
  /** If the person's leg is still there after it; null: the call ends. */
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
  /** Of this announcement alone (BCP 47); null: that of the call. */
  language: string | null;
  /** By any key, which then counts for what follows. */
  interruptible: boolean;
  /** How often it is said. */
  repeat: number;
  next: string | null;
}
export interface SwitchComponent extends Stay {
  type: 'switch';
  /** `caller`, `inboundNumber`, `language`, `attestation`, or a variable, `{order}`. */
  on: string;
  /** By a whole value, the beginning of one (`+5548*`), or a /regular expression/. */
  cases: Record<string, string>;
}
export interface SetComponent extends Stay {
  type: 'set';
  /** Texts in which variables may stand, all filled in with what was before. */
  variables: Record<string, string>;
  /** In which is spoken from here on (BCP 47); null: as before. */
  language: string | null;
  next: string | null;
}
export interface HoursComponent extends Stay {
  type: 'hours';
  /** A calendar. */
  hours: string;
  open: string | null;
  closed: string | null;
  /** Null: `closed`. */
  holiday: string | null;
}
export interface HangupComponent {
  type: 'hangup';
  /** Text of the Reason; null: the default one. */
  reason: string | null;
  /** Q.850; null or left out: 16, or what fits the status. */
  cause?: number | null;
  /** What a call gets that is not answered yet; null or left out: 480, or what fits the cause. */
  status?: number | null;
}
/** A component of a type that is known but not built yet: a call that reaches it ends. */
export interface InactiveComponent {
  type: 'inactive';
  /** The type as written: `queue`, `voicemail`, ... */
  was: string;
  /** The whole component as written, `type` included. */
  raw: Record<string, unknown>;
}
export type FlowComponent =
  | MenuComponent
  | DialComponent
  | ScreenComponent
  | TransferComponent
  | CallbackComponent
  | AnnounceComponent
  | WebhookComponent
  | RecordComponent
  | CollectComponent
  | SwitchComponent
  | SetComponent
  | HoursComponent
  | HangupComponent
  | InactiveComponent;
