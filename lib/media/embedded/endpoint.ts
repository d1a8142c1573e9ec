/** One side of a call: its SDP session, its sockets, what it hears and what it sends. */

import { shownPrompt } from '../../core/flow/prompt.ts';
import type { Log } from '../../ports/log.ts';
import type { MediaEndpoint, MediaEndpointEvents, MediaEndpointOptions, MediaQuality } from '../../ports/media.ts';
import { Hearing } from '../hearing/hearing.ts';
import type { PromptLibrary } from '../prompts/prompt-library.ts';
import type { Codec } from '../sdp/remote-description.ts';
import { SdpSession } from '../sdp/sdp-session.ts';
import { ControlPath } from './control-path.ts';
import { OutboundStream } from './outbound-stream.ts';
import { Reception } from './reception.ts';
import { isRtcp } from './rtcp-packet.ts';
import { RtcpSession } from './rtcp-session.ts';
import { emptyRtpHeader, readRtp } from './rtp-packet.ts';
import type { RtpSockets } from './rtp-sockets.ts';
import { SourceLatch } from './source-latch.ts';
import { readTelephoneEvent, TelephoneEventReceiver } from './telephone-event.ts';
import type { Ticker } from './ticker.ts';
import type { TimeSource } from './time-source.ts';

export interface EmbeddedEndpointParts {
  sockets: RtpSockets;
  /** Our RTP port. */
  port: number;
  ticker: Ticker;
  time: TimeSource;
  prompts: PromptLibrary;
  log: Log;
  /** Called once; the port is free again. */
  closed(endpoint: EmbeddedEndpoint): void;
}

/** No hand is faster, no dialler either (RFC 4733 2.5.1: 40 ms on, 40 ms off); what is more is a flood. */
const MAX_KEYS_PER_SECOND = 25;

/** A packet is read at once and never kept: one header serves all endpoints. */
const header = emptyRtpHeader();

export class EmbeddedEndpoint implements MediaEndpoint {
  readonly port: number;
  readonly #parts: EmbeddedEndpointParts;
  readonly #events: MediaEndpointEvents;
  readonly #like: MediaEndpoint | null;
  readonly #log: Log;
  readonly #sdp: SdpSession;
  readonly #latch: SourceLatch;
  readonly #keys = new TelephoneEventReceiver();
  readonly #outbound: OutboundStream;
  readonly #hearing: Hearing;
  readonly #reception = new Reception();
  readonly #control = new ControlPath();
  readonly #reports: RtcpSession;
  readonly #counts = { received: 0, sent: 0, invalid: 0, strange: 0, failed: 0 };
  #partner: EmbeddedEndpoint | null = null;
  #heardAtMs: number;
  #packetsBefore = 0;
  #isTalking = false;
  #keySecond = { startedAtMs: 0, keys: 0 };
  /** Grows with every play and stop, so that a prompt that was loaded too late is not played. */
  #turn = 0;
  /** The peer had our SSRC once already: who sends back what he gets has it always (RFC 3550 8.2). */
  #hasCollided = false;
  #isClosed = false;

  constructor(options: MediaEndpointOptions, events: MediaEndpointEvents, parts: EmbeddedEndpointParts) {
    this.port = parts.port;
    this.#parts = parts;
    this.#events = events;
    this.#like = options.like;
    this.#log = parts.log.child({ endpointId: options.endpointId, port: parts.port });
    this.#latch = new SourceLatch(options.sipAddress ?? null);
    this.#sdp = new SdpSession({ ...options, port: parts.port, direction: 'sendrecv', takesMux: true });
    this.#heardAtMs = parts.time.nowMs();
    this.#outbound = new OutboundStream({ ...parts, send: (packet) => this.#send(packet) });
    this.#hearing = new Hearing(parts.ticker);
    this.#reports = this.#openReports();
    parts.sockets.listen({
      packet: (packet, address, port) => this.#receive(packet, address, port),
      control: (packet, address, port) => this.#receiveReport(packet, address, port),
      failed: (error) => this.#failed(error),
    });
  }

