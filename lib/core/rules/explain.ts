/** The dry run: what a call would get, and why. It decides by the same functions as a real call, and asks no store. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { DecisionStep, Gate } from '../call/rejection.ts';
import type { CallbackTerms, Configuration } from '../configuration.ts';
import { routeTo } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { countryOf, readNumber } from '../policy/read-number.ts';
import { decideFromSource, type InboundDecision, type KnownSource, sourceStep } from './decide-inbound.ts';
import { dialSteps, shownTo } from './explain-dial.ts';
import type { Explanation, ExplanationStep } from './explanation.ts';
import { gateCallback } from './gates.ts';
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
  /** P-Asserted-Identity's number. */
  asserted?: string | undefined;
  /** Privacy's values, as in `id` or `id;header`. */
  privacy?: string | undefined;
  /** The number that was dialled first, where the call was forwarded (Diversion, History-Info). */
  diversion?: string | undefined;
  /** By trunk name, the addresses of its proxy's domain; only with an address as `source`. */
  resolved?: ReadonlyMap<string, readonly string[]>;
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
    assertedUser: request.asserted?.trim().slice(0, MAX_TEXT) ?? null,
    assertedName: null,
    remoteParty: null,
    history: request.diversion === undefined ? [] : [request.diversion.trim().slice(0, MAX_TEXT)],
    calledUser: null,
    toUser: '',
    privacy: request.privacy?.toLowerCase().slice(0, MAX_TEXT).split(/[;,]/) ?? [],
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
  { request, now }: { request: ExplainRequest; now: number },
): { decision: InboundDecision; first: ExplanationStep } {
  if (request.source === undefined) {
    const { source, step } = assumedSource(configuration, call);
    return { decision: decideFromSource(configuration, call, source, now), first: step };
  }
  const named = configuration.trunks.find((trunk) => trunk.name === request.source);
  const source =
    named === undefined
      ? identifySource(configuration, call, request.resolved ?? new Map())
      : ({ type: 'trunk', trunk: named.name } as const);
  const first = explanationStep(sourceStep(source));
  if (source.type !== 'stranger') return { decision: decideFromSource(configuration, call, source, now), first };
  return { decision: { type: 'refuse', gate: 'source', rejection: refusalAt('source'), steps: [] }, first };
}

/** A flow that begins with a `callback` component calls back at once; the dry run goes that far. */
function throughFlow(configuration: Configuration, decision: InboundDecision, now: number): InboundDecision {
  if (decision.type !== 'flow') return decision;
  const flow = configuration.flows.find((candidate) => candidate.name === decision.flow);
  if (flow === undefined) return decision;
  const request = requestFromComponent(configuration, { flow: flow.name, component: flow.start }, decision.context);
  if (request === null) return decision;
  const text = `component '${flow.start}' calls back, method ${request.plan.terms.method}`;
  const gated = gateCallback(configuration, request, now + request.plan.terms.delaySeconds * 1000);
  const steps: DecisionStep[] = [...decision.steps, { gate: 'flow', verdict: 'info', text }, ...gated.steps];
  if (gated.type === 'refuse') return { ...gated, steps };
  const { notBefore } = gated;
  return { type: 'callback', request, rule: '', steps, ...(notBefore === undefined ? {} : { notBefore }) };
}

function emptyExplanation(request: ExplainRequest, from: PhoneNumber): Explanation {
  return {
    to: request.to.slice(0, MAX_TEXT),
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
    shown: [],
    callerId: null,
    delaySeconds: null,
    dueAt: null,
    expiresAt: null,
    steps: [],
  };
}

const UNASKED: readonly ExplanationStep[] = [
  { step: 'suppressed', verdict: 'skipped', text: 'the suppression list is not asked here' },
  { step: 'ping-pong', verdict: 'skipped', text: 'earlier callbacks are not looked at here' },
  { step: 'limits', verdict: 'skipped', text: 'earlier callbacks are not counted here' },
  { step: 'spend', verdict: 'skipped', text: 'earlier calls are not counted here' },
  { step: 'duplicate', verdict: 'skipped', text: 'no open callback is looked for here' },
];

