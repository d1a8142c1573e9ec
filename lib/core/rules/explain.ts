/** The dry run: what a call would get, and why. It decides by the same functions as a real call, and asks no store. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { DialCandidate } from '../call/leg.ts';
import type { DecisionStep } from '../call/rejection.ts';
import type { Configuration } from '../configuration.ts';
import { routeTo } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { countryOf, readNumber } from '../policy/read-number.ts';
import { type Closure, closureOf, type LineState } from '../trunk/line-state.ts';
import { acceptsFrom, type Switches } from '../trunk/switches.ts';
import {
  decideFromSource,
  decideInbound,
  type InboundDecision,
  type KnownSource,
  type Ringing,
  sourceStep,
} from './decide-inbound.ts';
import { candidateText, type Explanation, type ExplanationStep } from './explanation.ts';
import { gateCallback, notAccepting } from './gates.ts';
import { findInboundNumber } from './inbound-number.ts';
import { refusalAt } from './refusals.ts';
import { type CallbackRequest, type CallContext, requestFromComponent, routeSpecOf } from './request.ts';
import { identifySource } from './source.ts';

export type { Explanation, ExplanationStep } from './explanation.ts';
export { formatExplanation } from './explanation.ts';

export interface ExplainRequest {
  /** The dialled number. */
  to: string;
  /** The caller's number as it stands in From; empty or `anonymous`: anonymous. */
  from: string;
  /** Name of a trunk, `ADDRESS` or `ADDRESS:PORT`; left out: the source is taken as known. */
  source?: string;
  /** By trunk name, the addresses of its proxy's domain; only with an address as `source`. */
  resolved?: ReadonlyMap<string, readonly string[]>;
}

/** What decides beside the configuration, at the moment: left out where it is not known. */
export interface Situation {
  switches: Switches;
  line: LineState;
}

const VERDICTS = { pass: 'passed', refuse: 'refused', info: 'chosen' } as const;
const MAX_TEXT = 128;

function explanationStep(step: DecisionStep): ExplanationStep {
  return { step: step.gate, verdict: VERDICTS[step.verdict], text: step.text };
}

function callOf(request: ExplainRequest): InboundCall {
  const source = (request.source ?? '').slice(0, MAX_TEXT);
  const [, host, port = '5060'] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(source) ?? [];
  return {
    legId: 'explain',
    callId: 'explain',
    source: { address: host ?? source, port: Number(port), protocol: 'unknown', localPort: 0 },
    extension: null,
    dialledUser: request.to.trim().slice(0, MAX_TEXT),
    dialledHost: '',
    fromUser: request.from.trim().slice(0, MAX_TEXT),
    fromHost: '',
    fromName: null,
    assertedUser: null,
    assertedName: null,
    privacy: [],
    headers: {},
    hasOffer: true,
  };
}

/** An extension's number in From is taken for the extension, anything else for a call from some trunk. */
function assumedSource(
  configuration: Configuration,
  call: InboundCall,
): { source: KnownSource; step: ExplanationStep } {
  const extension = configuration.extensions.find((candidate) => candidate.number === call.fromUser);
  if (extension !== undefined) {
    const text = `the source is not checked; '${extension.number}' is taken for the extension`;
    return {
      source: { type: 'extension', number: extension.number },
      step: { step: 'source', verdict: 'skipped', text },
    };
  }
  const text = 'the source is not checked: the call is taken as one of a trunk';
  return { source: null, step: { step: 'source', verdict: 'skipped', text } };
}

function decide(
  configuration: Configuration,
  call: InboundCall,
  request: ExplainRequest,
): { decision: InboundDecision; first: ExplanationStep } {
  if (request.source === undefined) {
    const { source, step } = assumedSource(configuration, call);
    return { decision: decideFromSource(configuration, call, source), first: step };
  }
  const named = configuration.trunks.find((trunk) => trunk.name === request.source);
  const source =
    named === undefined
      ? identifySource(configuration, call, request.resolved ?? new Map())
      : ({ type: 'trunk', trunk: named.name } as const);
  const first = explanationStep(sourceStep(source));
  if (source.type !== 'stranger') return { decision: decideFromSource(configuration, call, source), first };
  return { decision: { type: 'refuse', gate: 'source', rejection: refusalAt('source'), steps: [] }, first };
}

