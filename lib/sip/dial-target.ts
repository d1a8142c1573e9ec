/** What a dial candidate means on the wire: Request-URI, next hop, identity, credentials. */

import type { DialCandidate, Identity } from '../core/call/leg.ts';
import type { Configuration, Secret, Trunk } from '../core/configuration.ts';
import type { MediaProfile } from '../ports/media.ts';
import type { RegistrationStore } from '../ports/store.ts';
import { type IdentityHeaders, identityHeaders } from './identity-headers.ts';
import type { InviteTarget } from './invite-request.ts';
import type { LocalAddresses } from './local-addresses.ts';
import { escapeUser, parseUri, transportOf, type Uri } from './message/uri.ts';

export interface DialTarget {
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

export async function dialTarget(
  candidate: DialCandidate,
  identity: Identity,
  sources: DialTargetSources,
): Promise<DialTargetResult> {
  if (candidate.kind === 'extension') return extensionTarget(candidate.extension, identity, sources);
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
      target: { uri, to: uri, nextHop: nextHopOf(trunk), transport },
      identity: identityHeaders(call.identity, { domain, requestUri: uri, settings: trunk.identity, username }),
      media: { codecs: trunk.codecs, telephoneEvent: trunk.telephoneEvent },
      mediaAddress: addresses.mediaAddress({ host: hop.host, protocol: transport }, null),
      contact: addresses.contact(transport),
      credentials: trunk.auth && { ...trunk.auth, realm: trunk.auth.realm ?? null },
      callbackIdHeader: trunk.identity.callbackIdHeader,
    },
  };
}

/** Host part of our URIs towards a trunk. Behind an outbound proxy the provider's port is part of where a request goes. */
export function domainOf({ domain, outboundProxy }: Trunk, { host, port }: Uri): string {
  return domain ?? (outboundProxy === null || port === 0 ? host : `${host}:${port}`);
}

/** An outbound proxy is a loose route: the embedded engine writes it into a Route (RFC 3261 8.1.2). */
export function nextHopOf({ outboundProxy, proxy }: Pick<Trunk, 'outboundProxy' | 'proxy'>): string {
  if (outboundProxy === null) return proxy;
  return /;lr(?:[;=]|$)/i.test(outboundProxy) ? outboundProxy : `${outboundProxy};lr`;
}

async function extensionTarget(
  number: string,
  identity: Identity,
  sources: DialTargetSources,
): Promise<DialTargetResult> {
  const missing = (text: string) => ({ found: false, kind: 'notReachable', text }) as const;
  const extension = sources.configuration.extensions.find((one) => one.number === number);
  if (!extension) return missing(`there is no extension ${number}`);
  const registered = extension.contact === null ? await sources.registrations.get(number, sources.now) : null;
  const contact = extension.contact ?? registered?.contact ?? null;
  const uri = contact === null ? null : parseUri(contact);
  if (contact === null || !uri || uri.host === '') return missing(`extension ${number} has no contact`);
  // Where the REGISTER came from, not what its Contact says: the phone may be behind NAT
  const nextHop = registered?.reachedAt ?? null;
  const hop = (nextHop === null ? null : parseUri(nextHop)) ?? uri;
  const transport = transportOf(hop);
  const address = sources.addresses.mediaAddress({ host: hop.host, protocol: transport }, null);
  const domain = address.includes(':') ? `[${address}]` : address;
  return {
    found: true,
    dial: {
      target: { uri: contact, to: `sip:${escapeUser(number)}@${domain}`, nextHop, transport },
      identity: identityHeaders(identity, { domain, requestUri: contact, settings: null, username: null }),
      media: null,
      mediaAddress: address,
      contact: sources.addresses.contact(transport),
      credentials: null,
      callbackIdHeader: true,
    },
  };
}
