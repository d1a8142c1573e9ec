import type { PhoneLeg } from './phone-leg.ts';
import type { SipHead } from './sip-head.ts';

export interface Hop {
  address: string;
  port: number;
}

/** How a call of a phone came to its end. */
export type LegEnd = 'rejected' | 'cancelled' | 'hungUpByThem' | 'hungUpByUs' | 'unacknowledged';

/** What a leg needs from its phones. */
export interface LegHost {
  readonly contactHop: Hop;
  readonly contact: string;
  send(text: string, hop: Hop): void;
  respond(request: SipHead, status: number, parts?: ResponseParts): string;
  hopOf(request: SipHead): Hop;
  answered(leg: PhoneLeg): void;
  ended(leg: PhoneLeg, how: LegEnd): void;
  /** Nothing is awaited any more; retransmissions may still come. */
  cleared(leg: PhoneLeg): void;
  /** Its INVITE came once more, by another way or from another sender, and was refused. */
  merged(leg: PhoneLeg): void;
  unanswered(leg: PhoneLeg, method: 'INVITE' | 'BYE'): void;
}

export interface ResponseParts {
  toTag?: string;
  headers?: Record<string, string>;
  body?: string;
  hasContact?: boolean;
}
