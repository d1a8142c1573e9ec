import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const EXIT_TIMEOUT_MS = 5_000;
const MAX_KEPT = 500_000;

/** A program of Debian's as a child of the test. What it prints is kept; it ends by its process id. */
export class Daemon {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #waiting = new Set<() => void>();
  #output = '';

  private constructor(name: string, process: ChildProcess) {
    this.#name = name;
    this.#process = process;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-MAX_KEPT);
        for (const check of [...this.#waiting]) check();
      });
    }
    process.on('exit', () => {
      for (const check of [...this.#waiting]) check();
    });
  }

  /** Daemons live in /usr/sbin, which is not in everybody's PATH. */
  static spawn(name: string, args: string[], directory: string): Daemon {
    const options = { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'], detached: true };
    return new Daemon(name, spawn(pathOf(name), args, options));
  }

  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The lines printed so far that match. */
  lines(pattern: RegExp): string[] {
    return this.#output.split('\n').filter((line) => pattern.test(line));
  }

  /** Resolves with the first line that matches, also one that was printed before; rejects when the program ends without. */
  async printed(pattern: RegExp, timeoutMs = 5_000): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const check = () => {
      const line = this.lines(pattern)[0];
      if (line !== undefined) resolve(line);
      else if (!this.running) reject(new Error(`${this.#name} ended before it printed ${pattern}:\n${this.#output}`));
    };
    const late = () => reject(new Error(`${this.#name} did not print ${pattern} in ${timeoutMs} ms:\n${this.#output}`));
    const timer = setTimeout(late, timeoutMs);
    this.#waiting.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  /** SIGTERM, and SIGKILL for its whole process group if it does not obey. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const { pid } = this.#process;
    assert.ok(pid !== undefined, `${this.#name} was never started`);
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const watch = setTimeout(() => process.kill(-pid, 'SIGKILL'), EXIT_TIMEOUT_MS);
    await ended;
    clearTimeout(watch);
  }
}

/** A test that cannot run has failed: nothing is skipped. */
function pathOf(name: string): string {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const directory of directories) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there: the next directory
    }
  }
  return assert.fail(`${name} is not installed: run make setup-test`);
}
