/** What the user agent core says to an application, and how it answers an application's commands. */
import type { SipMessage } from '../message/sip-message.ts';
import type { Protocol } from '../transaction/wire.ts';

/** Who sent or will get a message. */
export type Peer = { protocol: Protocol; address: string; port: number };

export interface SipEvent {
  /** `application`: the engine itself sent this request in the application's name. */
  readonly source: 'network' | 'application';
  readonly message: SipMessage;
  /** Undefined for a response that the engine made up. */
  readonly peer: Peer | undefined;
  readonly transactionId: string;
  /** Empty outside of a dialog. */
  readonly dialogId: string;
  /** Local end of a request outside of a dialog. */
  readonly receivedOn?: { address: string; port: number };
}

export type CallRecord =
  | { type: 'attempt'; source: 'network' | 'application'; message: SipMessage }
  | { type: 'start'; source: 'network' | 'application'; role: 'uac' | 'uas'; message: SipMessage }
  | { type: 'stop'; source: 'network' | 'application'; reason: StopReason; message: SipMessage };

export type StopReason = 'call-rejected' | 'call-canceled' | 'normal-release' | 'system-initiated-termination';

/** One connected application. */
export interface Application {
  readonly isOpen: boolean;
  deliver(event: SipEvent): void;
}

/** The answer to a command of an application. */
export type Outcome =
  | { ok: true; sent: SipMessage; peer: Peer; transactionId: string; dialogId: string }
  | { ok: false; reason: string };

/** Says which application wants a kind of request, and takes call records. */
export interface ApplicationDirectory {
  /** The next application in turn that wants requests of this method; undefined if nobody does. */
  next(method: string): Application | undefined;
  record(record: CallRecord): void;
}
