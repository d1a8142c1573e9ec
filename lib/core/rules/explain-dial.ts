/** The part of the dry run that tells how a number would be dialled, and whom the call would show. */

import type { DialCandidate } from '../call/leg.ts';
import type { CallerId, Configuration, Trunk } from '../configuration.ts';
import { callerIdFor, shownNumber } from '../dialplan/caller-id.ts';
import { hoursText } from '../dialplan/route-hours.ts';
import { judgeRoutes, percentOf } from '../dialplan/try-rule.ts';
import { type Closure, closureOf, type LineState } from '../trunk/line-state.ts';
import { candidateText, type ExplanationStep, type ShownTo } from './explanation.ts';
import { type CallbackRequest, routeSpecOf } from './request.ts';

const NOBODY: CallerId = { number: '', name: null };

function trunkOf(candidate: DialCandidate, configuration: Configuration): Trunk | null {
  if (candidate.kind !== 'trunk') return null;
  return configuration.trunks.find(({ name }) => name === candidate.trunk) ?? null;
}

/** What each candidate would be shown, in their order. */
export function shownTo(
  configuration: Configuration,
  request: CallbackRequest,
  candidates: readonly DialCandidate[],
): ShownTo[] {
  const wanted = request.plan.terms.callerId ?? NOBODY;
  return candidates.map((candidate) => {
    const trunk = trunkOf(candidate, configuration);
    if (trunk === null) return { callerId: wanted, callerIdChange: null };
    const how = { country: configuration.defaultCountry, isRefused: false };
    const { callerId, change } = callerIdFor(trunk, wanted, how);
    const number = shownNumber(trunk, callerId.number, configuration.defaultCountry);
    return { callerId: { ...callerId, number }, callerIdChange: change };
  });
}

function chosen(step: string, text: string): ExplanationStep {
  return { step, verdict: 'chosen', text };
}

function ruleNameOf(configuration: Configuration, { plan }: CallbackRequest): string | null {
  const { trunk, outgoingRule, method } = plan.terms;
  if (method === 'extension') return null;
  return outgoingRule ?? (trunk === null ? configuration.defaultOutgoingRule : null);
}

/** Which route of the outgoing rule it is, and the shares of its trunks. */
function ruleSteps(configuration: Configuration, request: CallbackRequest, at: number): ExplanationStep[] {
  const rule = configuration.outgoingRules.find(({ name }) => name === ruleNameOf(configuration, request));
  const { number } = routeSpecOf(configuration, request.plan.terms, request.caller);
  if (rule === undefined || number === null) return [];
  const taken = judgeRoutes(rule.routes, { number, configuration, at }).find(({ verdict }) => verdict === 'taken');
  const route = taken && rule.routes[taken.route - 1];
  if (route === undefined) return [];
  const made = route.rewrite === null ? "in each trunk's format" : `rewritten '${route.rewrite}'`;
  const hours = hoursText(route);
  const shares = route.trunks.flatMap((entry) => {
    const name = typeof entry === 'string' ? entry : entry.name;
    const percent = percentOf(route, name, configuration);
    return percent === null ? [] : [`${percent} % begin at '${name}'`];
  });
  const text = `route ${taken!.route} (${route.match}) takes '${taken!.subject}', ${made}`;
  return [chosen('outgoing-rule', [text, ...(hours === null ? [] : [`open by ${hours}`]), ...shares].join('; '))];
}

function writingText(configuration: Configuration, request: CallbackRequest, candidates: DialCandidate[]): string {
  const { trunk, method } = request.plan.terms;
  const list = candidates.map(candidateText).join(', then ');
  if (method === 'extension') return list;
  const rule = ruleNameOf(configuration, request);
  if (rule !== null) return `${list}: as outgoing rule '${rule}' says`;
  const format = configuration.trunks.find((candidate) => candidate.name === trunk)?.numberFormat ?? 'asReceived';
  return `${list}: ${format === 'asReceived' ? 'exactly as received' : `in the trunk's format ${format}`}`;
}

