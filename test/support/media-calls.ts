/** Calls against an embedded media engine: one engine per test, phones on loopback addresses, all of it closed together. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createEmbeddedMedia, type EmbeddedMediaOptions } from '../../lib/media/embedded/engine.ts';
import type { MediaEndpoint, MediaEngine } from '../../lib/ports/media.ts';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.ts';
import { silentLog } from './silent-log.ts';

/** The address of the engine under test. */
export const OURS = '127.0.13.1';

export interface Call {
  endpoint: MediaEndpoint;
  peer: RtpPeer;
  digits: string[];
  deaths: string[];
  /** Resolves when so many digits were reported, or such ones. */
  pressed(wanted: number | ((digits: readonly string[]) => boolean)): Promise<void>;
}

let engine: MediaEngine;
/** Of engines that are not asked for others. */
let threads = 0;
/** What is to be closed after the test. */
let open: { close(): void }[] = [];
let lastAddress = 1;

export function createEngine(options: Partial<EmbeddedMediaOptions> = {}): MediaEngine {
  engine = createEmbeddedMedia({
    portRange: { from: 14_000, to: 14_199 },
    promptDirectories: [join(import.meta.dirname, '../../prompts')],
    log: silentLog(),
    threads,
    ...options,
  });
  return engine;
}

/** The same of RTP in this thread, and in one of its own; what was opened is closed after each test. */
export function inBothForms(title: string, tests: (threads: number) => void): void {
  for (const form of [0, 1]) {
    describe(`${title}, ${form === 0 ? 'in this thread' : 'in another one'}`, () => {
      before(() => {
        threads = form;
      });
      after(() => {
        threads = 0;
      });
      afterEach(closeAll);
      tests(form);
    });
  }
}

export async function openPeer(options: Partial<RtpPeerOptions> = {}): Promise<RtpPeer> {
  lastAddress = (lastAddress % 200) + 2;
  const peer = await RtpPeer.open({ address: `127.0.13.${lastAddress}`, ...options });
  open.push(peer);
  return peer;
}

export function createEndpoint(
  listener: Partial<Call> = {},
  like: MediaEndpoint | null = null,
): Promise<MediaEndpoint> {
  return engine.createEndpoint(
    { endpointId: `endpoint-${lastAddress}`, address: OURS, like },
    { digit: (digit) => listener.digits?.push(digit), dead: (reason) => listener.deaths?.push(reason) },
  );
}

/** A phone that called us and was answered. */
export async function call(
  options: Partial<RtpPeerOptions> = {},
  sdpChanges: Parameters<RtpPeer['sdp']>[0] = {},
  like: MediaEndpoint | null = null,
): Promise<Call> {
  const digits: string[] = [];
  const deaths: string[] = [];
  let check = () => {};
  const peer = await openPeer(options);
  const endpoint = await engine.createEndpoint(
    { endpointId: `endpoint-${peer.port}`, address: OURS, like },
    {
      digit: (digit) => {
        digits.push(digit);
        check();
      },
      dead: (reason, isFinal) => deaths.push(isFinal ? `${reason} for good` : reason),
    },
  );
  const answer = endpoint.answer(peer.sdp(sdpChanges));
  assert.ok(answer);
  peer.aim(answer);
  const pressed: Call['pressed'] = (wanted) =>
    new Promise((resolve) => {
      check = () => {
        if (typeof wanted === 'number' ? digits.length >= wanted : wanted(digits)) resolve();
      };
      check();
    });
  return { endpoint, peer, digits, deaths, pressed };
}

/** Closes something else of the test with the rest. */
export function closeLater(one: { close(): void }): void {
  open.push(one);
}

export async function closeAll(): Promise<void> {
  for (const one of open) one.close();
  open = [];
  await engine.stop();
}
