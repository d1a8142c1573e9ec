import type { InboundCall } from '../core/call/inbound-call.ts';
import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { Configuration } from '../core/configuration.ts';
import type { CallbackRequest } from '../core/rules/request.ts';
import { decideInbound } from '../core/rules/decide-inbound.ts';
import type { Calls, Rejection, WireMessage } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { CallbackAcceptance } from './acceptance.ts';
import type { CallbackRunner } from './callback-runner.ts';
import type { FlowCalls } from './flow-calls.ts';
import { Strangers } from './strangers.ts';

/** RFC 6432; no Retry-After, which would tell a proxy to leave this server alone (RFC 3261 21.5.4). */
const UNAVAILABLE: Rejection = {
  status: 503,
  reason: { protocol: 'Q.850', cause: 41, text: 'Temporary failure' },
  callbackId: null,
};

export interface InboundCallsOptions {
  clock: Clock;
  calls: Calls;
  runner: CallbackRunner;
  acceptance: CallbackAcceptance;
  flows: FlowCalls;
  configuration: () => Configuration;
  trunkAddresses: () => ReadonlyMap<string, string[]>;
  onDecision: (decision: 'accepted' | 'merged' | 'refused' | 'flow' | 'unavailable', gate: string | null) => void;
  log: Log;
}

/** What becomes of each INVITE that comes in: refused, promised a callback, or led into a flow. */
export class InboundCalls {
  readonly #options: InboundCallsOptions;
  readonly #strangers = new Strangers();
  /** Calls whose rejection is on its way: legs of no flow and no callback. */
  readonly #deciding = new Set<LegId>();

  constructor(options: InboundCallsOptions) {
    this.#options = options;
  }

  offered(call: InboundCall): void {
    this.#deciding.add(call.legId);
    this.#decide(call)
      .catch((error: unknown) => {
        this.#options.log.error({ err: error, callId: call.callId }, 'an inbound call could not be decided');
        return this.#options.calls.reject(call.legId, { status: 500, reason: null, callbackId: null });
      })
      .finally(() => this.#deciding.delete(call.legId))
      .catch(() => null);
  }

  /** @returns true if the event was for one of our calls */
  legEvent(event: LegEvent): boolean {
    return this.#options.flows.legEvent(event) || this.#deciding.has(event.legId);
  }

  wire(message: WireMessage): boolean {
    return this.#options.flows.wire(message);
  }

  /** The configuration changed. */
  forgetStrangers(): void {
    this.#strangers.forget();
  }

  async #decide(call: InboundCall): Promise<void> {
    const { configuration, trunkAddresses, flows, onDecision } = this.#options;
    const decision = decideInbound(configuration(), call, trunkAddresses());
    if (decision.type === 'refuse') {
      onDecision('refused', decision.gate);
      if (decision.gate === 'source') this.#noteStranger(call);
      await this.#options.calls.reject(call.legId, decision.rejection);
      return;
    }
    if (decision.type === 'flow') {
      onDecision('flow', null);
      flows.start(call, decision);
      return;
    }
    await this.promise(call, decision.request);
  }

  /** Accepts the callback, rejects the call with it, and starts the delay when the rejection is out. */
  async promise(call: Pick<InboundCall, 'legId' | 'callId'>, request: CallbackRequest): Promise<void> {
    const { acceptance, calls, runner, onDecision, clock } = this.#options;
    const accepted = await acceptance.accept(request, { inboundCallId: call.callId });
    if (accepted.type === 'refused' || accepted.type === 'unavailable') {
      onDecision(accepted.type, accepted.type === 'refused' ? 'limits' : null);
      await calls.reject(call.legId, accepted.type === 'refused' ? accepted.rejection : UNAVAILABLE);
      return;
    }
    const { callback } = accepted;
    onDecision(accepted.type, null);
    const { status, reason } = callback.plan.terms.reject;
    const sent = await calls.reject(call.legId, { status, reason, callbackId: callback.id });
    if (sent.result === 'cancelled') {
      if (accepted.type === 'accepted') await runner.post(callback.id, { type: 'callerGaveUp', callId: call.callId });
      return;
    }
    // Where the control link broke we do not know whether the rejection left: a promise that may have been heard is kept.
    const at = sent.result === 'sent' ? sent.at : clock.now();
    await runner.post(callback.id, { type: accepted.type === 'accepted' ? 'promised' : 'calledAgain', at });
  }

  #noteStranger(call: InboundCall): void {
    const { address } = call.source;
    const until = this.#strangers.refused(address, this.#options.clock.now());
    if (until === null) return;
    this.#options.log.warn({ address }, 'requests of this address belong to no trunk and no extension: it gets no answer for a while');
    this.#options.calls.silence(address, until);
  }
}
