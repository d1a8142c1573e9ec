import type { InboundCall } from '../core/call/inbound-call.ts';
import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import { justNow } from '../core/callback/clock-step.ts';
import type { Configuration } from '../core/configuration.ts';
import { gateCallback } from '../core/rules/gates.ts';
import { callbackComponentAt, requestFromComponent } from '../core/rules/request.ts';
import type { Calls, Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Acceptance, AcceptanceDetails, CallbackAcceptance } from './acceptance.ts';
import type { CallbackRunner } from './callback-runner.ts';
import type { FlowCalls, FlowRequest } from './flow-calls.ts';
import type { Decision } from './inbound-calls.ts';
import type { Switchboard } from './switchboard.ts';
import { FAULT, UNAVAILABLE } from './unavailable.ts';

type Accepted = Extract<Acceptance, { callback: unknown }>;
type Refused = { rejection: Rejection; gate: string };

export interface FlowRequestsOptions {
  clock: Clock;
  calls: Calls;
  switchboard: Switchboard;
  runner: CallbackRunner;
  acceptance: CallbackAcceptance;
  flows: FlowCalls;
  configuration: () => Configuration;
  onDecision: (decision: Decision, gate: string | null) => void;
  onPromise: (legId: LegId, callbackId: CallbackId) => void;
  /** Rejects an unanswered call with the promise. */
  keep: (call: Pick<InboundCall, 'legId' | 'callId'>, accepted: Accepted) => Promise<void>;
  log: Log;
}

/** Whose person reached the component. */
export interface Asker {
  /** SIP Call-ID of the inbound call; null: the API. */
  callId: string | null;
  /** The callback that has him on the line; null: he called. */
  callbackId: CallbackId | null;
}

/** What becomes of a flow that reached a `callback` component: promised a callback and ended, ended, or led on. */
export class FlowRequests {
  readonly #options: FlowRequestsOptions;

  constructor(options: FlowRequestsOptions) {
    this.#options = options;
  }

  take(asked: FlowRequest, asker: Asker): void {
    // After the step that has asked.
    void Promise.resolve()
      .then(() => this.#decide(asked, asker))
      .catch((error: unknown) => {
        this.#options.log.error({ err: error, callId: asker.callId }, 'a callback component could not be carried out');
        this.#end(asked, FAULT);
      });
  }

  async #decide(asked: FlowRequest, asker: Asker): Promise<void> {
    const { configuration, clock, onDecision } = this.#options;
    const current = configuration();
    const request = requestFromComponent(current, asked, asked.call);
    if (request === null) return this.#refuse(asked, asker, { rejection: FAULT, gate: 'no-such-rule' });
    const gate = gateCallback(current, request, clock.now() + request.plan.terms.delaySeconds * 1_000);
    if (gate.type === 'refuse') {
      onDecision('refused', gate.gate);
      return this.#refuse(asked, asker, gate);
    }
    let isOver = false;
    const details = this.#detailsOf(asked, asker, async () => {
      isOver = await this.#finish(asker.callbackId!, asked);
      return isOver;
    });
    const hours = gate.notBefore === undefined ? {} : { notBefore: gate.notBefore };
    const accepted = await this.#options.acceptance.accept(request, { ...details, ...hours });
    if ('callback' in accepted) return this.#promise(asked, asker, accepted);
    if (accepted.type === 'withdrawn') return;
    onDecision(accepted.type, accepted.type === 'refused' ? accepted.gate : null);
    const refused = accepted.type === 'refused' ? accepted : { rejection: UNAVAILABLE, gate: 'store' };
    // Where the flow is over already nobody can go on in it.
    if (isOver) this.#end(asked, refused.rejection);
    else await this.#refuse(asked, asker, refused);
  }

  #detailsOf(asked: FlowRequest, { callId, callbackId }: Asker, granted: () => Promise<boolean>): AcceptanceDetails {
    const most = callbackComponentAt(this.#options.configuration(), asked)?.maxEntries ?? 1;
    return {
      inboundCallId: callId,
      ...(asked.how === 'hangUp' ? { promisedAt: null } : {}),
      ...(callbackId === null ? {} : { follows: { callbackId, most } }),
      ...(asked.goesOn === true && callbackId !== null ? { granted, replaces: callbackId } : {}),
    };
  }

  /** Nothing stands against it: the callback that has him on the line is over. @returns false: he went on without it */
  async #finish(callbackId: CallbackId, { component }: FlowRequest): Promise<boolean> {
    const decision = { type: 'callbackDecided', component, isGranted: true, why: '' } as const;
    const after = await this.#options.runner.post(callbackId, decision);
    return after?.state === 'done' && after.reason === 'callback-requested';
  }

  /** Of a call that runs a flow by itself. @returns false: the caller went on without it, and nothing is promised */
  async #leave(asked: FlowRequest, { callId, callbackId }: Asker, accepted: Accepted): Promise<boolean> {
    if (asked.goesOn !== true || callbackId !== null) return true;
    const { flows, runner } = this.#options;
    if (flows.decide(asked, { isGranted: true, why: '' })) return true;
    if (accepted.type === 'accepted') {
      await runner.post(accepted.callback.id, { type: 'callerGaveUp', callId: callId ?? '' });
    }
    return false;
  }

  async #refuse(asked: FlowRequest, { callbackId }: Asker, { rejection, gate }: Refused): Promise<void> {
    const { flows, runner } = this.#options;
    if (asked.goesOn !== true) return this.#end(asked, rejection);
    const decision = { isGranted: false, why: gate };
    if (callbackId === null) flows.decide(asked, decision);
    else await runner.post(callbackId, { type: 'callbackDecided', component: asked.component, ...decision });
  }

  async #promise(asked: FlowRequest, asker: Asker, accepted: Accepted): Promise<void> {
    const { legId } = asked;
    if (!(await this.#leave(asked, asker, accepted))) return;
    const { keep, onDecision, onPromise, switchboard, runner, clock } = this.#options;
    if (asked.how === 'reject') return keep({ legId, callId: asker.callId ?? '' }, accepted);
    onDecision(accepted.type, null);
    const { id, plan } = accepted.callback;
    onPromise(legId, id);
    const byeAt = await switchboard.hangUpAndTell(legId, plan.terms.reject.reason);
    const at = justNow(byeAt, clock.now());
    await runner.post(id, { type: accepted.type === 'accepted' ? 'promised' : 'calledAgain', at });
  }

  /** The caller of a flow gets no callback: the same refusal, as a final response or as the Reason of a BYE. */
  #end(asked: FlowRequest, rejection: Rejection): void {
    const { calls } = this.#options;
    if (asked.how === 'reject') void calls.reject(asked.legId, rejection);
    else calls.hangUp(asked.legId, rejection.reason ?? { cause: 41, text: 'Temporary failure' });
  }
}
