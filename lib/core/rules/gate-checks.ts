/** The gates that need no store, one function each: what they judge, and one sentence why it passes, or why not. */

import type { Configuration } from '../configuration.ts';
import { isDialString, type Route } from '../dialplan/route.ts';
import { isAttested, stricter } from '../policy/attestation.ts';
import { isBlocked } from '../policy/blocked-numbers.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { isWithinClass, priceOf } from '../policy/price-list.ts';
import { countryOf, withoutSeparators } from '../policy/read-number.ts';
import { isAllowedNowhere, mayBeCalled, specialKindOf } from '../policy/special-kinds.ts';
import { isEmergency, isEmergencyOrShort } from '../policy/special-numbers.ts';
import { type Said, type Sentence, say, saying, sentence } from '../sentence.ts';
import { judgeHours, waitsForHours } from './calling-hours.ts';
import { findInboundNumber } from './inbound-number.ts';
import type { CallbackRequest } from './request.ts';

/** A number on its way to a trunk, whoever asked for it. */
export interface Dialled {
  configuration: Configuration;
  caller: PhoneNumber;
  /** Null: an extension is rung, or there is nothing to dial. */
  number: PhoneNumber | null;
  route: Route;
  /** Null: as `limits.spend` says. */
  maxPriceClass: string | null;
}

/** What all gates judge. */
export interface Judged extends Dialled {
  request: CallbackRequest;
  /** The number is the caller's (hostile), not the configuration's. */
  ofCaller: boolean;
  /** The instant at which it would be dialled; null: not known, the hours are not asked. */
  dueAt: number | null;
}

/** One sentence why it passes, or why not. */
export type Finding = { passes: boolean } & Said;
export type GateCheck = (judged: Judged) => Finding;
export type NumberCheck = (dialled: Dialled) => Finding;

function passes(said: Said): Finding {
  return { passes: true, ...said };
}

function refuses(said: Said): Finding {
  return { passes: false, ...said };
}

/** What another one found, in its words. */
const saidOf = ({ text, sentences }: Said): Said => ({ text, sentences });

/** Hostile text for people's eyes: bounded, printable ASCII only. */
export function printable(text: string): string {
  return text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
}

function isShort(number: PhoneNumber, configuration: Configuration): boolean {
  return isEmergencyOrShort(number.received, configuration.defaultCountry);
}

export const anonymous: GateCheck = ({ request }) => {
  if (request.inboundNumber === null) return passes(say('asked-by-api'));
  return request.caller.received === '' ? refuses(say('caller-without-number')) : passes(say('caller-with-number'));
};

export const impossible: GateCheck = ({ configuration, number, ofCaller, route }) => {
  if (number !== null) {
    const shown = { number: printable(number.received) };
    if (!isDialString(withoutSeparators(number.received))) return refuses(say('number-unreadable', shown));
    // An emergency number is well formed; the next gate says what is wrong with it, whatever the dial plan would do.
    if (isEmergency(number.received, configuration.defaultCountry)) return passes(say('number-special', shown));
    // A caller who can be reached has a whole number; that of a rule may be anything, and the next gate judges it.
    if (!ofCaller && isShort(number, configuration)) return passes(say('number-short', shown));
    if (ofCaller && number.e164 === null) return refuses(say('number-length', shown));
  }
  if (route.type === 'refused' && route.gate !== 'emergency') return refuses(saidOf(route));
  if (number === null) return passes(say('extension-rung'));
  const read = { number: printable(number.received) };
  return passes(
    number.e164 === null ? say('number-private', read) : say('number-read', { ...read, e164: number.e164 }),
  );
};

export const emergency: GateCheck = ({ configuration, number, route }) => {
  if (number !== null && isShort(number, configuration)) return refuses(say('emergency-refused'));
  if (route.type === 'refused' && route.gate === 'emergency') return refuses(saidOf(route));
  return passes(say('emergency-none'));
};

export const blocked: NumberCheck = ({ configuration, caller, number }) => {
  const { blockedNumbers } = configuration.limits;
  const country = configuration.defaultCountry;
  if (isBlocked(caller, blockedNumbers, country)) return refuses(say('blocked-caller'));
  if (number !== null && isBlocked(number, blockedNumbers, country)) return refuses(say('blocked-number'));
  return passes(say('blocked-not'));
};

