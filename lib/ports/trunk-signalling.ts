/** What is said to a trunk outside of calls. Nothing here rejects: what the network does is data. */

import type { Trunk } from '../core/configuration.ts';
import type { RegisterResult } from '../core/trunk/trunk-registration.ts';

export type PingResult =
  /** Any answer of a peer but 503 shows life; `status` says which. */
  | { type: 'answered'; status: number; roundTripMs: number }
  | { type: 'silent'; text: string }
  /** We could not ask: the SIP engine is away. */
  | { type: 'unknown' };

/** One registration over its refreshes: the same Call-ID, a CSeq that goes up (RFC 3261 10.2.4). */
export interface RegisterBinding {
  callId: string;
  /** Of the last REGISTER. */
  cseq: number;
}

export interface TrunkSignalling {
  /** OPTIONS; an answer that comes later than `withinMs` is none. */
  ping(trunk: Trunk, withinMs: number): Promise<PingResult>;
  /** REGISTER, with credentials where they are asked for; 0 seconds take the binding back. Moves `binding.cseq` on. */
  register(trunk: Trunk, binding: RegisterBinding, expiresSeconds: number): Promise<RegisterResult | null>;
}
