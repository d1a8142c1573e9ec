/** Who relays and plays: the embedded media, rtpengine in userspace, and for comparison nobody. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinned } from '../machine.ts';
import type { EmbeddedOrder, EmbeddedReport } from './embedded-server.ts';
import { HelperProcess } from './helper-process.ts';
import { NgClient } from './ng-client.ts';
import { waveFile } from './wave-file.ts';

export interface Target {
  address: string;
  port: number;
}

/** A contender that runs. */
export interface Relay {
  /** Whose CPU time counts; empty: nobody is measured. */
  pids: number[];
  /** @returns where each side of each call sends to */
  bridge(calls: Array<[Target, Target]>): Promise<Array<[Target, Target]>>;
  /** Plays a prompt to each, for longer than it is listened to; null: it plays nothing. */
  play: ((phones: Target[]) => Promise<void>) | null;
  /** Ends the calls. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export interface MediaContender {
  name: string;
  start(core: number | null): Promise<Relay>;
}

export const DIRECT = 'nobody between';
export const RTPENGINE = 'rtpengine';

const ADDRESS = '127.0.62.1';

export const direct: MediaContender = {
  name: DIRECT,
  start: async () => ({
    pids: [],
    bridge: async (calls) => calls.map(([a, b]) => [b, a]),
    play: null,
    clear: async () => {},
    stop: async () => {},
  }),
};

function sdpOf({ address, port }: Target): string {
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 8`,
  ];
  return `${[...lines, 'a=rtpmap:8 PCMA/8000', 'a=sendrecv'].join('\r\n')}\r\n`;
}

function targetOf(sdp: string): Target {
  const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
  if (address === undefined || port === undefined) throw new Error(`no audio in\n${sdp}`);
  return { address, port: Number(port) };
}

/** @param threads 0: RTP is in the main thread. @param stallMs of each 100 the main thread does something else */
export const embedded = (threads: number, stallMs: number): MediaContender => ({
  name: threads === 0 ? 'embedded' : `embedded, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  start: async (core) => {
    const module = join(import.meta.dirname, 'embedded-server.ts');
    const args = [threads, stallMs].map(String);
    const server = await HelperProcess.start<EmbeddedOrder, EmbeddedReport>(module, core, args);
    return {
      pids: [server.pid],
      bridge: async (calls) => {
        const offers = calls.map(([a, b]): [string, string] => [sdpOf(a), sdpOf(b)]);
        const { answers } = await server.ask({ type: 'bridge', address: ADDRESS, offers }, 'answered');
        return answers.map(([a, b]) => [targetOf(a), targetOf(b)]);
      },
      play: async (phones) => {
        await server.ask({ type: 'play', address: ADDRESS, offers: phones.map(sdpOf), prompt: 'tone:hold' }, 'playing');
      },
      clear: async () => {
        await server.ask({ type: 'close' }, 'closed');
      },
      stop: () => server.stop(),
    };
  },
});

const NG_PORT = 22_222;
const COMMAND = [
  ...['rtpengine', '--config-file=none', '--foreground', '--log-stderr', '--log-level=3', '--table=-1'],
  ...[`--interface=${ADDRESS}`, `--listen-ng=${ADDRESS}:${NG_PORT}`, '--port-min=32000', '--port-max=59999'],
  ...['--num-threads=2', '--timeout=600', '--silent-timeout=3600', '--delete-delay=0'],
];
/** Longer than any measurement. */
const PROMPT_SECONDS = 240;

/** In userspace: no kernel module. Its prompts are WAV files of 16 kHz, which it plays more evenly than those of 8. */
export const rtpengine: MediaContender = {
  name: RTPENGINE,
  start: async (core) => {
    const scratch = mkdtempSync(join(tmpdir(), 'callback-bench-media-'));
    const file = join(scratch, 'prompt.wav');
    writeFileSync(file, waveFile(PROMPT_SECONDS));
    const [command, args] = pinned(core, COMMAND);
    const child = spawn(command, args, { stdio: 'ignore' });
    const client = new NgClient(ADDRESS, NG_PORT);
    await answers(client, child);
    const calls = new Set<string>();
    return {
      pids: [child.pid!],
      bridge: (legs) => inTurn(legs, ([a, b], index) => bridgeCall(client, note(calls, `bridge-${index}`), [a, b])),
      play: async (phones) => {
        await inTurn(phones, (phone, index) => playTo(client, note(calls, `play-${index}`), { phone, file }));
      },
      clear: async () => {
        await inTurn([...calls], (id) => client.ask('delete', { 'call-id': id }));
        calls.clear();
      },
      stop: async () => {
        client.close();
        await end(child);
        rmSync(scratch, { recursive: true, force: true });
      },
    };
  },
};

function note(calls: Set<string>, id: string): string {
  calls.add(id);
  return id;
}

async function inTurn<T, R>(all: readonly T[], work: (one: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, one] of all.entries()) results.push(await work(one, index));
  return results;
}

async function answers(client: NgClient, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 40; tries += 1) {
    if (child.exitCode !== null) throw new Error(`rtpengine ended with ${child.exitCode}`);
    const pong = await Promise.race([client.ask('ping', {}).catch(() => null), delay(250, null)]);
    if (pong !== null) return;
  }
  throw new Error('rtpengine does not answer: is rtpengine-daemon installed?');
}

async function bridgeCall(client: NgClient, id: string, [a, b]: [Target, Target]): Promise<[Target, Target]> {
  const common = {
    'call-id': id,
    'from-tag': 'a',
    replace: ['origin', 'session-connection'],
    flags: ['trust-address'],
  };
  const offered = await client.ask('offer', { ...common, sdp: sdpOf(a) });
  const answered = await client.ask('answer', { ...common, 'to-tag': 'b', sdp: sdpOf(b) });
  return [targetOf(String(answered['sdp'])), targetOf(String(offered['sdp']))];
}

async function playTo(client: NgClient, id: string, { phone, file }: { phone: Target; file: string }): Promise<void> {
  const common = { 'call-id': id, 'from-tag': 'us', flags: ['trust-address'] };
  await client.ask('offer', { ...common, sdp: sdpOf({ address: ADDRESS, port: 9 }) });
  await client.ask('answer', { ...common, 'to-tag': 'phone', sdp: sdpOf(phone) });
  const played = await client.ask('play media', { 'call-id': id, 'from-tag': 'phone', file });
  if (played['duration'] === undefined) throw new Error('rtpengine plays nothing');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([ended, delay(3_000)]);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
}
