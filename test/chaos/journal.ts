/**
 * Who was told what, and which INVITE reached whom: kept for the oracle, which compares it with the store, and for the
 * time line of one who was wronged. It stands before the account, which counts.
 */

import type { Account } from '../../load/account.ts';
import type { LegEnd, PhoneLeg } from '../../load/phone-leg.ts';
import { type SipHead, userOf } from '../../load/sip-head.ts';

/** A caller who got the rejection that promises a callback. */
export interface Promised {
  number: string;
  callbackId: string;
  /** His INVITE left, and the rejection came: epoch milliseconds with fractions. */
  offeredAt: number;
  at: number;
}

/** An INVITE that came to a phone, whatever it made of it. */
export interface Ring {
  number: string;
  callId: string;
  callbackId: string;
  at: number;
  /** The trunk played dead, or refused: the person was not reached. */
  isHeard: boolean;
  /** So often its INVITE came again from another process. */
  repeats: number;
  answeredAt: number | null;
  endedAt: number | null;
  how: LegEnd | null;
}

export interface JournalLine {
  at: number;
  text: string;
}

export class Journal {
  readonly promises = new Map<string, Promised>();
  /** By Call-ID. */
  readonly rings = new Map<string, Ring>();
  /** Call-IDs of INVITEs that came to a trunk while it was deaf. */
  readonly unheard = new Set<string>();
  readonly #account: Account;
  readonly #offeredAt = new Map<string, number>();
  readonly #lines = new Map<string, JournalLine[]>();

  constructor(account: Account) {
    this.#account = account;
  }

  offered(number: string, at: number): void {
    this.#offeredAt.set(number, at);
    this.#note(number, at, 'calls');
    this.#account.offered(number, at);
  }

  promised(number: string, at: number, callbackId: string): void {
    const offeredAt = this.#offeredAt.get(number) ?? at;
    if (!this.promises.has(number)) this.promises.set(number, { number, callbackId, offeredAt, at });
    this.#note(number, at, `is promised ${callbackId}`);
    this.#account.promised(number, at, callbackId);
  }

  refused(number: string, at: number, status: number): void {
    this.#note(number, at, `is refused with ${status}`);
    this.#account.refused(number, at, status);
  }

  unanswered(number: string, at: number): void {
    this.#note(number, at, 'gets no answer');
    this.#account.unanswered(number, at);
  }

  /** @param isHeard false: the trunk's own fault is played, and nobody is rung */
  rang(leg: PhoneLeg, at: number, isHeard: boolean): void {
    const { number, callId, callbackId } = leg;
    this.rings.set(callId, {
      number,
      callId,
      callbackId,
      at,
      isHeard,
      repeats: 0,
      answeredAt: null,
      endedAt: null,
      how: null,
    });
    this.#note(number, at, `INVITE ${callId} from ${leg.from}${isHeard ? '' : ', which the trunk does not pass on'}`);
    if (isHeard) this.#account.rang(number, callId, at);
  }

  missed({ method, callId, uri }: SipHead, at: number): void {
    if (method !== 'INVITE' || this.unheard.has(callId)) return;
    this.unheard.add(callId);
    this.#note(userOf(uri), at, `INVITE ${callId}, which the trunk does not hear`);
  }

  answered(leg: PhoneLeg, at: number): void {
    const ring = this.rings.get(leg.callId);
    if (ring) ring.answeredAt = at;
    this.#note(leg.number, at, `has answered ${leg.callId}`);
    this.#account.answered(leg.number, leg.callId, at);
  }

  merged(leg: PhoneLeg, at: number): void {
    const ring = this.rings.get(leg.callId);
    if (ring) ring.repeats += 1;
    this.#note(leg.number, at, `INVITE ${leg.callId} once more, refused`);
  }

  ended(leg: PhoneLeg, at: number, how: LegEnd): void {
    const ring = this.rings.get(leg.callId);
    if (ring) Object.assign(ring, { endedAt: at, how });
    this.#note(leg.number, at, `${leg.callId} is over: ${how}`);
    if (ring?.isHeard !== false) this.#account.rungEnd(leg.number, leg.callId, at);
  }

  linesOf(number: string): JournalLine[] {
    return this.#lines.get(number) ?? [];
  }

  #note(number: string, at: number, text: string): void {
    const lines = this.#lines.get(number);
    if (lines) lines.push({ at, text });
    else this.#lines.set(number, [{ at, text }]);
  }
}
