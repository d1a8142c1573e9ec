import { dialledOf, viaOf } from '../core/call/candidate.ts';
import type { Detection } from '../core/call/detection.ts';
import type { InboundCall } from '../core/call/inbound-call.ts';
import type { HangupReason, LegEvent, LegId } from '../core/call/leg.ts';
import type { RecordingOptions } from '../core/call/recording.ts';
import type { ReferRequest } from '../core/call/referral.ts';
import type { TransferProgress } from '../core/call/transfer.ts';
import {
  type Cdr,
  givenReason,
  inboundLeg,
  legAfter,
  type OpenLeg,
  outboundLeg,
  recordOfLeg,
} from '../core/cdr/cdr.ts';
import type { Configuration } from '../core/configuration.ts';
import { behindProxy } from '../core/rules/behind-proxy.ts';
import { identifySource, sourceName } from '../core/rules/source.ts';
import type { BridgeOptions, Calls, CallsListener, DialRequest, Rejection, WireMessage } from '../ports/calls.ts';
import type { CdrSink } from '../ports/cdr-sink.ts';
import type { Clock } from '../ports/clock.ts';

export interface RecordedCallsOptions {
  calls: Calls;
  clock: Clock;
  sink: CdrSink;
  configuration: () => Configuration;
  trunkAddresses: () => ReadonlyMap<string, string[]>;
  /** Looks on, too. */
  messages?: { note(message: WireMessage): void; belongsTo(legId: LegId, callbackId: string): void };
}

/**
 * Calls, with a record of each leg. It stands between the application and SIP and looks on: what the application orders
 * and what the legs report passes through as it is. Strangers' INVITEs get no record: they are in the log and the metrics.
 */
export class RecordedCalls implements Calls {
  readonly #options: RecordedCallsOptions;
  readonly #legs = new Map<LegId, OpenLeg>();

  constructor(options: RecordedCallsOptions) {
    this.#options = options;
  }

  /** Legs without a record yet. */
  get open(): number {
    return this.#legs.size;
  }

