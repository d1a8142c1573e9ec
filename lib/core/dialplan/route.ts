import type { DialCandidate } from '../call/leg.ts';
import type { Configuration } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
export interface RouteSpec {
  number: PhoneNumber | null;
  extension: string | null;
  trunk: string | null;
  outgoingRule: string | null;
}
export type RouteRefusal = 'no-route' | 'impossible' | 'emergency';
export type Route =
  | { type: 'route'; candidates: DialCandidate[] }
  | { type: 'refused'; gate: RouteRefusal; text: string };
export function routeTo(_spec: RouteSpec, _configuration: Configuration): Route {
  throw new Error('not written yet');
}
