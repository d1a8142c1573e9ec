/**
 * Whoever can fake a caller number chooses what we dial: before a callback is promised, the number that would be dialled
 * passes these gates in their order, and the first that refuses is the one that the caller hears of. Before it is dialled
 * it passes them again, since lists, switches and the time of day have changed meanwhile.
 */

import type { DialCandidate } from '../call/leg.ts';
import type { DecisionStep, Gate, Rejection } from '../call/rejection.ts';
import type { Callback } from '../callback/callback.ts';
import type { Configuration } from '../configuration.ts';
import { type Route, routeTo } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import type { Worded } from '../sentence.ts';
import { judgeHours, waitsForHours } from './calling-hours.ts';
import * as checks from './gate-checks.ts';
import { refusalAt } from './refusals.ts';
import { type CallbackRequest, routeSpecOf } from './request.ts';

export { printable } from './gate-checks.ts';

export type GateResult =
  | {
      type: 'pass';
      steps: DecisionStep[];
      /** Not before this instant, though it would be due earlier: the hours begin then. */
      notBefore?: number;
    }
  | { type: 'refuse'; gate: Gate; rejection: Rejection; steps: DecisionStep[] };

const GATES = {
  anonymous: checks.anonymous,
  attestation: checks.attestation,
  impossible: checks.impossible,
  emergency: checks.emergency,
  blocked: checks.blocked,
  special: checks.special,
  country: checks.country,
  price: checks.price,
  loop: checks.loop,
  hours: checks.hours,
} satisfies Partial<Record<Gate, checks.GateCheck | checks.NumberCheck>>;

const ORDER = Object.keys(GATES) as (keyof typeof GATES)[];
/** What may have changed since the promise, in the same order; the route and the hours are asked apart. */
const AGAIN = ['emergency', 'blocked', 'special', 'country', 'price', 'loop'] as const;

/** A route is looked for at the time at which it will be dialled: when the hours begin, if it is due before. */
function judgedOf(
  configuration: Configuration,
  request: CallbackRequest,
  { dueAt, draw }: { dueAt: number | null; draw: string | null },
): checks.Judged {
  const { terms } = request.plan;
  const spec = routeSpecOf(configuration, terms, request.caller);
  const begins = dueAt === null ? null : judgeHours(configuration, terms, { number: spec.number, at: dueAt });
  const at = begins?.at ?? dueAt;
  const route = routeTo(spec, configuration, at === null ? null : { at, draw });
  const dialled = { configuration, caller: request.caller, number: spec.number, route };
  const maxPriceClass = terms.maxPriceClass ?? null;
  return { ...dialled, maxPriceClass, request, ofCaller: terms.method === 'caller', dueAt };
}

const OF_NUMBER = ['blocked', 'special', 'country', 'price'] as const;

/**
 * A number that somebody on the line chose by his keys, or that is his own, passes the gates that judge numbers as that of
 * a callback does: a menu must not be a way around them.
 * @returns null: it passes
 */
export function gateChosenNumber(
  configuration: Configuration,
  chosen: { caller: PhoneNumber; number: PhoneNumber; route: Route },
): { gate: (typeof OF_NUMBER)[number]; text: string } | null {
  for (const gate of OF_NUMBER) {
    const finding = GATES[gate]({ configuration, ...chosen, maxPriceClass: null });
    if (!finding.passes) return { gate, text: finding.text };
  }
  return null;
}

/**
 * Gates `anonymous` to `hours`, for calls, flow components and the API. What passes can be dialled as it stands.
 * @param dueAt the instant at which it would be dialled; null: the hours are not asked
 */
export function gateCallback(
  configuration: Configuration,
  request: CallbackRequest,
  dueAt: number | null = null,
): GateResult {
  const judged = judgedOf(configuration, request, { dueAt, draw: null });
  const steps: DecisionStep[] = [];
  for (const gate of ORDER) {
    const finding = GATES[gate](judged);
    const { passes, ...said } = finding;
    steps.push({ gate, verdict: passes ? 'pass' : 'refuse', ...said });
    if (!passes) return { type: 'refuse', gate, rejection: refusalAt(gate), steps };
  }
  const begins =
    dueAt === null ? null : judgeHours(configuration, request.plan.terms, { number: judged.number, at: dueAt });
  return begins?.at == null || begins.open ? { type: 'pass', steps } : { type: 'pass', steps, notBefore: begins.at };
}

export type DialGateResult =
  | { type: 'pass'; candidates: DialCandidate[] }
  | ({ type: 'refuse'; gate: Gate | 'no-route' } & Worded)
  /** It may be dialled from `until` on. */
  | ({ type: 'wait'; gate: 'hours'; until: number } & Worded);

/** The same number once more, immediately before it is dialled. */
export function gateBeforeDialling(configuration: Configuration, callback: Callback, now: number): DialGateResult {
  const { plan, caller, callerName, inboundNumber, source } = callback;
  const judged = judgedOf(
    configuration,
    { plan, caller, callerName, inboundNumber, source },
    {
      dueAt: now,
      draw: `${callback.id}.${callback.serial + 1}`,
    },
  );
  const { route, number } = judged;
  if (route.type === 'refused') return { ...route, type: 'refuse' };
  for (const gate of AGAIN) {
    const finding = GATES[gate](judged);
    if (!finding.passes) return { type: 'refuse', gate, text: finding.text, sentences: finding.sentences };
  }
  const { candidates } = checks.withinTrunkClasses(configuration, number, route);
  if (candidates.length === 0) return { type: 'refuse', gate: 'no-route', text: 'no trunk left' };
  return withinHours(configuration, callback, { number, candidates, now });
}

/** He was promised a call: outside the hours it is put off rather than dropped, unless it would come too late by then. */
function withinHours(
  configuration: Configuration,
  callback: Callback,
  asked: { number: checks.Judged['number']; candidates: DialCandidate[]; now: number },
): DialGateResult {
  const { terms } = callback.plan;
  const finding = judgeHours(configuration, terms, { number: asked.number, at: asked.now });
  if (finding === null || finding.open) return { type: 'pass', candidates: asked.candidates };
  const isInTime = finding.at !== null && (waitsForHours(terms) || finding.at < callback.expiresAt);
  const { text, sentences } = finding;
  if (finding.at === null || !isInTime) return { type: 'refuse', gate: 'hours', text, sentences };
  return { type: 'wait', gate: 'hours', until: finding.at, text, sentences };
}

/** @param acceptedCount callbacks accepted for this number within `limits.perNumber.perSeconds`, this one not included */
export function limitRefusal(configuration: Configuration, acceptedCount: number): Rejection | null {
  return acceptedCount >= configuration.limits.perNumber.max ? refusalAt('limits') : null;
}

/** What a new caller gets while the switch *accept* is off. */
export function notAccepting({ limits }: Configuration): Rejection {
  return { ...limits.notAccepting, callbackId: null };
}
