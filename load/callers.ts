import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';

export interface CallersOptions {
  /** Where the callers are; a UDP port of their own. */
  address: string;
  port: number;
  /** `host:port` of the server. */
  target: string;
  /** What they dial. */
  number: string;
  /** Calls begun per second. */
  rate: number;
  calls: number;
  /** The first caller; each further one is one more. At least the last eight places are digits. */
  firstNumber: string;
  /** Told of each caller as it goes; an Account, or what stands before one. */
  account: Pick<Account, 'offered' | 'promised' | 'refused' | 'unanswered'>;
  /** Final responses that promise a callback without X-Callback-ID. Default none. */
  promiseStatuses?: readonly number[];
  /** Host of the From header; default the address. */
  fromHost?: string;
  /** How long a caller waits for a final response: timer B (RFC 3261 17.1.1.2). Default 32 s. */
  giveUpAfterMs?: number;
}

export interface CallersEnd {
  /** `done`: all calls were made, whatever became of them. `stopped`: on demand. `failed`: SIPp could not go on. */
  how: 'done' | 'stopped' | 'failed';
  /** What SIPp said when it failed. */
  errors: string;
}

/** Timer B and the wait for a BYE, then the calls that still retransmit. */
const LAST_CALL_SECONDS = 110;
const SCENARIO = join(import.meta.dirname, 'caller.xml');
const TIMER_B_MS = 32_000;

/** A run that is broken off leaves no callers behind. */
const running = new Set<Callers>();
process.on('exit', () => {
  for (const callers of running) callers.kill();
});

/**
 * Callers, played by SIPp at a steady rate. It writes a line for each INVITE and for each final response into a pipe, which
 * is read as it comes: nothing is kept on disk. A call that is refused, or never answered, stops nothing.
 */
export class Callers {
  /** Resolves when SIPp has ended and its last line is counted. */
  readonly finished: Promise<CallersEnd>;
  readonly #options: CallersOptions;
  readonly #directory: string;
  readonly #process: ChildProcess;
  readonly #promiseStatuses: ReadonlySet<number>;
  #rest = '';
  #stderr = '';
  #isStopped = false;
  #told = { begun: 0, ended: 0 };

