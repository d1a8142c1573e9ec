/**
 * What an INVITE that was not answered means: try another trunk now? call the person later?
 * The rows are the outcome policy of the design's table; the maps say which row a SIP status, a Q.850 cause or a local
 * failure is. No code here but the few cases that need two facts at once.
 */

import type { LegResult } from './leg.ts';
import type { Verdict } from './outcome.ts';

/** The reason of a callback that was answered with the promise of another one. */
export const CALLS_BACK = 'calls-back';
/** The person told the network that nobody is to call him from here (607). */
export const UNWANTED = 'unwanted';
/** An analytics engine on the way took our call for one that nobody wants (608, 603+). */
export const NETWORK_BLOCKED = 'network-blocked';

function row(
  failureClass: Verdict['class'],
  [reason, outcome]: [reason: string, outcome: Verdict['outcome']],
  next: { trunk: Verdict['tryNextTrunk']; later: boolean },
): Readonly<Verdict> {
  return Object.freeze({
    class: failureClass,
    reason,
    outcome,
    tryNextTrunk: next.trunk,
    retryPerson: next.later,
  });
}

const ROWS = {
  // The person's own doing, or the state of the phone.
  busy: row('unreachable', ['busy', 'busy'], { trunk: 'no', later: true }),
  noAnswer: row('unreachable', ['no-answer', 'no-answer'], { trunk: 'no', later: true }),
  absent: row('unreachable', ['subscriber-absent', 'unreachable'], { trunk: 'no', later: true }),
  notRegistered: row('unreachable', ['not-registered', 'unreachable'], { trunk: 'yes', later: true }),
  outOfOrder: row('unreachable', ['out-of-order', 'unreachable'], { trunk: 'no', later: true }),
  invalid: row('unreachable', ['invalid-number', 'unreachable'], { trunk: 'once', later: false }),
  declined: row('refused', ['declined', 'rejected'], { trunk: 'no', later: true }),
  unwanted: row('refused', [UNWANTED, 'rejected'], { trunk: 'no', later: false }),
  blocked: row('refused', [NETWORK_BLOCKED, 'rejected'], { trunk: 'once', later: false }),
  // Ringing it again would only make it ring us again.
  callsBack: row('unreachable', [CALLS_BACK, 'busy'], { trunk: 'no', later: false }),
  anonymity: row('refused', ['anonymity-disallowed', 'rejected'], { trunk: 'once', later: false }),
  // The trunk's.
  silent: row('trunkFault', ['trunk-silent', 'unreachable'], { trunk: 'yes', later: true }),
  unreachableTrunk: row('trunkFault', ['trunk-unreachable', 'unreachable'], { trunk: 'yes', later: true }),
  timeout: row('trunkFault', ['trunk-timeout', 'unreachable'], { trunk: 'yes', later: true }),
  overload: row('trunkFault', ['trunk-unavailable', 'unreachable'], { trunk: 'yes', later: true }),
  congestion: row('trunkFault', ['congestion', 'unreachable'], { trunk: 'yes', later: true }),
  trunkError: row('trunkFault', ['trunk-error', 'unreachable'], { trunk: 'yes', later: true }),
  forbidden: row('trunkFault', ['trunk-forbidden', 'unreachable'], { trunk: 'yes', later: true }),
  credentials: row('trunkFault', ['trunk-credentials', 'failed'], { trunk: 'yes', later: true }),
  credit: row('trunkFault', ['trunk-credit', 'failed'], { trunk: 'yes', later: true }),
  identity: row('trunkFault', ['trunk-identity', 'failed'], { trunk: 'yes', later: true }),
  redirect: row('trunkFault', ['redirected', 'unreachable'], { trunk: 'yes', later: true }),
  loop: row('trunkFault', ['loop', 'unreachable'], { trunk: 'yes', later: true }),
  noRoute: row('trunkFault', ['no-route-to-destination', 'unreachable'], { trunk: 'yes', later: true }),
  // Ours.
  media: row('ourFault', ['media', 'failed'], { trunk: 'no', later: true }),
  capacity: row('ourFault', ['no-capacity', 'failed'], { trunk: 'no', later: true }),
  offerRefused: row('ourFault', ['media', 'failed'], { trunk: 'once', later: true }),
  badRequest: row('ourFault', ['bad-request', 'failed'], { trunk: 'yes', later: true }),
  impossible: row('ourFault', ['unexpected-result', 'failed'], { trunk: 'no', later: true }),
  cancelled: row('unreachable', ['no-answer', 'no-answer'], { trunk: 'no', later: true }),
  cancelledElsewhere: row('unreachable', ['terminated', 'no-answer'], { trunk: 'no', later: true }),
} as const;

type Row = keyof typeof ROWS;

