/** The dry run: what a call would get, and why. It decides by the same functions as a real call, and asks no store. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { DecisionStep, Gate } from '../call/rejection.ts';
import { retrySaid } from '../callback/retry-interval.ts';
import type { CallbackTerms, Configuration } from '../configuration.ts';
import { routeTo } from '../dialplan/route.ts';
import { readNumber } from '../policy/read-number.ts';
import { say } from '../sentence.ts';
import type { LineState } from '../trunk/line-state.ts';
import { acceptsFrom, type Switches } from '../trunk/switches.ts';
import {
  decideFromSource,
  decideInbound,
  type InboundDecision,
  type KnownSource,
  type Ringing,
  sourceStep,
} from './decide-inbound.ts';
import { dialSteps, lineSteps, shownTo } from './explain-dial.ts';
import { type ShownLoad, type ShownRoom, withLoad, withRoom } from './explain-load.ts';
import { decideForRule } from './explain-rule.ts';
import { type Explanation, type ExplanationStep, emptyExplanation, LONGEST_ASKED } from './explanation.ts';
import { gateCallback, notAccepting } from './gates.ts';
import { findInboundNumber, languageOfInbound } from './inbound-number.ts';
import { refusalAt } from './refusals.ts';
import { type CallbackRequest, type CallContext, requestFromComponent, routeSpecOf } from './request.ts';
import { identifySource } from './source.ts';

export type { Explanation, ExplanationStep } from './explanation.ts';
export { formatExplanation } from './explanation.ts';

export interface ExplainRequest {
  /** The dialled number; empty with a `rule`. */
  to: string;
  /** The caller's number as it stands in From; empty or `anonymous`: anonymous. With a `rule`: the number that it dials. */
  from: string;
  /** Nobody calls: what becomes of a number that this rule would dial. It has to exist. */
  rule?: string | undefined;
  /** Name of a trunk, `ADDRESS` or `ADDRESS:PORT`; left out: the source is taken as known. */
  source?: string | undefined;
  /** P-Asserted-Identity's number. */
  asserted?: string | undefined;
  /** Privacy's values, as in `id` or `id;header`. */
  privacy?: string | undefined;
  /** The number that was dialled first, where the call was forwarded (Diversion, History-Info). */
  diversion?: string | undefined;
  /** By trunk name, the addresses of its proxy's domain; only with an address as `source`. */
  resolved?: ReadonlyMap<string, readonly string[]>;
}

/** What decides beside the configuration, at the moment: left out where it is not known. */
export interface Situation {
  switches: Switches;
  line: LineState;
  /** Left out: the process is taken to be at ease. */
  load?: ShownLoad;
  room?: ShownRoom;
}

const VERDICTS = { pass: 'passed', refuse: 'refused', info: 'chosen' } as const;

function explanationStep({ gate, verdict, ...said }: DecisionStep): ExplanationStep {
  return { step: gate, verdict: VERDICTS[verdict], ...said };
}

function callOf(request: ExplainRequest): InboundCall {
  const source = (request.source ?? '').slice(0, LONGEST_ASKED);
  const [, host, port = '5060'] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(source) ?? [];
  return {
    legId: 'explain',
    callId: 'explain',
    source: { address: host ?? source, port: Number(port), protocol: 'unknown', localPort: 0 },
    extension: null,
    dialledUser: request.to.trim().slice(0, LONGEST_ASKED),
    dialledHost: '',
    fromUser: request.from.trim().slice(0, LONGEST_ASKED),
    fromHost: '',
    fromName: null,
    assertedUser: request.asserted?.trim().slice(0, LONGEST_ASKED) ?? null,
    assertedName: null,
    remoteParty: null,
    history: request.diversion === undefined ? [] : [request.diversion.trim().slice(0, LONGEST_ASKED)],
    calledUser: null,
    toUser: '',
    privacy: request.privacy?.toLowerCase().slice(0, LONGEST_ASKED).split(/[;,]/) ?? [],
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
    const said = say('source-assumed-extension', { extension: extension.number });
    return {
      source: { type: 'extension', number: extension.number },
      step: { step: 'source', verdict: 'skipped', ...said },
    };
  }
  return { source: null, step: { step: 'source', verdict: 'skipped', ...say('source-assumed') } };
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
  if (source.type !== 'stranger' && source.type !== 'unproven')
    return { decision: decideFromSource(configuration, call, source, now), first };
  return { decision: { type: 'refuse', gate: 'source', rejection: refusalAt('source'), steps: [] }, first };
}

