import { ipFamily } from '../message/host.ts';
import type { SipMessage } from '../message/sip-message.ts';
import { parseUri } from '../message/uri.ts';
import type { Flow, Target } from '../transaction/wire.ts';

/**
 * Where requests to a peer go when its Contact cannot be believed; undefined if it can. This deviates from RFC 3261
 * 12.2.1.1 for peers behind a NAT that write a private address into Contact:
 *  - no Record-Route, and Contact holds an IP address other than the one that the message came from; or
 *  - the same address with another port, while the Via of its request was rewritten by a NAT too.
 * A connection that the peer opened is used as long as it stands (most TCP user agents accept none).
 */
export function natTarget(message: SipMessage, contactUri: string, flow: Flow): Target | undefined {
  if (message.has('record-route')) return undefined;
  if (flow.protocol !== 'udp') return flow;
  const contact = parseUri(contactUri);
  if (contact === undefined || ipFamily(contact.host) === 0) return undefined;
  if (contact.host !== flow.remoteAddress) return flow;
  const via = message.isRequest ? message.topVia : undefined;
  const wasRewritten = via !== undefined && (via.port ?? 5060) !== flow.remotePort;
  return wasRewritten && (contact.port ?? 5060) !== flow.remotePort ? flow : undefined;
}
