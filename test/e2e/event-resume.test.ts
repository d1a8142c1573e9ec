/** A watcher of the event stream who is cut off: he goes on at the restarted server, or is told that he can't. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOST_MISSED } from '../../lib/app/event-log.ts';
import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { Reader } from '../http/event-reader.ts';
import { acceptance, callbackSample, logSample } from '../store/callback-sample.ts';
import { recordingLog } from '../store/harness.ts';
import { PostgresServer } from '../support/postgres.ts';
import { API_KEY, Server } from '../support/server.ts';

const ONE = '127.0.82.10';
const OTHER = '127.0.82.11';

interface Frame {
  id: string | null;
  event: string | null;
  data: Record<string, unknown>;
}

class Watcher {
  readonly #reader: Reader;
  lastId: string | null = null;

  private constructor(reader: Reader) {
    this.#reader = reader;
  }

  static async open(address: string, lastId: string | null = null): Promise<Watcher> {
    const headers = { 'x-api-key': API_KEY, ...(lastId === null ? {} : { 'last-event-id': lastId }) };
    const sent = get({ host: address, port: 8080, path: '/api/v1/events', headers, agent: false });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    return new Watcher(new Reader(response));
  }

  async frame(): Promise<Frame> {
    const text = await this.#reader.next();
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? null;
    this.lastId = field('id') ?? this.lastId;
    return { id: field('id'), event: field('event'), data: JSON.parse(field('data') ?? '{}') };
  }

  /** The next frame of that name. */
  async hears(event: string): Promise<Frame> {
    for (;;) {
      const frame = await this.frame();
      if (frame.event === event) return frame;
    }
  }

  /** Begins somewhere, before anything has come. */
  async begun(): Promise<string> {
    while (this.lastId === null) await this.frame();
    return this.lastId;
  }

  close(): void {
    this.#reader.response.destroy();
  }
}

const DUE = { dueAt: new Date(Date.now() + 3 * 86_400_000).toISOString() };
const create = async (server: Server, number: string): Promise<string> => {
  const { status, body } = await server.api('/api/v1/callbacks', {
    method: 'POST',
    body: { rule: 'demo', number, ...DUE },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return (body as { id: string }).id;
};
const CONFIGURATION = `version: 1
defaultCountry: BR
trunks: [{ name: t, proxy: 'sip:127.0.82.99:5070' }]
callbackRules: [{ name: demo, origin: any, trunk: t }]
`;

describe('events after a cut', function () {
  this.timeout(60_000);
  const watchers: Watcher[] = [];
  const servers: Server[] = [];
  const watch = async (address: string, lastId: string | null = null) => {
    const watcher = await Watcher.open(address, lastId);
    watchers.push(watcher);
    return watcher;
  };
  const serve = async (options: Parameters<typeof Server.start>[0]) => {
    const server = await Server.start({ configuration: CONFIGURATION, ...options });
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    for (const watcher of watchers.splice(0)) watcher.close();
    for (const server of servers.splice(0)) await server.stop('SIGKILL');
  });

  it('go on behind a restart of the server, also for who has heard of nothing yet', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'callback-resume-'));
    try {
      const before = await serve({ address: ONE, dataDirectory });
      const watcher = await watch(ONE);
      const begun = await watcher.begun();
      const first = await create(before, '+5548991990001');
      assert.equal((await watcher.hears('callback.accepted')).data['callbackId'], first);
      const second = await create(before, '+5548991990002');
      await before.stop('SIGKILL');
      const after = await serve({ address: ONE, dataDirectory });
      const resumed = await watch(ONE, watcher.lastId);
      const told = await resumed.hears('reset');
      assert.equal(told.data['scope'], 'status', 'of trunks and switches nothing is kept');
      assert.equal((await resumed.hears('callback.accepted')).data['callbackId'], second);
      const third = await create(after, '+5548991990003');
      assert.equal((await resumed.hears('callback.accepted')).data['callbackId'], third);
      const fromBegin = await watch(ONE, begun);
      for (const id of [first, second, third])
        assert.equal((await fromBegin.hears('callback.accepted')).data['callbackId'], id);
    } finally {
      rmSync(dataDirectory, { recursive: true, force: true });
    }
  });

  describe('of several nodes', () => {
    let postgres: PostgresServer;
    let name: string;
    before(async () => {
      postgres = await PostgresServer.shared();
    });
    beforeEach(async () => {
      name = await postgres.createDatabase();
    });
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.stop('SIGKILL');
      await postgres.dropDatabase(name);
    });

    it('are told by each of them, and go on at another one', async () => {
      const flags = ['--database', postgres.url(name)];
      const one = await serve({ address: ONE, flags });
      const other = await serve({ address: OTHER, flags });
      const watcher = await watch(ONE);
      await watcher.begun();
      const there = await create(other, '+5548991990001');
      assert.equal((await watcher.hears('callback.accepted')).data['callbackId'], there);
      const here = await create(one, '+5548991990002');
      assert.equal((await watcher.hears('callback.accepted')).data['callbackId'], here);
      watcher.close();
      const missed = await create(one, '+5548991990003');
      const resumed = await watch(OTHER, watcher.lastId);
      assert.equal((await resumed.hears('callback.accepted')).data['callbackId'], missed);
    });

    it('are given up where too many were missed: the watcher is told to read anew', async () => {
      const url = postgres.url(name);
      const one = await serve({ address: ONE, flags: ['--database', url] });
      const watcher = await watch(ONE);
      const begun = await watcher.begun();
      watcher.close();
      const store = await openPostgresStore({ url, log: recordingLog() });
      const log = Array.from({ length: MOST_MISSED + 1 }, () => logSample('noted'));
      await store.callbacks.insert({ ...acceptance(callbackSample({ id: 'busy', state: 'done' })), log }, null);
      await store.close();
      const resumed = await watch(ONE, begun);
      assert.equal((await resumed.hears('reset')).data['scope'], 'all');
      const id = await create(one, '+5548991990001');
      assert.equal((await resumed.hears('callback.accepted')).data['callbackId'], id);
    });
  });
});
