/** What a dial candidate means on the wire: Request-URI, next hop, identity, credentials. */

import type { DialCandidate, Identity } from '../core/call/leg.ts';
import type { Configuration, Secret, Trunk } from '../core/configuration.ts';
import type { MediaProfile } from '../ports/media.ts';
import type { Registration, RegistrationStore } from '../ports/store.ts';
import { type IdentityHeaders, identityHeaders } from './identity-headers.ts';
import type { InviteTarget } from './invite-request.ts';
import type { LocalAddresses } from './local-addresses.ts';
import { escapeUser, parseUri, transportOf, type Uri } from './message/uri.ts';

export interface DialTarget {
  /** Host part of numbers there; null: it has none, being one phone. */
  domain: string | null;
  target: InviteTarget;
  identity: IdentityHeaders;
  /** What the trunk takes; null: all that we have. */
  media: MediaProfile | null;
  /** The address for our SDP. */
  mediaAddress: string;
  contact: string | null;
  credentials: { username: string; password: Secret; realm: string | null } | null;
  /** False: the trunk does not get X-Callback-ID. */
  callbackIdHeader: boolean;
}

export type DialTargetResult =
  | { found: true; dial: DialTarget }
  | { found: false; kind: 'notReachable' | 'transport'; text: string };

export interface DialTargetSources {
  configuration: Configuration;
  registrations: RegistrationStore;
  addresses: LocalAddresses;
  now: number;
}

/** One contact of an extension; of a URI: the URI. */
export interface ContactTarget {
  /** Empty: nobody's. */
  extension: string;
  q: number;
  contact: string;
  dial: DialTarget;
}

export type ExtensionTargets =
  | { found: true; dials: ContactTarget[] }
  | { found: false; kind: 'notReachable' | 'transport'; text: string };

export function dialTarget(
  candidate: Extract<DialCandidate, { kind: 'trunk' }>,
  identity: Identity,
  sources: Pick<DialTargetSources, 'configuration' | 'addresses'>,
): DialTargetResult {
  const trunk = sources.configuration.trunks.find((one) => one.name === candidate.trunk);
  if (!trunk) return { found: false, kind: 'transport', text: `there is no trunk ${candidate.trunk}` };
  return trunkTarget(trunk, { user: candidate.user, identity }, sources.addresses);
}

function trunkTarget(
  trunk: Trunk,
  call: { user: string; identity: Identity },
  addresses: LocalAddresses,
): DialTargetResult {
  const proxy = parseUri(trunk.proxy);
  if (!proxy || proxy.host === '')
    return { found: false, kind: 'transport', text: `trunk ${trunk.name}: bad proxy URI` };
  const hop = parseUri(nextHopOf(trunk)) ?? proxy;
  const domain = domainOf(trunk, proxy);
  const uri = `${proxy.scheme}:${escapeUser(call.user)}@${domain}`;
  const transport = transportOf(hop);
  const username = trunk.auth?.username ?? null;
  return {
    found: true,
    dial: {
      domain,
      target: { uri, to: uri, nextHop: nextHopOf(trunk), transport, route: [] },
      identity: identityHeaders(call.identity, { domain, requestUri: uri, settings: trunk.identity, username }),
      media: { codecs: trunk.codecs, telephoneEvent: trunk.telephoneEvent },
      mediaAddress: addresses.mediaAddress({ host: hop.host, protocol: transport }, null),
      contact: addresses.contact(transport),
      credentials: trunk.auth && { ...trunk.auth, realm: trunk.auth.realm ?? null },
      callbackIdHeader: trunk.identity.callbackIdHeader,
    },
  };
}

/** The same of a trunk by itself; null: its proxy is no SIP URI. */
export function trunkDomain(trunk: Trunk): string | null {
  const proxy = parseUri(trunk.proxy);
  return proxy === null || proxy.host === '' ? null : domainOf(trunk, proxy);
}

/** Host part of our URIs towards a trunk. Behind an outbound proxy the provider's port is part of where a request goes. */
export function domainOf({ domain, outboundProxy }: Trunk, { host, port }: Uri): string {
  return domain ?? (outboundProxy === null || port === 0 ? host : `${host}:${port}`);
}

