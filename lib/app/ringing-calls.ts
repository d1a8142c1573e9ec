import type { InboundCall } from '../core/call/inbound-call.ts';
import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import type { Ringing } from '../core/rules/decide-inbound.ts';
import type { CallbackRequest } from '../core/rules/request.ts';
import type { Calls, Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Acceptance, CallbackAcceptance } from './acceptance.ts';
import type { CallbackRunner } from './callback-runner.ts';
import type { FlowCalls } from './flow-calls.ts';
import type { LegOwner, Switchboard } from './switchboard.ts';

/** A caller who stayed on the line longer than he is rung: nothing was promised (RFC 3398 8.2.6.1 for cause 19). */
const NOBODY_ANSWERED: Rejection = {
  status: 480,
  reason: { protocol: 'Q.850', cause: 19, text: 'No answer' },
  callbackId: null,
};
const SHUTDOWN: Rejection = { ...NOBODY_ANSWERED, reason: { protocol: 'Q.850', cause: 41, text: 'Shutdown' } };

/** What is to be promised; not before that instant, though the delay ends earlier. */
interface Asked {
  request: CallbackRequest;
  notBefore?: number;
}

export interface RingingCallsOptions {
  clock: Clock;
  calls: Calls;
  switchboard: Switchboard;
  runner: CallbackRunner;
  acceptance: CallbackAcceptance;
  flows: FlowCalls;
  isDraining: () => boolean;
  /** Accepts the callback and rejects the call with the promise. */
  promise: (call: InboundCall, asked: Asked) => Promise<void>;
  /** Rejects the call with what became of the request: refused, or no store. */
  refuse: (call: InboundCall, accepted: Exclude<Acceptance, { callback: unknown }>) => Promise<void>;
  onPromise: (legId: LegId, callbackId: CallbackId) => void;
  onDecision: (decision: 'accepted' | 'merged' | 'flow' | 'gave-up' | 'stayed') => void;
  log: Log;
}

/** A call that rings here and has no final response yet. */
interface Rung {
  call: InboundCall;
  asked: Asked;
  ringing: Ringing;
  /** `missedCall`: the callback that stands if he hangs up; null: none (mode `ring`), or it is being stored. */
  kept: Extract<Acceptance, { callback: unknown }> | null;
  /** He hung up while the callback was being stored. */
  ended: Extract<LegEvent, { type: 'ended' | 'rejected' }> | null;
  cancelAlarm: (() => void) | null;
}

/**
 * Calls that ring before anything is promised. Mode `ring`: nothing is stored until the ringing is over; then as if the
 * call had just come. Mode `missedCall`: the callback is stored before the first ring, without its promise, so that a
 * crash loses nobody who hung up or was cut off; his CANCEL is what begins the promise.
 */
export class RingingCalls {
  readonly #rung = new Map<LegId, Rung>();
  /** Calls whose ringing is over, but what follows from it has not been done yet. */
  #settling = 0;
  readonly #options: RingingCallsOptions;

  constructor(options: RingingCallsOptions) {
    this.#options = options;
  }

  get live(): number {
    return this.#rung.size + this.#settling;
  }

