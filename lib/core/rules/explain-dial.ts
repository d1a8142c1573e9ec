/** The part of the dry run that tells how a number would be dialled, and whom the call would show. */

import { dialledOf } from '../call/candidate.ts';
import type { DialCandidate } from '../call/leg.ts';
import type { CallerId, Configuration, OutgoingRoute, Trunk } from '../configuration.ts';
import { callerIdFor, shownNumber } from '../dialplan/caller-id.ts';
import { judgeRoutes, percentOf } from '../dialplan/try-rule.ts';
import { chained, type Said, type Sentence, say, saying, sentence } from '../sentence.ts';
import { type Closure, closureOf, type LineState } from '../trunk/line-state.ts';
import type { ExplanationStep, ShownTo } from './explanation.ts';
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

function chosen(step: string, said: Said): ExplanationStep {
  return { step, verdict: 'chosen', ...said };
}

function ruleNameOf(configuration: Configuration, { plan }: CallbackRequest): string | null {
  const { trunk, outgoingRule, method } = plan.terms;
  if (method === 'extension') return null;
  return outgoingRule ?? (trunk === null ? configuration.defaultOutgoingRule : null);
}

/** Empty: it is always open. */
function openBy({ hours, between, timezone }: OutgoingRoute): Sentence[] {
  if (!between) return hours ? [sentence('open-hours', { hours })] : [];
  const when = { between, timezone: timezone ?? '' };
  return [hours ? sentence('open-both', { hours, ...when }) : sentence('open-between', when)];
}

/** Which route of the outgoing rule it is, and the shares of its trunks. */
function ruleSteps(configuration: Configuration, request: CallbackRequest, at: number): ExplanationStep[] {
  const rule = configuration.outgoingRules.find(({ name }) => name === ruleNameOf(configuration, request));
  const { number } = routeSpecOf(configuration, request.plan.terms, request.caller);
  if (rule === undefined || number === null) return [];
  const taken = judgeRoutes(rule.routes, { number, configuration, at }).find(({ verdict }) => verdict === 'taken');
  const route = taken && rule.routes[taken.route - 1];
  if (route === undefined) return [];
  const rewrite = route.rewrite ?? null;
  const writing = rewrite === null ? sentence('writing-trunk-format') : sentence('writing-rewritten', { rewrite });
  const shares = route.trunks.flatMap((entry) => {
    const name = typeof entry === 'string' ? entry : entry.name;
    const percent = percentOf(route, name, configuration);
    return percent === null ? [] : [sentence('share-of-trunk', { percent, trunk: name })];
  });
  const { route: place, subject } = taken!;
  const first = sentence('route-taken', { route: place, match: route.match, number: subject ?? '', writing });
  return [chosen('outgoing-rule', saying([first, ...openBy(route), ...shares]))];
}

function wayOf(candidate: DialCandidate): Sentence {
  return candidate.kind === 'trunk'
    ? sentence('way-trunk', { number: candidate.user, trunk: candidate.trunk })
    : sentence('way-extension', { extension: dialledOf(candidate) });
}

function waysOf(configuration: Configuration, request: CallbackRequest, candidates: DialCandidate[]): Said {
  const { trunk, method } = request.plan.terms;
  const ways = candidates.length === 0 ? '' : chained('way-then', candidates.map(wayOf));
  if (method === 'extension') return saying(typeof ways === 'string' ? [] : [ways]);
  const rule = ruleNameOf(configuration, request);
  if (rule !== null) return say('way-by-rule', { ways, rule });
  const format = configuration.trunks.find((candidate) => candidate.name === trunk)?.numberFormat ?? 'asReceived';
  return format === 'asReceived' ? say('way-as-received', { ways }) : say('way-in-format', { ways, format });
}

function changeSteps(candidates: readonly DialCandidate[], shown: readonly ShownTo[]): ExplanationStep[] {
  return candidates.flatMap((candidate, i) => {
    const { callerId, callerIdChange } = shown[i]!;
    if (candidate.kind !== 'trunk' || callerIdChange === null) return [];
    const sent = { trunk: candidate.trunk, number: callerId.number };
    return [chosen('caller-id', say(`caller-id-${callerIdChange}`, sent))];
  });
}

/** The headers beside From that this trunk is told of the call. */
function identityOf(trunk: Trunk, request: CallbackRequest, country: string): Said | null {
  const { pai, ppi, rpid, privacy, from, diversion, historyInfo, callReason } = trunk.identity;
  const onBehalfOf = (header: string, setting: boolean | string) => {
    const dialled = shownNumber(trunk, request.inboundNumber ?? '', country);
    const number = typeof setting === 'string' ? setting : setting ? dialled : '';
    return number === '' ? [] : [`${header} '${number}'`];
  };
  const parts = [
    ...(privacy ? [sentence('identity-anonymous')] : from === 'username' ? [sentence('identity-account')] : []),
    ...(pai ? ['P-Asserted-Identity'] : []),
    ...(ppi ? ['P-Preferred-Identity'] : []),
    ...(rpid ? ['Remote-Party-ID'] : []),
    ...onBehalfOf('Diversion', diversion),
    ...onBehalfOf('History-Info', historyInfo),
    ...(callReason === null ? [] : [sentence('identity-call-reason', { reason: callReason })]),
  ];
  return parts.length === 0 ? null : say('identity', { trunk: trunk.name, headers: parts });
}

function identitySteps(
  configuration: Configuration,
  request: CallbackRequest,
  candidates: readonly DialCandidate[],
): ExplanationStep[] {
  return candidates.flatMap((candidate) => {
    const trunk = trunkOf(candidate, configuration);
    const said = trunk === null ? null : identityOf(trunk, request, configuration.defaultCountry);
    return said === null ? [] : [chosen('identity', said)];
  });
}

function callerIdSaid(callerId: CallerId | null): Said {
  if (callerId === null) return say('caller-id-default');
  const { number, name } = callerId;
  return name === null ? say('caller-id', { number }) : say('caller-id-named', { number, name });
}

export function dialSteps(
  configuration: Configuration,
  request: CallbackRequest,
  { candidates, at }: { candidates: DialCandidate[]; at: number },
): ExplanationStep[] {
  const { callerId } = request.plan.terms;
  return [
    ...ruleSteps(configuration, request, at),
    chosen('route', waysOf(configuration, request, candidates)),
    chosen('caller-id', callerIdSaid(callerId)),
    ...changeSteps(candidates, shownTo(configuration, request, candidates)),
    ...identitySteps(configuration, request, candidates),
  ];
}

function closedSaid(candidate: DialCandidate, closure: Closure): Said {
  return candidate.kind === 'trunk'
    ? say(`trunk-${closure}`, { trunk: candidate.trunk })
    : say(`extension-${closure}`, { extension: dialledOf(candidate) });
}

/** Which of the ways are closed now, and what follows. */
export function lineSteps(candidates: readonly DialCandidate[], line: LineState | undefined): ExplanationStep[] {
  const closed = candidates.flatMap((candidate): ExplanationStep[] => {
    const closure = closureOf(candidate, line);
    if (closure === null) return [];
    return [{ step: 'trunk', verdict: 'skipped', ...closedSaid(candidate, closure) }];
  });
  if (closed.length === 0 || closed.length < candidates.length) return closed;
  return [...closed, chosen('trunk', say('every-way-closed'))];
}
