/** One side of a call: its SDP session and what is asked of its RTP, which may be in another thread. */

import { shownPrompt } from '../../core/flow/prompt.ts';
import type { Log } from '../../ports/log.ts';
import type { MediaEndpoint, MediaEndpointEvents, MediaEndpointOptions, MediaQuality } from '../../ports/media.ts';
import type { PromptLibrary } from '../prompts/prompt-library.ts';
import type { Codec } from '../sdp/remote-description.ts';
import { SdpSession } from '../sdp/sdp-session.ts';
import type { RtpPath } from './rtp-path.ts';
import type { TimeSource } from './time-source.ts';

export interface EmbeddedEndpointParts {
  rtp: RtpPath;
  /** Our RTP port. */
  port: number;
  time: TimeSource;
  prompts: PromptLibrary;
  log: Log;
  /** Called once; the port is free again. */
  closed(endpoint: EmbeddedEndpoint): void;
}

export class EmbeddedEndpoint implements MediaEndpoint {
  readonly port: number;
  readonly rtp: RtpPath;
  readonly #parts: EmbeddedEndpointParts;
  readonly #events: Pick<MediaEndpointEvents, 'dead'>;
  readonly #like: MediaEndpoint | null;
  readonly #sdp: SdpSession;
  #partner: EmbeddedEndpoint | null = null;
  /** RTP is missed for no longer than since then. */
  #awaitedFromMs: number;
  #packetsBefore = 0;
  #isTalking = false;
  /** Grows with every play and stop, so that a prompt that was loaded too late is not played. */
  #turn = 0;
  #isClosed = false;

  constructor(options: MediaEndpointOptions, events: Pick<MediaEndpointEvents, 'dead'>, parts: EmbeddedEndpointParts) {
    this.port = parts.port;
    this.rtp = parts.rtp;
    this.#parts = parts;
    this.#events = events;
    this.#like = options.like;
    this.#sdp = new SdpSession({ ...options, port: parts.port, direction: 'sendrecv', takesMux: true });
    this.#awaitedFromMs = parts.time.nowMs();
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
    const sounds = reason === null ? await this.#parts.prompts.sounds(prompt, language) : null;
    if (turn !== this.#turn) return 'stopped';
    if (sounds !== null) return this.rtp.play(sounds);
    this.#parts.log.warn({ prompt: shownPrompt(prompt), reason: reason ?? 'no such prompt' }, 'Prompt not played.');
    return 'failed';
  }

  stop(): void {
    this.#turn += 1;
    this.rtp.stopPlaying();
  }

  sendDigit(digit: string): void {
    if (!this.#isClosed) this.rtp.sendKey(digit);
  }

  hear(listener: (frame: Int16Array) => void): () => void {
    return this.rtp.hear(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.separate();
    this.#turn += 1;
    this.rtp.close();
    this.#parts.closed(this);
    this.#parts.log.debug({ ...this.rtp.figures.rejects(), ...this.quality() }, 'Media endpoint closed.');
  }

  quality(): MediaQuality {
    return this.rtp.figures.quality();
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
    this.rtp.relayTo(other.rtp);
    other.rtp.relayTo(this.rtp);
  }

  /** Ends the relay, if there is one. */
  separate(): void {
    const partner = this.#partner;
    if (partner === null) return;
    for (const endpoint of [this, partner]) {
      endpoint.#partner = null;
      endpoint.rtp.relayTo(null);
    }
  }

  /** Whether RTP came or went between the last two counts. */
  get isTalking(): boolean {
    return this.#isTalking;
  }

  countTalk(): void {
    const packets = this.rtp.figures.get('received') + this.rtp.figures.get('sent');
    this.#isTalking = packets !== this.#packetsBefore;
    this.#packetsBefore = packets;
  }

  /** Reports `dead` when RTP was to be expected and none came, and again after each further timeout. */
  checkAlive(mediaTimeoutMs: number): void {
    const nowMs = this.#parts.time.nowMs();
    const lastMs = Math.max(this.#awaitedFromMs, this.rtp.figures.get('heardAtMs'));
    if (this.#sdp.agreed?.expecting !== true || nowMs - lastMs < mediaTimeoutMs) return;
    this.#awaitedFromMs = nowMs;
    this.#events.dead(`no RTP for ${mediaTimeoutMs / 1000} s`);
  }

  #preferred(): Codec[] {
    const agreed = this.#like instanceof EmbeddedEndpoint ? this.#like.#sdp.agreed : null;
    return agreed === null ? [] : [agreed.codec];
  }

  #agreed(): void {
    this.rtp.configure(this.#sdp.agreed!);
    this.#awaitedFromMs = this.#parts.time.nowMs();
  }
}
