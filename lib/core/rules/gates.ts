import type { DecisionStep, Gate, Rejection } from '../call/rejection.ts';
import type { Configuration } from '../configuration.ts';
import type { CallbackRequest } from './request.ts';
export type GateResult =
  | { type: 'pass'; steps: DecisionStep[] }
  | { type: 'refuse'; gate: Gate; rejection: Rejection; steps: DecisionStep[] };
/** Gates `anonymous` to `loop`, for calls, flow components and the API. */
export function gateCallback(_configuration: Configuration, _request: CallbackRequest): GateResult {
  throw new Error('not written yet');
}
/** @param acceptedCount callbacks accepted for this number within `limits.perNumber.perSeconds` */
export function limitRefusal(_configuration: Configuration, _acceptedCount: number): Rejection | null {
  throw new Error('not written yet');
}
