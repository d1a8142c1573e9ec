import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Server, type ServerOptions } from '../support/server.ts';

/** How long a server may take to end by itself, and to be ready: others may work on this machine. */
const END_LIMIT_MS = 30_000;
const READY_LIMIT_MS = 90_000;
const RESTART_PAUSE_MS = 500;

/** One node, with a supervisor that starts it again: the processes come and go, the node stays. */
export class ChaosNode {
  readonly name: string;
  readonly #options: ServerOptions;
  #server: Server | null = null;
  #starts = 0;

  constructor(name: string, options: ServerOptions) {
    this.name = name;
    this.#options = options;
  }

  get address(): string {
    return this.#options.address;
  }

  get pid(): number {
    return this.#server!.pid;
  }

  get running(): boolean {
    return this.#server?.running ?? false;
  }

  get output(): string {
    return this.#server?.output ?? '';
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  spawn(): void {
    this.#starts += 1;
    this.#say(`start ${this.#starts}`);
    this.#server = Server.spawn(this.#options);
  }

  /** One that ends while it starts, for its database is away, is started again, as a supervisor would. */
  async ready(): Promise<void> {
    const until = performance.now() + READY_LIMIT_MS;
    for (;;) {
      const server = this.#server!;
      const failure = await server.ready(until - performance.now()).catch((error: Error) => error);
      if (!(failure instanceof Error)) return;
      if (server.running || performance.now() > until)
        throw new Error(`${this.name} is not ready:\n${server.output.slice(-2_000)}`);
      await delay(RESTART_PAUSE_MS);
      this.spawn();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#say(signal);
    process.kill(this.pid, signal);
  }

  /** @returns its exit code; null: the signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#say(signal);
    return this.#server?.stop(signal) ?? null;
  }

  /** Waits until it has ended by itself, and gives its exit code; it is killed, and null given, when it does not. */
  async ended(): Promise<number | null> {
    const until = performance.now() + END_LIMIT_MS;
    while (this.running && performance.now() < until) await delay(20);
    const isByItself = !this.running;
    const code = await this.#server!.stop('SIGKILL');
    this.#say(`ended ${isByItself ? `with ${code}` : 'not by itself'}`);
    return isByItself ? code : null;
  }

  /** What /metrics says, by name and labels. */
  async metrics(): Promise<Map<string, number>> {
    const { body } = await this.#server!.api('/metrics');
    const lines = String(body).matchAll(/^([a-z_]+(?:\{[^}]*\})?) (\S+)$/gm);
    return new Map([...lines].map(([, name, value]) => [name!, Number(value)]));
  }

  #say(text: string): void {
    const { outputFile } = this.#options;
    if (outputFile !== undefined) appendFileSync(outputFile, `--- ${new Date().toISOString()} ${text}\n`);
  }
}