  async start(call: InboundCall, asked: Asked, ringing: Ringing): Promise<void> {
    const { switchboard } = this.#options;
    const rung: Rung = { call, asked, ringing, kept: null, ended: null, cancelAlarm: null };
    this.#rung.set(call.legId, rung);
    switchboard.claim(call.legId, this.#ownerOf(rung));
    if (ringing.mode === 'missedCall' && !(await this.#keep(rung))) return;
    if (rung.ended !== null) this.#guarded(rung, () => this.#hungUp(rung, rung.ended!));
    else this.#ring(rung);
  }

  /** All legs are gone: who was rung was cut off. */
  engineLost(): void {
    for (const rung of [...this.#rung.values()]) {
      const { legId } = rung.call;
      this.#ownerOf(rung).legEvent({ type: 'ended', legId, by: 'system', text: 'the SIP engine was lost' });
    }
  }

  /** No call may go on ringing; what was being rung is promised, since it is we who end it. */
  endLive(): void {
    for (const rung of [...this.#rung.values()]) if (rung.ringing.mode === 'ring') this.#timeout(rung);
    this.cutOff();
  }

  /** Whose callback stands is rung no longer: it begins, here or at the node that has taken it over. */
  cutOff(): void {
    for (const rung of [...this.#rung.values()]) {
      if (rung.kept !== null) this.#guarded(rung, () => this.#rejectRung(rung, SHUTDOWN));
    }
  }

  stop(): void {
    for (const { cancelAlarm } of this.#rung.values()) cancelAlarm?.();
    this.#rung.clear();
  }

  #ownerOf(rung: Rung): LegOwner {
    return {
      name: rung.call.legId,
      legEvent: (event) => {
        if (event.type !== 'ended' && event.type !== 'rejected') return;
        rung.ended = event;
        if (rung.cancelAlarm !== null) this.#guarded(rung, () => this.#hungUp(rung, event));
      },
      slotGranted: () => undefined,
      fetched: () => undefined,
      slotClosed: () => undefined,
      wire: () => undefined,
    };
  }

  #guarded({ call: { callId } }: Rung, work: () => Promise<void>): void {
    this.#settling += 1;
    work()
      .catch((error: unknown) => {
        this.#options.log.error({ err: error, callId }, 'a call that rang could not be carried on');
      })
      .finally(() => {
        this.#settling -= 1;
      });
  }

  /** @returns false: no callback may be promised, and the call has been rejected */
  async #keep(rung: Rung): Promise<boolean> {
    const { acceptance, refuse } = this.#options;
    const { request, notBefore } = rung.asked;
    const accepted = await acceptance.accept(request, {
      inboundCallId: rung.call.callId,
      ringSeconds: rung.ringing.seconds,
      ...(notBefore === undefined ? {} : { notBefore }),
    });
    if (!('callback' in accepted)) {
      this.#letGo(rung);
      await refuse(rung.call, accepted);
      return false;
    }
    rung.kept = accepted;
    return true;
  }

  #ring(rung: Rung): void {
    const { calls, clock } = this.#options;
    const { call, ringing } = rung;
    calls.ring(call.legId);
    rung.cancelAlarm = clock.after(ringing.seconds * 1_000, () => this.#timeout(rung));
  }

  /** From here on the leg is somebody else's, or over. */
  #letGo({ call, cancelAlarm }: Rung): boolean {
    cancelAlarm?.();
    if (!this.#rung.delete(call.legId)) return false;
    this.#options.switchboard.release([call.legId]);
    return true;
  }

  #timeout(rung: Rung): void {
    const { isDraining } = this.#options;
    const { call, asked, ringing } = rung;
    if (ringing.mode === 'ring') {
      if (this.#letGo(rung)) this.#guarded(rung, () => this.#options.promise(call, asked));
    } else if (ringing.flow === null || isDraining())
      this.#guarded(rung, () => this.#rejectRung(rung, NOBODY_ANSWERED));
    else this.#guarded(rung, () => this.#leadOn(rung, ringing.flow!));
  }

  /** The flow has the leg before the callback is withdrawn: a CANCEL from now on is the flow's. */
  async #leadOn(rung: Rung, flow: string): Promise<void> {
    if (!this.#letGo(rung)) return;
    let isLed = true;
    this.#options.flows.start(rung.call, { flow, context: rung.asked.request }, (isTaken) => {
      isLed = isTaken;
    });
    // No room for him: his call ends unanswered, and he is called back for it.
    if (!isLed) return this.#missed(rung, 'cut-off');
    this.#options.onDecision('flow');
    await this.#notMissed(rung, 'caller-stayed');
  }

  async #rejectRung(rung: Rung, rejection: Rejection): Promise<void> {
    const { calls, onDecision } = this.#options;
    if (!this.#letGo(rung)) return;
    const { result } = await calls.reject(rung.call.legId, rejection);
    if (result === 'cancelled') return this.#missed(rung, 'missed-call');
    if (result === 'gone' || rejection === SHUTDOWN) return this.#missed(rung, 'cut-off');
    onDecision('stayed');
    await this.#notMissed(rung, 'caller-stayed');
  }

  async #hungUp(rung: Rung, event: Extract<LegEvent, { type: 'ended' | 'rejected' }>): Promise<void> {
    if (!this.#letGo(rung)) return;
    if (rung.kept === null) return this.#options.onDecision('gave-up');
    const isHisDoing = event.type === 'ended' && event.by === 'remote';
    if (!isHisDoing) return this.#missed(rung, 'cut-off');
    if (event.elsewhere !== true) return this.#missed(rung, 'missed-call');
    this.#options.onDecision('gave-up');
    await this.#notMissed(rung, 'taken-elsewhere');
  }

  /** The promise begins: he counts on being called from the moment at which he hung up, or was cut off. */
  async #missed({ call, kept }: Rung, by: 'missed-call' | 'cut-off'): Promise<void> {
    const { runner, clock, onDecision, onPromise } = this.#options;
    const at = clock.now();
    onDecision(kept!.type);
    onPromise(call.legId, kept!.callback.id);
    const event =
      kept!.type === 'accepted' ? ({ type: 'promised', at, by } as const) : { type: 'calledAgain' as const, at };
    await runner.post(kept!.callback.id, event);
  }

  /** A callback that an earlier call was promised stands as it is. */
  async #notMissed({ kept, call }: Rung, why: 'caller-stayed' | 'taken-elsewhere'): Promise<void> {
    if (kept?.type !== 'accepted') return;
    await this.#options.runner.post(kept.callback.id, { type: 'notMissed', callId: call.callId, why });
  }
}
