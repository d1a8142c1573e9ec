/** What SIP messages said, as far as it is still remembered. */

import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';

export interface WireText {
  legId: LegId;
  at: number;
  direction: 'sent' | 'received';
  summary: string;
  /** The other side, `udp/127.0.0.1:5070`. */
  peer: string;
  /** Start line and headers, without what proves who somebody is. */
  text: string;
}

export interface WireTexts {
  /** Of the calls that asked for this callback, and of these legs; in the order in which they came. */
  of(callbackId: CallbackId, legIds: readonly LegId[]): WireText[];
}
