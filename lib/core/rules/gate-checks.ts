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
export type Finding = { passes: boolean; text: string };
export type GateCheck = (judged: Judged) => Finding;
export type NumberCheck = (dialled: Dialled) => Finding;

function passes(text: string): Finding {
  return { passes: true, text };
}

function refuses(text: string): Finding {
  return { passes: false, text };
}

/** Hostile text for people's eyes: bounded, printable ASCII only. */
export function printable(text: string): string {
  return text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
}

function isShort(number: PhoneNumber, configuration: Configuration): boolean {
  return isEmergencyOrShort(number.received, configuration.defaultCountry);
}

export const anonymous: GateCheck = ({ request }) => {
  if (request.inboundNumber === null) return passes('asked for through the API');
  return request.caller.received === ''
    ? refuses('the caller has no number to be called back at')
    : passes('the caller has a number');
};

export const impossible: GateCheck = ({ configuration, number, ofCaller, route }) => {
  if (number !== null) {
    const shown = `'${printable(number.received)}'`;
    if (!isDialString(withoutSeparators(number.received))) return refuses(`${shown} is not a number`);
    // An emergency number is well formed; the next gate says what is wrong with it, whatever the dial plan would do.
    if (isEmergency(number.received, configuration.defaultCountry)) return passes(`${shown} is a special number`);
    // A caller who can be reached has a whole number; that of a rule may be anything, and the next gate judges it.
    if (!ofCaller && isShort(number, configuration)) return passes(`${shown} is a short number`);
    if (ofCaller && number.e164 === null) return refuses(`${shown} has no possible length for any reading of it`);
  }
  if (route.type === 'refused' && route.gate !== 'emergency') return refuses(route.text);
  return passes(
    number === null
      ? 'an extension is rung'
      : `'${printable(number.received)}' is read as ${number.e164 ?? 'a private number'}`,
  );
};

export const emergency: GateCheck = ({ configuration, number, route }) => {
  if (number !== null && isShort(number, configuration))
    return refuses('emergency and short numbers are never dialled');
  if (route.type === 'refused' && route.gate === 'emergency') return refuses(route.text);
  return passes('neither an emergency nor a short number');
};

export const blocked: NumberCheck = ({ configuration, caller, number }) => {
  const { blockedNumbers } = configuration.limits;
  const country = configuration.defaultCountry;
  if (isBlocked(caller, blockedNumbers, country)) return refuses("the caller's number is blocked");
  if (number !== null && isBlocked(number, blockedNumbers, country))
    return refuses('the number to be dialled is blocked');
  return passes('not blocked');
};

export const country: NumberCheck = ({ configuration, number }) => {
  if (number === null) return passes('an extension is in no country');
  // Only a number of the configuration gets here unread: a private one, behind a trunk to another PBX.
  if (number.e164 === null) return passes('a private number of the configuration is in no country');
  if (isAllowedNowhere(number, configuration.limits)) return passes('a number of no country, allowed by its kind');
  const code = countryOf(number);
  const allowed = configuration.limits.countries.allow.map((entry) => entry.toUpperCase());
  if (code !== null && allowed.includes(code)) return passes(`${code} is allowed`);
  return refuses(`${code ?? 'a number of no country'} is not among the allowed countries (${allowed.join(', ')})`);
};

export const loop: GateCheck = ({ configuration, number, route }) => {
  const dialled = route.type === 'route' ? route.candidates.map((one) => (one.kind === 'trunk' ? one.user : '')) : [];
  const texts = number === null ? [] : [number.received, number.e164 ?? '', ...dialled];
  const own = texts.some((text) => text !== '' && findInboundNumber(configuration, text) !== null);
  return own ? refuses('it is one of our own inbound numbers') : passes('not one of our own inbound numbers');
};

export const attestation: GateCheck = ({ configuration, request }) => {
  const { source, plan, attestation: given = null } = request;
  const trunk = configuration.trunks.find(({ name }) => name === source);
  const minimum = stricter(trunk?.minimumAttestation ?? null, plan.terms.minimumAttestation ?? null);
  if (request.inboundNumber === null || source === null) return passes('not a call: nobody has to vouch for it');
  if (minimum === null)
    return passes(given === null ? 'no attestation is asked for' : `${attestedText(given)}; none is asked for`);
  // An extension proved itself, or stands at the address that is configured.
  if (trunk === undefined) return passes('an extension of ours');
  if (given !== null && isAttested(given, minimum)) return passes(attestedText(given));
  return refuses(`${given === null ? 'nobody vouches for the number' : attestedText(given)}; ${minimum} is the least`);
};

function attestedText({ level, failed }: NonNullable<CallbackRequest['attestation']>): string {
  if (failed) return "the provider found the caller's signature wrong";
  return level === null ? 'nobody vouches for the number' : `the number is attested with ${level}`;
}

export const special: NumberCheck = ({ configuration, number }) => {
  const kind = number === null ? null : specialKindOf(number);
  if (kind === null) return passes('not a special number');
  return mayBeCalled(kind, configuration.limits)
    ? passes(`${kind} is switched on`)
    : refuses(`${kind} is switched off`);
};

export const price: NumberCheck = ({ configuration, maxPriceClass, number, route }) => {
  const { spend } = configuration.limits;
  const found = number === null ? null : priceOf(number, spend);
  if (found === null || spend === undefined)
    return passes(number === null ? 'an extension costs nothing' : 'there is no price list');
  const { priceClass, perMinute } = found;
  const text =
    perMinute === null
      ? `not in the price list, so of class ${priceClass}`
      : `class ${priceClass}, ${perMinute} a minute`;
  const most = maxPriceClass ?? spend.maxPriceClass;
  if (most !== null && !isWithinClass(priceClass, most, spend)) return refuses(`${text}; ${most} is the dearest here`);
  const hasTrunk = route.type !== 'route' || withinTrunkClasses(configuration, number, route).candidates.length > 0;
  return hasTrunk ? passes(text) : refuses(`${text}; dearer than any of its trunks may carry`);
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
  if (finding === null) return passes('no hours are set');
  if (finding.open) return passes(finding.text);
  return finding.at !== null && waitsForHours(request.plan.terms)
    ? passes(`${finding.text}; it waits until then`)
    : refuses(finding.text);
};
