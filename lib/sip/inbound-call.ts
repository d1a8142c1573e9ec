/** What the core gets to see of an INVITE. Every field is bounded; nothing in a message can make this fail. */

import type { InboundCall } from '../core/call/inbound-call.ts';
import type { IncomingRequest } from './link.ts';
import { printable, splitList } from './message/message-head.ts';
import { sdpOf } from './message/session-body.ts';
import { type NameAddress, parseNameAddress, parseUri } from './message/uri.ts';

const maxUserLength = 128;
const maxTextLength = 256;
const maxHeaderValueLength = 1024;
const maxHeaders = 64;

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
