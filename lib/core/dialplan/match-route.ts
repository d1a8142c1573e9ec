/** Whether a route is the one for a number, and what it makes of it. */

import type { OutgoingRoute } from '../configuration.ts';
import { compilePattern } from '../policy/pattern.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';

export interface RouteMatch {
  /** What the pattern was held against; null: the number has no E.164. */
  subject: string | null;
  /** The whole match and its groups (null: it took no part); null: no match. */
  groups: (string | null)[] | null;
}

export function matchRoute(route: OutgoingRoute, number: PhoneNumber): RouteMatch {
  const subject = route.matchOn === 'received' ? number.received : (number.e164?.slice(1) ?? null);
  if (subject === null) return { subject, groups: null };
  const matcher = compilePattern(route.match)?.matcher(subject);
  if (!matcher?.find()) return { subject, groups: null };
  return { subject, groups: Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index)) };
}

/**
 * $1..$9 become the groups (nothing for one that took no part); the result is the whole dial string.
 * @returns null: the number goes in each trunk's numberFormat
 */
export function dialStringOf(route: OutgoingRoute, groups: readonly (string | null)[]): string | null {
  return route.rewrite?.replace(/\$([1-9])/g, (_, digit: string) => groups[Number(digit)] ?? '') ?? null;
}