function dueStep({ delaySeconds }: CallbackTerms): ExplanationStep {
  return { step: 'due', verdict: 'chosen', text: `${delaySeconds} s after the rejection is sent` };
}

function explainCallback(
  configuration: Configuration,
  { request, steps, notBefore = 0 }: { request: CallbackRequest; steps: DecisionStep[]; notBefore?: number },
  { now, stored }: { now: number; stored: readonly ExplanationStep[] },
): Partial<Explanation> {
  const { terms, next, origin } = request.plan;
  const spec = routeSpecOf(configuration, terms, request.caller);
  const dueAt = Math.max(now + terms.delaySeconds * 1000, notBefore);
  const route = routeTo(spec, configuration, { at: dueAt, draw: null });
  const candidates = route.type === 'route' ? route.candidates : [];
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
    shown: shownTo(configuration, request, candidates),
    callerId: terms.callerId,
    delaySeconds: terms.delaySeconds,
    dueAt,
    expiresAt: dueAt + terms.expiresSeconds * 1000,
    steps: [
      ...steps.map(explanationStep),
      ...stored,
      ...dialSteps(configuration, request, { candidates, at: dueAt }),
      dueStep(terms),
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
  asked: { now: number; stored: readonly ExplanationStep[] },
): Partial<Explanation> {
  if (decision.type === 'callback') return explainCallback(configuration, decision, asked);
  const steps = decision.steps.map(explanationStep);
  if (decision.type === 'flow') return { outcome: 'flow', flow: decision.flow, steps };
  const { status, reason } = decision.rejection;
  return { status, q850Cause: reason?.cause ?? null, reject: { status, reason }, gate: decision.gate, steps };
}

/** What the store's gates said; a refusal of theirs takes the place of the decision. */
function withStoreGates(decision: InboundDecision, stored: readonly DecisionStep[]): InboundDecision {
  const refusal = stored.find(({ verdict }) => verdict === 'refuse');
  const gate = refusal?.gate as Exclude<Gate, 'duplicate'> | undefined;
  if (decision.type !== 'callback' || gate === undefined) return decision;
  return { type: 'refuse', gate, rejection: refusalAt(gate), steps: [...decision.steps, ...stored] };
}

function describe(
  configuration: Configuration,
  { request, now }: { request: ExplainRequest; now: number },
  decided: { first: InboundDecision; decision: InboundDecision; source: ExplanationStep },
  stored: readonly ExplanationStep[],
): Explanation {
  const call = callOf(request);
  const from = contextOf(decided.first)?.caller ?? readNumber(call.fromUser, configuration.defaultCountry);
  const details = detailsOf(configuration, decided.decision, { now, stored });
  return {
    ...emptyExplanation(request, from),
    inboundNumber:
      contextOf(decided.first)?.inboundNumber ?? findInboundNumber(configuration, call.dialledUser)?.number ?? null,
    ...details,
    steps: [decided.source, ...(details.steps ?? [])],
  };
}

function decideAll(configuration: Configuration, request: ExplainRequest, now: number) {
  const { decision: first, first: source } = decide(configuration, callOf(request), { request, now });
  return { first, decision: throughFlow(configuration, first, now), source };
}

/** @param now epoch milliseconds: the instant at which the rejection is taken to be sent */
export function explain(configuration: Configuration, request: ExplainRequest, now: number): Explanation {
  return describe(configuration, { request, now }, decideAll(configuration, request, now), UNASKED);
}

/** The same, with the gates that need the store. @param ask their steps; nothing is counted by it */
export async function explainWithStore(
  configuration: Configuration,
  { request, now }: { request: ExplainRequest; now: number },
  ask: (request: CallbackRequest) => Promise<DecisionStep[]>,
): Promise<Explanation> {
  const decided = decideAll(configuration, request, now);
  if (decided.decision.type !== 'callback') return describe(configuration, { request, now }, decided, []);
  const stored = await ask(decided.decision.request);
  const decision = withStoreGates(decided.decision, stored);
  return describe(configuration, { request, now }, { ...decided, decision }, stored.map(explanationStep));
}
