/** What becomes of a call: refused, called back, or taken by a flow. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { DecisionStep, Gate, Rejection } from '../call/rejection.ts';
import type { CallbackRule, Configuration, InboundNumber } from '../configuration.ts';
import { defaultLanguageOf } from '../language.ts';
import { attestationOf } from '../policy/attestation.ts';
import { type Said, say, sentence } from '../sentence.ts';
import { readCaller } from './caller.ts';
import { chooseRule } from './choose-rule.ts';
import { findDialledNumber } from './dialled-number.ts';
import { gateCallback, printable } from './gates.ts';
import { refusalAt } from './refusals.ts';
import { type CallbackRequest, type CallContext, requestFromRule } from './request.ts';
import type { RingingMode } from './ringing.ts';
import { type CallSource, identifySource, sourceName } from './source.ts';

export type InboundDecision =
  | { type: 'refuse'; gate: Gate; rejection: Rejection; steps: DecisionStep[]; isChallenged?: boolean }
  | {
      type: 'callback';
      request: CallbackRequest;
      rule: string;
      /** Null: the call is rejected at once. */
      ringing: Ringing | null;
      steps: DecisionStep[];
      /** Not before this instant, though the delay ends earlier: the hours begin then. */
      notBefore?: number;
    }
  /** The flow begins at its `start`. Its `callback` components are gated when they are reached. */
  | { type: 'flow'; flow: string; component: null; context: CallContext; steps: DecisionStep[] };

/** The call is rung first. */
export interface Ringing {
  mode: RingingMode;
  seconds: number;
  /** `missedCall`: the flow for a caller who stays on the line; null: he is rejected, and nothing is promised. */
  flow: string | null;
}

/** A source that may call; null: not known, which only the dry run has. */
export type KnownSource = Exclude<CallSource, { type: 'stranger' | 'unproven' }> | null;

function refuse(gate: Exclude<Gate, 'duplicate' | 'accept'>, steps: DecisionStep[], said: Said): InboundDecision {
  return { type: 'refuse', gate, rejection: refusalAt(gate), steps: [...steps, { gate, verdict: 'refuse', ...said }] };
}

function decideFlow(inbound: InboundNumber, context: CallContext, steps: DecisionStep[]): InboundDecision {
  if (inbound.flow === null)
    return refuse('inbound-number', steps, say('inbound-number-without-flow', { number: inbound.number }));
  const step: DecisionStep = { gate: 'flow', verdict: 'info', ...say('flow-takes', { flow: inbound.flow }) };
  return { type: 'flow', flow: inbound.flow, component: null, context, steps: [...steps, step] };
}

