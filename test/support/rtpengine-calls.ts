/** Calls against rtpengines of a test's own: phones on loopback addresses, all of it ended together. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRtpengineMedia,
  type RtpengineMedia,
  type RtpengineMediaOptions,
} from '../../lib/media/rtpengine/engine.ts';
import type { MediaEndpoint, MediaEndpointOptions } from '../../lib/ports/media.ts';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.ts';
import { Rtpengine, type RtpengineOptions } from './rtpengine.ts';
import { type KeptLog, silentLog } from './silent-log.ts';

const PROMPTS = join(import.meta.dirname, '../../prompts');

export interface Death {
  reason: string;
  isFinal: boolean;
}

export interface RtpengineCall {
  endpoint: MediaEndpoint;
  peer: RtpPeer;
  digits: string[];
  deaths: Death[];
  /** Resolves when this holds of what was reported; looked at with each report. */
  reported(condition: () => boolean, timeoutMs?: number): Promise<void>;
}

export class RtpengineRig {
  readonly log: KeptLog = silentLog();
  readonly rtpengines: Rtpengine[] = [];
  /** The first two octets of the test's addresses and the third. */
  readonly #net: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'callback-rtpengine-'));
  readonly #open: { close(): void }[] = [];
  #engine: RtpengineMedia | null = null;
  #lastPeer = 100;
  readonly #first: number;
  readonly #dtmf: { host: string; port: number };

  /** @param net as `127.0.61`; `first`: what the last octets of its servers are above */
  constructor(net: string, first = 0) {
    this.#net = net;
    this.#first = first;
    this.#dtmf = { host: `${net}.${first + 9}`, port: 22_333 };
  }

  get playDirectory(): string {
    return join(this.#directory, 'play');
  }

  get dtmf(): { host: string; port: number } {
    return this.#dtmf;
  }

  get engine(): RtpengineMedia {
    assert.ok(this.#engine, 'no engine');
    return this.#engine;
  }

  /** On the next address of the rig. */
  async rtpengine(options: Partial<RtpengineOptions> = {}): Promise<Rtpengine> {
    const address = `${this.#net}.${this.#first + this.rtpengines.length + 1}`;
    const dtmfLog = `${this.#dtmf.host}:${this.#dtmf.port}`;
    const started = await Rtpengine.start({ address, dtmfLog, ...options });
    this.rtpengines.push(started);
    return started;
  }

  /** Media on all rtpengines that run. */
  async start(options: Partial<RtpengineMediaOptions> = {}): Promise<RtpengineMedia> {
    this.#engine = createRtpengineMedia({
      servers: this.rtpengines.map(({ server }) => server),
      dtmf: this.#dtmf,
      promptDirectories: [PROMPTS],
      playDirectory: this.playDirectory,
      log: this.log,
      healthMs: 200,
      lostAfterMs: 1500,
      commandTimeoutMs: 1000,
      ...options,
    });
    await this.#engine.start();
    return this.#engine;
  }

  async peer(options: Partial<RtpPeerOptions> = {}): Promise<RtpPeer> {
    this.#lastPeer = this.#lastPeer >= 250 ? 100 : this.#lastPeer + 1;
    const peer = await RtpPeer.open({ address: `${this.#net}.${this.#lastPeer}`, ...options });
    this.#open.push(peer);
    return peer;
  }

  /** A phone that called us and was answered. */
  async called(
    options: Partial<RtpPeerOptions> = {},
    endpointOptions: Partial<MediaEndpointOptions> = {},
  ): Promise<RtpengineCall> {
    const peer = await this.peer(options);
    const offer = peer.sdp();
    const call = await this.#call(peer, { remoteOffer: offer, ...endpointOptions });
    const answer = call.endpoint.answer(offer);
    assert.ok(answer, 'no answer');
    peer.aim(answer);
    return call;
  }

  /** A phone that we called, and that answered. */
  async dialled(
    options: Partial<RtpPeerOptions> = {},
    endpointOptions: Partial<MediaEndpointOptions> = {},
  ): Promise<RtpengineCall> {
    const peer = await this.peer(options);
    const call = await this.#call(peer, endpointOptions);
    peer.aim(call.endpoint.offer());
    assert.equal(call.endpoint.applyAnswer(peer.sdp()), true);
    return call;
  }

  async #call(peer: RtpPeer, endpointOptions: Partial<MediaEndpointOptions>): Promise<RtpengineCall> {
    const digits: string[] = [];
    const deaths: Death[] = [];
    const checks = new Set<() => void>();
    const report = () => {
      for (const check of checks) check();
    };
    const endpoint = await this.engine.createEndpoint(
      { endpointId: `endpoint-${peer.port}`, address: `${this.#net}.1`, like: null, ...endpointOptions },
      {
        digit: (digit) => {
          digits.push(digit);
          report();
        },
        dead: (reason, isFinal = false) => {
          deaths.push({ reason, isFinal });
          report();
        },
      },
    );
    const reported = async (condition: () => boolean, timeoutMs = 5000) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const check = () => {
        if (condition()) resolve();
      };
      const timer = setTimeout(() => reject(new Error(`not reported within ${timeoutMs} ms`)), timeoutMs);
      checks.add(check);
      check();
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        checks.delete(check);
      }
    };
    return { endpoint, peer, digits, deaths, reported };
  }

  closeLater(one: { close(): void }): void {
    this.#open.push(one);
  }

  async stop(): Promise<void> {
    for (const one of this.#open) one.close();
    await this.#engine?.stop();
    for (const rtpengine of this.rtpengines) await rtpengine.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
