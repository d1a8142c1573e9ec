/**
 * Media by rtpengine: for more calls than one process carries, for SRTP, DTLS, ICE and other codecs, and with its kernel
 * module for many more. Prompts are files that it reads, keys come by its DTMF log, and each endpoint is a call of its own
 * there, so that legs on two rtpengines can talk to each other as well.
 */

import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { Log } from '../../ports/log.ts';
import type {
  MediaEndpoint,
  MediaEndpointEvents,
  MediaEndpointOptions,
  MediaEngine,
  MediaServerStatus,
} from '../../ports/media.ts';
import { MediaError } from '../embedded/media-error.ts';
import { Ticker } from '../embedded/ticker.ts';
import { systemTime } from '../embedded/time-source.ts';
import { PromptLibrary } from '../prompts/prompt-library.ts';
import { DtmfLog, type HeardKey } from './dtmf-log.ts';
import { RtpengineEndpoint } from './endpoint.ts';
import { KeySender } from './key-sender.ts';
import { localAddressTo } from './local-address.ts';
import { MediaServer } from './media-server.ts';
import { NgError } from './ng-link.ts';
import { PromptFiles } from './prompt-files.ts';

export interface RtpengineMediaOptions {
  /** Control addresses: IPv4, or names that are looked up once. `name` is what people read. */
  servers: readonly { name: string; host: string; port: number }[];
  /** Where the DTMF logs come; null: keys by SIP INFO alone. */
  dtmf: { host: string; port: number } | null;
  /** Searched in this order. */
  promptDirectories: readonly string[];
  /** Where prompts are written as rtpengine plays them; it must be able to read there. */
  playDirectory: string;
  /** Without RTP for so long, though nobody holds, an endpoint is `dead`; default 60 s. Asked anew for each look. */
  mediaTimeoutMs?: () => number;
  log: Log;
  /** Health of a server; see there. */
  healthMs?: number;
  lostAfterMs?: number;
  commandTimeoutMs?: number;
}

/** How often endpoints are asked whether they are alive, within a timeout. */
const CHECKS_PER_TIMEOUT = 10;
/** Of asking all of them. */
const PARTS_OF_A_ROUND = 25;
/** RTP and RTCP, towards the peer and within. */
const PORT_PAIRS = 2;
const STOP_TIMEOUT_MS = 3000;

export function createRtpengineMedia(options: RtpengineMediaOptions): RtpengineMedia {
  return new RtpengineMedia(options);
}

export class RtpengineMedia implements MediaEngine {
  readonly name = 'rtpengine';
  readonly connectsEndToEnd = false;
  readonly #options: RtpengineMediaOptions;
  #servers: readonly MediaServer[] = [];
  readonly #library: PromptLibrary;
  readonly #prompts: PromptFiles;
  readonly #ticker = new Ticker(systemTime);
  readonly #keys = new KeySender(systemTime, this.#ticker);
  readonly #endpoints = new Map<string, RtpengineEndpoint>();
  #dtmfLog: DtmfLog | null = null;
  #check: NodeJS.Timeout | null = null;
  /** Of this round. */
  #unchecked: RtpengineEndpoint[] = [];
  /** Takes turns among those that carry as much. */
  #turn = 0;
  #isStopped = false;

  constructor(options: RtpengineMediaOptions) {
    this.#options = options;
    this.#library = new PromptLibrary(options.promptDirectories, options.log);
    this.#prompts = new PromptFiles(options.playDirectory, this.#library, options.log);
  }

