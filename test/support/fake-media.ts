/** A media engine without sockets: SDP by the book for PCMA and PCMU, everything else on record. */

import type { MediaEndpoint, MediaEndpointEvents, MediaEndpointOptions, MediaEngine } from '../../lib/ports/media.ts';
import { sdpText } from './sip-text.ts';

export class FakeEndpoint implements MediaEndpoint {
  readonly options: MediaEndpointOptions;
  readonly events: MediaEndpointEvents;
  readonly port: number;
  remoteSdp = '';
  played: string[] = [];
  /** Of each in `played`. */
  readonly languages: Array<string | null> = [];
  bridgedTo: FakeEndpoint | null = null;
  closed = 0;
  #endPlay: ((result: 'played' | 'stopped' | 'failed') => void) | null = null;
  #version = 0;

  constructor(options: MediaEndpointOptions, events: MediaEndpointEvents, port: number) {
    this.options = options;
    this.events = events;
    this.port = port;
  }

  offer(): string {
    return this.#sdp();
  }

  applyAnswer(sdp: string): boolean {
    this.remoteSdp = sdp;
    return hasCommonCodec(sdp);
  }

  answer(offerSdp: string): string | null {
    if (!hasCommonCodec(offerSdp)) return null;
    this.remoteSdp = offerSdp;
    return this.#sdp(offerSdp.includes('a=sendonly') ? 'recvonly' : 'sendrecv');
  }

  play(prompt: string, language: string | null = null): Promise<'played' | 'stopped' | 'failed'> {
    this.stop();
    this.played.push(prompt);
    this.languages.push(language);
    return new Promise((resolve) => {
      this.#endPlay = resolve;
    });
  }

  endPlay(result: 'played' | 'stopped' | 'failed'): void {
    this.#endPlay?.(result);
    this.#endPlay = null;
  }

  stop(): void {
    this.endPlay('stopped');
  }

  readonly digits: string[] = [];
  sendDigit(digit: string): void {
    this.digits.push(digit);
  }

  readonly #listeners = new Set<(frame: Int16Array) => void>();
  hear(listener: (frame: Int16Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The peer says it. */
  say(frame: Int16Array): void {
    for (const listener of this.#listeners) listener(frame);
  }

  close(): void {
    this.#listeners.clear();
    this.closed++;
    this.endPlay('stopped');
  }

  #sdp(direction: 'sendrecv' | 'recvonly' = 'sendrecv'): string {
    return sdpText({ address: this.options.address, port: this.port, direction, version: ++this.#version });
  }
}

function hasCommonCodec(sdp: string): boolean {
  const payloads = /^m=audio [1-9]\d* RTP\/AVP ([\d ]+)/m.exec(sdp)?.[1]?.split(' ') ?? [];
  return payloads.includes('8') || payloads.includes('0');
}

export class FakeMedia implements MediaEngine {
  readonly name = 'embedded';
  readonly connectsEndToEnd = false;
  readonly endpoints: FakeEndpoint[] = [];
  /** Makes the next endpoints fail with this code. */
  failure: string | null = null;

  async start(): Promise<void> {}

  async createEndpoint(options: MediaEndpointOptions, events: MediaEndpointEvents): Promise<MediaEndpoint> {
    if (this.failure) throw Object.assign(new Error('no ports'), { code: this.failure });
    const endpoint = new FakeEndpoint(options, events, 30_000 + 2 * this.endpoints.length);
    this.endpoints.push(endpoint);
    return endpoint;
  }

  of(legId: string): FakeEndpoint | undefined {
    return this.endpoints.find((endpoint) => endpoint.options.endpointId === legId);
  }

  bridge(a: MediaEndpoint, b: MediaEndpoint): void {
    (a as FakeEndpoint).bridgedTo = b as FakeEndpoint;
    (b as FakeEndpoint).bridgedTo = a as FakeEndpoint;
  }

  unbridge(a: MediaEndpoint): void {
    const other = (a as FakeEndpoint).bridgedTo;
    (a as FakeEndpoint).bridgedTo = null;
    if (other) other.bridgedTo = null;
  }

  hasPrompt(): boolean {
    return true;
  }

  stats() {
    return {
      endpoints: this.endpoints.filter((endpoint) => endpoint.closed === 0).length,
      portsInUse: 0,
      portsInQuarantine: 0,
    };
  }

  async stop(): Promise<void> {}
}
