/** Calls without SIP: what was ordered is written down, what legs do is up to the test. */

import type { Detection } from '../../lib/core/call/detection.ts';
import type { InboundCall } from '../../lib/core/call/inbound-call.ts';
import type { HangupReason, LegEvent, LegId, LegResult } from '../../lib/core/call/leg.ts';
import type { RecordingOptions } from '../../lib/core/call/recording.ts';
import type { ReferRequest, ReferTarget } from '../../lib/core/call/referral.ts';
import type { TransferProgress } from '../../lib/core/call/transfer.ts';
import type { BridgeOptions, Calls, CallsListener, DialRequest, Rejection } from '../../lib/ports/calls.ts';
import type { Clock } from '../../lib/ports/clock.ts';

export type RejectResult = Awaited<ReturnType<Calls['reject']>>;

export const BUSY: LegResult = {
  kind: 'final',
  status: 486,
  phrase: 'Busy Here',
  q850Cause: null,
  location: null,
  text: '',
  retryAfterSeconds: null,
  rang: false,
};

export class FakeCalls implements Calls {
  /** All orders in their order: `dial LEG`, `hangUp LEG 16 text`, `reject LEG 486`, `answer LEG`, `bridge A B`, ... */
  readonly orders: string[];
  /** Of each `play`, in its order. */
  readonly languages: Array<string | null> = [];
  readonly dialled: Array<DialRequest & { at: number }> = [];
  readonly rejections: Array<{ legId: LegId; rejection: Rejection }> = [];
  readonly hangUps: Array<{ legId: LegId; reason: HangupReason }> = [];
  /** With the trunk whose codecs count. */
  readonly answeredBy: Array<{ legId: LegId; source: string | null }> = [];
  readonly silenced: Array<{ address: string; untilMs: number }> = [];
  /** What becomes of a rejection; the default: it is sent now. */
  onReject: (legId: LegId, rejection: Rejection) => RejectResult | Promise<RejectResult>;
  /** False: a leg that is hung up reports nothing until the test says so. */
  endsWhenHungUp = true;
  readonly #clock: Clock;
  /** Legs that have not had their last event. */
  readonly #up = new Set<LegId>();
  #listener: CallsListener | null = null;

  constructor(clock: Clock, orders: string[] = []) {
    this.#clock = clock;
    this.orders = orders;
    this.onReject = () => ({ result: 'sent', at: clock.now() });
  }

  get up(): LegId[] {
    return [...this.#up];
  }

  listen(listener: CallsListener): void {
    this.#listener = listener;
  }

  offer(call: InboundCall): void {
    this.#up.add(call.legId);
    this.#listener!.offered(call);
  }

  event(event: LegEvent): void {
    if (event.type === 'rejected' || event.type === 'ended') this.#up.delete(event.legId);
    this.#listener!.event(event);
  }

  wire(legId: LegId, direction: 'sent' | 'received', summary: string): void {
    this.#listener!.wire({ legId, at: this.#clock.now(), direction, summary, peer: 'udp/127.0.0.1:5070' });
  }

  /** The INVITE is on the wire, and the person answers. */
  answered(legId: LegId): void {
    this.event({ type: 'dialled', legId, callId: `call-of-${legId}` });
    this.event({ type: 'answered', legId });
  }

  rejected(legId: LegId, result: LegResult = BUSY): void {
    this.event({ type: 'rejected', legId, result });
  }

  ended(legId: LegId, by: 'remote' | 'local' | 'system' = 'remote'): void {
    this.event({ type: 'ended', legId, by, text: '' });
  }

  dial(request: DialRequest): void {
    this.orders.push(`dial ${request.legId}`);
    this.dialled.push({ ...request, at: this.#clock.now() });
    this.#up.add(request.legId);
  }

  async reject(legId: LegId, rejection: Rejection): Promise<RejectResult> {
    this.orders.push(`reject ${legId} ${rejection.status}`);
    this.rejections.push({ legId, rejection });
    const result = await this.onReject(legId, rejection);
    if (this.#up.has(legId) && result.result === 'sent') this.rejected(legId, { ...BUSY, status: rejection.status });
    else if (this.#up.has(legId)) this.ended(legId);
    return result;
  }

  challenge(legId: LegId): void {
    this.orders.push(`challenge ${legId}`);
    this.event({ type: 'ended', legId, by: 'local', text: 'challenged' });
  }

  ring(legId: LegId): void {
    this.orders.push(`ring ${legId}`);
  }

  answer(legId: LegId, source: string | null = null): void {
    this.answeredBy.push({ legId, source });
    this.orders.push(`answer ${legId}`);
  }

  play(legId: LegId, playId: string, prompt: string, language: string | null = null): void {
    this.languages.push(language);
    this.orders.push(`play ${legId} ${playId} ${prompt}`);
  }

  stopPlay(legId: LegId): void {
    this.orders.push(`stopPlay ${legId}`);
  }

  bridge(a: LegId, b: LegId, { release }: BridgeOptions = { release: false }): void {
    this.orders.push(`bridge ${a} ${b}${release ? ' release' : ''}`);
  }

  refer(legId: LegId, referId: string, { target, timeoutSeconds }: ReferRequest): void {
    this.orders.push(`refer ${legId} ${referId} ${targetText(target)} ${timeoutSeconds}`);
  }

  detect(legId: LegId, detectId: string, { what }: Detection): void {
    this.orders.push(`detect ${legId} ${detectId} ${what}`);
  }

  stopDetect(legId: LegId): void {
    this.orders.push(`stopDetect ${legId}`);
  }

  record(legId: LegId, recordingId: string, { what }: RecordingOptions): void {
    this.orders.push(`record ${legId} ${recordingId} ${what}`);
  }

  stopRecord(legId: LegId): void {
    this.orders.push(`stopRecord ${legId}`);
  }

  transfer(legId: LegId, _transferId: string, progress: TransferProgress): void {
    this.orders.push(`transfer ${legId} ${progress.type}`);
  }

  hangUp(legId: LegId, reason: HangupReason): void {
    this.orders.push(`hangUp ${legId} ${reason.cause} ${reason.text}`);
    this.hangUps.push({ legId, reason });
    if (!this.endsWhenHungUp || !this.#up.has(legId)) return;
    this.wire(legId, 'sent', 'BYE');
    this.ended(legId, 'local');
  }

  /** The SIP engine goes, and comes again; what is dialled meanwhile goes nowhere. */
  loseEngine(): void {
    this.#up.clear();
    this.#listener!.lost();
  }

  findEngine(): void {
    this.#listener!.found();
  }

  silence(address: string, untilMs: number): void {
    this.silenced.push({ address, untilMs });
  }
}

function targetText(target: ReferTarget): string {
  switch (target.kind) {
    case 'number':
      return target.number;
    case 'extension':
      return `extension:${target.extension}`;
    case 'uri':
      return target.uri;
  }
}
