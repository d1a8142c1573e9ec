/** A person in a flow: what is volatile about a call with somebody on the line. A restart ends the call, so it is never read back. */

import type { Detection } from '../call/detection.ts';
import type { DialFacts } from '../call/dial-facts.ts';
import type { Hunt, HuntContext, HuntEffect } from '../call/hunt.ts';
import type { HangupReason, LegEvent, LegId } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import type { RecordingOptions, RecordingSubject } from '../call/recording.ts';
import type { ReferRequest } from '../call/referral.ts';
import type { TransferProgress } from '../call/transfer.ts';
import type { TalkRecording } from '../configuration.ts';
import type { CallCost } from '../policy/charges.ts';
import type { CallContext } from '../rules/request.ts';
import type { Taking } from './dial-taking.ts';
import type { HookRequest, HookResult } from './hook.ts';
import type { Announcing } from './recorded-talk.ts';
import type { ScreenStage } from './screen.ts';
import type { Transfer } from './transfer.ts';

/** The call that runs a flow: an answered callback, or an inbound call. */
export interface FlowHost {
  /** The person's leg. */
  legId: LegId;
  /** Names of the flow's plays and legs begin with it; unique per run of a flow. */
  namePrefix: string;
  call: CallContext;
  /** The rule's inter-digit timeout, for menus that have none; null: no rule, 5 s. */
  timeoutSeconds: number | null;
  /** The person is one of our extensions. */
  isExtension: boolean;
  /** X-Callback-ID towards the targets; null: none. */
  callbackId: string | null;
  /** In which prompts are spoken to the person; BCP 47. */
  language: string;
  /** The attempt that reached the person; null: he has called. */
  attempt: { id: string; number: number } | null;
  /** How talks are recorded unless a component says otherwise; null: they are not. */
  record: TalkRecording | null;
  /** Media of bridges goes past us, unless a component says otherwise. */
  releaseMedia: boolean;
  /** What calls to the targets are counted with, beside all and their trunk; null: no rule. */
  rule: CallCost['rule'];
}

export type FlowContext = HuntContext;

/** Keys that are asked for. */
export interface KeyEntry {
  /** The prompt that is being played; null: it is over, or was not begun. */
  playId: string | null;
  promptStartedAt: number;
  promptEndedAt: number | null;
  digits: string;
  /** Null: no key has counted yet. */
  lastDigitAt: number | null;
  /** Tries that came to nothing. */
  failures: number;
}

/** Where in the flow the person is. Instants are epoch milliseconds. */
export type Place =
  /** Inbound: the component needs media, so the call is being answered. */
  | { type: 'answering' }
  | ({ type: 'menu' } & KeyEntry)
  | ({ type: 'collect'; phase: 'asking' | 'readBack' } & KeyEntry)
  | { type: 'announce'; playId: string /** Times that it is still to be said. */; left: number }
  | {
      type: 'dial';
      hunt: Hunt;
      /** The ringing that the person hears; null: none. */
      ringback: { playId: string; since: number } | null;
      /** Extensions that are rung one after the other, if nobody takes the call here. */
      left: string[];
      /** The target has answered, and has not taken the call yet; null: it is hunted for. */
      taking: Taking | null;
      /** The target has answered, and both are being told that they are recorded; null: not so. */
      announcing: Announcing | null;
    }
  | {
      type: 'webhook';
      requestId: string;
      since: number;
      /** What the person hears meanwhile; null: nothing. */
      meanwhile: { playId: string; since: number } | null;
    }
  | {
      type: 'record';
      /** `kept`, `nothing`: the recording is over since the person has hung up. */
      step: 'prompt' | 'beep' | 'recording' | 'kept' | 'nothing';
      /** What is being played; null: nothing. */
      playId: string | null;
      recordingId: string | null;
      /** The recording began. */
      since: number;
    }
  | { type: 'screen'; stage: ScreenStage }
  | { type: 'transfer'; referId: string; since: number }
  /** The shell decides whether he is called back. */
  | { type: 'callback' }
  | {
      type: 'bridged';
      /** The other side of the person. */
      legId: LegId;
      since: number;
      /** It is one of our extensions. */
      isExtension: boolean;
      /** One side is handing the other one over; null: no. */
      transfer: Transfer | null;
      /** Null: the talk is not recorded. */
      recordingId: string | null;
    };

