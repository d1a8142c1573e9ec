/** The tester of outgoing rules: which route takes a number, and what each of its trunks would be sent. */

import type { CallerId, Configuration, OutgoingRoute, Trunk } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber } from '../policy/read-number.ts';
import type { Said } from '../sentence.ts';
import { type CallerIdChange, callerIdFor, shownNumber } from './caller-id.ts';
import { matchRoute, type RouteMatch } from './match-route.ts';
import { type Moment, type Route, routeTo, weightedTrunks } from './route.ts';
import { hoursText, isRouteOpen } from './route-hours.ts';

export interface RuleQuestion {
  rule: string;
  /** In any usual form; it is read as a caller's. */
  number: string;
  /** The number as it came, where that is another form; left out: `number`. */
  received?: string | undefined;
  /** The caller ID that is wanted; left out: the first inbound number. */
  callerId?: string | undefined;
  /** As a callback rule may name it beside the outgoing rule; left out: the trunks of the route. */
  trunk?: string | undefined;
}

/** Why a route is the one, or is not. */
export type RouteVerdict = 'taken' | 'no-match' | 'unreadable' | 'closed' | 'not-reached';

export interface RouteJudgement {
  /** From 1, as people count. */
  route: number;
  match: string;
  matchOn: 'e164' | 'received';
  /** When it counts; null: at any time. */
  hours: string | null;
  /** What the pattern was held against; null: the number has no E.164. */
  subject: string | null;
  verdict: RouteVerdict;
  /** $1, $2, …; a group that took no part is empty. */
  groups: string[];
  rewrite: string | null;
}

/** One trunk that would be tried. */
export interface TrunkTrial {
  trunk: string;
  /** How many of a hundred attempts begin at it among those that share its place; null: it has its place for itself. */
  percent: number | null;
  user: string;
  callerId: CallerId;
  callerIdChange: CallerIdChange | null;
}

/** JSON-safe. */
export interface RuleTrial {
  rule: string;
  number: PhoneNumber;
  at: number;
  routes: RouteJudgement[];
  /** In the order of that draw. */
  trunks: TrunkTrial[];
  /** Null: it can be dialled. */
  refusal: ({ gate: string } & Said) | null;
}

interface Asked {
  number: PhoneNumber;
  configuration: Configuration;
  at: number;
}

function verdictOn(route: OutgoingRoute, match: RouteMatch, asked: Asked, isTaken: boolean): RouteVerdict {
  if (match.subject === null) return 'unreadable';
  if (match.groups === null) return 'no-match';
  if (!isRouteOpen(route, asked.configuration, asked.at)) return 'closed';
  return isTaken ? 'not-reached' : 'taken';
}

/** Each route of the rule; only the first one that matches and is open is taken. */
export function judgeRoutes(routes: readonly OutgoingRoute[], asked: Asked): RouteJudgement[] {
  const judged: RouteJudgement[] = [];
  for (const [index, route] of routes.entries()) {
    const match = matchRoute(route, asked.number);
    const isTaken = judged.some(({ verdict }) => verdict === 'taken');
    judged.push({
      route: index + 1,
      match: route.match,
      matchOn: route.matchOn,
      hours: hoursText(route),
      subject: match.subject,
      verdict: verdictOn(route, match, asked, isTaken),
      groups: (match.groups ?? []).slice(1).map((group) => group ?? ''),
      rewrite: route.rewrite,
    });
  }
  return judged;
}

/** Neighbours with a weight share one place: how many of a hundred attempts begin at each. */
export function percentOf(route: OutgoingRoute, trunk: string, configuration: Configuration): number | null {
  const all = weightedTrunks(route, configuration);
  const at = all.findIndex(({ name }) => name === trunk);
  const weight = all[at]?.weight ?? null;
  if (weight === null) return null;
  let [begin, end] = [at, at + 1];
  while (begin > 0 && all[begin - 1]!.weight !== null) begin -= 1;
  while (end < all.length && all[end]!.weight !== null) end += 1;
  const sum = all.slice(begin, end).reduce((total, one) => total + (one.weight ?? 0), 0);
  return Math.round((weight / sum) * 100);
}