  /** @throws Error with what is to be mended: a name, a directory, a port */
  async start(): Promise<void> {
    const { dtmf, log } = this.#options;
    const servers = await Promise.all(this.#options.servers.map((server) => this.#server(server)));
    await this.#prompts.open();
    if (dtmf === null) log.warn({}, 'No --rtpengine-dtmf: keys are heard by SIP INFO alone.');
    else this.#dtmfLog = await DtmfLog.open(dtmf, { heard: (key) => this.#heard(key), log });
    this.#servers = servers;
    await Promise.all(servers.map((server) => server.start()));
    for (const server of this.#servers)
      if (!server.isUp) log.warn({ rtpengine: server.name }, 'rtpengine does not answer yet.');
  }

  async createEndpoint(options: MediaEndpointOptions, events: MediaEndpointEvents): Promise<MediaEndpoint> {
    if (this.#isStopped) throw new MediaError('MEDIA_FULL', 'The media engine has been stopped.');
    let refusal: unknown = null;
    for (const server of this.#inTurn(options.like)) {
      const endpoint = this.#endpoint(server, options, events);
      try {
        await endpoint.open(options.remoteOffer ?? null);
      } catch (error) {
        refusal = error;
        continue;
      }
      this.#endpoints.set(endpoint.callId, endpoint);
      this.#scheduleCheck();
      // Stopped meanwhile, or its server gone
      if (this.#isStopped) endpoint.close();
      return endpoint;
    }
    throw refusalOf(refusal, this.#servers);
  }

  bridge(a: MediaEndpoint, b: MediaEndpoint): void {
    ours(a).join(ours(b));
  }

  unbridge(a: MediaEndpoint): void {
    ours(a).separate();
  }

  hasPrompt(prompt: string, language: string | null = null): boolean {
    return this.#library.has(prompt, language);
  }

  stats(): { endpoints: number; portsInUse: number; portsInQuarantine: number } {
    return { endpoints: this.#endpoints.size, portsInUse: this.#endpoints.size * PORT_PAIRS, portsInQuarantine: 0 };
  }

  servers(): MediaServerStatus[] {
    return this.#servers.map(({ name, isUp, endpoints, restarts, counts }) => ({
      name,
      isUp,
      endpoints,
      restarts,
      commands: counts.commands,
      resent: counts.resent,
      unanswered: counts.unanswered,
    }));
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#check !== null) clearTimeout(this.#check);
    const endpoints = [...this.#endpoints.values()];
    for (const endpoint of endpoints) endpoint.close();
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STOP_TIMEOUT_MS);
    await Promise.race([Promise.all(endpoints.map((endpoint) => endpoint.settled())), tooLate]);
    clearTimeout(timer);
    for (const server of this.#servers) server.stop();
    this.#dtmfLog?.close();
    this.#keys.close();
  }

  async #server({ name, host, port }: { name: string; host: string; port: number }): Promise<MediaServer> {
    const { log, healthMs, lostAfterMs, commandTimeoutMs } = this.#options;
    const given = Object.entries({ healthMs, lostAfterMs, commandTimeoutMs }).filter(([, ms]) => ms !== undefined);
    const { address } = await lookup(host, { family: 4 });
    const localAddress = await localAddressTo(address, port, this.#options.dtmf?.host ?? null);
    return new MediaServer({ name, host: address, port, log, localAddress, ...Object.fromEntries(given) });
  }

  #endpoint(server: MediaServer, options: MediaEndpointOptions, events: MediaEndpointEvents): RtpengineEndpoint {
    return new RtpengineEndpoint(options, events, {
      server,
      callId: `${options.endpointId}-${randomBytes(12).toString('hex')}`,
      prompts: this.#prompts,
      keys: this.#keys,
      ticker: this.#ticker,
      localAddress: server.localAddress,
      log: this.#options.log,
      closed: (closed) => {
        this.#endpoints.delete(closed.callId);
        this.#keys.stop(closed);
      },
    });
  }

  /** Those that answer: first the one of whom it will talk to, then who carries least. */
  #inTurn(like: MediaEndpoint | null): MediaServer[] {
    const near = like instanceof RtpengineEndpoint ? like.server : null;
    this.#turn += 1;
    const turned = this.#servers.map((_, index) => this.#servers[(index + this.#turn) % this.#servers.length]!);
    const up = turned.filter((server) => server.isUp).sort((a, b) => a.endpoints - b.endpoints);
    return near?.isUp ? [near, ...up.filter((server) => server !== near)] : up;
  }

  #heard(key: HeardKey): void {
    this.#endpoints.get(key.callId)?.heardKey(key);
  }

  /** Not all at once: so many answers would not fit into the buffer of a socket. */
  #scheduleCheck(): void {
    if (this.#check !== null || this.#isStopped) return;
    const { mediaTimeoutMs = () => 60_000 } = this.#options;
    const timeoutMs = mediaTimeoutMs();
    this.#check = setTimeout(
      () => {
        this.#check = null;
        if (this.#unchecked.length === 0) this.#unchecked = [...this.#endpoints.values()];
        const share = Math.ceil(this.#endpoints.size / PARTS_OF_A_ROUND);
        for (const endpoint of this.#unchecked.splice(0, share)) endpoint.checkAlive(timeoutMs);
        if (this.#endpoints.size > 0) this.#scheduleCheck();
      },
      timeoutMs / CHECKS_PER_TIMEOUT / PARTS_OF_A_ROUND,
    );
    this.#check.unref();
  }
}

function refusalOf(refusal: unknown, servers: readonly MediaServer[]): MediaError {
  const names = servers.map(({ name }) => name).join(', ');
  if (refusal === null || (refusal instanceof NgError && refusal.kind === 'unanswered'))
    return new MediaError('MEDIA_FULL', `No rtpengine answers (${names}).`, { cause: refusal });
  const text = refusal instanceof Error ? refusal.message : String(refusal);
  if (/limit/i.test(text)) return new MediaError('MEDIA_FULL', `All rtpengines are full: ${text}.`);
  if (/ports?\b/i.test(text)) return new MediaError('NO_PORTS', `No free RTP port at any rtpengine: ${text}.`);
  return new MediaError('NO_PORTS', `No rtpengine takes the call: ${text}.`, { cause: refusal });
}

function ours(endpoint: MediaEndpoint): RtpengineEndpoint {
  if (endpoint instanceof RtpengineEndpoint) return endpoint;
  throw new TypeError('The media endpoint belongs to another engine.');
}
