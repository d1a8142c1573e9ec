/** What the core gets to see of an INVITE. Every field is bounded; nothing in a message can make this fail. */

import type { InboundCall } from '../core/call/inbound-call.ts';
import type { IncomingRequest } from './link.ts';
import { type MessageHead, printable, splitList } from './message/message-head.ts';
import { sdpOf } from './message/session-body.ts';
import { type NameAddress, parseNameAddress, parseUri } from './message/uri.ts';

const maxUserLength = 128;
const maxTextLength = 256;
const maxHeaderValueLength = 1024;
const maxHeaders = 64;
/** A call that was forwarded more often is going in circles. */
const maxHistory = 16;

const protocols = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

export function inboundCall(legId: string, invite: IncomingRequest, extension: string | null): InboundCall {
  const { head, source, receivedOn } = invite;
  const dialled = parseUri(invite.uri);
  const from = parseNameAddress(head.first('from') ?? '');
  const asserted = assertedIdentity(head.all('p-asserted-identity'));
  return {
    legId,
    callId: cut(head.first('call-id') ?? '', maxTextLength),
    source: {
      address: cut(source.address, maxTextLength),
      port: source.port,
      protocol: protocols.find((protocol) => protocol === source.protocol) ?? 'unknown',
      localPort: receivedOn?.port ?? 0,
    },
    extension,
    dialledUser: cut(dialled?.user ?? '', maxUserLength),
    dialledHost: cut(dialled?.host ?? '', maxTextLength),
    fromUser: cut(from.uri?.user ?? '', maxUserLength),
    fromHost: cut(from.uri?.host ?? '', maxTextLength),
    fromName: nameOf(from),
    assertedUser: asserted?.uri ? cut(asserted.uri.user, maxUserLength) : null,
    assertedName: asserted && nameOf(asserted),
    remoteParty: remoteParty(head.all('remote-party-id')),
    history: historyOf(head).map((user) => cut(user, maxUserLength)),
    calledUser: userOf(head.first('p-called-party-id')),
    toUser: userOf(head.first('to')) ?? '',
    privacy: privacyOf(head.all('privacy')),
    headers: boundedHeaders(head.firstValues()),
    hasOffer: sdpOf(invite) !== null,
  };
}

/**
 * RFC 3325 9.1: up to two values, a SIP and a tel URI. The first with a number counts: beside `sip:ana@…` the tel URI is
 * what can be called.
 */
function assertedIdentity(lines: readonly string[]): NameAddress | null {
  const values = lines.slice(0, 4).flatMap(splitList).slice(0, 4).map(parseNameAddress);
  const named = values.filter((value) => value.uri !== null && value.uri.user !== '');
  return named.find((value) => /^(\+|%2b)?[0-9]/i.test(value.uri?.user ?? '')) ?? named[0] ?? null;
}

function userOf(line: string | null): string | null {
  const user = line === null ? '' : (parseNameAddress(line).uri?.user ?? '');
  return user === '' ? null : cut(user, maxUserLength);
}

/** draft-ietf-sip-privacy-04: without `party` it is the calling one; `privacy` is full, name, uri or off. */
function remoteParty(lines: readonly string[]): InboundCall['remoteParty'] {
  const values = addressesIn(lines).filter(({ params }) => /^(calling)?$/i.test(params['party'] ?? ''));
  const value = values.find(({ uri }) => uri !== null && uri.user !== '');
  if (!value?.uri) return null;
  const isPrivate = /full|uri/i.test(value.params['privacy'] ?? '');
  return { user: cut(value.uri.user, maxUserLength), name: nameOf(value), isPrivate };
}

function addressesIn(lines: readonly string[]): NameAddress[] {
  return lines.slice(0, maxHistory).flatMap(splitList).slice(0, maxHistory).map(parseNameAddress);
}

/**
 * History-Info (RFC 7044) says all of it in order, by the index of each entry; Diversion (RFC 5806 3) has what was
 * dialled first at its end. Entries that hide their number say nothing.
 */
function historyOf(head: MessageHead): string[] {
  const entries = addressesIn(head.all('history-info')).sort((a, b) => compareIndexes(indexOf(a), indexOf(b)));
  // The last entry is where the call is now.
  const earlier = entries.slice(0, -1);
  const places = earlier.length > 0 ? earlier : addressesIn(head.all('diversion')).reverse();
  return places.flatMap(({ uri }) => (uri === null || uri.user === '' || isHidden(uri.host) ? [] : [uri.user]));
}

function isHidden(host: string): boolean {
  return host.toLowerCase() === 'anonymous.invalid';
}

function indexOf({ params }: NameAddress): number[] {
  return (params['index'] ?? '').slice(0, 64).split('.').map(Number);
}

function compareIndexes(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? -1) - (b[i] ?? -1);
    if (difference !== 0) return Number.isNaN(difference) ? 0 : difference;
  }
  return 0;
}

function privacyOf(lines: readonly string[]): string[] {
  const values = lines.slice(0, 4).flatMap((line) => line.split(/[;,]/, 8));
  return values.map((value) => cut(value.trim().toLowerCase(), 32)).filter((value) => value !== '');
}

function nameOf(address: NameAddress): string | null {
  const name = cut(address.name ?? '', maxTextLength);
  return name === '' ? null : name;
}

function boundedHeaders(values: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(values).slice(0, maxHeaders)) {
    headers[cut(name, 64)] = cut(value, maxHeaderValueLength);
  }
  return headers;
}

function cut(text: string, length: number): string {
  return printable(text.slice(0, length));
}