function trunksOf(route: Route, taken: OutgoingRoute | null, wanted: CallerId, configuration: Configuration) {
  if (route.type === 'refused') return [];
  return route.candidates.flatMap((candidate): TrunkTrial[] => {
    if (candidate.kind !== 'trunk') return [];
    const trunk = configuration.trunks.find(({ name }) => name === candidate.trunk) as Trunk;
    const shown = callerIdFor(trunk, wanted, { country: configuration.defaultCountry, isRefused: false });
    return [
      {
        trunk: candidate.trunk,
        percent: taken === null ? null : percentOf(taken, candidate.trunk, configuration),
        user: candidate.user,
        callerId: {
          ...shown.callerId,
          number: shownNumber(trunk, shown.callerId.number, configuration.defaultCountry),
        },
        callerIdChange: shown.change,
      },
    ];
  });
}

/** @returns null: there is no such rule */
export function tryRule(configuration: Configuration, question: RuleQuestion, moment: Moment): RuleTrial | null {
  const rule = configuration.outgoingRules.find(({ name }) => name === question.rule);
  if (rule === undefined) return null;
  const { e164, received } = readNumber(question.number, configuration.defaultCountry);
  const number: PhoneNumber = { received: question.received ?? received, e164 };
  const routes = judgeRoutes(rule.routes, { number, configuration, at: moment.at });
  const taken = rule.routes[routes.findIndex(({ verdict }) => verdict === 'taken')] ?? null;
  const spec = { number, extension: null, trunk: question.trunk ?? null, outgoingRule: rule.name };
  const route = routeTo(spec, configuration, moment);
  const wanted = question.callerId ?? configuration.inboundNumbers[0]?.number ?? '';
  return {
    rule: rule.name,
    number,
    at: moment.at,
    routes,
    trunks: trunksOf(route, question.trunk === undefined ? taken : null, { number: wanted, name: null }, configuration),
    refusal: route.type === 'refused' ? { gate: route.gate, text: route.text, sentences: route.sentences } : null,
  };
}

const VERDICTS: Record<RouteVerdict, string> = {
  taken: 'matches',
  'no-match': 'does not match',
  unreadable: 'cannot match: the number has no E.164',
  closed: 'matches, but is open only by',
  'not-reached': 'would match, but a route before it does',
};

const CHANGES: Record<CallerIdChange, string> = {
  'not-allowed': 'in place of one that this trunk does not allow',
  missing: 'since there is none',
  refused: 'since the trunk refused the other one',
};

function routeLine({ route, match, matchOn, hours, subject, verdict, groups, rewrite }: RouteJudgement): string {
  if (verdict === 'closed') return `  route ${route}  ${match}  ${VERDICTS[verdict]} ${hours}`;
  const against = subject === null ? '' : ` '${subject}' (${matchOn === 'e164' ? 'E.164' : 'as received'})`;
  const values = groups.map((group, index) => `$${index + 1}=${group}`).join(' ');
  const made =
    verdict !== 'taken' ? '' : `${values && `; ${values}`}${rewrite === null ? '' : `; rewritten '${rewrite}'`}`;
  return `  route ${route}  ${match}  ${VERDICTS[verdict]}${against}${made}`;
}

function trunkLine({ trunk, percent, user, callerId, callerIdChange }: TrunkTrial): string {
  const share = percent === null ? '' : ` (${percent} % of the attempts begin here)`;
  const why = callerIdChange === null ? '' : `, ${CHANGES[callerIdChange]}`;
  return `  dials '${user}' through trunk '${trunk}'${share}, showing ${callerId.number === '' ? 'nobody' : callerId.number}${why}`;
}

/** For the terminal. No control characters, whatever was asked. */
export function formatTrial(trial: RuleTrial): string {
  const { received, e164 } = trial.number;
  const head = `'${received}'${e164 === null ? ', no E.164' : ` (${e164})`} by outgoing rule '${trial.rule}' at ${new Date(trial.at).toISOString()}`;
  const result =
    trial.refusal === null
      ? trial.trunks.map(trunkLine)
      : [`  refused by the gate '${trial.refusal.gate}': ${trial.refusal.text}`];
  const lines = [head, ...trial.routes.map(routeLine), ...result];
  return `${lines.map((line) => line.replace(/\p{C}/gu, '?')).join('\n')}\n`;
}
