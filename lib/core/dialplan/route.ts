/** Through what a number is dialled, and how it is written there: trunk, outgoing rule, both, or neither. */

import type { DialCandidate } from '../call/leg.ts';
import type { Configuration, OutgoingRoute, OutgoingRule } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { isEmergencyOrShort } from '../policy/special-numbers.ts';
import { type Said, say } from '../sentence.ts';
import { drawOrder, type Weighted } from './draw-order.ts';
import { dialStringOf, matchRoute } from './match-route.ts';
import { formatNumber } from './number-format.ts';
import { isRouteOpen } from './route-hours.ts';

/** A number (variables already replaced) or an extension; the extension wins if both are given. */
export interface RouteSpec {
  number: PhoneNumber | null;
  extension: string | null;
  trunk: string | null;
  outgoingRule: string | null;
}

export type RouteRefusal = 'no-route' | 'impossible' | 'emergency';

export type Route =
  | { type: 'route'; candidates: DialCandidate[] }
  /** `text` is one sentence for the log and for `explain`; it names configuration, never hostile input. */
  | ({ type: 'refused'; gate: RouteRefusal } & Said);

type RefusedRoute = Extract<Route, { type: 'refused' }>;

/**
 * What may reach a SIP user part: a leading plus, digits, `*` and `#`. Nothing in it can end a URI or a header; the
 * only one that RFC 3261 wants escaped is `#` (`%23`). 32 is twice the longest E.164 number with its prefixes.
 */
const DIAL_STRING = /^\+?[0-9*#]{1,32}$/;

export function isDialString(text: string): boolean {
  return DIAL_STRING.test(text);
}

function refused(gate: RouteRefusal, said: Said): RefusedRoute {
  return { type: 'refused', gate, ...said };
}

function quoted(names: readonly string[]): string[] {
  return names.map((name) => `'${name}'`);
}

/** When and for which try a route is looked for. */
export interface Moment {
  /** Epoch milliseconds. */
  at: number;
  /** Decides the order of trunks that share a place by weight: the attempt's own id; null: the likeliest order. */
  draw: string | null;
}

interface Writing {
  trunks: readonly string[];
  /** Null: in each trunk's numberFormat. */
  dialString: string | null;
}

interface Search {
  configuration: Configuration;
  /** Null: at whatever time. */
  moment: Moment | null;
}

/** The names of a route's trunks in the order in which they are tried. */
export function trunkOrder(route: OutgoingRoute, { configuration, moment }: Search): string[] {
  return drawOrder(weightedTrunks(route, configuration), moment?.draw ?? null);
}

/** A weight in the route beats that of the trunk. */
export function weightedTrunks(route: OutgoingRoute, configuration: Configuration): Weighted[] {
  return route.trunks.map((entry) => {
    if (typeof entry !== 'string') return entry;
    const weight = configuration.trunks.find(({ name }) => name === entry)?.weight ?? null;
    return { name: entry, weight };
  });
}

function writingByRule(rule: OutgoingRule, number: PhoneNumber, search: Search): Writing | null {
  for (const route of rule.routes) {
    const match = matchRoute(route, number);
    if (match.groups === null || !isRouteOpen(route, search.configuration, search.moment?.at ?? null)) continue;
    return { trunks: trunkOrder(route, search), dialString: dialStringOf(route, match.groups) };
  }
  return null;
}

function writingOf(spec: RouteSpec, number: PhoneNumber, search: Search): Writing | RefusedRoute {
  const { configuration } = search;
  const ruleName = spec.outgoingRule ?? (spec.trunk === null ? configuration.defaultOutgoingRule : null);
  if (ruleName === null) {
    if (spec.trunk !== null) return { trunks: [spec.trunk], dialString: null };
    return refused('no-route', say('route-none'));
  }
  const rule = configuration.outgoingRules.find((candidate) => candidate.name === ruleName);
  if (rule === undefined) return refused('no-route', say('route-no-rule', { rule: ruleName }));
  const writing = writingByRule(rule, number, search);
  if (writing === null)
    return refused(
      'no-route',
      say(search.moment === null ? 'route-no-match' : 'route-no-match-then', { rule: ruleName }),
    );
  return spec.trunk === null ? writing : { ...writing, trunks: [spec.trunk] };
}

function dialStringFor(
  trunkName: string,
  writing: Writing,
  spec: { number: PhoneNumber; configuration: Configuration },
) {
  const trunk = spec.configuration.trunks.find((candidate) => candidate.name === trunkName);
  if (trunk === undefined) return null;
  return writing.dialString ?? formatNumber(spec.number, trunk.numberFormat, spec.configuration.defaultCountry);
}

function routeToNumber(spec: RouteSpec, number: PhoneNumber, search: Search): Route {
  const { configuration } = search;
  const writing = writingOf(spec, number, search);
  if ('type' in writing) return writing;
  const known = writing.trunks.filter((name) => configuration.trunks.some((trunk) => trunk.name === name));
  if (known.length === 0) {
    return refused(
      'no-route',
      writing.trunks.length === 0
        ? say('route-no-trunk')
        : say('route-unknown-trunk', { trunks: quoted(writing.trunks) }),
    );
  }
  const candidates: DialCandidate[] = [];
  for (const trunk of known) {
    const user = dialStringFor(trunk, writing, { number, configuration });
    if (user === null || !isDialString(user)) continue;
    // One emergency form condemns the call: a person is not to be tried through the other trunks instead.
    if (isEmergencyOrShort(user, configuration.defaultCountry)) {
      return refused('emergency', say('emergency-through-trunk', { trunk }));
    }
    candidates.push({ kind: 'trunk', trunk, user });
  }
  if (candidates.length > 0) return { type: 'route', candidates };
  return refused('impossible', say('route-unwritable', { trunks: quoted(known) }));
}

function routeToExtension(extension: string, configuration: Configuration): Route {
  if (configuration.extensions.some((candidate) => candidate.number === extension)) {
    return { type: 'route', candidates: [{ kind: 'extension', extension }] };
  }
  return refused('no-route', say('route-no-extension'));
}

/**
 * - trunk alone: the number in the trunk's numberFormat, by default exactly as received, octet for octet
 * - outgoing rule alone: its first matching route, rewritten or in each trunk's numberFormat, its trunks in order
 * - both: reshaped by the rule, sent through this trunk
 * - neither: the configuration's defaultOutgoingRule
 * @param moment null: whether there is a way at all, at whatever time
 */
export function routeTo(spec: RouteSpec, configuration: Configuration, moment: Moment | null = null): Route {
  if (spec.extension !== null) return routeToExtension(spec.extension, configuration);
  if (spec.number === null) return refused('impossible', say('route-nothing'));
  return routeToNumber(spec, spec.number, { configuration, moment });
}
