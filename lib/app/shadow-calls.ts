import type { InboundCall } from '../core/call/inbound-call.ts';
import type { Configuration } from '../core/configuration.ts';
import { behindProxy } from '../core/rules/behind-proxy.ts';
import { explainCall } from '../core/rules/explain.ts';
import type { Explanation, ExplanationStep } from '../core/rules/explanation.ts';
import { refusalAt } from '../core/rules/refusals.ts';
import { identifySource, sourceName } from '../core/rules/source.ts';
import type { Calls, Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { ShadowRecord, ShadowRecords } from '../ports/shadow-records.ts';
import { ShadowBook, type ShadowVerdict } from './shadow-book.ts';
import { Strangers } from './strangers.ts';

/** What every call in the shadow gets: a final response, or the way to the system that takes it. */
export interface ShadowAnswer {
  status: number;
  redirectTo: string | null;
}

export interface ShadowOptions {
  answer: ShadowAnswer;
  records: ShadowRecords;
}

export interface ShadowCallsOptions extends ShadowOptions {
  clock: Clock;
  ids: Ids;
  calls: Calls;
  configuration: { readonly configuration: Configuration; readonly trunkAddresses: ReadonlyMap<string, string[]> };
  onDecided: (record: ShadowRecord) => void;
  log: Log;
}

/**
 * Calls of a server that runs in the shadow of another one: each is decided, written down and explained, then sent on its
 * way. Nothing is stored, promised, rung or dialled.
 */
export class ShadowCalls {
  readonly #options: ShadowCallsOptions;
  readonly #book = new ShadowBook();
  readonly #strangers = new Strangers();

  constructor(options: ShadowCallsOptions) {
    this.#options = options;
  }

  offered(call: InboundCall): void {
    const { calls, answer, log } = this.#options;
    try {
      this.#decide(call);
    } catch (error) {
      log.error({ err: error, callId: call.callId }, 'a call could not be decided in the shadow');
    }
    void calls.reject(call.legId, rejectionOf(answer));
  }

  #decide(offered: InboundCall): void {
    const { clock, ids, records, onDecided } = this.#options;
    const { configuration, trunkAddresses: resolved } = this.#options.configuration;
    const call = behindProxy(configuration, offered);
    const now = clock.now();
    const { explanation, decision } = explainCall(configuration, call, { resolved, now });
    const source = identifySource(configuration, call, resolved);
    const isKnown = source.type !== 'stranger' && source.type !== 'unproven';
    const id = ids.callbackId();
    const verdict =
      decision.type === 'callback'
        ? this.#book.judge(decision.request, id, { configuration, now })
        : ({ type: 'accepted' } as const);
    const record: ShadowRecord = {
      id,
      at: now,
      callId: call.callId,
      peer: peerOf(call),
      source: isKnown ? sourceName(source) : null,
      explanation: decision.type === 'callback' ? judged(explanation, verdict) : explanation,
      joins: verdict.type === 'joins' ? verdict.id : null,
    };
    onDecided(record);
    // A scanner must not push the calls out that matter. It is not silenced: its address may be the proxy's.
    if (!isKnown && this.#strangers.refused(call.source.address, now) !== null) return;
    records.add(record);
  }
}

function peerOf({ source: { address, port, protocol } }: InboundCall): string {
  return `${protocol}/${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** RFC 3261 21.5.1 and Q.850 cause 41: whoever routes on takes it for a reason to try the next one. */
function rejectionOf({ status, redirectTo }: ShadowAnswer): Rejection {
  const isServerFault = status >= 500 && status <= 599;
  return {
    status,
    reason: isServerFault ? { protocol: 'Q.850', cause: 41, text: 'Temporary failure' } : null,
    callbackId: null,
    ...(redirectTo === null ? {} : { redirectTo }),
  };
}

/** The two gates that a dry run leaves out. */
function judged(explanation: Explanation, verdict: ShadowVerdict): Explanation {
  const steps = explanation.steps.map((step) => judgedStep(step, verdict));
  if (verdict.type !== 'limits') return { ...explanation, steps };
  const { status, reason } = refusalAt('limits');
  const last = steps.findIndex(({ step }) => step === 'limits');
  return {
    ...explanation,
    outcome: 'refused',
    status,
    q850Cause: reason?.cause ?? null,
    reject: { status, reason },
    gate: 'limits',
    candidates: [],
    callerId: null,
    dueAt: null,
    expiresAt: null,
    steps: steps.slice(0, last + 1),
  };
}

function judgedStep(step: ExplanationStep, verdict: ShadowVerdict): ExplanationStep {
  if (step.step === 'limits') {
    return verdict.type === 'limits'
      ? { step: 'limits', verdict: 'refused', text: 'too many callbacks for this number' }
      : { step: 'limits', verdict: 'passed', text: 'not too many callbacks for this number' };
  }
  if (step.step !== 'duplicate') return step;
  return verdict.type === 'joins'
    ? {
        step: 'duplicate',
        verdict: 'chosen',
        text: `the callback of '${verdict.id}' would be open: this call joins it`,
      }
    : { step: 'duplicate', verdict: 'passed', text: 'no callback of this caller would be open' };
}
