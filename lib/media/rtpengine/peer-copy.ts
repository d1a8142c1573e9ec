/** What a peer says, copied by rtpengine to a socket of ours, while somebody listens. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { emptyRtpHeader, readRtp } from '../embedded/rtp-packet.ts';
import type { Ticker } from '../embedded/ticker.ts';
import { Hearing, type Listener } from '../hearing/hearing.ts';
import { writeDescription } from '../sdp/local-description.ts';
import { type PayloadFormat, readDescription } from '../sdp/remote-description.ts';
import type { CommandQueue } from './command-queue.ts';
import type { NgCall } from './ng-call.ts';
import { type Place, placeOf } from './place.ts';

export interface PeerCopyOptions {
  call: NgCall;
  queue: CommandQueue;
  ticker: Ticker;
  /** Of ours, where rtpengine reaches us. */
  localAddress: string;
  /** `isWanted` has changed. */
  changed(): void;
}

/** A packet is read at once and never kept: one header serves all. */
const header = emptyRtpHeader();

export class PeerCopy {
  readonly #options: PeerCopyOptions;
  readonly #hearing: Hearing;
  #listeners = 0;
  #socket: Socket | null = null;
  /** rtpengine's name of the copy. */
  #tag: string | null = null;
  readonly #ending = new AbortController();

  constructor(options: PeerCopyOptions) {
    this.#options = options;
    this.#hearing = new Hearing(options.ticker);
  }

  /** Somebody listens: rtpengine has to take what the peer sends, even if nobody else does. */
  get isWanted(): boolean {
    return this.#listeners > 0;
  }

  get #isClosed(): boolean {
    return this.#ending.signal.aborted;
  }

  /** @returns how to stop, which may be called again */
  listen(hear: Listener): () => void {
    if (this.#isClosed) return () => {};
    const stop = this.#hearing.listen(hear);
    this.#listeners += 1;
    this.#options.changed();
    this.settle();
    let isStopped = false;
    return () => {
      if (isStopped) return;
      isStopped = true;
      stop();
      this.#listeners -= 1;
      this.settle();
      this.#options.changed();
    };
  }

  /** The copy ends with its call. */
  close(): void {
    this.#ending.abort();
    this.#hearing.close();
    this.#closeSocket();
  }

  /** Begins, ends, or tries once more: of a peer that sends nothing rtpengine gives no copy. */
  settle(): void {
    void this.#options.queue.add(async () => {
      if (this.#isClosed) return;
      if (this.#listeners > 0 && this.#socket === null) await this.#begin();
      else if (this.#listeners === 0 && this.#socket !== null) await this.#end();
    });
  }

  async #begin(): Promise<void> {
    const { call, localAddress } = this.#options;
    const socket = createSocket(localAddress.includes(':') ? 'udp6' : 'udp4');
    this.#socket = socket;
    socket.on('error', () => {});
    try {
      socket.bind(0, localAddress);
      // A socket that is closed before it is bound says nothing any more
      await once(socket, 'listening', { signal: this.#ending.signal });
      const { sdp, tag } = await call.copy();
      this.#tag = tag;
      const [audio] = (readDescription(sdp)?.media ?? []).filter(({ type }) => type === 'audio');
      const format = audio?.formats.find(({ kind }) => kind !== 'event');
      if (format === undefined || this.#isClosed) throw new Error('rtpengine offers no copy that can be heard');
      const source = placeOf(sdp);
      socket.on('message', (packet, from) => this.#receive(packet, from, { format, source }));
      await call.takeCopy(tag, answerOf(format, { address: localAddress, port: socket.address().port }));
    } catch (error) {
      await this.#end().catch(() => {});
      throw error;
    }
  }

  async #end(): Promise<void> {
    this.#closeSocket();
    const tag = this.#tag;
    this.#tag = null;
    if (tag !== null) await this.#options.call.endCopy(tag);
  }

  #receive(packet: Buffer, from: RemoteInfo, { format, source }: { format: PayloadFormat; source: Place }): void {
    if (from.port !== source.port || format.kind === 'event') return;
    if (readRtp(packet, header) && header.payloadType === format.payload)
      this.#hearing.receive(format.kind, packet, header);
  }

  #closeSocket(): void {
    this.#socket?.close();
    this.#socket = null;
  }
}

function answerOf(format: PayloadFormat, { address, port }: Place): string {
  return writeDescription({
    sessionId: '1',
    version: 1,
    address,
    time: '0 0',
    media: [{ type: 'audio', port, protocol: 'RTP/AVP', direction: 'recvonly', formats: [format], mux: false }],
  });
}
