/**
 * A SIP URI of the configuration as a target. The engine resolves it (RFC 3263); what leads back to us is no target: the call
 * would ring at our own door until Max-Forwards is used up.
 */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Identity } from '../core/call/leg.ts';
import type { ContactTarget, DialTargetSources, ExtensionTargets } from './dial-target.ts';
import { identityHeaders } from './identity-headers.ts';
import { isWrittenPlainly, parseUri, transportOf, type Uri } from './message/uri.ts';

type Sources = Pick<DialTargetSources, 'addresses'>;

export async function uriTargets(text: string, identity: Identity, sources: Sources): Promise<ExtensionTargets> {
  const failed = (why: string): ExtensionTargets => ({ found: false, kind: 'transport', text: why });
  const uri = isWrittenPlainly(text) ? parseUri(text) : null;
  if (uri === null || uri.host === '') return failed('that is no SIP URI');
  if (sources.addresses.isOurs({ addresses: await addressesOf(uri), port: portOf(uri) }))
    return failed('the SIP URI leads back here (loop)');
  return { found: true, dials: [targetOf(text, { uri, identity }, sources)] };
}

function portOf(uri: Uri): number {
  return uri.port || (transportOf(uri) === 'tls' ? 5061 : 5060);
}

/** The name itself, too: it may be the one that we advertise. A name without an address is the engine's matter (SRV, NAPTR). */
async function addressesOf({ host }: Uri): Promise<string[]> {
  if (isIP(host) !== 0 || host.startsWith('[')) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return [host.toLowerCase(), ...found.map(({ address }) => address)];
}

function targetOf(text: string, call: { uri: Uri; identity: Identity }, { addresses }: Sources): ContactTarget {
  const transport = transportOf(call.uri);
  const address = addresses.mediaAddress({ host: call.uri.host, protocol: transport }, null);
  const domain = address.includes(':') ? `[${address}]` : address;
  return {
    extension: '',
    q: 1000,
    contact: text,
    dial: {
      domain: null,
      target: { uri: text, to: text, nextHop: null, transport, route: [] },
      identity: identityHeaders(call.identity, { domain, requestUri: text, settings: null, username: null }),
      media: null,
      mediaAddress: address,
      contact: addresses.contact(transport),
      credentials: null,
      callbackIdHeader: true,
    },
  };
}
