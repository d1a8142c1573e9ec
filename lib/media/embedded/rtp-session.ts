/**
 * The RTP of one endpoint where its sockets are: whom it hears, what it sends, and what it passes on. It knows no SDP text,
 * only what is agreed.
 */

import { Hearing } from '../hearing/hearing.ts';
import { type PromptSound, soundSource } from '../prompts/prompt-sound.ts';
import type { PayloadKind } from '../sdp/remote-description.ts';
import type { AgreedMedia } from '../sdp/sdp-session.ts';
import { ControlPath } from './control-path.ts';
import { KeyFlood } from './key-flood.ts';
import { OutboundStream } from './outbound-stream.ts';
import { Reception } from './reception.ts';
import { isRtcp } from './rtcp-packet.ts';
import { RtcpSession } from './rtcp-session.ts';
import type { RtpFigures } from './rtp-figures.ts';
import { emptyRtpHeader, type RtpHeader, readRtp } from './rtp-packet.ts';
import type { RtpPath } from './rtp-path.ts';
import type { RtpSockets } from './rtp-sockets.ts';
import { SourceLatch } from './source-latch.ts';
import { readTelephoneEvent, TelephoneEventReceiver } from './telephone-event.ts';
import type { Ticker } from './ticker.ts';
import type { TimeSource } from './time-source.ts';

export interface RtpSessionParts {
  sockets: RtpSockets;
  ticker: Ticker;
  time: TimeSource;
  figures: RtpFigures;
  /** Null: not known. */
  sipAddress: string | null;
  /** An RFC 4733 key, once per press; not while it is relayed. */
  digit(digit: string): void;
  warn(fields: object, text: string): void;
}

/** Takes a packet of the peer; packet and header may be rewritten. */
export type Relay = (packet: Buffer, header: RtpHeader, kind: PayloadKind) => void;

/** A packet is read at once and never kept: one header serves all sessions of the thread. */
const header = emptyRtpHeader();

export class RtpSession implements RtpPath {
  readonly figures: RtpFigures;
  /** Sends what came from another peer to ours. */
  readonly passOn: Relay = (packet, header, kind) => this.#outbound.relay(packet, header, kind);
  readonly #parts: RtpSessionParts;
  readonly #latch: SourceLatch;
  readonly #keys = new TelephoneEventReceiver();
  readonly #flood: KeyFlood;
  readonly #outbound: OutboundStream;
  readonly #hearing: Hearing;
  readonly #reception = new Reception();
  readonly #control = new ControlPath();
  readonly #reports: RtcpSession;
  #agreed: AgreedMedia | null = null;
  #relay: Relay | null = null;
  /** The peer had our SSRC once already: who sends back what he gets has it always (RFC 3550 8.2). */
  #hasCollided = false;
  #isClosed = false;

  constructor(parts: RtpSessionParts) {
    this.figures = parts.figures;
    this.#parts = parts;
    this.#latch = new SourceLatch(parts.sipAddress);
    this.#flood = new KeyFlood(parts);
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

  configure(agreed: AgreedMedia): void {
    if (this.#isClosed) return;
    this.#agreed = agreed;
    this.#latch.signal(agreed.remote);
    this.#outbound.configure(agreed);
    this.#control.configure(agreed);
    this.#reports.start(agreed.noReports);
  }

  play(sounds: readonly PromptSound[]): Promise<'played' | 'stopped'> {
    return this.#outbound.play(soundSource(sounds));
  }

  stopPlaying(): void {
    this.#outbound.stopPlaying();
  }

  sendKey(key: string): void {
    if (!this.#isClosed && !this.#outbound.sendKey(key)) {
      this.#parts.warn({}, 'Key not sent: the peer takes no telephone-event, too many keys wait, or it is no key.');
    }
  }

  hear(listener: (frame: Int16Array) => void): () => void {
    return this.#hearing.listen(listener);
  }

  relayTo(other: RtpPath | null): void {
    if (other !== null && !(other instanceof RtpSession)) throw new TypeError('The other one is in another thread.');
    this.relayBy(other?.passOn ?? null);
  }

  /** @param relay null: keys are ours again */
  relayBy(relay: Relay | null): void {
    this.#relay = relay;
  }

  close(): void {
    if (this.#isClosed) return;
    // The last report says that we leave.
    this.#reports.close();
    this.#isClosed = true;
    this.#relay = null;
    this.#outbound.close();
    this.#hearing.close();
    this.#parts.sockets.close();
  }

  #receive(packet: Buffer, address: string, port: number): void {
    const agreed = this.#agreed;
    // Before there is a description, nobody is known to be the peer.
    if (agreed === null) return;
    if (this.#control.isMux && isRtcp(packet)) {
      const { target } = this.#latch;
      if (target?.address === address && target.port === port) this.#takeReport(packet);
      return;
    }
    const kind = readRtp(packet, header) ? (agreed.receiveKinds[header.payloadType] ?? null) : null;
    const event = kind === 'event' ? readTelephoneEvent(packet.subarray(header.payloadStart, header.payloadEnd)) : null;
    if (kind === null || (kind === 'event' && event === null)) {
      this.figures.count('invalid');
      return;
    }
    if (!this.#latch.accepts(address, port, header)) {
      this.figures.count('strange');
      return;
    }
    const nowMs = this.#parts.time.nowMs();
    this.#noteReceived(nowMs, event === null);
    // The relay rewrites the packet.
    if (kind !== 'event') this.#hearing.receive(kind, packet, header);
    // A key that began before the bridge is known, so that its rest is not counted after it.
    const digit = event === null ? null : this.#keys.receive(header.ssrc, header.timestamp, event);
    if (this.#relay !== null) this.#relay(packet, header, kind);
    else if (digit !== null && this.#flood.accepts(nowMs)) this.#parts.digit(digit);
  }

  /** The packet of the moment is the peer's. */
  #noteReceived(nowMs: number, isAudio: boolean): void {
    const reception = this.#reception;
    reception.receive(header, nowMs, isAudio);
    this.figures.set('heardAtMs', nowMs);
    this.figures.set('received', reception.received);
    this.figures.set('lost', reception.lost);
    this.figures.set('jitterMs', reception.jitterMs.max);
    if (header.ssrc !== this.#outbound.ssrc || this.#hasCollided) return;
    this.#hasCollided = true;
    this.#outbound.collided();
  }

  #send(packet: Buffer): void {
    const target = this.#latch.target;
    if (this.#isClosed || target === null) return;
    this.figures.count('sent');
    this.#parts.sockets.send(packet, target);
  }

  #receiveReport(packet: Buffer, address: string, port: number): void {
    if (this.#control.accepts(address, port, this.#latch.target)) this.#takeReport(packet);
  }

  #takeReport(packet: Buffer): void {
    if (!this.#reports.receive(packet)) return;
    const { roundTripMs, peerLost, peerJitterMs } = this.#reports.findings;
    this.figures.set('roundTripMs', roundTripMs ?? Number.NaN);
    this.figures.set('peerLost', peerLost ?? Number.NaN);
    this.figures.set('peerJitterMs', peerJitterMs ?? Number.NaN);
  }

  #sendReport(packet: Buffer): void {
    const target = this.#control.target(this.#latch.target);
    if (target === null) return;
    if (this.#control.isMux) this.#parts.sockets.send(packet, target);
    else this.#parts.sockets.sendControl(packet, target);
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.figures.count('failed');
    if (this.figures.get('failed') === 1) this.#parts.warn({ code: error.code }, 'RTP could not be sent.');
  }
}