/** An outbound proxy is a loose route: the embedded engine writes it into a Route (RFC 3261 8.1.2). */
export function nextHopOf(trunk: Pick<Trunk, 'outboundProxy' | 'proxy' | 'tlsVerify'>): string {
  const { outboundProxy, proxy, tlsVerify = null } = trunk;
  // The engine takes it out again: it leaves in no message.
  const trust = tlsVerify === null ? '' : `;tls-verify=${tlsVerify}`;
  if (outboundProxy === null) return proxy + trust;
  return `${outboundProxy}${/;lr(?:[;=]|$)/i.test(outboundProxy) ? '' : ';lr'}${trust}`;
}

/** A fixed contact, or all those that are registered, the preferred first. */
export async function extensionTargets(
  number: string,
  identity: Identity,
  sources: DialTargetSources,
): Promise<ExtensionTargets> {
  const missing = (text: string) => ({ found: false, kind: 'notReachable', text }) as const;
  const extension = sources.configuration.extensions.find((one) => one.number === number);
  if (!extension) return missing(`there is no extension ${number}`);
  const contacts: Contact[] =
    extension.contact === null
      ? await sources.registrations.of(number, sources.now)
      : [{ contact: extension.contact, reachedAt: null, path: [], q: 1000 }];
  const dials = contacts.flatMap((contact) => contactTarget(contact, { number, identity }, sources.addresses) ?? []);
  return dials.length === 0 ? missing(`extension ${number} has no contact`) : { found: true, dials };
}

/** All that can be reached of several extensions; those that can't are passed over as long as one can. */
export async function groupTargets(
  numbers: readonly string[],
  identity: Identity,
  sources: DialTargetSources,
): Promise<ExtensionTargets> {
  const all = await Promise.all([...new Set(numbers)].map((number) => extensionTargets(number, identity, sources)));
  const dials = all.flatMap((targets) => (targets.found ? targets.dials : []));
  if (dials.length > 0) return { found: true, dials };
  const texts = all.flatMap((targets) => (targets.found ? [] : [targets.text]));
  return { found: false, kind: 'notReachable', text: texts.join('; ') || 'the group is empty' };
}

type Contact = Pick<Registration, 'contact' | 'path' | 'q'> & { reachedAt: string | null };

function contactTarget(
  { contact, reachedAt, path, q }: Contact,
  call: { number: string; identity: Identity },
  addresses: LocalAddresses,
): ContactTarget | null {
  const uri = parseUri(contact);
  if (!uri || uri.host === '') return null;
  const nextHop = contactHopOf(reachedAt, path);
  const hop = (nextHop === null ? null : parseUri(nextHop)) ?? uri;
  const transport = transportOf(hop);
  const address = addresses.mediaAddress({ host: hop.host, protocol: transport }, null);
  const domain = address.includes(':') ? `[${address}]` : address;
  return {
    extension: call.number,
    q,
    contact,
    dial: {
      domain: null,
      target: { uri: contact, to: `sip:${escapeUser(call.number)}@${domain}`, nextHop, transport, route: path },
      identity: identityHeaders(call.identity, { domain, requestUri: contact, settings: null, username: null }),
      media: null,
      mediaAddress: address,
      contact: addresses.contact(transport),
      credentials: null,
      callbackIdHeader: true,
    },
  };
}

/**
 * Where the REGISTER came from, not what its Contact or Path says: the phone may be behind NAT, and nobody may have us call
 * through a third party that trusts our address. The port of a proxy that is there is the one that its Path names.
 */
function contactHopOf(reachedAt: string | null, path: readonly string[]): string | null {
  const [first] = path;
  if (reachedAt === null) return null;
  // A phone has no certificate: its own connection is the way to it, and there is no other.
  if (first === undefined) return /;transport=tls(?=;|$)/i.test(reachedAt) ? `${reachedAt};tls-verify=flow` : reachedAt;
  const [hop, source] = [parseUri(first.slice(1, -1)), parseUri(reachedAt)];
  return hop !== null && source !== null && hop.host === source.host ? first.slice(1, -1) : reachedAt;
}
