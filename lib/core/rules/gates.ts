/**
 * Whoever can fake a caller number chooses what we dial: before a callback is promised, the number that would be dialled
 * passes these gates in their order, and the first that refuses is the one that the caller hears of.
 */

import type { DecisionStep, Gate, Rejection } from '../call/rejection.ts';
import type { Configuration } from '../configuration.ts';
import { isDialString, type Route, routeTo } from '../dialplan/route.ts';
import { isBlocked } from '../policy/blocked-numbers.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { countryOf, withoutSeparators } from '../policy/read-number.ts';
import { isEmergency, isEmergencyOrShort } from '../policy/special-numbers.ts';
import { findInboundNumber } from './inbound-number.ts';
import { refusalAt } from './refusals.ts';
import { type CallbackRequest, routeSpecOf } from './request.ts';

export type GateResult =
  | { type: 'pass'; steps: DecisionStep[] }
  | { type: 'refuse'; gate: Gate; rejection: Rejection; steps: DecisionStep[] };

/** What all gates judge. */
interface Judged {
  configuration: Configuration;
  request: CallbackRequest;
  /** Null: an extension is rung, or there is nothing to dial. */
  number: PhoneNumber | null;
  /** The number is the caller's (hostile), not the configuration's. */
  ofCaller: boolean;
  route: Route;
}

/** One sentence why it passes, or why not. */
type Finding = { passes: boolean; text: string };
type GateCheck = (judged: Judged) => Finding;

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

const anonymous: GateCheck = ({ request }) => {
  if (request.inboundNumber === null) return passes('asked for through the API');
  return request.caller.received === ''
    ? refuses('the caller has no number to be called back at')
    : passes('the caller has a number');
};

const impossible: GateCheck = ({ configuration, number, ofCaller, route }) => {
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

const emergency: GateCheck = ({ configuration, number, route }) => {
  if (number !== null && isShort(number, configuration))
    return refuses('emergency and short numbers are never dialled');
  if (route.type === 'refused' && route.gate === 'emergency') return refuses(route.text);
  return passes('neither an emergency nor a short number');
};

const blocked: GateCheck = ({ configuration, request, number }) => {
  const { blockedNumbers } = configuration.limits;
  const country = configuration.defaultCountry;
  if (isBlocked(request.caller, blockedNumbers, country)) return refuses("the caller's number is blocked");
  if (number !== null && isBlocked(number, blockedNumbers, country))
    return refuses('the number to be dialled is blocked');
  return passes('not blocked');
};

const country: GateCheck = ({ configuration, number }) => {
  if (number === null) return passes('an extension is in no country');
  // Only a number of the configuration gets here unread: a private one, behind a trunk to another PBX.
  if (number.e164 === null) return passes('a private number of the configuration is in no country');
  const code = countryOf(number);
  const allowed = configuration.limits.countries.allow.map((entry) => entry.toUpperCase());
  if (code !== null && allowed.includes(code)) return passes(`${code} is allowed`);
  return refuses(`${code ?? 'a number of no country'} is not among the allowed countries (${allowed.join(', ')})`);
};

const loop: GateCheck = ({ configuration, number, route }) => {
  const dialled = route.type === 'route' ? route.candidates.map((one) => (one.kind === 'trunk' ? one.user : '')) : [];
  const texts = number === null ? [] : [number.received, number.e164 ?? '', ...dialled];
  const own = texts.some((text) => text !== '' && findInboundNumber(configuration, text) !== null);
  return own ? refuses('it is one of our own inbound numbers') : passes('not one of our own inbound numbers');
};

const GATES = { anonymous, impossible, emergency, blocked, country, loop } satisfies Partial<Record<Gate, GateCheck>>;
const ORDER: readonly (keyof typeof GATES)[] = ['anonymous', 'impossible', 'emergency', 'blocked', 'country', 'loop'];

/** Gates `anonymous` to `loop`, for calls, flow components and the API. What passes can be dialled as it stands. */
export function gateCallback(configuration: Configuration, request: CallbackRequest): GateResult {
  const { terms } = request.plan;
  const spec = routeSpecOf(configuration, terms, request.caller);
  const route = routeTo(spec, configuration);
  const judged: Judged = { configuration, request, number: spec.number, ofCaller: terms.method === 'caller', route };
  const steps: DecisionStep[] = [];
  for (const gate of ORDER) {
    const finding = GATES[gate](judged);
    steps.push({ gate, verdict: finding.passes ? 'pass' : 'refuse', text: finding.text });
    if (!finding.passes) return { type: 'refuse', gate, rejection: refusalAt(gate), steps };
  }
  return { type: 'pass', steps };
}

/** @param acceptedCount callbacks accepted for this number within `limits.perNumber.perSeconds`, this one not included */
export function limitRefusal(configuration: Configuration, acceptedCount: number): Rejection | null {
  return acceptedCount >= configuration.limits.perNumber.max ? refusalAt('limits') : null;
}

/** What a new caller gets while the switch *accept* is off. */
export function notAccepting({ limits }: Configuration): Rejection {
  return { ...limits.notAccepting, callbackId: null };
}