  #openReports(): RtcpSession {
    return new RtcpSession({
      time: this.#parts.time,
      random: Math.random,
      reception: this.#reception,
      stream: this.#outbound,
      send: (packet) => this.#sendReport(packet),
    });
  }

  offer(): string {
    return this.#sdp.offer(this.#preferred());
  }

  applyAnswer(sdp: string): boolean {
    if (this.#isClosed || this.#sdp.applyAnswer(sdp) === null) return false;
    this.#agreed();
    return true;
  }

  answer(offerSdp: string): string | null {
    const answer = this.#isClosed ? null : this.#sdp.answer(offerSdp, this.#preferred());
    if (answer !== null) this.#agreed();
    return answer;
  }

  async play(prompt: string, language: string | null = null): Promise<'played' | 'stopped' | 'failed'> {
    this.stop();
    const turn = this.#turn;
    const reason = this.#isClosed ? 'the endpoint is closed' : this.#sdp.agreed === null ? 'no media is agreed' : null;
    const source = reason === null ? await this.#parts.prompts.source(prompt, language) : null;
    if (turn !== this.#turn) return 'stopped';
    if (source !== null) return this.#outbound.play(source);
    this.#log.warn({ prompt: shownPrompt(prompt), reason: reason ?? 'no such prompt' }, 'Prompt not played.');
    return 'failed';
  }

  stop(): void {
    this.#turn += 1;
    this.#outbound.stopPlaying();
  }

  sendDigit(digit: string): void {
    if (!this.#isClosed && !this.#outbound.sendKey(digit)) {
      this.#log.warn({}, 'Key not sent: the peer takes no telephone-event, too many keys wait, or it is no key.');
    }
  }

  hear(listener: (frame: Int16Array) => void): () => void {
    return this.#hearing.listen(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    // The last report says that we leave.
    this.#reports.close();
    this.#isClosed = true;
    this.separate();
    this.#turn += 1;
    this.#outbound.close();
    this.#hearing.close();
    this.#parts.sockets.close();
    this.#parts.closed(this);
    this.#log.debug({ ...this.#counts, ...this.quality() }, 'Media endpoint closed.');
  }

  quality(): MediaQuality {
    const { received, lost, jitterMs } = this.#reception;
    const { roundTripMs, peerLost, peerJitterMs } = this.#reports.findings;
    return {
      ...{ received, lost, jitterMs: toTenths(jitterMs.max), sent: this.#counts.sent },
      ...{ roundTripMs: toTenths(roundTripMs), peerLost, peerJitterMs: toTenths(peerJitterMs) },
    };
  }

  /** Relays between the two from now on; what plays on them ends. */
  join(other: EmbeddedEndpoint): void {
    if (this.#isClosed || other.#isClosed || other === this || this.#partner === other) return;
    for (const endpoint of [this, other]) {
      endpoint.separate();
      endpoint.stop();
    }
    this.#partner = other;
    other.#partner = this;
  }

  /** Ends the relay, if there is one. */
  separate(): void {
    const partner = this.#partner;
    this.#partner = null;
    if (partner !== null) partner.#partner = null;
  }

  /** Whether RTP came or went between the last two counts. */
  get isTalking(): boolean {
    return this.#isTalking;
  }

  countTalk(): void {
    const packets = this.#counts.received + this.#counts.sent;
    this.#isTalking = packets !== this.#packetsBefore;
    this.#packetsBefore = packets;
  }

  /** Reports `dead` when RTP was to be expected and none came, and again after each further timeout. */
  checkAlive(mediaTimeoutMs: number): void {
    const nowMs = this.#parts.time.nowMs();
    if (this.#sdp.agreed?.expecting !== true || nowMs - this.#heardAtMs < mediaTimeoutMs) return;
    this.#heardAtMs = nowMs;
    this.#events.dead(`no RTP for ${mediaTimeoutMs / 1000} s`);
  }

  #preferred(): Codec[] {
    const agreed = this.#like instanceof EmbeddedEndpoint ? this.#like.#sdp.agreed : null;
    return agreed === null ? [] : [agreed.codec];
  }

  #agreed(): void {
    const agreed = this.#sdp.agreed!;
    this.#latch.signal(agreed.remote);
    this.#outbound.configure(agreed);
    this.#control.configure(agreed);
    this.#reports.start(agreed.noReports);
    this.#heardAtMs = this.#parts.time.nowMs();
  }

  #receive(packet: Buffer, address: string, port: number): void {
    const agreed = this.#sdp.agreed;
    // Before there is a description, nobody is known to be the peer.
    if (agreed === null) return;
    if (this.#control.isMux && isRtcp(packet)) {
      const { target } = this.#latch;
      if (target?.address === address && target.port === port) this.#reports.receive(packet);
      return;
    }
    const kind = readRtp(packet, header) ? (agreed.receiveKinds[header.payloadType] ?? null) : null;
    const event = kind === 'event' ? readTelephoneEvent(packet.subarray(header.payloadStart, header.payloadEnd)) : null;
    if (kind === null || (kind === 'event' && event === null)) {
      this.#counts.invalid += 1;
      return;
    }
    if (!this.#latch.accepts(address, port, header)) {
      this.#counts.strange += 1;
      return;
    }
    this.#counts.received += 1;
    this.#heardAtMs = this.#parts.time.nowMs();
    this.#reception.receive(header, this.#heardAtMs, event === null);
    if (header.ssrc === this.#outbound.ssrc && !this.#hasCollided) {
      this.#hasCollided = true;
      this.#outbound.collided();
    }
    // The relay rewrites the packet.
    if (kind !== 'event') this.#hearing.receive(kind, packet, header);
    // A key that began before the bridge is known, so that its rest is not counted after it.
    const digit = event === null ? null : this.#keys.receive(header.ssrc, header.timestamp, event);
    if (this.#partner !== null) this.#partner.#outbound.relay(packet, header, kind);
    else if (digit !== null) this.#report(digit);
  }

  #report(digit: string): void {
    const second = this.#keySecond;
    if (this.#heardAtMs - second.startedAtMs >= 1000) {
      second.startedAtMs = this.#heardAtMs;
      second.keys = 0;
    }
    second.keys += 1;
    if (second.keys <= MAX_KEYS_PER_SECOND) this.#events.digit(digit);
    else if (second.keys === MAX_KEYS_PER_SECOND + 1)
      this.#log.warn({}, 'More keys in a second than can be pressed; dropped.');
  }

  #send(packet: Buffer): void {
    const target = this.#latch.target;
    if (this.#isClosed || target === null) return;
    this.#counts.sent += 1;
    this.#parts.sockets.send(packet, target);
  }

  #receiveReport(packet: Buffer, address: string, port: number): void {
    if (this.#control.accepts(address, port, this.#latch.target)) this.#reports.receive(packet);
  }

  #sendReport(packet: Buffer): void {
    const target = this.#control.target(this.#latch.target);
    if (target === null) return;
    if (this.#control.isMux) this.#parts.sockets.send(packet, target);
    else this.#parts.sockets.sendControl(packet, target);
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#counts.failed += 1;
    if (this.#counts.failed === 1) this.#log.warn({ code: error.code }, 'RTP could not be sent.');
  }
}

function toTenths<T extends number | null>(value: T): T {
  return (value === null ? null : Math.round(value * 10) / 10) as T;
}