/** A flow that begins with a `callback` component calls back at once; the dry run goes that far. */
function throughFlow(configuration: Configuration, decision: InboundDecision, now: number): InboundDecision {
  if (decision.type !== 'flow') return decision;
  const flow = configuration.flows.find((candidate) => candidate.name === decision.flow);
  if (flow === undefined) return decision;
  const request = requestFromComponent(configuration, { flow: flow.name, component: flow.start }, decision.context);
  if (request === null) return decision;
  const said = say('flow-calls-back', { component: flow.start, method: request.plan.terms.method });
  const gated = gateCallback(configuration, request, now + request.plan.terms.delaySeconds * 1000);
  const steps: DecisionStep[] = [...decision.steps, { gate: 'flow', verdict: 'info', ...said }, ...gated.steps];
  if (gated.type === 'refuse') return { ...gated, steps };
  const { notBefore } = gated;
  const more = notBefore === undefined ? {} : { notBefore };
  return { type: 'callback', request, rule: '', ringing: null, steps, ...more };
}

function acceptSteps(situation: Situation | undefined): ExplanationStep[] {
  return situation === undefined ? [] : [{ step: 'accept', verdict: 'passed', ...say('accept-on') }];
}

/** The switch stands before the limits. A caller who was promised a callback before gets that promise again. */
function notAccepted(configuration: Configuration, steps: DecisionStep[]): Partial<Explanation> {
  const { status, reason } = notAccepting(configuration);
  return {
    status,
    q850Cause: reason?.protocol === 'Q.850' ? reason.cause : null,
    reject: { status, reason },
    gate: 'accept',
    steps: [...steps.map(explanationStep), { step: 'accept', verdict: 'refused', ...say('accept-off') }],
  };
}

/** When it is asked, and what is known beside the configuration. */
interface Moment {
  now: number;
  /** What the gates that need the store said. */
  stored: readonly ExplanationStep[];
  situation: Situation | undefined;
}

const UNASKED: readonly ExplanationStep[] = (['suppressed', 'ping-pong', 'limits', 'spend', 'duplicate'] as const).map(
  (step) => ({ step, verdict: 'skipped', ...say(`${step}-not-asked`) }),
);

function dueStep({ delaySeconds }: CallbackTerms, ringing: Ringing | null): ExplanationStep {
  const code = ringing?.mode === 'missedCall' ? 'due-after-hang-up' : 'due-after-rejection';
  return { step: 'due', verdict: 'chosen', ...say(code, { seconds: delaySeconds }) };
}

function retrySteps({ retry }: CallbackTerms): ExplanationStep[] {
  return retry.attempts < 2 ? [] : [{ step: 'retry', verdict: 'chosen', ...retrySaid(retry) }];
}

/** In which the person is spoken to, and who says so: the rule, the inbound number, or nobody. */
function languageStep(configuration: Configuration, request: CallContext & Partial<CallbackRequest>): ExplanationStep {
  const ofNumber = languageOfInbound(configuration, request.inboundNumber);
  const language = request.plan?.terms.language ?? ofNumber;
  const isOfNumber = configuration.inboundNumbers.some(
    (inbound) => inbound.number === request.inboundNumber && inbound.language === language,
  );
  const code = language !== ofNumber ? 'language-of-rule' : isOfNumber ? 'language-of-number' : 'language-default';
  return { step: 'language', verdict: 'chosen', ...say(code, { language }) };
}

function explainCallback(
  configuration: Configuration,
  { request, ringing, steps, notBefore = 0 }: Extract<InboundDecision, { type: 'callback' }>,
  { now, stored, situation }: Moment,
): Partial<Explanation> {
  if (situation !== undefined && !acceptsFrom(situation.switches, request.source))
    return notAccepted(configuration, steps);
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
    language: terms.language ?? languageOfInbound(configuration, request.inboundNumber),
    mode: ringing?.mode ?? 'reject',
    ringSeconds: ringing?.seconds ?? null,
    delaySeconds: terms.delaySeconds,
    dueAt,
    expiresAt: dueAt + terms.expiresSeconds * 1000,
    steps: [
      ...steps.map(explanationStep),
      ...acceptSteps(situation),
      ...stored,
      ...dialSteps(configuration, request, { candidates, at: dueAt }),
      ...lineSteps(candidates, situation?.line),
      dueStep(terms, ringing),
      ...retrySteps(terms),
      languageStep(configuration, request),
    ],
  };
}