  private constructor(options: CallersOptions) {
    this.#options = options;
    this.#promiseStatuses = new Set(options.promiseStatuses);
    const numbers = numbersFile(options);
    this.#directory = mkdtempSync(join(tmpdir(), 'callers-'));
    const pipe = openPipe(this.#file('events'));
    writeFileSync(this.#file('numbers.csv'), numbers);
    writeFileSync(this.#file('caller.xml'), scenarioText(options.giveUpAfterMs ?? TIMER_B_MS));
    // `timeout` ends SIPp even when this process is killed; its own -timeout does not end a call that still retransmits.
    const limitSeconds = Math.ceil(options.calls / options.rate) * 2 + LAST_CALL_SECONDS;
    const [first, ...command] = [...precedence(), 'timeout', '--signal=KILL', String(limitSeconds), 'sipp'];
    this.#process = spawn(first!, [...command, ...this.#arguments()], {
      cwd: this.#directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TERM: 'dumb' },
    });
    this.#process.stderr!.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-4_000);
    });
    this.finished = this.#watch(pipe);
    running.add(this);
  }

  /** @throws when the first number cannot be counted up */
  static start(options: CallersOptions): Callers {
    return new Callers(options);
  }

  /** No new calls; those that were begun go on to their end. */
  stop(): void {
    this.#isStopped = true;
    this.#signal('SIGUSR1');
  }

  /** At once, in the middle of whatever goes on. */
  kill(): void {
    this.#isStopped = true;
    this.#signal('SIGKILL');
  }

  #arguments(): string[] {
    const { address, port, target, number, rate, calls } = this.#options;
    const args = [
      '-sf',
      this.#file('caller.xml'),
      '-i',
      address,
      '-bind_local',
      '-p',
      String(port),
      '-mi',
      address,
      '-ci',
      address,
    ];
    args.push('-t', 'u1', '-r', String(rate), '-m', String(calls), '-l', String(Math.ceil(rate) * 100 + 1_000));
    args.push('-inf', this.#file('numbers.csv'), '-key', 'to', number);
    const host = address.includes(':') ? `[${address}]` : address;
    args.push('-key', 'from_host', this.#options.fromHost ?? host);
    // Timer B is the scenario's: SIPp must not give up before. A message that no scenario expects aborts nothing.
    args.push('-max_invite_retrans', '12', '-nd', '-buff_size', String(4 * 1024 * 1024), '-nostdin');
    args.push('-cid_str', `load-${randomBytes(4).toString('hex')}-%u@${host}`);
    // No log of errors: it grows with each message that comes for a call that is over. What is fatal goes to stderr too.
    return [...args, '-trace_logs', '-log_file', this.#file('events'), target];
  }

  async #watch(pipe: { reader: Socket; writer: number }): Promise<CallersEnd> {
    const isRead = once(pipe.reader, 'close');
    pipe.reader.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    const exitCode = await new Promise<number>((resolve) => {
      this.#process.once('exit', (code) => resolve(code ?? 137));
      this.#process.once('error', (error) => {
        this.#stderr += error.message;
        resolve(127);
      });
    });
    // Ours was the last open end: the reader gets what is left, then the end.
    closeSync(pipe.writer);
    await isRead;
    rmSync(this.#directory, { recursive: true, force: true });
    running.delete(this);
    if (this.#isStopped) return { how: 'stopped', errors: '' };
    // 1: at least one call failed, which the account has seen.
    if (exitCode > 1) return { how: 'failed', errors: this.#stderr.trim() || 'SIPp said nothing' };
    const { begun, ended } = this.#told;
    if (begun === this.#options.calls && ended === begun) return { how: 'done', errors: '' };
    const errors = `SIPp told of the beginning of ${begun} calls and of the end of ${ended}, not of ${this.#options.calls}`;
    return { how: 'failed', errors };
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#event(line);
  }

  /** See the head of `caller.xml`. */
  #event(line: string): void {
    const [kind, number, seconds, microseconds, status, header] = line.split(';');
    if (number === undefined) return;
    const { account } = this.#options;
    const at = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    this.#told[kind === 'O' ? 'begun' : 'ended'] += 1;
    if (kind === 'O') return account.offered(number, at);
    if (kind === 'N') return account.unanswered(number, at);
    const callbackId = header!.slice(header!.indexOf(':') + 1).trim();
    if (callbackId !== '' || this.#promiseStatuses.has(Number(status))) account.promised(number, at, callbackId);
    else account.refused(number, at, Number(status));
  }

  /** To SIPp itself, the child of `timeout`. */
  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode } = this.#process;
    if (pid === undefined || exitCode !== null) return;
    const children = `/proc/${pid}/task/${pid}/children`;
    const sipp = existsSync(children) ? readFileSync(children, 'utf8').trim() : '';
    if (sipp !== '') process.kill(Number(sipp.split(' ')[0]), signal);
    else this.#process.kill('SIGTERM');
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }
}

/**
 * A rejection that SIPp reads late, because others have the core, makes a ring look early: where that is allowed (as root)
 * it goes before them. It takes a tenth of a core at 400 calls a second.
 */
function precedence(): string[] {
  isRealTimeAllowed ??= spawnSync('chrt', ['--fifo', '1', 'true']).status === 0;
  // `nice` that is not permitted says so and goes on.
  return isRealTimeAllowed ? ['chrt', '--fifo', '1'] : ['nice', '-n', '-10'];
}

let isRealTimeAllowed: boolean | null = null;

/** Holding an end for writing keeps the reader from an early end, and SIPp from waiting. */
function openPipe(path: string): { reader: Socket; writer: number } {
  const made = spawnSync('mkfifo', [path]);
  if (made.status !== 0) throw new Error(`mkfifo ${path} failed: ${made.stderr ?? made.error?.message}`);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  return { reader: new Socket({ fd, readable: true, writable: false }), writer };
}

/** SIPp takes no variable for a timeout. */
function scenarioText(giveUpAfterMs: number): string {
  return readFileSync(SCENARIO, 'utf8').replaceAll(`timeout="${TIMER_B_MS}"`, `timeout="${giveUpAfterMs}"`);
}

/** One line that stands for all: SIPp counts the last eight places up. */
function numbersFile({ firstNumber, calls }: CallersOptions): string {
  const first = firstNumber.slice(-COUNTED_PLACES);
  if (!/^\d{8}$/.test(first)) throw new Error(`the first number ends in eight digits, which ${firstNumber} does not`);
  if (Number(first) + calls > 10 ** COUNTED_PLACES) throw new Error(`${calls} callers from ${firstNumber} on overflow`);
  const head = firstNumber.slice(0, -COUNTED_PLACES);
  return `SEQUENTIAL,PRINTF=${calls},PRINTFOFFSET=${Number(first)}\n${head}%08d;\n`;
}

const COUNTED_PLACES = 8;
