import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endsWithUs } from './child-processes.ts';

const ROOT = join(import.meta.dirname, '../..');
export const API_KEY = 'test-key-0123456789';
const READY_TIMEOUT_MS = 20_000;

export interface ServerOptions {
  /** A loopback address of its own: SIP on 5060, HTTP on 8080, RTP on 20000-20999 there. */
  address: string;
  /** YAML; left out: the demo configuration. */
  configuration?: string;
  /** Kept by the caller over a restart; left out: a temporary one that goes with the server. */
  dataDirectory?: string;
  flags?: string[];
  /** Where SIP listens; left out: 5060 by UDP and TCP on the address; none: a drachtio-server that `flags` name. */
  sip?: string[];
  logLevel?: string;
  /** In front of the command, such as `ip netns exec NAME`; it must become the program itself. */
  prefix?: string[];
  env?: Record<string, string>;
  /** Where HTTP listens, if not on the address. */
  httpHost?: string;
  /** Everything it prints is kept at the end of this file. */
  outputFile?: string;
}

const httpOf = ({ address, httpHost = address }: ServerOptions): string => `${httpHost}:8080`;

/** The application as a process of its own, as a user runs it. */
export class Server {
  readonly address: string;
  readonly #process: ChildProcess;
  readonly #temporary: string | null;
  readonly #http: string;
  #output = '';

  private constructor(options: ServerOptions, process: ChildProcess, temporary: string | null) {
    this.address = options.address;
    this.#process = process;
    this.#temporary = temporary;
    this.#http = httpOf(options);
    const { outputFile } = options;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-200_000);
        if (outputFile !== undefined) appendFileSync(outputFile, text);
      });
    }
  }

  /** Resolves when /readyz says 200. */
  static async start(options: ServerOptions): Promise<Server> {
    const server = Server.spawn(options);
    await server.ready();
    return server;
  }

  /** Starts it without waiting, to see it fail. */
  static spawn(options: ServerOptions): Server {
    const { address, configuration, dataDirectory, flags = [], logLevel = 'info', prefix = [] } = options;
    const sip = options.sip ?? ['udp', 'tcp'].map((transport) => `sip:${address}:5060;transport=${transport}`);
    const temporary = dataDirectory === undefined ? mkdtempSync(join(tmpdir(), 'callback-test-')) : null;
    const data = dataDirectory ?? join(temporary!, 'data');
    const args = ['lib/main.ts', 'serve', '--data', data, '--http', httpOf(options), '--log-level', logLevel];
    args.push('--rtp-ports', '20000-20999', ...sip.flatMap((uri) => ['--sip', uri]));
    if (configuration !== undefined) {
      const file = join(temporary ?? dataDirectory!, 'configuration.yaml');
      writeFileSync(file, configuration);
      args.push('--config', file);
    }
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], CALLBACK_API_KEY: API_KEY, ...options.env };
    const [command, ...rest] = [...prefix, process.execPath, ...args, ...flags];
    const child = endsWithUs(spawn(command!, rest, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] }));
    return new Server(options, child, temporary);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async ready(withinMs = READY_TIMEOUT_MS): Promise<void> {
    const until = Date.now() + withinMs;
    while (Date.now() < until) {
      assert.ok(this.running, `the server ended with ${this.#process.exitCode}:\n${this.#output}`);
      const answer = await fetch(`http://${this.#http}/readyz`).catch(() => null);
      await answer?.body?.cancel();
      if (answer?.status === 200) return;
      await delay(20);
    }
    await this.stop('SIGKILL');
    assert.fail(`the server was not ready in ${withinMs} ms:\n${this.#output}`);
  }

  /** Calls the API as an administrator. */
  async api(path: string, init: { method?: string; body?: unknown } = {}): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`http://${this.#http}${path}`, {
      method: init.method ?? 'GET',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    return { status: answer.status, body: isJson ? JSON.parse(text) : text };
  }

  /** All callbacks, newest first. */
  async callbacks(): Promise<CallbackView[]> {
    const { status, body } = await this.api('/api/v1/callbacks?pageSize=100');
    assert.equal(status, 200, JSON.stringify(body));
    return (body as { items: CallbackView[] }).items;
  }

  /** One callback with its attempts and events. */
  async callback(id: string): Promise<CallbackView> {
    const { status, body } = await this.api(`/api/v1/callbacks/${id}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body as CallbackView;
  }

  /** Waits until the callbacks satisfy the condition. */
  async until(condition: (all: CallbackView[]) => boolean, withinMs: number, what: string): Promise<CallbackView[]> {
    const until = Date.now() + withinMs;
    let all: CallbackView[] = [];
    while (Date.now() < until) {
      all = await this.callbacks();
      if (condition(all)) return all;
      await delay(50);
    }
    return assert.fail(`not within ${withinMs} ms: ${what}; callbacks: ${JSON.stringify(all)}\n${this.#output}`);
  }

  /** Waits until the status of a trunk has these fields. */
  async untilTrunk(name: string, fields: Record<string, unknown>, withinMs: number): Promise<void> {
    const until = Date.now() + withinMs;
    for (;;) {
      const { status, body } = await this.api(`/api/v1/trunks/${encodeURIComponent(name)}/status`);
      assert.equal(status, 200, JSON.stringify(body));
      if (hasFields(body, fields)) return;
      if (Date.now() > until)
        assert.fail(
          `trunk ${name} is not ${JSON.stringify(fields)} within ${withinMs} ms: ${JSON.stringify(body)}\n${this.#output}`,
        );
      await delay(50);
    }
  }

  /** Ends the process and waits for it; the temporary data goes with it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.running) {
      const ended = once(this.#process, 'exit');
      this.#process.kill(signal);
      await ended;
    }
    if (this.#temporary) rmSync(this.#temporary, { recursive: true, force: true });
    return this.#process.exitCode;
  }
}

/** Whether an answer has these fields, inner ones too. */
function hasFields(body: unknown, fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null) return body === fields;
  if (typeof body !== 'object' || body === null) return false;
  return Object.entries(fields).every(([key, value]) => hasFields((body as Record<string, unknown>)[key], value));
}

/** What the tests read of the API's callback. */
export interface CallbackView {
  id: string;
  state: string;
  outcome: string | null;
  reason: string | null;
  number: string;
  rule: string;
  dueAt: string;
  attempts: unknown;
  events?: Array<{ at: string; type: string; [key: string]: unknown }>;
}
