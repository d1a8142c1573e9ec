import type { CallerIdChange } from '../dialplan/caller-id.ts';
import type { DialCandidate, Identity, LegId } from './leg.ts';

/** One outbound INVITE. */
export interface DialRequest {
  legId: LegId;
  candidate: DialCandidate;
  identity: Identity;
  /** Why its caller ID is the trunk's default; null or left out: it is the one that was wanted. */
  callerIdChange?: CallerIdChange | null;
  /** X-Callback-ID, unless the trunk switches it off; null: none. */
  callbackId: string | null;
  /**
   * Call-ID, From tag and (embedded engine) Via branch derive from this text, so that the same request sent again
   * after a crash is a retransmission for the peer and rings nobody twice (RFC 3261 17.2.3).
   */
  idempotencyKey: string;
  /** The leg that this one will be bridged with: its codec is offered (no transcoding); null: all of ours. */
  likeLeg: LegId | null;
  /** The INVITE leaves at this instant (epoch milliseconds), and all else is done before; left out or past: at once. */
  notBefore?: number;
}
