import type { InboundCall } from '../call/inbound-call.ts';
import type { DecisionStep, Gate, Rejection } from '../call/rejection.ts';
import type { Configuration } from '../configuration.ts';
import type { CallbackRequest, CallContext } from './request.ts';
export type InboundDecision =
  | { type: 'refuse'; gate: Gate; rejection: Rejection; steps: DecisionStep[] }
  | { type: 'callback'; request: CallbackRequest; rule: string; steps: DecisionStep[] }
  /** The flow starts at its `start`. */
  | { type: 'flow'; flow: string; component: null; context: CallContext; steps: DecisionStep[] };
export function decideInbound(
  _configuration: Configuration,
  _call: InboundCall,
  _resolved: ReadonlyMap<string, readonly string[]>,
): InboundDecision {
  throw new Error('not written yet');
}
