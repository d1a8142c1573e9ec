/** Through what a number is dialled, and how it is written there: trunk, outgoing rule, both, or neither. */

import type { DialCandidate } from '../call/leg.ts';
import type { Configuration, OutgoingRoute, OutgoingRule } from '../configuration.ts';
import { compilePattern } from '../policy/pattern.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { isEmergencyOrShort } from '../policy/special-numbers.ts';
import { formatNumber } from './number-format.ts';

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
  | { type: 'refused'; gate: RouteRefusal; text: string };

type RefusedRoute = Extract<Route, { type: 'refused' }>;

/**
 * What may reach a SIP user part: a leading plus, digits, `*` and `#`. Nothing in it can end a URI or a header; the
 * only one that RFC 3261 wants escaped is `#` (`%23`). 32 is twice the longest E.164 number with its prefixes.
 */
const DIAL_STRING = /^\+?[0-9*#]{1,32}$/;

export function isDialString(text: string): boolean {
  return DIAL_STRING.test(text);
}

function refused(gate: RouteRefusal, text: string): RefusedRoute {
  return { type: 'refused', gate, text };
}

function nameList(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function groupsOf(route: OutgoingRoute, number: PhoneNumber): (string | null)[] | null {
  const subject = route.matchOn === 'received' ? number.received : number.e164?.slice(1);
  if (subject === undefined) return null;
  const matcher = compilePattern(route.match)?.matcher(subject);
  if (!matcher?.find()) return null;
  return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index));
}

/** $1..$9 become the groups (nothing for one that took no part); the result is the whole dial string. */
function rewritten(template: string, groups: readonly (string | null)[]): string {
  return template.replace(/\$([1-9])/g, (_, digit: string) => groups[Number(digit)] ?? '');
}

interface Writing {
  trunks: readonly string[];
  /** Null: in each trunk's numberFormat. */
  dialString: string | null;
}

function writingByRule(rule: OutgoingRule, number: PhoneNumber): Writing | null {
  for (const route of rule.routes) {
    const groups = groupsOf(route, number);
    if (groups === null) continue;
    return { trunks: route.trunks, dialString: route.rewrite === null ? null : rewritten(route.rewrite, groups) };
  }
  return null;
}

function writingOf(spec: RouteSpec, number: PhoneNumber, configuration: Configuration): Writing | RefusedRoute {
  const ruleName = spec.outgoingRule ?? (spec.trunk === null ? configuration.defaultOutgoingRule : null);
  if (ruleName === null) {
    if (spec.trunk !== null) return { trunks: [spec.trunk], dialString: null };
    return refused('no-route', 'there is neither a trunk nor an outgoing rule, and no defaultOutgoingRule');
  }
  const rule = configuration.outgoingRules.find((candidate) => candidate.name === ruleName);
  if (rule === undefined) return refused('no-route', `outgoing rule '${ruleName}' does not exist`);
  const writing = writingByRule(rule, number);
  if (writing === null) return refused('no-route', `no route of outgoing rule '${ruleName}' matches the number`);
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

function routeToNumber(spec: RouteSpec, number: PhoneNumber, configuration: Configuration): Route {
  const writing = writingOf(spec, number, configuration);
  if ('type' in writing) return writing;
  const known = writing.trunks.filter((name) => configuration.trunks.some((trunk) => trunk.name === name));
  if (known.length === 0) {
    return refused(
      'no-route',
      writing.trunks.length === 0 ? 'the route names no trunk' : `no such trunk: ${nameList(writing.trunks)}`,
    );
  }
  const candidates: DialCandidate[] = [];
  for (const trunk of known) {
    const user = dialStringFor(trunk, writing, { number, configuration });
    if (user === null || !isDialString(user)) continue;
    // One emergency form condemns the call: a person is not to be tried through the other trunks instead.
    if (isEmergencyOrShort(user, configuration.defaultCountry)) {
      return refused('emergency', `through trunk '${trunk}' it would be an emergency or short number`);
    }
    candidates.push({ kind: 'trunk', trunk, user });
  }
  if (candidates.length > 0) return { type: 'route', candidates };
  return refused('impossible', `the number cannot be written as digits, * and # for ${nameList(known)}`);
}

function routeToExtension(extension: string, configuration: Configuration): Route {
  if (configuration.extensions.some((candidate) => candidate.number === extension)) {
    return { type: 'route', candidates: [{ kind: 'extension', extension }] };
  }
  return refused('no-route', 'there is no such extension');
}

/**
 * - trunk alone: the number in the trunk's numberFormat, by default exactly as received, octet for octet
 * - outgoing rule alone: its first matching route, rewritten or in each trunk's numberFormat, its trunks in order
 * - both: reshaped by the rule, sent through this trunk
 * - neither: the configuration's defaultOutgoingRule
 */
export function routeTo(spec: RouteSpec, configuration: Configuration): Route {
  if (spec.extension !== null) return routeToExtension(spec.extension, configuration);
  if (spec.number === null) return refused('impossible', 'there is neither a number nor an extension to dial');
  return routeToNumber(spec, spec.number, configuration);
}
