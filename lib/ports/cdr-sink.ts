/** Where call detail records go. Nothing of it may hold a call up: no method waits or throws. */

import type { Cdr, OpenLeg } from '../core/cdr/cdr.ts';

export interface CdrSink {
  /** False: nobody wants records; legs that begin now need not be handed over. */
  readonly isWanted: boolean;
  /** A leg began, or more is known of it: kept, so that a crash leaves a record of it. */
  open(leg: OpenLeg): void;
  /** It is over. */
  closed(cdr: Cdr): void;
}
