/** The program as a process of its own, as a user runs it: what it prints, where it listens, how it ends. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endsWithUs } from '../support/child-processes.ts';

const MAIN = join(import.meta.dirname, '../../lib/main.ts');
const POLL_MS = 15;

export interface ProgramOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Runs as this user; only root may. */
  uid?: number;
}

export class Program {
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(argv: readonly string[], { env = {}, cwd, uid }: ProgramOptions = {}) {
    this.#process = endsWithUs(
      spawn(process.execPath, [MAIN, ...argv], {
        env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(tmpdir(), 'callback-test-compile-cache'), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(cwd === undefined ? {} : { cwd }),
        ...(uid === undefined ? {} : { uid, gid: uid }),
      }),
    );
    this.#exited = once(this.#process, 'close');
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Runs it to its end. */
  static async run(argv: readonly string[], options?: ProgramOptions): Promise<Program & { code: number | null }> {
    const program = new Program(argv, options);
    const code = await program.exit();
    return Object.assign(program, { code });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** @returns its exit code; null: a signal ended it */
  async exit(withinMs = 20_000): Promise<number | null> {
    const deadline = new AbortController();
    const late = delay(withinMs, 'late', { signal: deadline.signal }).catch(() => 'ended');
    const first = await Promise.race([this.#exited.then(() => 'ended'), late]);
    deadline.abort();
    if (first === 'late') {
      this.signal('SIGKILL');
      await this.#exited;
      assert.fail(`it did not end within ${withinMs} ms:\n${this.stdout}${this.stderr}`);
    }
    return this.#process.exitCode;
  }

  /** Resolves when the condition holds; fails when the program ends before. */
  async until(what: string, condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
    const until = Date.now() + withinMs;
    while (!(await condition())) {
      assert.ok(this.running, `ended with ${this.#process.exitCode} before: ${what}\n${this.stdout}${this.stderr}`);
      assert.ok(Date.now() < until, `not within ${withinMs} ms: ${what}\n${this.stdout}${this.stderr}`);
      await delay(POLL_MS);
    }
  }

  /** The TCP ports on which it listens, as `ADDRESS:PORT` in the kernel's hexadecimal. */
  tcpListeners(): string[] {
    const inodes = new Set(
      readdirSync(`/proc/${this.pid}/fd`).flatMap((fd) => {
        try {
          return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${this.pid}/fd/${fd}`))?.[1] ?? ''];
        } catch {
          return [];
        }
      }),
    );
    return socketsOf(['tcp', 'tcp6'])
      .filter(({ state, inode }) => state === '0A' && inodes.has(inode))
      .map(({ local }) => local);
  }
}

function socketsOf(tables: readonly string[]): Array<{ local: string; state: string; inode: string }> {
  return tables
    .filter((table) => existsSync(`/proc/net/${table}`))
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 9)
    .map((fields) => ({ local: fields[1]!, state: fields[3]!, inode: fields[9]! }));
}

/** An IPv4 address as /proc/net has it. */
export function kernelAddress(address: string): string {
  const bytes = address.split('.').reverse();
  return bytes.map((byte) => Number(byte).toString(16).padStart(2, '0').toUpperCase()).join('');
}

/** Ports of UDP sockets and TCP listeners at an address. */
export function portsBoundAt(address: string): number[] {
  const here = `${kernelAddress(address)}:`;
  return socketsOf(['tcp', 'udp'])
    .filter(({ local, state }) => local.startsWith(here) && (state === '0A' || state === '07'))
    .map(({ local }) => Number.parseInt(local.slice(here.length), 16));
}

/** Everything below a directory: kind, rights, content; not what a running SQLite shares of its reading. */
export function snapshot(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  const paths = ['.', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })]
    .filter((path) => !path.endsWith('.db-shm'))
    .toSorted();
  return Object.fromEntries(
    paths.map((path) => {
      const full = join(directory, path);
      const status = statSync(full);
      const content = status.isFile() ? createHash('sha256').update(readFileSync(full)).digest('hex') : 'directory';
      return [path, `${status.mode.toString(8)} ${content}`];
    }),
  );
}

/** A directory of the test, gone after it. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'callback-e2e-'));

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Flags of a `serve` with everything at one address: SIP on 5060, HTTP on 8080. */
export function serveFlags(address: string, data: string, ...more: string[]): string[] {
  return [
    'serve',
    ...['--data', data, '--http', `${address}:8080`, '--sip', `sip:${address}:5060;transport=udp,tcp`],
    ...more,
  ];
}

/** The status of /readyz; 0: nobody answers. */
export async function readiness(address: string): Promise<number> {
  const answer = await fetch(`http://${address}:8080/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.status ?? 0;
}

/** A running `serve`. */
export async function startServe(address: string, flags: string[], options?: ProgramOptions): Promise<Program> {
  const program = new Program(flags, options);
  try {
    // Its own word first: somebody else may listen there.
    await program.until('ready', () => program.stdout.includes('"msg":"ready"'));
    await program.until('ready', async () => (await readiness(address)) === 200);
    return program;
  } catch (error) {
    // Nobody else could end it.
    program.signal('SIGKILL');
    await program.exit();
    throw error;
  }
}
