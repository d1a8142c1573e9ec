import { ipFamily } from '../message/host.ts';
import type { SipMessage } from '../message/sip-message.ts';
import { type Via, viaWithSource } from '../message/via.ts';
import { canonicalAddress } from './address.ts';
import { type Destination, defaultPortOf, type Flow } from './flow.ts';

/**
 * Writes into a request's top Via where it came from: `received` when the sent-by host is another address or a name (RFC
 * 3261 18.2.1), `received` and `rport` when the client asks for them (RFC 3581 4). A `received` of the client's own is removed.
 */
export function stampSource(message: SipMessage, flow: Flow): void {
  const via = message.topVia;
  const element = message.getFirst('via');
  if (via === undefined || element === undefined) return;
  const wantsPort = via.params.has('rport');
  const isSameHost = ipFamily(via.host) !== 0 && canonicalAddress(via.host) === canonicalAddress(flow.remoteAddress);
  if (!wantsPort && isSameHost && !via.params.has('received')) return;
  const received = wantsPort || !isSameHost ? flow.remoteAddress : undefined;
  const rport = wantsPort ? flow.remotePort : undefined;
  message.replaceFirst('via', viaWithSource(element, { received, rport }));
}

/** Where a response goes when its connection is gone or there was none (RFC 3261 18.2.2, RFC 3581 4). */
export function responseDestination(via: Via, flow: Flow): Flow | Destination {
  const port = via.port ?? defaultPortOf(flow.protocol);
  const source = via.received ?? flow.remoteAddress;
  if (flow.protocol === 'tcp') return { protocol: 'tcp', address: source, port };
  if (flow.protocol === 'tls') return { protocol: 'tls', address: source, port, host: via.host };
  if (via.maddr !== undefined && ipFamily(via.maddr) !== 0) return { protocol: 'udp', address: via.maddr, port };
  const remotePort = typeof via.rport === 'number' ? via.rport : port;
  return { ...flow, remoteAddress: source, remotePort };
}
