/** What the dry run answers, and how it reads on a terminal. */

import { dialledOf } from '../call/candidate.ts';
import type { DialCandidate } from '../call/leg.ts';
import type { Rejection } from '../call/rejection.ts';
import type { CallbackMethod, CallerId } from '../configuration.ts';
import type { CallerIdChange } from '../dialplan/caller-id.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { countryOf } from '../policy/read-number.ts';
import type { Worded } from '../sentence.ts';
import type { RingingMode } from './ringing.ts';

export interface ExplanationStep extends Worded {
  /** A gate, or `rule`, `caller`, `flow`, `target`, `route`, `caller-id`, `due`. */
  step: string;
  verdict: 'passed' | 'refused' | 'chosen' | 'skipped';
}

/** Whom one candidate would be shown. */
export interface ShownTo {
  callerId: CallerId;
  /** Why it is another one than `Explanation.callerId`; null: it is that one. */
  callerIdChange: CallerIdChange | null;
}

/** JSON-safe; field names are kept stable. Instants are epoch milliseconds. */
export interface Explanation {
  to: string;
  from: PhoneNumber;
  /** Of `from`; null: not known. */
  country: string | null;
  outcome: 'callback' | 'flow' | 'refused';
  /** The final response that the caller would get; null: the flow decides. */
  status: number | null;
  q850Cause: number | null;
  reject: { status: number; reason: Rejection['reason'] } | null;
  /** The gate that refuses; null: none. */
  gate: string | null;
  inboundNumber: string | null;
  rule: string | null;
  /** The flow that the call (or the answered callback) enters. */
  flow: string | null;
  method: CallbackMethod | null;
  target: { number: string | null; extension: string | null } | null;
  /** In the order in which they would be tried, with what is dialled. */
  candidates: DialCandidate[];
  /** As long as `candidates`. */
  shown: ShownTo[];
  callerId: CallerId | null;
  /** In which prompts are spoken; BCP 47. Null: nothing is said. */
  language: string | null;
  /** How the call is treated before the callback is promised; null: it is not called back. */
  mode: 'reject' | RingingMode | null;
  ringSeconds: number | null;
  delaySeconds: number | null;
  /** If it called now. */
  dueAt: number | null;
  expiresAt: number | null;
  steps: ExplanationStep[];
}

/** Of each text that is asked with. */
export const LONGEST_ASKED = 128;

export function emptyExplanation(to: string, from: PhoneNumber): Explanation {
  return {
    to: to.slice(0, LONGEST_ASKED),
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
    language: null,
    mode: null,
    ringSeconds: null,
    delaySeconds: null,
    dueAt: null,
    expiresAt: null,
    steps: [],
  };
}

export function candidateText(candidate: DialCandidate): string {
  return candidate.kind === 'trunk'
    ? `'${candidate.user}' through trunk '${candidate.trunk}'`
    : `extension '${dialledOf(candidate)}'`;
}

/** Where it is the caller ID that was wanted, as it was written, the line of its own says so. */
function shownText(shown: ShownTo | undefined, wanted: CallerId | null): string {
  return shown === undefined || shown.callerId.number === (wanted?.number ?? '')
    ? ''
    : `, showing ${shown.callerId.number}`;
}

function ringingLines({ mode, ringSeconds }: Explanation): string[] {
  if (mode === 'ring') return [`  rings      ${ringSeconds} s before the response`];
  return mode === 'missedCall' ? [`  rings      ${ringSeconds} s; called back only if the caller hangs up`] : [];
}

function resultLines(explanation: Explanation): string[] {
  const { reject } = explanation;
  const reason = reject?.reason
    ? `, ${reject.reason.protocol} cause ${reject.reason.cause} "${reject.reason.text}"`
    : '';
  const response = reject === null ? [] : [`  response   ${reject.status}${reason}`];
  if (explanation.outcome === 'refused') return [`Refused by the gate '${explanation.gate}'.`, ...response];
  if (explanation.outcome === 'flow')
    return [`Flow '${explanation.flow}' takes the call, in ${explanation.language}; no callback is made here.`];
  const { callerId, target } = explanation;
  return [
    `Called back${explanation.rule === null ? '' : ` by rule '${explanation.rule}'`}, method ${explanation.method}.`,
    ...ringingLines(explanation),
    ...(explanation.mode === 'missedCall' ? [] : response),
    `  target     ${target?.extension === null ? target.number : `extension ${target?.extension}`}`,
    ...explanation.candidates.map(
      (candidate, i) =>
        `  dials      ${candidateText(candidate)}${shownText(explanation.shown[i], explanation.callerId)}`,
    ),
    `  caller ID  ${callerId === null ? "the trunk's default" : `${callerId.number}${callerId.name === null ? '' : ` "${callerId.name}"`}`}`,
    `  due        ${explanation.dueAt === null ? '-' : new Date(explanation.dueAt).toISOString()} (${explanation.delaySeconds} s)`,
    `  speaks     ${explanation.language}`,
    `  then       ${explanation.flow === null ? 'the call ends' : `flow '${explanation.flow}'`}`,
  ];
}

/** For the terminal: the result, then every step. No control characters, whatever was asked. */
export function formatExplanation(explanation: Explanation): string {
  const e164 = explanation.from.e164 === null ? '' : ` (${explanation.from.e164})`;
  const head = `${explanation.from.received || 'anonymous'}${e164} calls ${explanation.to}`;
  const steps = explanation.steps.map(({ step, verdict, text }) => `  ${verdict.padEnd(8)} ${step.padEnd(15)} ${text}`);
  const lines = [head, ...resultLines(explanation), '', 'Why:', ...steps];
  return `${lines.map((line) => line.replace(/\p{C}/gu, '?')).join('\n')}\n`;
}
