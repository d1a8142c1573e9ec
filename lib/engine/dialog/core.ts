import type { Clock } from '../clock.ts';
import type { SipUri } from '../message/uri.ts';
import type { SipTimers } from '../transaction/timers.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { Destination, Protocol, Wire } from '../transaction/wire.ts';
import type { ApplicationDirectory } from './application.ts';
import type { DialogTable } from './dialog-table.ts';

export interface CoreOptions {
  /** Send requests of a dialog to where the peer's messages come from if its Contact looks wrong. */
  readonly natDetection: boolean;
  /** Tell applications of a 100 too. */
  readonly passTrying: boolean;
  /** Next hop of every request outside of a dialog for which the application names none. */
  readonly outboundProxy: string | undefined;
  /** A request that its application leaves without any response is given up after this time. */
  readonly unansweredMs: number;
}

/** What the parts of the user agent core share. */
export interface Core {
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogTable;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly timers: SipTimers;
  readonly applications: ApplicationDirectory;
  readonly options: CoreOptions;
  /** RFC 3263, for targets that are names; empty if it finds nothing. */
  resolve(uri: SipUri, options: { preferProtocol?: Protocol }): Promise<Destination[]>;
  /** Whether the engine itself listens there. */
  isOwnAddress(destination: Destination): boolean;
}
