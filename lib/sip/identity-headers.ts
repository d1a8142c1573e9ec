/**
 * One place makes everything that a call says of who calls: From, P-Asserted-Identity and Privacy (RFC 3261, 3325, 3323),
 * Remote-Party-ID (draft-ietf-sip-privacy-04, for PBXs that read nothing newer), Diversion (RFC 5806), History-Info
 * (RFC 7044), and the call-reason of Call-Info (RFC 9796).
 */

import type { Identity, SentIdentity } from '../core/call/leg.ts';
import type { Trunk } from '../core/configuration.ts';
import { callerIdNumber } from '../core/dialplan/caller-id.ts';
import type { OutgoingRequest } from './link.ts';
import { printable, quoted } from './message/message-head.ts';
import { escapeUser } from './message/uri.ts';

/** RFC 3323 4.1.1.3. */
const anonymousUri = 'sip:anonymous@anonymous.invalid';
const maxNameLength = 64;

export interface IdentityHeaders {
  /** Without tag. */
  from: string;
  headers: Record<string, string>;
}

/** Towards whom. */
export interface IdentityPeer {
  /** Host part of our URIs towards this peer. */
  domain: string;
  /** Whom the call is for. */
  requestUri: string;
  /** The trunk's settings; null: an extension, which simply sees the caller. */
  settings: Trunk['identity'] | null;
  /** Of the trunk's digest credentials. */
  username: string | null;
}

export function identityHeaders(identity: Identity, peer: IdentityPeer): IdentityHeaders {
  const { settings, domain } = peer;
  const { number, name } = identity.callerId;
  const shown = address(name, number === '' ? anonymousUri : uriOf(number, domain));
  if (settings === null) return { from: shown, headers: {} };
  const headers: Record<string, string> = {};
  const { pai, ppi, rpid, privacy, callReason } = settings;
  // RFC 3325 9.1: the asserted identity goes to the trusted trunk also when it is withheld from the callee. Nobody is not asserted.
  if (pai && number !== '') headers['P-Asserted-Identity'] = shown;
  // RFC 3325 9.2: an account may ask for one of its numbers
  if (ppi && number !== '') headers['P-Preferred-Identity'] = shown;
  if (rpid && number !== '')
    headers['Remote-Party-ID'] = `${shown};party=calling;screen=yes;privacy=${privacy ? 'full' : 'off'}`;
  if (privacy) headers['Privacy'] = 'id';
  Object.assign(headers, onBehalf(identity, peer, settings));
  // RFC 9796 6: with nothing but a reason, the URI is a null data URI and the purpose `jcard`
  if (callReason !== null) headers['Call-Info'] = `<data:>;purpose=jcard;call-reason=${quoted(callReason)}`;
  return { from: fromOf(identity, peer, shown), headers };
}

function fromOf({ callerId }: Identity, { settings, username, domain }: IdentityPeer, shown: string): string {
  if (settings?.privacy) return address('Anonymous', anonymousUri);
  if (settings?.from === 'username' && username !== null) return address(callerId.name, uriOf(username, domain));
  return shown;
}

/** We call for the number that was dialled: as if it had forwarded the caller, unconditionally (RFC 4458 cause 302). */
function onBehalf(identity: Identity, peer: IdentityPeer, settings: Trunk['identity']): Record<string, string> {
  const numberFor = (setting: boolean | string) =>
    callerIdNumber(typeof setting === 'string' ? setting : (setting && identity.onBehalfOf) || '');
  const [diverting, retargeting] = [numberFor(settings.diversion), numberFor(settings.historyInfo)];
  const headers: Record<string, string> = {};
  if (diverting !== '') {
    const privacy = settings.privacy ? 'full' : 'off';
    headers['Diversion'] = `<${uriOf(diverting, peer.domain)}>;reason=unconditional;privacy=${privacy};counter=1`;
  }
  if (retargeting !== '') {
    // RFC 7044 10.1: the privacy of an entry stands in its URI
    const first = `<${uriOf(retargeting, peer.domain)}${settings.privacy ? '?Privacy=history' : ''}>;index=1`;
    headers['History-Info'] = `${first}, <${peer.requestUri};cause=302>;index=1.1;mp=1`;
  }
  return headers;
}

/** The same without display names: what is given up first when a message gets too long. */
export function withoutNames(identity: IdentityHeaders): IdentityHeaders {
  const bare = (value: string) => value.slice(value.lastIndexOf('<'));
  const headers = { ...identity.headers };
  for (const name of ['P-Asserted-Identity', 'P-Preferred-Identity', 'Remote-Party-ID']) {
    const value = headers[name];
    if (value !== undefined) headers[name] = bare(value);
  }
  return { from: bare(identity.from), headers };
}

/** And without what only explains the call. */
export function withoutReason(identity: IdentityHeaders): IdentityHeaders {
  const { 'Call-Info': _, ...headers } = identity.headers;
  return { ...identity, headers };
}

/** What an INVITE says, for the reports. */
export function sentIdentity({ uri, headers }: Pick<OutgoingRequest, 'uri' | 'headers'>): SentIdentity {
  const value = (name: string) => headers[name] ?? null;
  return {
    requestUri: uri,
    from: (value('From') ?? '').replace(/;tag=[^;]*$/, ''),
    pai: value('P-Asserted-Identity'),
    ppi: value('P-Preferred-Identity'),
    rpid: value('Remote-Party-ID'),
    privacy: value('Privacy'),
    diversion: value('Diversion'),
    historyInfo: value('History-Info'),
    callInfo: value('Call-Info'),
  };
}

function uriOf(user: string, domain: string): string {
  return `sip:${escapeUser(user)}@${domain}`;
}

function address(name: string | null, uri: string): string {
  const text = printable(name ?? '').trim();
  const cut = [...text].slice(0, maxNameLength).join('');
  return cut === '' ? `<${uri}>` : `${quoted(cut)} <${uri}>`;
}
