/** What is taken out of the store when its time is over, or when somebody asks to be forgotten. */

import type { CallbackId, CallbackState } from '../core/callback/callback.ts';
import type { PhoneNumber } from '../core/policy/phone-number.ts';

/** How long what is kept, in days; 0: for ever. */
export interface Retention {
  callbacksDays: number;
  /** Events of callbacks that are done, their ladders aside. */
  eventsDays: number;
  laddersDays: number;
  recordingsDays: number;
  auditDays: number;
  errorsDays: number;
  deliveriesDays: number;
}

export interface TrimOptions {
  /** Of callbacks that were done before this instant. */
  before: number;
  most: number;
  /** Numbers (E.164, or as received) of which nothing goes. */
  held: readonly string[];
}

/** A callback of somebody. */
export interface Owned {
  id: CallbackId;
  state: CallbackState;
  caller: PhoneNumber;
}

export interface RetentionStore {
  /** Done callbacks, in the order of their acceptance. */
  done(options: TrimOptions): Promise<CallbackId[]>;
  /** All of a caller, in either form of his number. */
  of(number: string): Promise<Owned[]>;
  /** Takes those of them that are done, with their log and attempts, all or nothing. @returns how many */
  erase(ids: readonly CallbackId[]): Promise<number>;
  /** Takes log entries. @returns how many */
  trim(what: 'events' | 'ladders', options: TrimOptions): Promise<number>;
}
