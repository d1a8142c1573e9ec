import type { SipHead } from './sip-head.ts';

/** What a phone does with one call. Times count from its INVITE. */
export interface Behaviour {
  /** Nothing at all is sent, not even 100: a trunk that is dead. */
  isSilent: boolean;
  /** 180; null: none. Without one at once a 100 is sent (RFC 3261 17.2.1). */
  ringAfterMs: number | null;
  /** The final response; null: never, the phone rings until it is cancelled. */
  answerAfterMs: number | null;
  /** 200, or the rejection. */
  status: number;
  /** Of the final response: Retry-After, Reason, Contact of a 3xx, a challenge. */
  headers: Record<string, string>;
  /** From the ACK to our BYE; null: the other side hangs up. */
  talkMs: number | null;
}

/** What differs from the behaviour that all phones have; asked once for each INVITE that is no retransmission. */
export type ChooseBehaviour = (number: string, invite: SipHead) => Partial<Behaviour>;
