import { parseNameAddr } from '../message/name-addr.ts';
import type { SipMessage } from '../message/sip-message.ts';
import { parseUri } from '../message/uri.ts';

/** Where a request of a dialog goes and what stands in it (RFC 3261 12.2.1.1). */
export interface Routing {
  readonly requestUri: string;
  /** Route header values, in order. */
  readonly routes: readonly string[];
  /** URI of the next hop. */
  readonly nextHop: string;
}

/** The route set of a UAC: Record-Route of the response, from the last to the first (RFC 3261 12.1.2). */
export function routeSetOfUac(response: SipMessage): string[] {
  return response.getAll('record-route').reverse();
}

/** The route set of a UAS: Record-Route of the request in its order (RFC 3261 12.1.1). */
export function routeSetOfUas(request: SipMessage): string[] {
  return request.getAll('record-route');
}

export function routingOf(routeSet: readonly string[], remoteTarget: string): Routing {
  const first = routeSet[0];
  const firstUri = first === undefined ? undefined : parseNameAddr(first)?.uri;
  if (firstUri === undefined) return { requestUri: remoteTarget, routes: [], nextHop: remoteTarget };
  if (parseUri(firstUri)?.params.has('lr')) return { requestUri: remoteTarget, routes: routeSet, nextHop: firstUri };
  // RFC 3261 12.2.1.1: a strict router of RFC 2543 finds itself in the Request-URI.
  return { requestUri: firstUri, routes: [...routeSet.slice(1), `<${remoteTarget}>`], nextHop: firstUri };
}