/** What a call by an extension or with a hidden number is read as, `from` shows; else the number as it was asked. */
function contextOf(decision: InboundDecision): CallContext | null {
  if (decision.type === 'callback') return decision.request;
  return decision.type === 'flow' ? decision.context : null;
}

function detailsOf(configuration: Configuration, decision: InboundDecision, moment: Moment): Partial<Explanation> {
  if (decision.type === 'callback') return explainCallback(configuration, decision, moment);
  const steps = decision.steps.map(explanationStep);
  if (decision.type === 'flow') {
    const { context, flow } = decision;
    const language = context.language ?? null;
    return { outcome: 'flow', flow, language, steps: [...steps, languageStep(configuration, context)] };
  }
  const { status, reason } = decision.rejection;
  return { status, q850Cause: reason?.cause ?? null, reject: { status, reason }, gate: decision.gate, steps };
}

/** What the store's gates said; a refusal of theirs takes the place of the decision. */
function withStoreGates(decision: InboundDecision, stored: readonly DecisionStep[]): InboundDecision {
  const refusal = stored.find(({ verdict }) => verdict === 'refuse');
  const gate = refusal?.gate as Exclude<Gate, 'duplicate' | 'accept'> | undefined;
  if (decision.type !== 'callback' || gate === undefined) return decision;
  return { type: 'refuse', gate, rejection: refusalAt(gate), steps: [...decision.steps, ...stored] };
}

interface Decided {
  /** As it was asked. */
  to: string;
  call: InboundCall;
  first: InboundDecision;
  decision: InboundDecision;
  source: ExplanationStep;
}

function describe(configuration: Configuration, decided: Decided, moment: Moment): Explanation {
  const { to, call, first, decision, source } = decided;
  const from = contextOf(first)?.caller ?? readNumber(call.fromUser, configuration.defaultCountry);
  const details = detailsOf(configuration, decision, moment);
  return {
    ...emptyExplanation(to, from),
    inboundNumber:
      contextOf(first)?.inboundNumber ?? findInboundNumber(configuration, call.dialledUser)?.number ?? null,
    ...details,
    steps: [source, ...(details.steps ?? [])],
  };
}

/** A call that is here: decided as it would be, by its real source; switches are taken to be on, and trunks to be well. */
export function explainCall(
  configuration: Configuration,
  call: InboundCall,
  { resolved, now }: { resolved: ReadonlyMap<string, readonly string[]>; now: number },
): { explanation: Explanation; decision: InboundDecision } {
  const decided = decideInbound(configuration, call, resolved, now);
  const [source, ...steps] = decided.steps;
  const first = { ...decided, steps };
  const decision = throughFlow(configuration, first, now);
  const asked = { to: call.dialledUser, call, first, decision, source: explanationStep(source!) };
  return { decision, explanation: describe(configuration, asked, { now, stored: UNASKED, situation: undefined }) };
}

function decideAll(configuration: Configuration, request: ExplainRequest, now: number): Decided {
  const call = callOf(request);
  const { decision: first, first: source } =
    request.rule === undefined
      ? decide(configuration, call, { request, now })
      : decideForRule(configuration, { rule: request.rule, number: call.fromUser }, now);
  return { to: request.to, call, first, decision: throughFlow(configuration, first, now), source };
}

const loaded = (decided: Decided, situation: Situation | undefined): Decided => ({
  ...decided,
  decision: withRoom(withLoad(decided.decision, situation?.load), situation?.room),
});

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
  const decided = loaded(decideAll(configuration, request, now), situation);
  return describe(configuration, decided, { now, stored: UNASKED, situation });
}

/** The same, with the gates that need the store. @param ask their steps; nothing is counted by it */
export async function explainWithStore(
  configuration: Configuration,
  { request, now, situation }: { request: ExplainRequest; now: number; situation: Situation },
  ask: (request: CallbackRequest) => Promise<DecisionStep[]>,
): Promise<Explanation> {
  const decided = loaded(decideAll(configuration, request, now), situation);
  const { decision } = decided;
  const isAsked = decision.type === 'callback' && acceptsFrom(situation.switches, decision.request.source);
  if (!isAsked) return describe(configuration, decided, { now, stored: [], situation });
  const steps = await ask(decision.request);
  const moment = { now, stored: steps.map(explanationStep), situation };
  return describe(configuration, { ...decided, decision: withStoreGates(decision, steps) }, moment);
}