function decideCallback(
  configuration: Configuration,
  inbound: InboundNumber,
  { context, steps, now }: { context: CallContext; steps: DecisionStep[]; now: number | null },
): InboundDecision {
  const rule = chooseRule(configuration, inbound, context.caller);
  if (rule === null) {
    return decideFlow(inbound, context, [...steps, { gate: 'rule', verdict: 'info', ...say('rule-none') }]);
  }
  const request = requestFromRule(rule, context);
  const said = say('rule-chosen', { rule: rule.name, method: rule.method });
  const chosen: DecisionStep = { gate: 'rule', verdict: 'info', ...said };
  const gated = gateCallback(configuration, request, now === null ? null : now + rule.delaySeconds * 1000);
  const all = [...steps, chosen, ...gated.steps];
  if (gated.type === 'refuse') return { ...gated, steps: all };
  const { notBefore } = gated;
  const ringing = rule.ringing === undefined ? null : { ...rule.ringing, flow: inbound.flow };
  return {
    type: 'callback',
    request,
    rule: rule.name,
    ringing,
    steps: [...all, ...ringingSteps(rule, ringing)],
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

function ringingSteps({ reject }: CallbackRule, ringing: Ringing | null): DecisionStep[] {
  if (ringing === null) return [];
  const { mode, seconds, flow } = ringing;
  const after = flow === null ? sentence('stays-rejected') : sentence('stays-flow', { flow });
  const said =
    mode === 'ring'
      ? say('ringing-first', { seconds, status: reject.status })
      : say('ringing-missed-call', { seconds, after });
  return [{ gate: 'ringing', verdict: 'info', ...said }];
}

/** A caller without a number can't be called back: where there is a flow for him, no rule is asked. */
function decideAnonymous(
  inbound: InboundNumber,
  { context, steps }: { context: CallContext; steps: DecisionStep[] },
): InboundDecision | null {
  if (inbound.anonymous === undefined || context.caller.received !== '') return null;
  const { flow } = inbound.anonymous;
  const step: DecisionStep = { gate: 'flow', verdict: 'info', ...say('flow-takes-anonymous', { flow }) };
  return { type: 'flow', flow, component: null, context, steps: [...steps, step] };
}

function attestationFor(configuration: Configuration, call: InboundCall, source: KnownSource) {
  const trunk = source?.type === 'trunk' ? configuration.trunks.find(({ name }) => name === source.trunk) : undefined;
  return trunk?.trustIdentity ? { attestation: attestationOf(call, trunk) } : {};
}

/** All gates but the first. @param now null: the hours are not asked */
export function decideFromSource(
  configuration: Configuration,
  call: InboundCall,
  source: KnownSource,
  now: number | null = null,
): InboundDecision {
  const dialled = findDialledNumber(configuration, call, source);
  if (dialled === null)
    return refuse('inbound-number', [], say('inbound-number-unknown', { number: printable(call.dialledUser) }));
  const { inbound } = dialled;
  const reading = readCaller(configuration, call, source);
  const context: CallContext = {
    caller: reading.caller,
    callerName: reading.name,
    inboundNumber: inbound.number,
    source: source === null ? null : sourceName(source),
    language: inbound.language ?? defaultLanguageOf(configuration),
    ...attestationFor(configuration, call, source),
    ...(dialled.first === null ? {} : { firstDialled: printable(dialled.first) }),
  };
  const steps: DecisionStep[] = [
    { gate: 'inbound-number', verdict: 'pass', text: dialled.text, sentences: dialled.sentences },
    { gate: 'caller', verdict: 'info', text: reading.text, sentences: reading.sentences },
  ];
  const anonymous = decideAnonymous(inbound, { context, steps });
  if (anonymous !== null) return anonymous;
  if (inbound.callback) return decideCallback(configuration, inbound, { context, steps, now });
  return decideFlow(inbound, context, [...steps, { gate: 'rule', verdict: 'info', ...say('rule-off') }]);
}

/** How the source was found, and its step. */
export function sourceStep(source: CallSource): DecisionStep {
  if (source.type === 'stranger') {
    return { gate: 'source', verdict: 'refuse', ...say('source-stranger') };
  }
  if (source.type === 'unproven') {
    return { gate: 'source', verdict: 'info', ...say('source-unproven') };
  }
  const said =
    source.type === 'trunk'
      ? say('source-trunk', { trunk: source.trunk })
      : say('source-extension', { extension: source.number });
  return { gate: 'source', verdict: 'pass', ...said };
}

/**
 * Gates in order: source, inbound number, anonymous, attestation, impossible, emergency, blocked, special, country, price,
 * loop, hours. The app asks the store for `suppressed`, `ping-pong`, `limits`, `spend` and `duplicate` afterwards.
 * @param resolved by trunk name, the addresses of its proxy's domain, for trunks without `accept`
 * @param now null: the hours are not asked
 */
export function decideInbound(
  configuration: Configuration,
  call: InboundCall,
  resolved: ReadonlyMap<string, readonly string[]>,
  now: number | null = null,
): InboundDecision {
  const source = identifySource(configuration, call, resolved);
  const step = sourceStep(source);
  const refusal = { type: 'refuse', gate: 'source', rejection: refusalAt('source'), steps: [step] } as const;
  // He is to prove that he is an extension, and to call again with that
  if (source.type === 'unproven') return { ...refusal, steps: [step], isChallenged: true };
  if (source.type === 'stranger') return { ...refusal, steps: [step] };
  const decision = decideFromSource(configuration, call, source, now);
  return { ...decision, steps: [step, ...decision.steps] };
}
