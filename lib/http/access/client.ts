/** Whose request it is where proxies of ours stand in front. Of nobody else is the word taken: a header is quickly written. */

import type { IncomingHttpHeaders } from 'node:http';
import { isWithin, readAddress } from '../../core/rules/address-range.ts';

export interface Client {
  /** The one that counts for limits and lockout, and that the audit names. */
  address: string;
  /** Over TLS, as the outermost of our proxies saw it. */
  isSecure: boolean;
  /** As the browser knows this server: `pbx.example:8443`. */
  host: string;
}

/** More proxies than anybody has in a row. */
const MOST_HOPS = 20;
const LONGEST_ENTRY = 80;

const entriesOf = (header: string | string[] | undefined): string[] =>
  [header ?? []].flat().flatMap((text) => text.split(','));

/** Some proxies add the port: without it, or every connection would be another client. */
function addressIn(entry: string): string | null {
  const text = entry.trim().slice(0, LONGEST_ENTRY);
  const [, host = text] = /^(\[[^\]]+\]|[\d.]+):\d{1,5}$/.exec(text) ?? [];
  return readAddress(host) === null ? null : host.replace(/^\[|\]$/g, '');
}

/**
 * The last address that is none of our proxies', read from the right: what stands left of it is what it says itself. An entry
 * that is no address ends the search at the proxy that wrote it.
 *
 * @returns how many of our proxies the request came through
 */
function walk(peer: string, forwarded: readonly string[], proxies: readonly string[]): [address: string, hops: number] {
  let address = peer;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    if (!isWithin(proxies, address)) return [address, hops];
    const next = addressIn(forwarded.at(-1 - hops) ?? '');
    if (next === null) return [address, hops + 1];
    address = next;
  }
  return [address, MOST_HOPS];
}

/**
 * @param peer the socket's other end
 * @param proxies addresses and CIDRs of those whose X-Forwarded-* is believed. Where there are none, X-Forwarded-Proto
 *   alone is believed of anybody: it makes a cookie stricter, and harms nobody but him who makes it up.
 */
export function clientOf(headers: IncomingHttpHeaders, peer: string, proxies: readonly string[]): Client {
  const [address, hops] = walk(peer, entriesOf(headers['x-forwarded-for']), proxies);
  /** What the outermost proxy of ours wrote, whether the others added to it or not. */
  const written = (name: string): string | undefined => {
    const entries = entriesOf(headers[name]);
    return (entries.at(-hops) ?? entries[0])?.trim();
  };
  const isBelieved = hops > 0 || proxies.length === 0;
  const scheme = isBelieved ? written('x-forwarded-proto') : undefined;
  const host = hops > 0 ? written('x-forwarded-host') : undefined;
  return { address, isSecure: /^https$/i.test(scheme ?? ''), host: host ?? headers.host ?? '' };
}