export const country: NumberCheck = ({ configuration, number }) => {
  if (number === null) return passes(say('country-of-extension'));
  // Only a number of the configuration gets here unread: a private one, behind a trunk to another PBX.
  if (number.e164 === null) return passes(say('country-of-private'));
  if (isAllowedNowhere(number, configuration.limits)) return passes(say('country-of-kind'));
  const code = countryOf(number);
  const allowed = configuration.limits.countries.allow.map((entry) => entry.toUpperCase());
  if (code === null) return refuses(say('country-none-refused', { allowed }));
  return allowed.includes(code)
    ? passes(say('country-allowed', { country: code }))
    : refuses(say('country-refused', { country: code, allowed }));
};

export const loop: GateCheck = ({ configuration, number, route }) => {
  const dialled = route.type === 'route' ? route.candidates.map((one) => (one.kind === 'trunk' ? one.user : '')) : [];
  const texts = number === null ? [] : [number.received, number.e164 ?? '', ...dialled];
  const own = texts.some((text) => text !== '' && findInboundNumber(configuration, text) !== null);
  return own ? refuses(say('loop-own')) : passes(say('loop-not'));
};

export const attestation: GateCheck = ({ configuration, request }) => {
  const { source, plan, attestation: given = null } = request;
  const trunk = configuration.trunks.find(({ name }) => name === source);
  const minimum = stricter(trunk?.minimumAttestation ?? null, plan.terms.minimumAttestation ?? null);
  if (request.inboundNumber === null || source === null) return passes(say('attestation-no-call'));
  if (minimum === null)
    return passes(
      given === null ? say('attestation-not-asked') : say('attestation-not-needed', { attested: attestedBy(given) }),
    );
  // An extension proved itself, or stands at the address that is configured.
  if (trunk === undefined) return passes(say('attestation-extension'));
  if (given !== null && isAttested(given, minimum)) return passes(saying([attestedBy(given)]));
  const attested = given === null ? sentence('attested-none') : attestedBy(given);
  return refuses(say('attestation-too-low', { attested, minimum }));
};

function attestedBy({ level, failed }: NonNullable<CallbackRequest['attestation']>): Sentence {
  if (failed) return sentence('attested-wrong');
  return level === null ? sentence('attested-none') : sentence('attested', { level });
}

export const special: NumberCheck = ({ configuration, number }) => {
  const kind = number === null ? null : specialKindOf(number);
  if (kind === null) return passes(say('special-not'));
  return mayBeCalled(kind, configuration.limits)
    ? passes(say('special-on', { kind }))
    : refuses(say('special-off', { kind }));
};

export const price: NumberCheck = ({ configuration, maxPriceClass, number, route }) => {
  const { spend } = configuration.limits;
  const found = number === null ? null : priceOf(number, spend);
  if (found === null || spend === undefined) return passes(say(number === null ? 'price-extension' : 'price-no-list'));
  const { priceClass, perMinute } = found;
  const price =
    perMinute === null
      ? sentence('price-unlisted', { priceClass })
      : sentence('price-listed', { priceClass, perMinute });
  const most = maxPriceClass ?? spend.maxPriceClass;
  if (most !== null && !isWithinClass(priceClass, most, spend)) return refuses(say('price-too-dear', { price, most }));
  const hasTrunk = route.type !== 'route' || withinTrunkClasses(configuration, number, route).candidates.length > 0;
  return hasTrunk ? passes(saying([price])) : refuses(say('price-no-trunk', { price }));
};

/** Without the trunks that may not carry so dear a call. */
export function withinTrunkClasses(
  configuration: Configuration,
  number: PhoneNumber | null,
  route: Extract<Route, { type: 'route' }>,
): Extract<Route, { type: 'route' }> {
  const { spend } = configuration.limits;
  const found = number === null ? null : priceOf(number, spend);
  if (found === null || spend === undefined) return route;
  const mostOf = (name: string) => configuration.trunks.find((trunk) => trunk.name === name)?.maxPriceClass ?? null;
  const candidates = route.candidates.filter((candidate) => {
    const most = candidate.kind === 'trunk' ? mostOf(candidate.trunk) : null;
    return most === null || isWithinClass(found.priceClass, most, spend);
  });
  return { ...route, candidates };
}

export const hours: GateCheck = ({ configuration, request, number, dueAt }) => {
  const finding = dueAt === null ? null : judgeHours(configuration, request.plan.terms, { number, at: dueAt });
  if (finding === null) return passes(say('hours-none'));
  const said = saidOf(finding);
  if (finding.open) return passes(said);
  return finding.at !== null && waitsForHours(request.plan.terms)
    ? passes(say('hours-waits', { hours: said.sentences[0]! }))
    : refuses(said);
};
