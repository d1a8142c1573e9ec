/** A PostgreSQL server of the tests' own, started when the first test needs it, with databases of their own per test. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

const LIBRARY = '/usr/lib/postgresql';
const START_TIMEOUT_MS = 20_000;
const PASSWORD = 's3cret-of-the-database';
let counter = 0;

/** The newest version that is installed. A test that cannot run has failed: nothing is skipped. */
function binaries(): string {
  const versions = existsSync(LIBRARY) ? readdirSync(LIBRARY).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(LIBRARY, version, 'bin'))
    .find((path) => existsSync(join(path, 'initdb')));
  assert.ok(found, 'PostgreSQL is not installed: run make setup-test');
  return found;
}

/** PostgreSQL refuses to run as root: then as the user that its package has made. */
function unprivileged(): { uid: number; gid: number } | Record<never, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class PostgresServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'callback-postgres-'));
  readonly #host: string;
  readonly #outputFile: string | null;
  #port = 0;
  #process: ChildProcess | null = null;

  static #shared: Promise<PostgresServer> | null = null;

  /** One for all tests of this process; it ends with the process, and keeps none from ending. */
  static shared(): Promise<PostgresServer> {
    PostgresServer.#shared ??= PostgresServer.#make();
    return PostgresServer.#shared;
  }

  static #make(): Promise<PostgresServer> {
    return PostgresServer.at('127.0.80.1');
  }

  /**
   * One of the caller's own, on any free port of a loopback address; it may be ended before the process does.
   * @param outputFile what it prints is kept there
   */
  static async at(host: string, outputFile: string | null = null): Promise<PostgresServer> {
    const server = new PostgresServer(host, outputFile);
    process.on('exit', () => server.remove());
    server.#initialize();
    await server.start();
    return server;
  }

  private constructor(host: string, outputFile: string | null) {
    this.#host = host;
    this.#outputFile = outputFile;
  }

  #initialize(): void {
    const user = unprivileged();
    if ('uid' in user) chownSync(this.#directory, user.uid, user.gid);
    chmodSync(this.#directory, 0o700);
    const password = `printf %s ${PASSWORD}`;
    const script = `exec "$0" -D "$1" -U callback -A scram-sha-256 --pwfile=<(${password}) -N -E UTF8 --locale=C.UTF-8`;
    const made = spawnSync('bash', ['-c', script, join(binaries(), 'initdb'), join(this.#directory, 'data')], {
      ...user,
      cwd: this.#directory,
      encoding: 'utf8',
    });
    assert.equal(made.status, 0, made.stderr);
  }

  /** Also after `stop`: on the same port, with the same data. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort(this.#host);
    const settings = {
      listen_addresses: this.#host,
      port: String(this.#port),
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '32MB',
      // What survives a kill is the same; only a power cut would tell the difference.
      fsync: 'off',
      full_page_writes: 'off',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const arguments_ = ['-D', join(this.#directory, 'data'), ...flags];
    const until = Date.now() + START_TIMEOUT_MS;
    do {
      assert.ok(Date.now() < until, 'PostgreSQL did not start');
      // While processes of one that was killed are still there, the next one gives up at once.
      if (this.#process === null || this.#process.exitCode !== null || this.#process.signalCode !== null)
        this.#spawn(arguments_);
      await delay(30);
    } while (!(await this.#answers()));
  }

  #spawn(arguments_: string[]): void {
    const output = this.#outputFile === null ? 'ignore' : openSync(this.#outputFile, 'a');
    this.#process = spawn(join(binaries(), 'postgres'), arguments_, {
      ...unprivileged(),
      cwd: this.#directory,
      stdio: ['ignore', output, output],
    });
    if (output !== 'ignore') closeSync(output);
    this.#process.unref();
  }

  async #answers(): Promise<boolean> {
    return this.run('select 1').then(
      () => true,
      () => false,
    );
  }

  url(database = 'postgres'): string {
    return `postgres://callback:${PASSWORD}@${this.#host}:${this.#port}/${database}`;
  }

  get target(): { host: string; port: number } {
    return { host: this.#host, port: this.#port };
  }

  get password(): string {
    return PASSWORD;
  }

  /** One statement, on a connection of its own. */
  async run(sql: string, database = 'postgres'): Promise<Array<Record<string, unknown>>> {
    const client = new Client({ connectionString: this.url(database) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** @returns its name */
  async createDatabase(): Promise<string> {
    counter += 1;
    const name = `test_${process.pid}_${counter}`;
    await this.run(`create database ${name}`);
    return name;
  }

  async dropDatabase(name: string): Promise<void> {
    await this.run(`drop database ${name} with (force)`);
  }

  /**
   * `SIGQUIT`, `SIGKILL`: as a crash would, connections break and what was committed stays. After `SIGKILL` of the first
   * process the others of the server end by themselves, a moment later.
   */
  async stop(signal: 'SIGQUIT' | 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const running = this.#process;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.ref();
    running.kill(signal);
    await ended;
    this.#process = null;
  }

  /** Nothing can be waited for any more. */
  remove(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