/** A flow that begins with a `callback` component calls back at once; the dry run goes that far. */
function throughFlow(configuration: Configuration, decision: InboundDecision): InboundDecision {
  if (decision.type !== 'flow') return decision;
  const flow = configuration.flows.find((candidate) => candidate.name === decision.flow);
  if (flow === undefined) return decision;
  const request = requestFromComponent(configuration, { flow: flow.name, component: flow.start }, decision.context);
  if (request === null) return decision;
  const text = `component '${flow.start}' calls back, method ${request.plan.terms.method}`;
  const gated = gateCallback(configuration, request);
  const steps: DecisionStep[] = [...decision.steps, { gate: 'flow', verdict: 'info', text }, ...gated.steps];
  if (gated.type === 'refuse') return { ...gated, steps };
  return { type: 'callback', request, rule: '', ringing: null, steps };
}

function emptyExplanation(to: string, from: PhoneNumber): Explanation {
  return {
    to,
    from,
    country: countryOf(from),
    outcome: 'refused',
    status: null,
    q850Cause: null,
    reject: null,
    gate: null,
    inboundNumber: null,
    rule: null,
    flow: null,
    method: null,
    target: null,
    candidates: [],
    callerId: null,
    mode: null,
    ringSeconds: null,
    delaySeconds: null,
    dueAt: null,
    expiresAt: null,
    steps: [],
  };
}

function writingText(configuration: Configuration, request: CallbackRequest, candidates: DialCandidate[]): string {
  const { trunk, outgoingRule, method } = request.plan.terms;
  const list = candidates.map(candidateText).join(', then ');
  if (method === 'extension') return list;
  const rule = outgoingRule ?? (trunk === null ? configuration.defaultOutgoingRule : null);
  if (rule !== null) return `${list}: as outgoing rule '${rule}' says`;
  const format = configuration.trunks.find((candidate) => candidate.name === trunk)?.numberFormat ?? 'asReceived';
  return `${list}: ${format === 'asReceived' ? 'exactly as received' : `in the trunk's format ${format}`}`;
}

function dialSteps(
  configuration: Configuration,
  request: CallbackRequest,
  { candidates, ringing }: { candidates: DialCandidate[]; ringing: Ringing | null },
): ExplanationStep[] {
  const { callerId, delaySeconds } = request.plan.terms;
  const shown =
    callerId === null
      ? "the trunk's default"
      : `'${callerId.number}'${callerId.name === null ? '' : ` (${callerId.name})`}`;
  return [
    { step: 'route', verdict: 'chosen', text: writingText(configuration, request, candidates) },
    { step: 'caller-id', verdict: 'chosen', text: shown },
    {
      step: 'due',
      verdict: 'chosen',
      text: `${delaySeconds} s after ${ringing?.mode === 'missedCall' ? 'the caller hangs up' : 'the rejection is sent'}`,
    },
  ];
}

const CLOSURES: Readonly<Record<Closure, string>> = {
  down: 'is down',
  parked: 'asked to be left alone for a while',
  'switched-off': 'is switched off for dialling',
};

/** Which of the ways are closed now, and what follows. */
function lineSteps(candidates: readonly DialCandidate[], line: LineState | undefined): ExplanationStep[] {
  const closed = candidates.flatMap((candidate): ExplanationStep[] => {
    const closure = closureOf(candidate, line);
    if (closure === null) return [];
    const what = candidate.kind === 'trunk' ? `trunk '${candidate.trunk}'` : `extension '${candidate.extension}'`;
    return [{ step: 'trunk', verdict: 'skipped', text: `${what} ${CLOSURES[closure]}` }];
  });
  if (closed.length === 0 || closed.length < candidates.length) return closed;
  const text = 'every way is closed: it would wait until one opens, or until it expires';
  return [...closed, { step: 'trunk', verdict: 'chosen', text }];
}

function acceptSteps(situation: Situation | undefined): ExplanationStep[] {
  return situation === undefined ? [] : [{ step: 'accept', verdict: 'passed', text: 'new callbacks are accepted' }];
}

/** The switch stands before the limits. A caller who was promised a callback before gets that promise again. */
function notAccepted(configuration: Configuration, steps: DecisionStep[]): Partial<Explanation> {
  const { status, reason } = notAccepting(configuration);
  const text = 'the switch *accept* is off: nothing new is promised, and what stands is promised again';
  return {
    status,
    q850Cause: reason?.protocol === 'Q.850' ? reason.cause : null,
    reject: { status, reason },
    gate: 'accept',
    steps: [...steps.map(explanationStep), { step: 'accept', verdict: 'refused', text }],
  };
}

const UNASKED: readonly ExplanationStep[] = [
  { step: 'limits', verdict: 'skipped', text: 'the dry run does not count earlier callbacks' },
  { step: 'duplicate', verdict: 'skipped', text: 'the dry run does not look for an open callback' },
];

