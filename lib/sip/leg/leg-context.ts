/** What every leg of this room stands on. */

import type { LegEvent, LegId } from '../../core/call/leg.ts';
import type { CallSettings } from '../../core/settings.ts';
import type { WireMessage } from '../../ports/calls.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Listening } from '../../ports/listening.ts';
import type { Log } from '../../ports/log.ts';
import type { MediaEngine } from '../../ports/media.ts';
import type { IncomingRequest, Peer, SipLink } from '../link.ts';
import type { LocalAddresses } from '../local-addresses.ts';
import type { MessageHead } from '../message/message-head.ts';
import type { ReplacedDialog } from '../message/refer-to.ts';
import type { Leg } from './leg.ts';

export interface Received {
  at: number;
  source: Peer | null;
  head?: MessageHead;
}

export interface WireLine {
  at: number;
  direction: 'sent' | 'received';
  summary: string;
  peer: string;
  /** Left out: what was sent is not known. */
  head?: MessageHead | undefined;
}

export const wireMessage = (legId: LegId, { head, ...line }: WireLine): WireMessage => ({
  legId,
  ...line,
  ...(head === undefined ? {} : { text: () => head.text() }),
});

export interface LegContext {
  link: SipLink;
  media: MediaEngine;
  listening: Listening;
  clock: Clock;
  log: Log;
  addresses: LocalAddresses;
  /** The embedded engine shows 100; a drachtio-server keeps it and holds CANCEL back itself. */
  showsTrying: boolean;
  calls(): CallSettings;
  /** In which people are spoken to unless something says otherwise; BCP 47. */
  language(): string;
  /** From 0 (included) to 1 (excluded); for waits that two peers must not share. */
  random(): number;
  event(event: LegEvent): void;
  wire(legId: LegId, line: WireLine): void;
  /** Requests of this dialog belong to the leg from now on. */
  bind(dialogId: string, leg: Leg): void;
  /** Runs `cancelled` if the peer takes this request back before it has a final response; null: not any more. */
  onCancel(request: IncomingRequest, cancelled: (() => void) | null): void;
  /** The leg of a dialog that is named from outside; null: it is none of ours. */
  findDialog(dialog: ReplacedDialog): Leg | null;
  /** The other side of `there` takes the place and the name of `here`. */
  join(here: Leg, there: Leg): void;
  /** The leg's media, which went past us, comes here again, and so does its other side's. @returns whether it has */
  takeBack(leg: Leg): Promise<boolean>;
  /** The leg is over: nothing may lead to it any more. Called before its last event. */
  release(leg: Leg): void;
}

/** 64*T1 (RFC 3261 17.1.1.2): after it a transaction is over whatever happens. */
export const transactionTimeoutMs = 32_000;

export function peerText(peer: Peer | null): string {
  if (!peer || peer.address === '') return '';
  const host = peer.address.includes(':') && !peer.address.startsWith('[') ? `[${peer.address}]` : peer.address;
  return `${peer.protocol || 'unknown'}/${host}:${peer.port}`;
}
