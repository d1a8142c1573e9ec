/**
 * Two network namespaces, one for the server and one for everybody else, and a bad network between them: veth with tc
 * netem, or, where the kernel has no netem, two of our own mirrors of UDP. A second pair of veth without any fault is for
 * HTTP.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endsWithUs } from '../support/child-processes.ts';
import { type Impairment, netemArguments } from './impairment.ts';

export const SERVER_ADDRESS = '10.43.0.1';
export const PEERS_ADDRESS = '10.43.0.2';
/** Where the peers reach the server's HTTP. */
export const SERVER_HTTP = '10.43.1.1';
const PEERS_HTTP = '10.43.1.2';
const WIRE = 'wire';
const CALM = 'calm';

export type Weather = 'netem' | 'mirror';

function run(...command: string[]): { isDone: boolean; text: string } {
  const { status, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  return { isDone: status === 0, text: error?.message ?? stderr };
}

function must(...command: string[]): void {
  const { isDone, text } = run(...command);
  assert.ok(isDone, `${command.join(' ')}: ${text}`);
}

/** Whether this process may make network namespaces. */
export const mayMakeNamespaces = (): boolean => process.getuid?.() === 0;

export class Namespaces {
  readonly server: string;
  readonly peers: string;
  readonly weather: Weather;

  private constructor(server: string, peers: string, weather: Weather) {
    this.server = server;
    this.peers = peers;
    this.weather = weather;
  }

  /** @param wanted null: netem where there is one */
  static make(wanted: Weather | null = null): Namespaces {
    const [server, peers] = [`chaos-${process.pid}-s`, `chaos-${process.pid}-p`];
    try {
      for (const name of [server, peers]) {
        must('ip', 'netns', 'add', name);
        must('ip', '-n', name, 'link', 'set', 'lo', 'up');
      }
      veth(CALM, { name: server, address: SERVER_HTTP }, { name: peers, address: PEERS_HTTP });
      const weather = wanted ?? weatherOf(server);
      const ends = [
        { name: server, address: SERVER_ADDRESS },
        { name: peers, address: PEERS_ADDRESS },
      ] as const;
      if (weather === 'netem') veth(WIRE, ...ends);
      // Each side has both addresses: its own, and the one as which its mirror listens.
      else for (const { name } of ends) for (const { address } of ends) addTo(name, 'lo', `${address}/32`);
      const namespaces = new Namespaces(server, peers, weather);
      process.once('exit', () => namespaces.remove());
      return namespaces;
    } catch (error) {
      for (const name of [server, peers]) run('ip', 'netns', 'del', name);
      throw error;
    }
  }

  /** What stands before a command that runs there; it becomes the command. */
  static prefix(name: string): string[] {
    return ['ip', 'netns', 'exec', name];
  }

  remove(): void {
    for (const name of [this.server, this.peers]) run('ip', 'netns', 'del', name);
  }
}

const addTo = (name: string, device: string, address: string): void =>
  must('ip', '-n', name, 'address', 'add', address, 'dev', device);

interface End {
  name: string;
  address: string;
}

function veth(device: string, one: End, other: End): void {
  const link = ['link', 'add', device, 'netns', one.name, 'type', 'veth', 'peer', 'name', device, 'netns', other.name];
  must('ip', ...link);
  for (const { name, address } of [one, other]) {
    addTo(name, device, `${address}/30`);
    must('ip', '-n', name, 'link', 'set', device, 'up');
  }
}

/** Whether the kernel has netem, or can load it. */
function weatherOf(name: string): Weather {
  run('modprobe', 'sch_netem');
  const { isDone } = run('tc', '-n', name, 'qdisc', 'add', 'dev', CALM, 'root', 'netem', 'limit', '10000');
  if (isDone) must('tc', '-n', name, 'qdisc', 'del', 'dev', CALM, 'root');
  return isDone ? 'netem' : 'mirror';
}

/** What decides how bad the network is, the same in both directions; to be used within the namespace of the peers. */
export interface Storm {
  set(impairment: Impairment): void;
  end(): Promise<void>;
}

export interface StormOptions {
  /** The namespaces. */
  server: string;
  peers: string;
  weather: Weather;
  seed: number;
  /** Ports of the server and of the peers to which the other side writes first. */
  serverPorts: number[];
  peerPorts: number[];
}

export async function startStorm(options: StormOptions): Promise<Storm> {
  if (options.weather === 'netem') return netemStorm(options);
  const directory = mkdtempSync(join(tmpdir(), 'callback-mirror-'));
  const path = join(directory, 'twin');
  const { server, peers, seed, serverPorts, peerPorts } = options;
  const peersHere = peerPorts.map((port) => `${PEERS_ADDRESS}:${port}`);
  const serverHere = serverPorts.map((port) => `${SERVER_ADDRESS}:${port}`);
  const first = new Mirror(server, ['listen', path, String(seed), ...peersHere]);
  await first.says('listening');
  const second = new Mirror(peers, ['connect', path, String(seed + 1), ...serverHere]);
  await Promise.all([first.says('ready'), second.says('ready')]);
  return {
    set: (impairment) => {
      for (const mirror of [first, second]) mirror.tell(impairment);
    },
    end: async () => {
      await Promise.all([first.end(), second.end()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function netemStorm({ server, peers }: StormOptions): Storm {
  const set = (impairment: Impairment) => {
    const words = netemArguments(impairment);
    for (const name of [server, peers]) must('tc', '-n', name, 'qdisc', 'replace', 'dev', WIRE, 'root', ...words);
  };
  return { set, end: async () => undefined };
}

class Mirror {
  readonly #process: ChildProcess;
  readonly #said = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  #failure: ((error: Error) => void) | null = null;

  constructor(namespace: string, arguments_: string[]) {
    const script = join(import.meta.dirname, 'udp-mirror.ts');
    const command = [...Namespaces.prefix(namespace), process.execPath, script, ...arguments_];
    this.#process = endsWithUs(spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] }));
    this.#process.once('exit', (code) => this.#failure?.(new Error(`a mirror ended with ${code}`)));
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#said.add(line);
      this.#waiting.get(line)?.();
    });
  }

  says(word: string): Promise<void> {
    if (this.#said.has(word)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.set(word, resolve);
      this.#failure = reject;
    });
  }

  tell(impairment: Impairment): void {
    this.#process.stdin!.write(`${JSON.stringify(impairment)}\n`);
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin!.end();
    await ended;
  }
}
