/** The hangup component: the end, and what is said of it. */

import type { HangupComponent } from '../configuration.ts';
import type { PassingKind } from './component-kinds.ts';
import { finish, GOODBYE } from './flow-turn.ts';

/** Q.850 to SIP (RFC 3398 7.2.4.1, 8.2.6.1), as far as anybody says it of himself. */
const STATUS_BY_CAUSE: ReadonlyMap<number, number> = new Map([
  [1, 404],
  [17, 486],
  [18, 480],
  [19, 480],
  [20, 480],
  [21, 403],
  [22, 410],
  [27, 502],
  [28, 484],
  [31, 480],
  [34, 503],
  [38, 503],
  [41, 503],
  [42, 503],
  [55, 403],
  [57, 403],
  [65, 488],
  [79, 501],
  [88, 488],
  [102, 504],
  [111, 500],
  [127, 500],
]);

/** SIP to Q.850 (RFC 3398 8.2.6.1). */
const CAUSE_BY_STATUS: ReadonlyMap<number, number> = new Map([
  [400, 41],
  [401, 21],
  [402, 21],
  [403, 21],
  [404, 1],
  [405, 63],
  [406, 79],
  [407, 21],
  [408, 102],
  [410, 22],
  [413, 127],
  [414, 127],
  [415, 79],
  [416, 127],
  [420, 127],
  [421, 127],
  [423, 127],
  [480, 18],
  [481, 41],
  [482, 25],
  [483, 25],
  [484, 28],
  [485, 1],
  [486, 17],
  [488, 31],
  [500, 41],
  [501, 79],
  [502, 38],
  [503, 41],
  [504, 102],
  [505, 127],
  [513, 127],
  [600, 17],
  [603, 21],
  [604, 1],
  [606, 31],
]);

/** Null: neither is said. */
function unansweredOf({ cause = null, status = null }: HangupComponent): { status: number; cause: number } | null {
  if (status !== null) return { status, cause: cause ?? CAUSE_BY_STATUS.get(status) ?? 31 };
  return cause === null ? null : { status: STATUS_BY_CAUSE.get(cause) ?? 480, cause };
}

export const hangupKind: PassingKind<HangupComponent> = {
  needsMedia: false,
  enter: (turn, component) => {
    const text = component.reason ?? GOODBYE.text;
    finish(turn, 'connected', 'flow-ended', { cause: component.cause ?? GOODBYE.cause, text });
    const unanswered = unansweredOf(component);
    if (turn.end?.type === 'over' && unanswered !== null) turn.end = { ...turn.end, unanswered };
    return null;
  },
};
