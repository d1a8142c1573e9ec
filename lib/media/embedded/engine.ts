/**
 * Media in this process: plain RTP with G.711, for a node of a few hundred calls, with nothing to install. What is left to
 * rtpengine: SRTP, ICE, other codecs, packets of ours that are not 20 ms, tones as keys. Ports and SDP are here; the RTP is
 * in this thread or in threads of its own.
 */

import { statSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Log } from '../../ports/log.ts';
import type { MediaEndpoint, MediaEndpointEvents, MediaEndpointOptions, MediaEngine } from '../../ports/media.ts';
import { PromptLibrary } from '../prompts/prompt-library.ts';
import { EmbeddedEndpoint } from './endpoint.ts';
import { LocalRtp } from './local-rtp.ts';
import { MediaError } from './media-error.ts';
import { PortPool, type PortRange } from './port-pool.ts';
import type { RtpHost, RtpPath } from './rtp-path.ts';
import type { StartThread } from './threads/media-thread.ts';
import { ThreadedRtp } from './threads/threaded-rtp.ts';
import { systemTime, type TimeSource } from './time-source.ts';

export interface EmbeddedMediaOptions {
  /** UDP ports for RTP (even) and RTCP (the odd one above). */
  portRange: PortRange;
  /**
   * The local address to bind for an address that SDP carries; default: the address itself if this machine has it, else
   * (NAT, a host name) every address of its family.
   */
  bindAddress?: (address: string) => string;
  /** Searched in this order. */
  promptDirectories: readonly string[];
  log: Log;
  /** Default: as many as there are ports. */
  maxEndpoints?: number;
  /** How many may have RTP at once, which is what costs; beyond it `capacity` shows no room. Default: no limit. */
  maxTalking?: number;
  /** Without RTP for so long, though nobody holds, an endpoint is `dead`; default 60 s. Asked anew for each look. */
  mediaTimeoutMs?: () => number;
  /** How long a port rests before it is used again; default 5 s. */
  quarantineMs?: number;
  /** How many threads the RTP has for itself; default 0: it is in this one. */
  threads?: number;
  /** Default: as Node starts them. */
  startThread?: StartThread;
  /** Only tests give their own; threads of the RTP have the system's. */
  time?: TimeSource;
}

const DEFAULTS = {
  maxEndpoints: Number.POSITIVE_INFINITY,
  maxTalking: Number.POSITIVE_INFINITY,
  mediaTimeoutMs: () => 60_000,
  quarantineMs: 5000,
  threads: 0,
  startThread: (entry: URL, options: WorkerOptions) => new Worker(entry, options),
  time: systemTime,
};
/** How often endpoints are asked whether they are alive, within a timeout. */
const CHECKS_PER_TIMEOUT = 10;
/** How often those that have RTP are counted. */
const COUNT_MS = 500;

/** @throws RangeError when the port range is not usable */
export function createEmbeddedMedia(options: EmbeddedMediaOptions): MediaEngine {
  return new EmbeddedMedia(options);
}

class EmbeddedMedia implements MediaEngine {
  readonly name = 'embedded';
  readonly connectsEndToEnd = false;
  readonly #options: EmbeddedMediaOptions & typeof DEFAULTS;
  readonly #ports: PortPool;
  readonly #prompts: PromptLibrary;
  readonly #rtp: RtpHost;
  readonly #endpoints = new Set<EmbeddedEndpoint>();
  /** Endpoints whose sockets are being bound. */
  #opening = 0;
  #cancelCheck: (() => void) | null = null;
  /** Endpoints to or from which RTP went at the last count. */
  #talking = 0;
  #isFull = false;
  #cancelCount: (() => void) | null = null;
  #isStopped = false;

  constructor(options: EmbeddedMediaOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { portRange, quarantineMs, time, promptDirectories, log, threads, startThread } = this.#options;
    this.#ports = new PortPool(portRange, quarantineMs, time);
    this.#prompts = new PromptLibrary(promptDirectories, log);
    this.#rtp = threads > 0 ? new ThreadedRtp({ threads, startThread, log }) : new LocalRtp(time);
  }

