/** Steps of the dry run that tell how a person would be dialled, and whether the ways there are open. */

import type { DialCandidate } from '../call/leg.ts';
import type { Configuration } from '../configuration.ts';
import { type Closure, closureOf, type LineState } from '../trunk/line-state.ts';
import type { Ringing } from './decide-inbound.ts';
import { candidateText, type ExplanationStep } from './explanation.ts';
import type { CallbackRequest } from './request.ts';

function writingText(configuration: Configuration, request: CallbackRequest, candidates: DialCandidate[]): string {
  const { trunk, outgoingRule, method } = request.plan.terms;
  const list = candidates.map(candidateText).join(', then ');
  if (method === 'extension') return list;
  const rule = outgoingRule ?? (trunk === null ? configuration.defaultOutgoingRule : null);
  if (rule !== null) return `${list}: as outgoing rule '${rule}' says`;
  const format = configuration.trunks.find((candidate) => candidate.name === trunk)?.numberFormat ?? 'asReceived';
  return `${list}: ${format === 'asReceived' ? 'exactly as received' : `in the trunk's format ${format}`}`;
}

export function dialSteps(
  configuration: Configuration,
  request: CallbackRequest,
  { candidates, ringing }: { candidates: DialCandidate[]; ringing: Ringing | null },
): ExplanationStep[] {
  const { callerId, delaySeconds } = request.plan.terms;
  const shown =
    callerId === null
      ? "the trunk's default"
      : `'${callerId.number}'${callerId.name === null ? '' : ` (${callerId.name})`}`;
  const from = ringing?.mode === 'missedCall' ? 'the caller hangs up' : 'the rejection is sent';
  return [
    { step: 'route', verdict: 'chosen', text: writingText(configuration, request, candidates) },
    { step: 'caller-id', verdict: 'chosen', text: shown },
    { step: 'due', verdict: 'chosen', text: `${delaySeconds} s after ${from}` },
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
  const text = 'every way is closed: it would wait until one opens, or until it expires';
  return [...closed, { step: 'trunk', verdict: 'chosen', text }];
}
