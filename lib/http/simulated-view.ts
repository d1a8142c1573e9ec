/** A simulated call as the API shows it: instants are seconds since it began. */

import { dialledOf } from '../core/call/candidate.ts';
import type { DialRequest } from '../core/call/dial-request.ts';
import type { SimulatedCall, SimulatedStep } from '../core/flow/simulated-call.ts';
import { isoTime } from './callback-view.ts';

function targetView({ candidate, identity }: DialRequest) {
  const { number } = identity.callerId;
  const via = candidate.kind === 'group' ? 'extension' : candidate.kind;
  return { via: candidate.kind === 'trunk' ? candidate.trunk : via, user: dialledOf(candidate), shows: number };
}

function endView({ end, promise }: SimulatedCall, since: (at: number) => number) {
  if (end === null) return null;
  if (end.type === 'over') {
    const { outcome, reason, hangUp } = end;
    return { type: 'over', outcome, reason, cause: hangUp?.cause ?? null, text: hangUp?.text ?? null };
  }
  if (promise === null) return { type: 'callback', component: end.component, dueAt: null };
  const { terms, next } = promise.plan;
  const { method, number, extension, trunk, outgoingRule } = terms;
  return {
    type: 'callback',
    component: end.component,
    dueAt: since(promise.dueAt),
    method,
    number,
    extension,
    trunk,
    outgoingRule,
    next,
  };
}

/** @param startedAt epoch milliseconds */
export function simulatedView(call: SimulatedCall, startedAt: number) {
  const since = (at: number) => Math.round(at - startedAt) / 1000;
  const stepView = ({ event, at, ignored, notes, entered }: SimulatedStep) => ({
    event,
    at: since(at),
    ignored,
    notes,
    entered,
  });
  const { state, timer, heard, target, possible } = call;
  return {
    startedAt: isoTime(startedAt),
    now: since(call.now),
    flow: state.flow,
    component: state.component,
    answered: state.answered,
    talking: call.end === null && state.place.type === 'bridged',
    digits: 'digits' in state.place ? state.place.digits : '',
    heard,
    timer: timer === null ? null : { kind: timer.kind, at: since(timer.at) },
    target: target === null ? null : targetView(target),
    end: endView(call, since),
    possible,
    steps: call.steps.map(stepView),
  };
}
