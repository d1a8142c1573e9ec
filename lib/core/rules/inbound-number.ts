/** Which of our numbers was dialled. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { Configuration, InboundNumber, Trunk } from '../configuration.ts';
import { readNumber } from '../policy/read-number.ts';
import { parseSipUri } from './sip-uri.ts';

interface InboundIndex {
  byOctets: ReadonlyMap<string, InboundNumber>;
  byE164: ReadonlyMap<string, InboundNumber>;
}

/** A configuration is frozen, so what was read out of it stays true as long as it lives. */
const indexes = new WeakMap<Configuration, InboundIndex>();

function indexOf(configuration: Configuration): InboundIndex {
  const known = indexes.get(configuration);
  if (known !== undefined) return known;
  const byOctets = new Map<string, InboundNumber>();
  const byE164 = new Map<string, InboundNumber>();
  for (const inbound of configuration.inboundNumbers) {
    if (!byOctets.has(inbound.number)) byOctets.set(inbound.number, inbound);
    const { e164 } = readNumber(inbound.number, configuration.defaultCountry);
    if (e164 !== null && !byE164.has(e164)) byE164.set(e164, inbound);
  }
  const index = { byOctets, byE164 };
  indexes.set(configuration, index);
  return index;
}

/** Octet for octet first, then as E.164: a trunk may write our number in any usual form. */
export function findInboundNumber(configuration: Configuration, dialledUser: string): InboundNumber | null {
  const index = indexOf(configuration);
  const exact = index.byOctets.get(dialledUser);
  if (exact !== undefined) return exact;
  const { e164 } = readNumber(dialledUser, configuration.defaultCountry);
  return e164 === null ? null : (index.byE164.get(e164) ?? null);
}

/** The user part of the Contact that we register at a trunk; null: we do not. */
export function registeredUser({ register, auth }: Trunk): string | null {
  return register === false ? null : (register.contact ?? auth?.username ?? null);
}

function userOf(value: string | undefined): string {
  const text = (value ?? '').slice(0, 1024);
  return parseSipUri(text.slice(Math.max(0, text.lastIndexOf('<'))))?.user ?? '';
}

/**
 * A call that comes to our registered contact has that in its Request-URI (RFC 3261 16.5); which number was dialled
 * stands in P-Called-Party-ID (RFC 7315 4.2), or in To.
 * @param source name of the trunk that it comes from; null: of none
 */
export function inboundNumberOf(
  configuration: Configuration,
  call: Pick<InboundCall, 'dialledUser' | 'headers'>,
  source: string | null,
): InboundNumber | null {
  const direct = findInboundNumber(configuration, call.dialledUser);
  if (direct !== null || source === null) return direct;
  const trunk = configuration.trunks.find(({ name }) => name === source);
  if (trunk === undefined || registeredUser(trunk) !== call.dialledUser) return null;
  const header = (name: string) => (Object.hasOwn(call.headers, name) ? call.headers[name] : undefined);
  for (const name of ['p-called-party-id', 'to']) {
    const found = findInboundNumber(configuration, userOf(header(name)));
    if (found !== null) return found;
  }
  return null;
}