/** By final status. A code that stands nowhere counts as x00 of its class (RFC 3261 8.1.3.2). */
const BY_STATUS: ReadonlyMap<number, Row> = new Map<number, Row>([
  // A redirection is never followed: whoever answers for the trunk would choose what we dial.
  [300, 'redirect'],
  [400, 'badRequest'],
  [401, 'credentials'],
  [402, 'credit'],
  [403, 'forbidden'],
  [404, 'invalid'],
  [406, 'offerRefused'],
  [407, 'credentials'],
  [408, 'timeout'],
  [410, 'invalid'],
  [415, 'offerRefused'],
  [424, 'trunkError'],
  [428, 'identity'],
  [430, 'unreachableTrunk'],
  [433, 'anonymity'],
  [436, 'identity'],
  [437, 'identity'],
  [438, 'identity'],
  [480, 'noAnswer'],
  [482, 'loop'],
  [483, 'loop'],
  [484, 'invalid'],
  [485, 'invalid'],
  [486, 'busy'],
  [487, 'cancelledElsewhere'],
  [488, 'offerRefused'],
  [491, 'trunkError'],
  [500, 'trunkError'],
  [503, 'overload'],
  [504, 'timeout'],
  [513, 'badRequest'],
  [580, 'offerRefused'],
  [600, 'busy'],
  [603, 'declined'],
  [604, 'invalid'],
  [606, 'offerRefused'],
  // RFC 8197, 5: the person does not want this call, now or ever.
  [607, 'unwanted'],
  // RFC 8688: an analytics engine on the way, not the person.
  [608, 'blocked'],
]);

/** By Q.850 cause; 16 and 31 (normal clearing, unspecified) and 127 say nothing more than the status does. */
const BY_CAUSE: ReadonlyMap<number, Row> = new Map<number, Row>([
  [1, 'invalid'],
  [2, 'noRoute'],
  [3, 'noRoute'],
  [17, 'busy'],
  [18, 'noAnswer'],
  [19, 'noAnswer'],
  [20, 'absent'],
  [22, 'invalid'],
  [25, 'loop'],
  [27, 'outOfOrder'],
  [28, 'invalid'],
  [34, 'congestion'],
  [38, 'congestion'],
  [41, 'congestion'],
  [42, 'congestion'],
  [44, 'congestion'],
  [47, 'congestion'],
  [58, 'offerRefused'],
  [65, 'offerRefused'],
  [79, 'offerRefused'],
  [88, 'offerRefused'],
  [102, 'timeout'],
]);

const BY_KIND: Readonly<Record<Exclude<LegResult['kind'], 'final'>, Row>> = {
  noResponse: 'silent',
  transport: 'unreachableTrunk',
  cancelled: 'cancelled',
  media: 'media',
  notReachable: 'notRegistered',
  noCapacity: 'capacity',
};

/** 4xx statuses that gateways send for want of a better one: the Q.850 cause behind them knows more (RFC 6432, 1). */
const GENERIC: ReadonlySet<number> = new Set([400, 480]);

/** RFC 8606: `U` is the user; a gateway may spell it out. Null: it did not say. */
function isUserLocation(location: string | null): boolean | null {
  const text = location?.trim() ?? '';
  return text === '' ? null : /^(u|user)$/i.test(text);
}

/**
 * ATIS-1000099: `603 Network Blocked` with a Reason (`v=analytics1;url=…`) is an analytics engine; a plain 603 is the
 * person. A location that is not the user's says the same (RFC 8606): whoever declines a call is at its end.
 */
function isNetworkBlocked(result: LegResult): boolean {
  const said = `${result.phrase.slice(0, 128)} ${result.text.slice(0, 256)} ${result.redress?.slice(0, 256) ?? ''}`;
  if (/network[ _-]?block|analytics/i.test(said)) return true;
  return result.q850Cause === 21 && isUserLocation(result.location) === false;
}

function rowOfCause(result: LegResult): Row | null {
  // Without a location the person is the likelier one to have rejected, and is not rung again through the next trunk.
  if (result.q850Cause === 21) return isUserLocation(result.location) === false ? 'forbidden' : 'declined';
  return result.q850Cause === null ? null : (BY_CAUSE.get(result.q850Cause) ?? null);
}

function rowOfStatus(status: number): Row {
  const known = BY_STATUS.get(status) ?? BY_STATUS.get(Math.floor(status / 100) * 100);
  return known ?? 'impossible';
}

function rowOfFinal(result: LegResult): Row {
  const { status } = result;
  if (result.callsBack === true && status >= 400) return 'callsBack';
  if (status === 603 && isNetworkBlocked(result)) return 'blocked';
  // RFC 3261 13.3.1.1: after a 180 nobody picked up; the trunk did its work.
  if (status === 408 && result.rang) return 'noAnswer';
  if (status === 403 && result.q850Cause === 21 && isUserLocation(result.location) === true) return 'declined';
  if (GENERIC.has(status) || (status >= 500 && status <= 599)) return rowOfCause(result) ?? rowOfStatus(status);
  return rowOfStatus(status);
}

/** Two questions, one answer: what became of this INVITE. Total: every result has a verdict. */
export function verdictOf(result: LegResult): Verdict {
  return { ...ROWS[result.kind === 'final' ? rowOfFinal(result) : BY_KIND[result.kind]] };
}
