/** Who is measured: this application, and the floor on the embedded engine and on a drachtio-server. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CONFIGURATION, DELAY_SECONDS, EXTENSION_URI, SERVER, SIP_PORT, TRUNK_URI } from './call-flow.ts';
import { pinned } from './machine.ts';
import { listenerOn } from './proc.ts';

const ROOT = join(import.meta.dirname, '..');
const ADMIN_PORT = 9022;
const HTTP_PORT = 8080;
const SECRET = 'bench';
const START_LIMIT_MS = 60_000;
const POLL_MS = 5;
const API_KEY = 'bench-key-0123456789';

export interface Running {
  /** Its processes; what they start belongs to them. */
  readonly pids: readonly number[];
  /** Where the callers call. */
  readonly sip: { address: string; port: number };
  /** Milliseconds from the start of the process until it was ready; null: somebody else started it. */
  readonly readyMs: number | null;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Where its store is, if it has one. */
  readonly dataDirectory?: string;
  start(core: number | null): Promise<Running>;
}

/** A child whose output is kept for the case that it fails. */
class Child {
  readonly process: ChildProcess;
  output = '';

  constructor(core: number | null, command: readonly string[], env: Record<string, string> = {}) {
    const [file, args] = pinned(core, command);
    const environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env };
    this.process = spawn(file, args, { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  async until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    const until = Date.now() + START_LIMIT_MS;
    while (!(await condition())) {
      const ended = this.process.exitCode !== null || this.process.signalCode !== null;
      if (ended || Date.now() > until) throw new Error(`${what}: not within ${START_LIMIT_MS} ms\n${this.output}`);
      await delay(POLL_MS);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    const patience = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(patience);
  }
}

export interface OurOptions {
  /** Kept by the caller. */
  dataDirectory: string;
  /** Default: the one of the call that is measured. */
  configuration?: string;
  /** Before the entry point, e.g. for a profile. */
  nodeFlags?: readonly string[];
}

export const OURS = 'drachtio-callback';

/** The application as it is shipped: durable, media embedded. */
export function ours(options: OurOptions): Contender {
  return {
    name: OURS,
    dataDirectory: options.dataDirectory,
    start: async (core) => {
      const scratch = mkdtempSync(join(tmpdir(), 'callback-bench-'));
      const configuration = join(scratch, 'configuration.yaml');
      writeFileSync(configuration, options.configuration ?? CONFIGURATION);
      const command = [
        ...[process.execPath, ...(options.nodeFlags ?? []), 'lib/main.ts', 'serve', '--config', configuration],
        ...['--data', options.dataDirectory, '--http', `${SERVER}:${HTTP_PORT}`],
        ...['--sip', `sip:${SERVER}:${SIP_PORT};transport=udp`, '--rtp-ports', '10000-65000'],
        ...['--log-level', 'warn', '--drain-seconds', '2'],
      ];
      const startedAt = performance.now();
      const child = new Child(core, command, { CALLBACK_API_KEY: API_KEY });
      await child.until('drachtio-callback', isReady);
      return {
        pids: [child.pid],
        sip: { address: SERVER, port: SIP_PORT },
        readyMs: performance.now() - startedAt,
        metrics: async () => (await fetch(`http://${SERVER}:${HTTP_PORT}/metrics`)).text(),
        stop: async () => {
          await child.stop();
          rmSync(scratch, { recursive: true });
        },
      };
    },
  };
}

async function isReady(): Promise<boolean> {
  const answer = await fetch(`http://${SERVER}:${HTTP_PORT}/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

const CONF = `<drachtio>
  <admin port="${ADMIN_PORT}" secret="${SECRET}">${SERVER}</admin>
  <sip><contacts><contact>sip:${SERVER}:${SIP_PORT};transport=udp</contact></contacts></sip>
  <logging><console/><sofia-loglevel>0</sofia-loglevel><loglevel>error</loglevel></logging>
</drachtio>
`;

/** The floor on the engine that is embedded here, run as `engine`. */
export const floorOnOurEngine: Contender = {
  name: 'floor, embedded engine',
  start: (core) => startFloor(core, (conf) => [process.execPath, 'lib/main.ts', 'engine', '--drachtio-conf', conf]),
};

/** The floor on a drachtio-server that the benchmark starts itself. */
export function floorOnDrachtio(binary: string): Contender {
  return {
    name: 'floor, drachtio-server',
    start: (core) => startFloor(core, (conf) => [binary, '-f', conf]),
  };
}

async function startFloor(core: number | null, engine: (conf: string) => string[]): Promise<Running> {
  const scratch = mkdtempSync(join(tmpdir(), 'callback-bench-'));
  const conf = join(scratch, 'drachtio.conf.xml');
  writeFileSync(conf, CONF);
  const startedAt = performance.now();
  const server = new Child(core, engine(conf));
  let app: Child | null = null;
  const stop = async () => {
    await app?.stop('SIGKILL');
    await server.stop();
    rmSync(scratch, { recursive: true });
  };
  try {
    await server.until('the SIP engine', () => answers(SERVER, ADMIN_PORT));
    app = await startApp(core, { admin: `${SERVER}:${ADMIN_PORT}`, secret: SECRET });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pids: [server.pid, app.pid],
    sip: { address: SERVER, port: SIP_PORT },
    readyMs: performance.now() - startedAt,
    metrics: async () => '',
    stop,
  };
}

/** On a drachtio-server that runs already. Its CPU time counts only where it runs on this machine, pinned or not. */
export function floorOnRunningDrachtio(server: {
  host: string;
  port: number;
  secret: string;
  sip: { address: string; port: number };
}): Contender {
  return {
    name: 'floor, drachtio-server',
    start: async (core) => {
      const app = await startApp(core, { admin: `${server.host}:${server.port}`, secret: server.secret });
      const pid = listenerOn(server.port);
      return {
        pids: [...(pid === null ? [] : [pid]), app.pid],
        sip: server.sip,
        readyMs: null,
        metrics: async () => '',
        stop: () => app.stop('SIGKILL'),
      };
    },
  };
}

async function startApp(core: number | null, { admin, secret }: { admin: string; secret: string }): Promise<Child> {
  const floor = join(import.meta.dirname, 'floor/app.ts');
  const app = new Child(core, [process.execPath, floor, admin, secret, TRUNK_URI, EXTENSION_URI, `${DELAY_SECONDS}`]);
  await app.until('the floor', () => app.output.includes('ready\n'));
  return app;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}