  async start(): Promise<void> {
    for (const directory of this.#options.promptDirectories) {
      if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
        this.#options.log.warn({ directory }, 'Prompt directory not found; prompts in it can not be played.');
      }
    }
    await this.#rtp.start();
  }

  async createEndpoint(options: MediaEndpointOptions, events: MediaEndpointEvents): Promise<MediaEndpoint> {
    this.#refuseWhenFull();
    this.#opening += 1;
    try {
      return this.#open(options, events, await this.#bind(options, events));
    } finally {
      this.#opening -= 1;
    }
  }

  bridge(a: MediaEndpoint, b: MediaEndpoint): void {
    ours(a).join(ours(b));
  }

  unbridge(a: MediaEndpoint): void {
    ours(a).separate();
  }

  hasPrompt(prompt: string, language: string | null = null): boolean {
    return this.#prompts.has(prompt, language);
  }

  stats(): { endpoints: number; portsInUse: number; portsInQuarantine: number; capacity: number } {
    return {
      endpoints: this.#endpoints.size,
      portsInUse: this.#ports.inUse,
      portsInQuarantine: this.#ports.inQuarantine,
      capacity: this.#capacity(),
    };
  }

  #capacity(): number {
    const { maxEndpoints, maxTalking } = this.#options;
    const byTalk = this.#endpoints.size + (this.#isFull ? 0 : Math.max(0, maxTalking - this.#talking));
    return Math.min(maxEndpoints, this.#ports.inUse + this.#ports.free, byTalk);
  }

  busyMs(): Record<string, number> {
    return this.#rtp.busyMs();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const endpoint of this.#endpoints) endpoint.close();
    await this.#rtp.stop();
  }

  #refuseWhenFull(): void {
    const { maxEndpoints } = this.#options;
    if (this.#isStopped) throw new MediaError('MEDIA_FULL', 'The media engine has been stopped.');
    if (this.#endpoints.size + this.#opening < maxEndpoints) return;
    throw new MediaError('MEDIA_FULL', `All ${maxEndpoints} media endpoints are in use.`);
  }

  async #bind(options: MediaEndpointOptions, events: MediaEndpointEvents): Promise<BoundPath> {
    const address = (this.#options.bindAddress ?? defaultBindAddress)(options.address);
    for (;;) {
      const port = this.#ports.take();
      if (port === null) {
        const { from, to } = this.#options.portRange;
        throw new MediaError('NO_PORTS', `No free RTP port on ${address} in ${from}-${to}: widen --rtp-ports.`);
      }
      try {
        return await this.#openPath({ address, port }, options, events);
      } catch (error) {
        // It rests, so that a port of somebody else is not tried with every call.
        this.#ports.give(port);
        if (error instanceof MediaError) throw error;
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EADDRINUSE') continue;
        if (code === 'EMFILE' || code === 'ENFILE') throw new MediaError('MEDIA_FULL', `No more sockets: ${code}.`);
        throw new MediaError('NO_PORTS', `RTP port ${port} can not be bound on ${address}: ${code}.`, { cause: error });
      }
    }
  }

  async #openPath(
    at: { address: string; port: number },
    { endpointId, sipAddress, like }: MediaEndpointOptions,
    events: MediaEndpointEvents,
  ): Promise<BoundPath> {
    const log = this.#options.log.child({ endpointId, port: at.port });
    const rtp = await this.#rtp.open({
      ...at,
      sipAddress: sipAddress ?? null,
      like: like instanceof EmbeddedEndpoint ? like.rtp : null,
      log,
      digit: (digit) => events.digit(digit),
      lost: (reason) => events.dead(reason, true),
    });
    return { rtp, port: at.port, log };
  }

  #open(options: MediaEndpointOptions, events: MediaEndpointEvents, { rtp, port, log }: BoundPath): EmbeddedEndpoint {
    if (this.#isStopped) {
      rtp.close();
      this.#ports.give(port);
      throw new MediaError('MEDIA_FULL', 'The media engine has been stopped.');
    }
    const endpoint = new EmbeddedEndpoint(options, events, {
      ...{ rtp, port, log },
      time: this.#options.time,
      prompts: this.#prompts,
      closed: (closed) => this.#closed(closed),
    });
    this.#endpoints.add(endpoint);
    this.#scheduleCheck();
    this.#scheduleCount();
    return endpoint;
  }

  #closed(endpoint: EmbeddedEndpoint): void {
    this.#endpoints.delete(endpoint);
    this.#ports.give(endpoint.port);
    if (endpoint.isTalking) this.#talking -= 1;
    if (this.#endpoints.size > 0) return;
    this.#cancelCheck?.();
    this.#cancelCheck = null;
    this.#cancelCount?.();
    this.#cancelCount = null;
    this.#talking = 0;
    this.#isFull = false;
  }

  #scheduleCount(): void {
    if (this.#options.maxTalking === Number.POSITIVE_INFINITY) return;
    this.#cancelCount ??= this.#options.time.after(COUNT_MS, () => {
      this.#cancelCount = null;
      this.#talking = 0;
      this.#isFull = this.#rtp.isFull();
      for (const endpoint of this.#endpoints) {
        endpoint.countTalk();
        if (endpoint.isTalking) this.#talking += 1;
      }
      if (this.#endpoints.size > 0) this.#scheduleCount();
    });
  }

  #scheduleCheck(): void {
    const { mediaTimeoutMs, time } = this.#options;
    this.#cancelCheck ??= time.after(mediaTimeoutMs() / CHECKS_PER_TIMEOUT, () => {
      this.#cancelCheck = null;
      const timeoutMs = mediaTimeoutMs();
      for (const endpoint of this.#endpoints) endpoint.checkAlive(timeoutMs);
      if (this.#endpoints.size > 0) this.#scheduleCheck();
    });
  }
}

interface BoundPath {
  rtp: RtpPath;
  port: number;
  log: Log;
}

function ours(endpoint: MediaEndpoint): EmbeddedEndpoint {
  if (endpoint instanceof EmbeddedEndpoint) return endpoint;
  throw new TypeError('The media endpoint belongs to another engine.');
}

function defaultBindAddress(address: string): string {
  const isLocal =
    isIP(address) !== 0 &&
    (address.startsWith('127.') ||
      Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address)));
  if (isLocal) return address;
  return isIPv6(address) ? '::' : '0.0.0.0';
}