export interface FlowState {
  flow: string;
  component: string;
  place: Place;
  /** Who talks in the person's place, who has handed him over and is gone; null: the person. */
  person: LegId | null;
  /** Media flows to and from the person. */
  answered: boolean;
  /** Plays and hunts ever begun: their names derive from it. */
  serial: number;
  /** Components ever entered: a flow that runs in circles by itself is ended. */
  entered: number;
  /** How often each component was entered. */
  entries: Record<string, number>;
  /** When the person came to the present component. */
  enteredAt: number;
  /** The keys of the last menu: variable `{digits}`. */
  digits: string;
  /** What the flow has set, collected or been told, by name. */
  variables: Record<string, string>;
  /** The same, collected in secret: webhooks are told them, and nobody else. */
  secrets: Record<string, string>;
  /** Keys that came while nobody asked for any: the next component that asks takes them. */
  ahead: string;
  /** The number was complete without this key: pressed at once, it belongs to it still; null: none. */
  trailing: { key: string; until: number } | null;
  /** How long the talks lasted that are over. */
  talkedMs: number;
  /** In which the flow speaks from here on (BCP 47); null: as the call began. */
  language: string | null;
}

export type FlowEffect =
  | HuntEffect
  /** Inbound calls only. */
  | { type: 'answer'; legId: LegId }
  | { type: 'play'; legId: LegId; playId: string; prompt: string; language: string | null }
  | { type: 'stopPlay'; legId: LegId }
  /** `release`: the media goes past us. */
  | { type: 'bridge'; a: LegId; b: LegId; release: boolean }
  /** Has the peer call somebody else in our place. */
  | { type: 'refer'; legId: LegId; referId: string; request: ReferRequest }
  | { type: 'detect'; legId: LegId; detectId: string; detection: Detection }
  | { type: 'stopDetect'; legId: LegId }
  | { type: 'record'; legId: LegId; recordingId: string; options: RecordingOptions; subject: RecordingSubject }
  | { type: 'stopRecord'; legId: LegId }
  /** `fetched` follows, unless it is stopped before. */
  | { type: 'fetch'; requestId: string; request: HookRequest }
  | { type: 'stopFetch'; requestId: string }
  /** What the leg that asked for a transfer is told. */
  | { type: 'transfer'; legId: LegId; transferId: string; progress: TransferProgress }
  /** Only of a component at which the flow may go on. */
  | CallbackWish;

/**
 * A `callback` component was reached: the shell decides on it (limits, duplicates), commits the callback, and then ends the
 * leg itself: `reject` gives the final response, `hangUp` sends BYE, each with the component's Reason, or with that of a refusal.
 */
export interface CallbackWish {
  type: 'requestCallback';
  legId: LegId;
  flow: string;
  component: string;
  call: CallContext;
  how: 'reject' | 'hangUp';
  /** A refusal is told as `callbackDecided`, and the flow goes on: the leg is not ended by it. */
  goesOn?: true;
}

/** What a call may have done to it that is answered already. */
export type AnsweredEffect = Exclude<FlowEffect, { type: 'answer' }>;

/** What concerns legs. */
export type LegEffect = Exclude<FlowEffect, CallbackWish>;

export type FlowEvent =
  | { type: 'alarm' }
  /** `facts`: of a leg that was reserved with its cost. */
  | { type: 'slotGranted'; legId: LegId; facts?: DialFacts }
  | { type: 'slotClosed'; legId: LegId }
  | { type: 'fetched'; requestId: string; result: HookResult }
  | { type: 'leg'; event: LegEvent }
  | CallbackDecision;

/**
 * Answers `requestCallback` of a flow that may go on. Granted: whoever has asked ends the leg.
 * `component`: which one has asked; left out: the one where the person is.
 */
export interface CallbackDecision {
  type: 'callbackDecided';
  component?: string;
  isGranted: boolean;
  why: string;
}

/** How the flow was left. All legs but the person's have been hung up by effects. */
export type FlowEnd =
  | {
      type: 'over';
      outcome: Outcome;
      /** Low-cardinality word. */
      reason: string;
      /** What the person's leg is to be hung up with; null: it is gone already. */
      hangUp: HangupReason | null;
      /** What a call gets that is not answered yet; left out: as the outcome is. */
      unanswered?: { status: number; cause: number };
    }
  /** A `callback` component was reached: the person's leg is still up (or unanswered). */
  | { type: 'callback'; flow: string; component: string }
  /** The same, and the shell knows: it ends the leg, or that is gone. */
  | { type: 'asked'; isGone: boolean };

/** What happened, in a past-tense word and its why; the host gives it its time. */
export interface FlowNote {
  type: string;
  detail: Record<string, string | number | boolean | null>;
}

export interface FlowStep {
  state: FlowState;
  /** Null: the person is still in the flow. */
  end: FlowEnd | null;
  effects: FlowEffect[];
  notes: FlowNote[];
}
