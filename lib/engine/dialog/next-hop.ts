import { ipFamily } from '../message/host.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import type { Destination, Protocol } from '../transaction/wire.ts';
import { defaultPortOf } from '../transport/flow.ts';
import { protocolOf } from '../transport/uri-transport.ts';

export type NextHop =
  | { kind: 'literal'; destination: Destination }
  | { kind: 'name'; uri: SipUri }
  | { kind: 'invalid' };

/**
 * The next hop of a URI. One with a numeric address is read here at once, so that requests of a dialog keep their order;
 * one with a name needs the resolver. Transports that the engine does not have are left to the resolver too.
 */
export function nextHopOf(text: string, preferProtocol?: Protocol): NextHop {
  const uri = parseUri(text.trim().replace(/^<([^>]*)>.*$/, '$1'));
  if (uri === undefined || uri.host === '') return { kind: 'invalid' };
  const host = uri.params.get('maddr');
  const address = typeof host === 'string' ? host : uri.host;
  const protocol = protocolOf(uri, preferProtocol);
  const isSip = uri.scheme === 'sip' || uri.scheme === 'sips';
  if (ipFamily(address) === 0 || !isSip || protocol === undefined) return { kind: 'name', uri };
  const destination = { protocol, address, port: uri.port ?? defaultPortOf(protocol) };
  return { kind: 'literal', destination: protocol === 'tls' ? { ...destination, host: uri.host } : destination };
}
