/** Addresses and ranges of them, as they stand in the configuration and on packets. */

import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Reads an address literal, IPv6 in brackets or with a zone too; an IPv4-mapped one becomes IPv4. */
export function readAddress(text: string): Address | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare);
  return isAddress ? ipaddr.process(bare) : null;
}

function wholeAddress(address: Address): Range {
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** A CIDR or a bare address; IPv4-mapped ranges are read as IPv4. */
function readRange(text: string): Range | null {
  const address = readAddress(text);
  if (address !== null) return wholeAddress(address);
  if (!ipaddr.isValidCIDR(text)) return null;
  const [network, bits] = ipaddr.parseCIDR(text);
  if (network.kind() === 'ipv4') return [network, bits];
  const v6 = network as ipaddr.IPv6;
  return v6.isIPv4MappedAddress() && bits >= 96 ? [v6.toIPv4Address(), bits - 96] : [v6, bits];
}

/** What is wrong with an entry of a trunk's `accept`, for schema/; null: nothing. */
export function acceptProblem(entry: string): string | null {
  return readRange(entry) === null ? 'neither an address nor a CIDR such as 192.0.2.0/24' : null;
}

/** Texts are read once; the configuration holds few of them, and they are the operator's. */
const ranges = new Map<string, Range | null>();
const MAX_RANGES = 4096;

function rangeOf(text: string): Range | null {
  const known = ranges.get(text);
  if (known !== undefined) return known;
  if (ranges.size >= MAX_RANGES) ranges.clear();
  const range = readRange(text);
  ranges.set(text, range);
  return range;
}

/** Length of the longest range that holds the address; null: none does. IPv4 and IPv6 lengths never meet. */
export function longestPrefix(texts: readonly string[], address: Address): number | null {
  let longest: number | null = null;
  for (const text of texts) {
    const range = rangeOf(text);
    if (range === null || range[0].kind() !== address.kind() || !address.match(range)) continue;
    if (longest === null || range[1] > longest) longest = range[1];
  }
  return longest;
}

/** Whether one of the ranges holds the address; false for what is no address. */
export function isWithin(texts: readonly string[], address: string): boolean {
  const read = readAddress(address);
  return read !== null && longestPrefix(texts, read) !== null;
}
