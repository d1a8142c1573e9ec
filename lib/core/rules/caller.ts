/** Who is calling: the number that a callback would go to, or nobody. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { Configuration } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber } from '../policy/read-number.ts';
import { type Said, say } from '../sentence.ts';
import type { CallSource } from './source.ts';

/** Display name of a caller whose number may be dialled but not shown (RFC 3323: as `Anonymous <sip:anonymous@…>`). */
export const MASKED_NAME = 'Anonymous';

/** `text`: how the number was come by. */
export interface CallerReading extends Said {
  /** `received` empty: anonymous. */
  caller: PhoneNumber;
  name: string | null;
}

/** User parts that stand for "no number" in From; compared in lower case. */
const NOBODY: ReadonlySet<string> = new Set([
  '',
  'anonymous',
  'restricted',
  'unavailable',
  'unknown',
  'private',
  'withheld',
]);

/** RFC 3323, 4.2 and RFC 3325, 9.3: values that ask for the identity to be withheld. */
const WITHHELD: ReadonlySet<string> = new Set(['id', 'user', 'header']);

const ANONYMOUS: PhoneNumber = Object.freeze({ received: '', e164: null });

function isNobody(user: string): boolean {
  return NOBODY.has(user.trim().toLowerCase());
}

/** A name to show: no control characters, quotes, backslashes or angle brackets, at most 64 characters. */
export function displayName(name: string | null): string | null {
  const clean = (name ?? '')
    .slice(0, 256)
    .replace(/[\p{C}"\\<>]/gu, '')
    .trim()
    .slice(0, 64);
  return clean === '' ? null : clean;
}

function isWithheld(call: InboundCall): boolean {
  return call.privacy.some((value) => WITHHELD.has(value.trim().toLowerCase()));
}

function isAnonymousFrom(call: InboundCall): boolean {
  const host = call.fromHost.trim().toLowerCase().replace(/\.$/, '');
  return isNobody(call.fromUser) || host === 'anonymous.invalid' || host.endsWith('.anonymous.invalid');
}

/** What a trusted trunk says of who calls; null: nothing that can be called. */
interface Identified {
  user: string;
  name: string | null;
  isPrivate: boolean;
  header: string;
}

function identifiedIn(configuration: Configuration, call: InboundCall): Identified | null {
  const { assertedUser, assertedName, remoteParty } = call;
  if (assertedUser !== null && !isNobody(assertedUser)) {
    // Some networks assert who forwarded the call, since he pays for it; From still names who called.
    if (isForwarder(configuration, call, assertedUser) && !isAnonymousFrom(call)) return null;
    return { user: assertedUser, name: assertedName, isPrivate: false, header: 'P-Asserted-Identity' };
  }
  if (remoteParty === null || isNobody(remoteParty.user)) return null;
  return { ...remoteParty, header: 'Remote-Party-ID' };
}

function isForwarder(configuration: Configuration, call: InboundCall, user: string): boolean {
  const country = configuration.defaultCountry;
  const asserted = readNumber(user, country);
  if (readNumber(call.fromUser, country).e164 === asserted.e164 && asserted.e164 !== null) return false;
  return call.history.some((place) => {
    const { received, e164 } = readNumber(place, country);
    return received === asserted.received || (e164 !== null && e164 === asserted.e164);
  });
}

/**
 * An extension is its number, whatever From says. From a trunk that is trusted, P-Asserted-Identity (or Remote-Party-ID)
 * beats From (RFC 3325) and may be dialled even under `Privacy: id`, but then its name is masked. Else From counts, unless
 * it or Privacy hides the caller.
 * @param source null: not known (the dry run); nothing is trusted
 */
export function readCaller(configuration: Configuration, call: InboundCall, source: CallSource | null): CallerReading {
  const country = configuration.defaultCountry;
  if (source?.type === 'extension') {
    const name = isWithheld(call) ? MASKED_NAME : displayName(call.fromName);
    return { caller: { received: source.number, e164: null }, name, ...say('caller-extension') };
  }
  const identified = trustsIdentity(configuration, source) ? identifiedIn(configuration, call) : null;
  const hidden = isWithheld(call) || isAnonymousFrom(call) || identified?.isPrivate === true;
  if (identified !== null) {
    const name = hidden ? MASKED_NAME : displayName(identified.name ?? call.fromName);
    const said = say(hidden ? 'caller-header-hidden' : 'caller-header', { header: identified.header });
    return { caller: readNumber(identified.user, country), name, ...said };
  }
  if (hidden) return { caller: ANONYMOUS, name: null, ...say('caller-hidden') };
  return {
    caller: readNumber(call.fromUser, country),
    name: displayName(call.fromName),
    ...say('caller-from'),
  };
}

/** Its headers say who calls, and where the call was directed first. */
export function trustsIdentity(configuration: Configuration, source: CallSource | null): boolean {
  if (source?.type !== 'trunk') return false;
  return configuration.trunks.find((trunk) => trunk.name === source.trunk)?.trustIdentity ?? false;
}
