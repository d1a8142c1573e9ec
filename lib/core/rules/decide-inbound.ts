/** What becomes of a call: refused, called back, or taken by a flow. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { DecisionStep, Gate, Rejection } from '../call/rejection.ts';
import type { Configuration, InboundNumber } from '../configuration.ts';
import { attestationOf } from '../policy/attestation.ts';
import { readCaller } from './caller.ts';
import { chooseRule } from './choose-rule.ts';
import { findDialledNumber } from './dialled-number.ts';
import { gateCallback, printable } from './gates.ts';
import { refusalAt } from './refusals.ts';
import { type CallbackRequest, type CallContext, requestFromRule } from './request.ts';
import { type CallSource, identifySource, sourceName } from './source.ts';

export type InboundDecision =
  | { type: 'refuse'; gate: Gate; rejection: Rejection; steps: DecisionStep[] }
  | {
      type: 'callback';
      request: CallbackRequest;
      rule: string;
      steps: DecisionStep[];
      /** Not before this instant, though the delay ends earlier: the hours begin then. */
      notBefore?: number;
    }
  /** The flow begins at its `start`. Its `callback` components are gated when they are reached. */
  | { type: 'flow'; flow: string; component: null; context: CallContext; steps: DecisionStep[] };

/** A source that may call; null: not known, which only the dry run has. */
export type KnownSource = Exclude<CallSource, { type: 'stranger' }> | null;

function refuse(gate: Exclude<Gate, 'duplicate' | 'accept'>, steps: DecisionStep[], text: string): InboundDecision {
  return { type: 'refuse', gate, rejection: refusalAt(gate), steps: [...steps, { gate, verdict: 'refuse', text }] };
}

function decideFlow(inbound: InboundNumber, context: CallContext, steps: DecisionStep[]): InboundDecision {
  if (inbound.flow === null) return refuse('inbound-number', steps, `'${inbound.number}' has no flow for this call`);
  const step: DecisionStep = { gate: 'flow', verdict: 'info', text: `flow '${inbound.flow}' takes the call` };
  return { type: 'flow', flow: inbound.flow, component: null, context, steps: [...steps, step] };
}

function decideCallback(
  configuration: Configuration,
  inbound: InboundNumber,
  { context, steps, now }: { context: CallContext; steps: DecisionStep[]; now: number | null },
): InboundDecision {
  const rule = chooseRule(configuration, inbound, context.caller);
  if (rule === null) {
    return decideFlow(inbound, context, [
      ...steps,
      { gate: 'rule', verdict: 'info', text: 'no callback rule matches' },
    ]);
  }
  const request = requestFromRule(rule, context);
  const chosen: DecisionStep = { gate: 'rule', verdict: 'info', text: `rule '${rule.name}', method ${rule.method}` };
  const gated = gateCallback(configuration, request, now === null ? null : now + rule.delaySeconds * 1000);
  const all = [...steps, chosen, ...gated.steps];
  if (gated.type === 'refuse') return { ...gated, steps: all };
  const { notBefore } = gated;
  return {
    type: 'callback',
    request,
    rule: rule.name,
    steps: all,
    ...(notBefore === undefined ? {} : { notBefore }),
  };
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
    return refuse('inbound-number', [], `'${printable(call.dialledUser)}' is not an inbound number`);
  const { inbound } = dialled;
  const reading = readCaller(configuration, call, source);
  const context: CallContext = {
    caller: reading.caller,
    callerName: reading.name,
    inboundNumber: inbound.number,
    source: source === null ? null : sourceName(source),
    ...attestationFor(configuration, call, source),
    ...(dialled.first === null ? {} : { firstDialled: printable(dialled.first) }),
  };
  const steps: DecisionStep[] = [
    { gate: 'inbound-number', verdict: 'pass', text: dialled.text },
    { gate: 'caller', verdict: 'info', text: reading.text },
  ];
  if (inbound.callback) return decideCallback(configuration, inbound, { context, steps, now });
  return decideFlow(inbound, context, [...steps, { gate: 'rule', verdict: 'info', text: 'callback is off here' }]);
}

/** How the source was found, and its step. */
export function sourceStep(source: CallSource): DecisionStep {
  if (source.type === 'stranger') {
    return { gate: 'source', verdict: 'refuse', text: 'the source belongs to no trunk and no extension' };
  }
  const text = source.type === 'trunk' ? `from trunk '${source.trunk}'` : `from extension '${source.number}'`;
  return { gate: 'source', verdict: 'pass', text };
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
  if (source.type === 'stranger')
    return { type: 'refuse', gate: 'source', rejection: refusalAt('source'), steps: [step] };
  const decision = decideFromSource(configuration, call, source, now);
  return { ...decision, steps: [step, ...decision.steps] };
}