  listen(listener: CallsListener): void {
    this.#options.calls.listen({
      offered: (call) => {
        this.#offered(call);
        listener.offered(call);
      },
      event: (event) => {
        // What the listener does on it (a callback that is noted, a hang-up) belongs to the record, too.
        if (!isLast(event)) this.#event(event);
        listener.event(event);
        if (isLast(event)) this.#event(event);
      },
      wire: (message) => {
        this.#wire(message);
        this.#options.messages?.note(message);
        listener.wire(message);
      },
      lost: () => {
        listener.lost();
        this.#lost();
      },
      found: () => listener.found(),
    });
  }

  #offered(call: InboundCall): void {
    const { configuration, trunkAddresses, clock, sink } = this.#options;
    if (!sink.isWanted) return;
    const source = identifySource(configuration(), behindProxy(configuration(), call), trunkAddresses());
    // Who is challenged calls again, and that call has a record.
    if (source.type === 'stranger' || source.type === 'unproven') return;
    this.#keep(inboundLeg(call, sourceName(source), clock.now()));
  }

  /** No leg reports its end. */
  #lost(): void {
    const now = this.#options.clock.now();
    for (const leg of [...this.#legs.values()]) {
      const event = { type: 'ended', legId: leg.legId, by: 'system', text: 'the SIP engine was lost' } as const;
      this.#close(recordOfLeg(leg, event, now));
    }
  }

  #event(event: LegEvent): void {
    const leg = this.#legs.get(event.legId);
    if (!leg) return;
    const now = this.#options.clock.now();
    if (isLast(event)) this.#close(recordOfLeg(leg, event, now));
    else this.#change(leg, legAfter(leg, event, now));
  }

  #wire({ legId, peer }: WireMessage): void {
    const leg = this.#legs.get(legId);
    if (leg && leg.peer === null && peer !== '') this.#change(leg, { ...leg, peer });
  }

  #keep(leg: OpenLeg): void {
    this.#legs.set(leg.legId, leg);
    this.#options.sink.open(leg);
  }

  #change(before: OpenLeg, after: OpenLeg): void {
    if (before !== after) this.#keep(after);
  }

  #close(cdr: Cdr): void {
    this.#legs.delete(cdr.legId);
    this.#options.sink.closed(cdr);
  }

  #note(legId: LegId, change: Partial<OpenLeg>): void {
    const leg = this.#legs.get(legId);
    if (leg) this.#keep({ ...leg, ...change });
  }

  /** The inbound leg asked for this callback. */
  belongsTo(legId: LegId, callbackId: string): void {
    this.#note(legId, { callbackId });
    this.#options.messages?.belongsTo(legId, callbackId);
  }

  dial(request: DialRequest): void {
    const { calls, sink } = this.#options;
    if (sink.isWanted && !this.#legs.has(request.legId)) this.#dialled(request);
    calls.dial(request);
  }

  #dialled({ legId, candidate, callbackId, identity }: DialRequest): void {
    const dialled = {
      legId,
      callbackId,
      trunk: viaOf(candidate),
      caller: identity.callerId.number,
      callee: dialledOf(candidate),
    };
    this.#keep(outboundLeg(dialled, this.#options.clock.now()));
  }

  async reject(legId: LegId, rejection: Rejection): ReturnType<Calls['reject']> {
    const { reason, status, callbackId } = rejection;
    if (callbackId !== null) this.#options.messages?.belongsTo(legId, callbackId);
    const leg = this.#legs.get(legId);
    if (leg) {
      const q850Cause = reason?.protocol === 'Q.850' ? reason.cause : null;
      this.#keep({ ...leg, given: { status, q850Cause, text: reason?.text ?? '', callbackId } });
    }
    return this.#options.calls.reject(legId, rejection);
  }

  ring(legId: LegId): void {
    this.#note(legId, { ringingAt: this.#options.clock.now() });
    this.#options.calls.ring(legId);
  }

  challenge(legId: LegId): void {
    this.#options.calls.challenge(legId);
  }

  answer(legId: LegId, source?: string | null): void {
    this.#options.calls.answer(legId, source);
  }

  transfer(legId: LegId, transferId: string, progress: TransferProgress): void {
    this.#options.calls.transfer(legId, transferId, progress);
  }

  play(legId: LegId, playId: string, prompt: string, language: string | null = null): void {
    this.#options.calls.play(legId, playId, prompt, language);
  }

  stopPlay(legId: LegId): void {
    this.#options.calls.stopPlay(legId);
  }

  bridge(a: LegId, b: LegId, options?: BridgeOptions): void {
    this.#note(a, { bridgedLegId: b });
    this.#note(b, { bridgedLegId: a });
    this.#options.calls.bridge(a, b, options);
  }

  refer(legId: LegId, referId: string, request: ReferRequest): void {
    this.#options.calls.refer(legId, referId, request);
  }

  detect(legId: LegId, detectId: string, detection: Detection): void {
    this.#options.calls.detect(legId, detectId, detection);
  }

  stopDetect(legId: LegId): void {
    this.#options.calls.stopDetect(legId);
  }

  record(legId: LegId, recordingId: string, options: RecordingOptions): void {
    this.#options.calls.record(legId, recordingId, options);
  }

  stopRecord(legId: LegId): void {
    this.#options.calls.stopRecord(legId);
  }

  hangUp(legId: LegId, reason: HangupReason): void {
    const leg = this.#legs.get(legId);
    if (leg && leg.given === null) this.#note(legId, { given: givenReason(reason) });
    this.#options.calls.hangUp(legId, reason);
  }

  silence(address: string, untilMs: number): void {
    this.#options.calls.silence(address, untilMs);
  }
}

const isLast = (event: LegEvent): event is Extract<LegEvent, { type: 'rejected' | 'ended' }> =>
  event.type === 'rejected' || event.type === 'ended';
