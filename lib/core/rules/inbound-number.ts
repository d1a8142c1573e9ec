/** Which of our numbers was dialled. */

import type { CallbackRule, Configuration, InboundNumber, Trunk } from '../configuration.ts';
import { defaultLanguageOf } from '../language.ts';
import { readNumber } from '../policy/read-number.ts';

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

/** The number that a callback belongs to which nobody called for: one that is made by the API. Null: there is none. */
export function inboundNumberOfRule(rule: CallbackRule, configuration: Configuration): string | null {
  return rule.inboundNumbers[0] ?? configuration.inboundNumbers[0]?.number ?? null;
}

/** In which whoever called this number of ours is spoken to. @param number as configured; null: nobody called */
export function languageOfInbound(configuration: Configuration, number: string | null): string {
  const inbound = number === null ? undefined : indexOf(configuration).byOctets.get(number);
  return inbound?.language ?? defaultLanguageOf(configuration);
}

/** The user part of the Contact that we register at a trunk; null: we do not. */
export function registeredUser({ register, auth }: Trunk): string | null {
  return register === false ? null : (register.contact ?? auth?.username ?? null);
}
