import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SipPhone } from '../support/sip-phone.ts';
import { Daemon } from './daemon.ts';

const TEMPLATE = join(import.meta.dirname, 'kamailio/edge.cfg');
const READY_TIMEOUT_MS = 10_000;

export interface EdgeOptions {
  /** The edge listens on port 5060 of it. */
  address: string;
  /** `host:port` of each node of the application. */
  nodes: string[];
  carriers: string[];
}

/** Debian's Kamailio as the proxy at the edge of one's own network. */
export class KamailioEdge {
  readonly #daemon: Daemon;
  readonly #directory: string;

  private constructor(daemon: Daemon, directory: string) {
    this.#daemon = daemon;
    this.#directory = directory;
  }

  /** Resolves when it answers. */
  static async start({ address, nodes, carriers }: EdgeOptions): Promise<KamailioEdge> {
    const directory = mkdtempSync(join(tmpdir(), 'callback-edge-'));
    const file = join(directory, 'edge.cfg');
    const values: Record<string, string> = { address, directory };
    const text = readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name) => values[name]!);
    writeFileSync(file, text);
    const lines = [...nodes.map((node) => `1 sip:${node}`), ...carriers.map((carrier) => `2 sip:${carrier} 8`)];
    writeFileSync(join(directory, 'dispatcher.list'), `${lines.join('\n')}\n`);
    const daemon = Daemon.spawn('kamailio', ['-DD', '-E', '-m', '16', '-f', file, '-Y', directory], directory);
    const edge = new KamailioEdge(daemon, directory);
    try {
      await edge.#ready(address);
    } catch (error) {
      await edge.stop();
      throw error;
    }
    return edge;
  }

  get output(): string {
    return this.#daemon.output;
  }

  /** Methods that it saw within a call, in order, with the address that they came from. */
  seen(callId: string): string[] {
    const lines = this.#daemon.lines(/seen \w+ from=/).filter((line) => line.endsWith(` call=${callId}`));
    return lines.map((line) => /seen (\w+) from=(\S+)/.exec(line)!.slice(1, 3).join(' '));
  }

  async stop(): Promise<void> {
    await this.#daemon.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #ready(address: string): Promise<void> {
    const phone = await SipPhone.open({ address, t1Ms: 50 });
    const until = Date.now() + READY_TIMEOUT_MS;
    try {
      while (this.#daemon.running && Date.now() < until) {
        const answer = await phone.requestOnce('OPTIONS', `sip:${address}:5060`, { timeoutMs: 250 }).catch(() => null);
        if (answer?.status === 200) return;
        await delay(20);
      }
      throw new Error(`kamailio did not answer on ${address}:5060:\n${this.output}`);
    } finally {
      phone.close();
    }
  }
}
