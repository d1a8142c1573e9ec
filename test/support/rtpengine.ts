/** An rtpengine of the test's own, on a loopback address of its own, ended by its pid. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { NgLink } from '../../lib/media/rtpengine/ng-link.ts';
import { endsWithUs } from './child-processes.ts';
import { silentLog } from './silent-log.ts';

export interface RtpengineOptions {
  /** Of its control port and its RTP. */
  address: string;
  /** Where it says which keys it has heard: `host:port`. */
  dtmfLog?: string;
  /** Inclusive. */
  ports?: { first: number; last: number };
  flags?: readonly string[];
  /** Its RTP is where `flags` say. */
  isOutside?: boolean;
}

export const NG_PORT = 22_222;
const DEFAULT_PORTS = { first: 20_000, last: 20_999 };
const READY_WITHIN_MS = 10_000;

export class Rtpengine {
  readonly address: string;
  readonly #options: RtpengineOptions;
  #process: ChildProcess | null = null;
  #said = '';

  private constructor(options: RtpengineOptions) {
    this.#options = options;
    this.address = options.address;
  }

  static async start(options: RtpengineOptions): Promise<Rtpengine> {
    const rtpengine = new Rtpengine(options);
    await rtpengine.start();
    return rtpengine;
  }

  /** As `--rtpengine` and the engine's options want it. */
  get server(): { name: string; host: string; port: number } {
    return { name: `${this.address}:${NG_PORT}`, host: this.address, port: NG_PORT };
  }

  /** The last that it has written. */
  get said(): string {
    return this.#said;
  }

  /** Again after `stop`. */
  async start(): Promise<void> {
    assert.equal(this.#process, null, 'it runs');
    const { address, dtmfLog, ports = DEFAULT_PORTS, flags = [], isOutside = false } = this.#options;
    const command = [
      '--config-file=none',
      '--foreground',
      '--log-stderr',
      '--log-level=5',
      '--table=-1',
      ...(isOutside ? [] : [`--interface=${address}`]),
      `--listen-ng=${address}:${NG_PORT}`,
      `--port-min=${ports.first}`,
      `--port-max=${ports.last}`,
      '--num-threads=2',
      '--timeout=3600',
      '--silent-timeout=3600',
      '--delete-delay=0',
      ...(dtmfLog === undefined ? [] : [`--dtmf-log-dest=${dtmfLog}`]),
      ...flags,
    ];
    const child = endsWithUs(spawn('rtpengine', command, { stdio: ['ignore', 'ignore', 'pipe'] }));
    this.#process = child;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said = `${this.#said}${text}`.slice(-8000);
    });
    child.once('error', (error) => {
      this.#said += String(error);
    });
    await this.#ready(child);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  /** How many calls it has. */
  async calls(): Promise<number> {
    const link = new NgLink({ host: this.address, port: NG_PORT, log: silentLog() });
    try {
      const { statistics } = await link.send('statistics');
      return (statistics as { currentstatistics: { sessionsown: number } }).currentstatistics.sessionsown;
    } finally {
      link.close();
    }
  }

  async #ready(child: ChildProcess): Promise<void> {
    const link = new NgLink({
      host: this.address,
      port: NG_PORT,
      log: silentLog(),
      timeoutMs: READY_WITHIN_MS,
      resendMs: 50,
    });
    const ended = once(child, 'exit').then(() => assert.fail(`rtpengine has ended: ${this.#said}`));
    ended.catch(() => {});
    try {
      await Promise.race([link.send('ping'), ended]);
    } finally {
      link.close();
    }
  }
}