const CHANGES = {
  'not-allowed': 'does not allow it',
  missing: 'is shown its default, since there is none',
  refused: 'refused it',
} as const;

function changeSteps(candidates: readonly DialCandidate[], shown: readonly ShownTo[]): ExplanationStep[] {
  return candidates.flatMap((candidate, i) => {
    const { callerId, callerIdChange } = shown[i]!;
    if (candidate.kind !== 'trunk' || callerIdChange === null) return [];
    const why = CHANGES[callerIdChange];
    return [chosen('caller-id', `trunk '${candidate.trunk}' ${why}: '${callerId.number}' goes out instead`)];
  });
}

/** The headers beside From that this trunk is told of the call. */
function identityText(trunk: Trunk, request: CallbackRequest, country: string): string | null {
  const { pai, ppi, rpid, privacy, from, diversion, historyInfo, callReason } = trunk.identity;
  const onBehalfOf = (header: string, setting: boolean | string) => {
    const dialled = shownNumber(trunk, request.inboundNumber ?? '', country);
    const number = typeof setting === 'string' ? setting : setting ? dialled : '';
    return number === '' ? [] : [`${header} '${number}'`];
  };
  const parts = [
    ...(privacy ? ["From is anonymous, Privacy 'id'"] : from === 'username' ? ["From is the account's name"] : []),
    ...(pai ? ['P-Asserted-Identity'] : []),
    ...(ppi ? ['P-Preferred-Identity'] : []),
    ...(rpid ? ['Remote-Party-ID'] : []),
    ...onBehalfOf('Diversion', diversion),
    ...onBehalfOf('History-Info', historyInfo),
    ...(callReason === null ? [] : [`call reason '${callReason}'`]),
  ];
  return parts.length === 0 ? null : `trunk '${trunk.name}': ${parts.join(', ')}`;
}

function identitySteps(
  configuration: Configuration,
  request: CallbackRequest,
  candidates: readonly DialCandidate[],
): ExplanationStep[] {
  return candidates.flatMap((candidate) => {
    const trunk = trunkOf(candidate, configuration);
    const text = trunk === null ? null : identityText(trunk, request, configuration.defaultCountry);
    return text === null ? [] : [chosen('identity', text)];
  });
}

export function dialSteps(
  configuration: Configuration,
  request: CallbackRequest,
  { candidates, at }: { candidates: DialCandidate[]; at: number },
): ExplanationStep[] {
  const { callerId } = request.plan.terms;
  const wanted =
    callerId === null
      ? "the trunk's default"
      : `'${callerId.number}'${callerId.name === null ? '' : ` (${callerId.name})`}`;
  return [
    ...ruleSteps(configuration, request, at),
    chosen('route', writingText(configuration, request, candidates)),
    chosen('caller-id', wanted),
    ...changeSteps(candidates, shownTo(configuration, request, candidates)),
    ...identitySteps(configuration, request, candidates),
  ];
}

const CLOSURES: Readonly<Record<Closure, string>> = {
  down: 'is down',
  parked: 'asked to be left alone for a while',
  'switched-off': 'is switched off for dialling',
};

/** Which of the ways are closed now, and what follows. */
export function lineSteps(candidates: readonly DialCandidate[], line: LineState | undefined): ExplanationStep[] {
  const closed = candidates.flatMap((candidate): ExplanationStep[] => {
    const closure = closureOf(candidate, line);
    if (closure === null) return [];
    const what = candidate.kind === 'trunk' ? `trunk '${candidate.trunk}'` : `extension '${candidate.extension}'`;
    return [{ step: 'trunk', verdict: 'skipped', text: `${what} ${CLOSURES[closure]}` }];
  });
  if (closed.length === 0 || closed.length < candidates.length) return closed;
  return [...closed, chosen('trunk', 'every way is closed: it would wait until one opens, or until it expires')];
}
