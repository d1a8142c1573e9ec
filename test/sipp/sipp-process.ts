import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endsWithUs } from '../support/child-processes.ts';

/** What became of one SIPp. Its exit code 0 says little of a process that was killed, so a kill is a failure. */
export type SippVerdict =
  | { type: 'passed' }
  /** It was to hear nothing, and heard nothing. */
  | { type: 'silent' }
  /** A message was wrong, missing, or not expected. */
  | { type: 'failed'; exitCode: number; errors: string }
  /** It did not come to an end; the outer watch ended it. */
  | { type: 'stuck'; errors: string };

export interface SippOptions {
  name: string;
  scenario: string;
  address: string;
  port: number;
  /** `address:port` of the server. */
  remote: string;
  transport: 'u1' | 't1';
  /** 0: it listens until it is ended, and must hear nothing. */
  calls: number;
  /** Calls per second that it begins. */
  rate: number;
  /** Lines of fields for calls that differ; null: none does. */
  fieldsFile: string | null;
  keys: Record<string, string>;
  /** Its -cid_str. */
  callIds: string;
  /** A SIPp that waits longer than this for anything fails. */
  timeoutSeconds: number;
  pauseMs: number;
  /** RTP from a raw socket: as root. */
  raw: boolean;
  directory: string;
}

/** The message log gives each message its instant. */
export interface SippMessage {
  at: number;
  direction: 'sent' | 'received';
  firstLine: string;
  text: string;
}

/** One SIPp, watched: it always ends, and its verdict is typed. */
export class SippProcess {
  readonly name: string;
  readonly #options: SippOptions;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number>;
  #stuck = false;

  private constructor(options: SippOptions) {
    this.name = options.name;
    this.#options = options;
    const { address, port, remote, calls, transport, timeoutSeconds, pauseMs } = options;
    const keys = Object.entries(options.keys).flatMap(([key, value]) => ['-key', key, value]);
    const args = ['-sf', options.scenario, '-i', address, '-mi', address, '-p', String(port), '-t', transport];
    args.push('-m', String(Math.max(1, calls)), '-r', String(options.rate), '-l', String(Math.max(10, calls)));
    args.push('-d', String(pauseMs), '-nostdin', ...keys);
    if (calls > 0) args.push('-timeout', `${timeoutSeconds}s`, '-timeout_error');
    if (options.fieldsFile) args.push('-inf', options.fieldsFile);
    args.push('-trace_err', '-error_file', this.#file('errors'), '-trace_msg', '-message_file', this.#file('messages'));
    args.push('-cid_str', options.callIds, remote);
    const asRoot = options.raw && process.getuid?.() !== 0;
    const [command, ...before] = asRoot ? ['sudo', '-n', 'sipp'] : ['sipp'];
    const settings = { cwd: options.directory, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } } as const;
    this.#process = endsWithUs(spawn(command!, [...before, ...args], settings));
    this.#ended = once(this.#process, 'exit').then(([code]) => (code as number | null) ?? 137);
  }

  /** Resolves when its socket is bound. */
  static async start(options: SippOptions): Promise<SippProcess> {
    const sipp = new SippProcess(options);
    while (sipp.#process.exitCode === null && !isBound(options)) await delay(5);
    return sipp;
  }

  async verdict(): Promise<SippVerdict> {
    if (this.#options.calls === 0) return this.#silence();
    // Its own -timeout does not end a call that still retransmits.
    const watch = setTimeout(() => this.kill(), (this.#options.timeoutSeconds + 5) * 1_000);
    const exitCode = await this.#ended;
    clearTimeout(watch);
    if (this.#stuck) return { type: 'stuck', errors: this.#errors() };
    return exitCode === 0 ? { type: 'passed' } : { type: 'failed', exitCode, errors: this.#errors() };
  }

  #silence(): SippVerdict {
    const heard = this.messages().map(({ firstLine }) => firstLine);
    if (heard.length > 0) return { type: 'failed', exitCode: 0, errors: `it was to hear nothing: ${heard.join(', ')}` };
    if (this.#isRunning) return { type: 'silent' };
    return { type: 'failed', exitCode: this.#process.exitCode ?? 137, errors: this.#errors() };
  }

  get #isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  kill(): void {
    this.#stuck = true;
    this.#process.kill('SIGKILL');
  }

  /** Whatever it is at, it is gone when this resolves. */
  async end(): Promise<void> {
    if (this.#isRunning) this.kill();
    await this.#ended;
  }

  /** What went over the wire so far, in order. */
  messages(): SippMessage[] {
    const file = this.#file('messages');
    return existsSync(file) ? parseMessages(readFileSync(file, 'utf8')) : [];
  }

  #file(kind: string): string {
    return join(this.#options.directory, `${this.#options.name}.${kind}.log`);
  }

  #errors(): string {
    const file = this.#file('errors');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(0, 4_000) : 'SIPp wrote no errors';
  }
}

/** Linux lists bound sockets with address and port in hexadecimal, in the byte order of the machine. */
function isBound({ address, port, transport }: SippOptions): boolean {
  const isIpv6 = address.includes(':');
  const wanted = `${isIpv6 ? LOOPBACK_IPV6 : hexadecimal(address)}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
  const table = `/proc/net/${transport === 'u1' ? 'udp' : 'tcp'}${isIpv6 ? '6' : ''}`;
  return readFileSync(table, 'utf8').includes(` ${wanted} `);
}

const LOOPBACK_IPV6 = `${'0'.repeat(24)}01000000`;

function hexadecimal(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return bytes.reverse().join('');
}

function parseMessages(log: string): SippMessage[] {
  const head = /^-{10,} (\d{4}-\d\d-\d\d)[ T\t](\d\d:\d\d:\d\d\.\d+)\n\w+ message (sent|received)[^\n]*\n\n/gm;
  const found = [...log.matchAll(head)];
  return found.map((match, index) => {
    const text = log.slice(match.index + match[0].length, found[index + 1]?.index ?? log.length);
    return {
      at: Date.parse(`${match[1]}T${match[2]!.slice(0, 12)}`),
      direction: match[3] as 'sent' | 'received',
      firstLine: text.slice(0, text.indexOf('\n')).trim(),
      text,
    };
  });
}
