/** What SIP messages said, as far as it is still remembered. */

import type { LegId } from '../core/call/leg.ts';

export interface WireText {
  legId: LegId;
  at: number;
  direction: 'sent' | 'received';
  summary: string;
  /** Start line and headers, without what proves who somebody is. */
  text: string;
}

export interface WireTexts {
  /** Of these legs, in the order in which they are named. */
  of(legIds: readonly LegId[]): WireText[];
}
