import type { InboundCall } from '../core/call/inbound-call.ts';
import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import { justNow } from '../core/callback/clock-step.ts';
import type { Configuration } from '../core/configuration.ts';
import { behindProxy } from '../core/rules/behind-proxy.ts';
import { decideInbound } from '../core/rules/decide-inbound.ts';
import type { CallbackRequest } from '../core/rules/request.ts';
import type { Calls } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Acceptance, CallbackAcceptance } from './acceptance.ts';
import type { Admission } from './admission.ts';
import type { CallbackRunner } from './callback-runner.ts';
import type { FlowCalls, FlowRequest } from './flow-calls.ts';
import { FlowRequests } from './flow-requests.ts';
import { RingingCalls } from './ringing-calls.ts';
import { Strangers } from './strangers.ts';
import type { Switchboard } from './switchboard.ts';
import { FAULT, UNAVAILABLE } from './unavailable.ts';

/** `gave-up`: hung up while it rang, and nothing was promised; `stayed`: a missed call that was none. */
export type Decision = 'accepted' | 'merged' | 'challenged' | 'refused' | 'flow' | 'unavailable' | 'gave-up' | 'stayed';

export interface InboundCallsOptions {
  clock: Clock;
  calls: Calls;
  switchboard: Switchboard;
  runner: CallbackRunner;
  acceptance: CallbackAcceptance;
  admission: Pick<Admission, 'refusal'>;
  flows: FlowCalls;
  configuration: () => Configuration;
  trunkAddresses: () => ReadonlyMap<string, string[]>;
  /** The process is about to end: promises are still taken, for the next one; nobody is led into a flow. */
  isDraining: () => boolean;
  onDecision: (decision: Decision, gate: string | null) => void;
  /** This call is called back by that callback, though no response says so. */
  onPromise: (legId: LegId, callbackId: CallbackId) => void;
  log: Log;
}

/** What becomes of each INVITE that comes in: refused, promised a callback, or led into a flow. */
export class InboundCalls {
  readonly #options: InboundCallsOptions;
  readonly #strangers = new Strangers();

  readonly #ringing: RingingCalls;
  readonly #flowRequests: FlowRequests;

  constructor(options: InboundCallsOptions) {
    this.#options = options;
    this.#ringing = new RingingCalls({
      ...options,
      promise: (call, asked) => this.#promise(call, asked),
      refuse: (call, accepted) => this.#refuse(call, accepted),
      onDecision: (decision) => options.onDecision(decision, null),
    });
    this.#flowRequests = new FlowRequests({ ...options, keep: (call, accepted) => this.#keep(call, accepted) });
  }

  /** Calls that ring before they are promised anything. */
  get ringing(): Pick<RingingCalls, 'live' | 'endLive' | 'cutOff' | 'engineLost' | 'stop'> {
    return this.#ringing;
  }

  offered(offered: InboundCall): void {
    const call = behindProxy(this.#options.configuration(), offered);
    this.#decide(call).catch((error: unknown) => {
      this.#options.log.error({ err: error, callId: call.callId }, 'an inbound call could not be decided');
      void this.#options.calls.reject(call.legId, FAULT);
    });
  }

  /** The configuration changed. */
  forgetStrangers(): void {
    this.#strangers.forget();
  }

  async #decide(call: InboundCall): Promise<void> {
    const { configuration, trunkAddresses, flows, onDecision, isDraining, admission, calls } = this.#options;
    const decision = decideInbound(configuration(), call, trunkAddresses(), this.#options.clock.now());
    if (decision.type === 'refuse' && decision.isChallenged === true) {
      onDecision('challenged', 'source');
      return calls.challenge(call.legId);
    }
    if (decision.type === 'refuse') {
      onDecision('refused', decision.gate);
      if (decision.gate === 'source') this.#noteStranger(call);
      await calls.reject(call.legId, decision.rejection);
      return;
    }
    const overload = admission.refusal();
    if (overload !== null) {
      onDecision('refused', 'overload');
      await calls.reject(call.legId, overload);
      return;
    }
    if (decision.type === 'flow' && isDraining()) {
      onDecision('unavailable', null);
      await calls.reject(call.legId, UNAVAILABLE);
      return;
    }
    if (decision.type === 'flow') {
      flows.start(call, decision, (isTaken) =>
        isTaken ? onDecision('flow', null) : onDecision('refused', 'capacity'),
      );
      return;
    }
    if (decision.ringing === null) await this.#promise(call, decision);
    else await this.#ringing.start(call, decision, decision.ringing);
  }

  /** Accepts the callback, rejects the call with it, and starts the delay when the rejection is out. */
  async #promise(
    call: Pick<InboundCall, 'legId' | 'callId'>,
    { request, notBefore }: { request: CallbackRequest; notBefore?: number },
  ): Promise<void> {
    const { acceptance } = this.#options;
    const accepted = await acceptance.accept(request, {
      inboundCallId: call.callId,
      ...(notBefore === undefined ? {} : { notBefore }),
    });
    if ('callback' in accepted) await this.#keep(call, accepted);
    else await this.#refuse(call, accepted);
  }

  /** Rejects the call with the promise, and has the delay start when that is out. */
  async #keep(
    call: Pick<InboundCall, 'legId' | 'callId'>,
    accepted: Extract<Acceptance, { callback: unknown }>,
  ): Promise<void> {
    const { calls, runner, onDecision, clock } = this.#options;
    const { callback } = accepted;
    onDecision(accepted.type, null);
    const { status, reason } = callback.plan.terms.reject;
    const sent = await calls.reject(call.legId, { status, reason, callbackId: callback.id });
    if (sent.result === 'cancelled') {
      if (accepted.type === 'accepted') await runner.post(callback.id, { type: 'callerGaveUp', callId: call.callId });
      return;
    }
    const now = clock.now();
    // Where the control link broke we do not know whether the rejection left: a promise that may have been heard is kept.
    const at = sent.result === 'sent' ? justNow(sent.at, now) : now;
    await runner.post(callback.id, { type: accepted.type === 'accepted' ? 'promised' : 'calledAgain', at });
  }

  async #refuse({ legId }: Pick<InboundCall, 'legId'>, why: Exclude<Acceptance, { callback: unknown }>): Promise<void> {
    if (why.type === 'withdrawn') return;
    this.#options.onDecision(why.type, why.type === 'refused' ? why.gate : null);
    await this.#options.calls.reject(legId, why.type === 'refused' ? why.rejection : UNAVAILABLE);
  }

  /**
   * A flow reached a `callback` component: the caller is still there, unanswered or on the line.
   * @param callId of the inbound call; null: the API asked for the callback
   * @param callbackId the callback whose person asks; null: the caller does
   */
  requestFromFlow(asked: FlowRequest, callId: string | null, callbackId: CallbackId | null): void {
    this.#flowRequests.take(asked, { callId, callbackId });
  }

  #noteStranger(call: InboundCall): void {
    const { address, proxy } = call.source;
    // Everybody else comes through that proxy too.
    if (proxy !== undefined) return;
    const until = this.#strangers.refused(address, this.#options.clock.now());
    if (until === null) return;
    this.#options.log.warn(
      { address },
      'requests of this address belong to no trunk and no extension: it gets no answer for a while',
    );
    this.#options.calls.silence(address, until);
  }
}