function explainCallback(
  configuration: Configuration,
  { request, ringing, steps }: Extract<InboundDecision, { type: 'callback' }>,
  { now, situation }: { now: number; situation: Situation | undefined },
): Partial<Explanation> {
  if (situation !== undefined && !acceptsFrom(situation.switches, request.source))
    return notAccepted(configuration, steps);
  const { terms, next, origin } = request.plan;
  const spec = routeSpecOf(configuration, terms, request.caller);
  const route = routeTo(spec, configuration);
  const candidates = route.type === 'route' ? route.candidates : [];
  const dueAt = now + terms.delaySeconds * 1000;
  return {
    outcome: 'callback',
    status: terms.reject.status,
    q850Cause: terms.reject.reason.protocol === 'Q.850' ? terms.reject.reason.cause : null,
    reject: { status: terms.reject.status, reason: terms.reject.reason },
    rule: origin.startsWith('rule:') ? origin.slice('rule:'.length) : null,
    flow: next?.flow ?? null,
    method: terms.method,
    target: { number: spec.number?.e164 ?? spec.number?.received ?? null, extension: spec.extension },
    candidates,
    callerId: terms.callerId,
    mode: ringing?.mode ?? 'reject',
    ringSeconds: ringing?.seconds ?? null,
    delaySeconds: terms.delaySeconds,
    dueAt,
    expiresAt: dueAt + terms.expiresSeconds * 1000,
    steps: [
      ...steps.map(explanationStep),
      ...acceptSteps(situation),
      ...UNASKED,
      ...dialSteps(configuration, request, { candidates, ringing }),
      ...lineSteps(candidates, situation?.line),
    ],
  };
}

/** What a call by an extension or with a hidden number is read as, `from` shows; else the number as it was asked. */
function contextOf(decision: InboundDecision): CallContext | null {
  if (decision.type === 'callback') return decision.request;
  return decision.type === 'flow' ? decision.context : null;
}

function detailsOf(
  configuration: Configuration,
  decision: InboundDecision,
  moment: { now: number; situation: Situation | undefined },
): Partial<Explanation> {
  if (decision.type === 'callback') return explainCallback(configuration, decision, moment);
  const steps = decision.steps.map(explanationStep);
  if (decision.type === 'flow') return { outcome: 'flow', flow: decision.flow, steps };
  const { status, reason } = decision.rejection;
  return { status, q850Cause: reason?.cause ?? null, reject: { status, reason }, gate: decision.gate, steps };
}

interface Moment {
  now: number;
  situation: Situation | undefined;
}

function explanationOf(
  configuration: Configuration,
  asked: { to: string; from: PhoneNumber; inboundNumber: string | null },
  { decision, sourceOfIt, moment }: { decision: InboundDecision; sourceOfIt: ExplanationStep; moment: Moment },
): Explanation {
  const details = detailsOf(configuration, decision, moment);
  return {
    ...emptyExplanation(asked.to, asked.from),
    inboundNumber: asked.inboundNumber,
    ...details,
    steps: [sourceOfIt, ...(details.steps ?? [])],
  };
}

/** A call that is here: decided as it would be, by its real source; switches are taken to be on, and trunks to be well. */
export function explainCall(
  configuration: Configuration,
  call: InboundCall,
  { resolved, now }: { resolved: ReadonlyMap<string, readonly string[]>; now: number },
): { explanation: Explanation; decision: InboundDecision } {
  const first = decideInbound(configuration, call, resolved);
  const [source, ...steps] = first.steps;
  const decision = throughFlow(configuration, { ...first, steps });
  const asked = askedOf(configuration, { to: call.dialledUser, call, first });
  const sourceOfIt = explanationStep(source!);
  const moment = { now, situation: undefined };
  return { decision, explanation: explanationOf(configuration, asked, { decision, sourceOfIt, moment }) };
}

function askedOf(
  configuration: Configuration,
  { to, call, first }: { to: string; call: InboundCall; first: InboundDecision },
) {
  return {
    to: to.slice(0, MAX_TEXT),
    from: contextOf(first)?.caller ?? readNumber(call.fromUser, configuration.defaultCountry),
    inboundNumber: findInboundNumber(configuration, call.dialledUser)?.number ?? null,
  };
}

/**
 * @param now epoch milliseconds: the instant at which the rejection is taken to be sent
 * @param situation left out: switches are taken to be on, and trunks to be well
 */
export function explain(
  configuration: Configuration,
  request: ExplainRequest,
  now: number,
  situation?: Situation,
): Explanation {
  const call = callOf(request);
  const { decision: first, first: sourceOfIt } = decide(configuration, call, request);
  const asked = askedOf(configuration, { to: request.to, call, first });
  const decision = throughFlow(configuration, first);
  return explanationOf(configuration, asked, { decision, sourceOfIt, moment: { now, situation } });
}
