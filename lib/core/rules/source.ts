/** Who sends us this call: a trunk, an extension, or nobody we know. */

import ipaddr from 'ipaddr.js';
import type { InboundCall } from '../call/inbound-call.ts';
import type { Configuration, Extension, Trunk, TrunkMatch } from '../configuration.ts';
import { registeredUser } from './inbound-number.ts';
import { parseSipUri } from './sip-uri.ts';

export type CallSource =
  | { type: 'trunk'; trunk: string }
  | { type: 'extension'; number: string }
  | { type: 'stranger' };

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Reads an address literal, IPv6 in brackets or with a zone too; an IPv4-mapped one becomes IPv4. */
function readAddress(text: string): Address | null {
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

function acceptedBy(trunk: Trunk, resolved: readonly string[]): readonly string[] {
  if (trunk.accept !== null) return trunk.accept;
  const host = parseSipUri(trunk.proxy)?.host;
  return host !== undefined && readAddress(host) !== null ? [host] : resolved;
}

/** Length of the longest range that holds the address; null: none does. IPv4 and IPv6 lengths never meet. */
function longestPrefix(texts: readonly string[], address: Address): number | null {
  let longest: number | null = null;
  for (const text of texts) {
    const range = rangeOf(text);
    if (range === null || range[0].kind() !== address.kind() || !address.match(range)) continue;
    if (longest === null || range[1] > longest) longest = range[1];
  }
  return longest;
}

/** RFC 4904: the originating trunk group stands in Contact, the destination's in the Request-URI. */
function hasTrunkGroup(call: InboundCall, tgrp: string): boolean {
  return ['contact', 'request-uri'].some((name) => {
    const value = Object.hasOwn(call.headers, name) ? (call.headers[name] ?? '').slice(0, 1024) : '';
    return /[;:]tgrp=([^;>@\s]+)/i.exec(value)?.[1]?.toLowerCase() === tgrp.toLowerCase();
  });
}

function hasHeader(call: InboundCall, name: string, value: string | undefined): boolean {
  const key = name.toLowerCase();
  if (!Object.hasOwn(call.headers, key)) return false;
  return value === undefined || call.headers[key]?.trim() === value;
}

function matches(match: TrunkMatch, call: InboundCall): boolean {
  if (match.header !== undefined && !hasHeader(call, match.header, match.value)) return false;
  if (match.tgrp !== undefined && !hasTrunkGroup(call, match.tgrp)) return false;
  if (match.host !== undefined && match.host.toLowerCase() !== call.dialledHost.toLowerCase()) return false;
  // Our port on which it came; the sender's too, for proxies that keep a port per trunk.
  return match.port === undefined || match.port === call.source.localPort || match.port === call.source.port;
}

/** More conditions beat fewer; among single ones header (with value, then without), tgrp, host, port. */
function specificityOf(match: TrunkMatch | null): number {
  if (match === null) return 0;
  const weights = [
    match.header === undefined ? 0 : match.value === undefined ? 104 : 105,
    match.tgrp === undefined ? 0 : 103,
    match.host === undefined ? 0 : 102,
    match.port === undefined ? 0 : 101,
  ];
  return weights.reduce((sum, weight) => sum + weight, 0);
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  const differs = a.findIndex((value, index) => value !== b[index]);
  return differs >= 0 && a[differs]! > b[differs]!;
}

function findTrunk(
  configuration: Configuration,
  call: InboundCall,
  resolved: ReadonlyMap<string, readonly string[]>,
): Trunk | null {
  const address = readAddress(call.source.address);
  if (address === null) return null;
  let best: { trunk: Trunk; rank: number[] } | null = null;
  for (const trunk of configuration.trunks) {
    const prefix = longestPrefix(acceptedBy(trunk, resolved.get(trunk.name) ?? []), address);
    if (prefix === null || (trunk.match !== null && !matches(trunk.match, call))) continue;
    // Two accounts at one registrar: a call comes to the contact of one of them.
    const isOurContact = call.dialledUser !== '' && registeredUser(trunk) === call.dialledUser;
    const rank = [prefix, specificityOf(trunk.match), isOurContact ? 1 : 0];
    // Strictly better only: among equals the order of the configuration decides.
    if (best === null || isBetter(rank, best.rank)) best = { trunk, rank };
  }
  return best?.trunk ?? null;
}

function isFixedContactOf(extension: Extension, call: InboundCall): boolean {
  const contact = extension.contact === null ? null : parseSipUri(extension.contact);
  if (contact === null) return false;
  const host = readAddress(contact.host);
  const address = readAddress(call.source.address);
  if (host === null || address === null || host.kind() !== address.kind()) return false;
  return host.toNormalizedString() === address.toNormalizedString() && contact.port === call.source.port;
}

/** Several extensions may share a contact's address and port (a gateway); From tells which one calls. */
function findExtension(
  configuration: Configuration,
  call: InboundCall,
): { extension: Extension; named: boolean } | null {
  const atContact = configuration.extensions.filter((extension) => isFixedContactOf(extension, call));
  const named = atContact.find((extension) => extension.number === call.fromUser);
  if (named !== undefined) return { extension: named, named: true };
  return atContact[0] === undefined ? null : { extension: atContact[0], named: false };
}

/**
 * In this order:
 * 1. the extension that digest or a registration proved (`call.extension`);
 * 2. an extension at its fixed contact (address and port) that calls itself so in From;
 * 3. a trunk: the longest accepted prefix, then the most specific `match`, then the one whose registered contact was
 *    called, then the order of the configuration;
 * 4. an extension at its fixed contact under any other From.
 * So a trunk and a phone may share an address: the phone is the phone only when it says so.
 * @param resolved by trunk name, the addresses of its proxy's domain, for trunks without `accept`
 */
export function identifySource(
  configuration: Configuration,
  call: InboundCall,
  resolved: ReadonlyMap<string, readonly string[]>,
): CallSource {
  if (call.extension !== null) return { type: 'extension', number: call.extension };
  const atContact = findExtension(configuration, call);
  if (atContact?.named) return { type: 'extension', number: atContact.extension.number };
  const trunk = findTrunk(configuration, call, resolved);
  if (trunk !== null) return { type: 'trunk', trunk: trunk.name };
  return atContact === null ? { type: 'stranger' } : { type: 'extension', number: atContact.extension.number };
}

/** As it stands in `Callback.source`. */
export function sourceName(source: Exclude<CallSource, { type: 'stranger' }>): string {
  return source.type === 'trunk' ? source.trunk : `extension:${source.number}`;
}
