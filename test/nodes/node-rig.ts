/** Several applications on one database, each with a store of its own behind a gate, and calls that the test makes. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Application } from '../../lib/app/application.ts';
import { LiveConfiguration } from '../../lib/app/live-configuration.ts';
import type { InboundCall } from '../../lib/core/call/inbound-call.ts';
import type { LegId } from '../../lib/core/call/leg.ts';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { Store } from '../../lib/ports/store.ts';
import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { createSystemClock } from '../../lib/system/clock.ts';
import { FakeSignalling } from '../app/fake-signalling.ts';
import { aCall, aConfiguration, aRule, aTrunk } from '../core/rules/configuration-fixture.ts';
import { FakeCalls } from '../support/fake-calls.ts';
import { MemoryLog } from '../support/outside-world.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { TcpGate } from '../support/tcp-gate.ts';

export const LEASE_MS = 800;
/** For a loaded machine, on top of what is guaranteed. */
export const SLACK_MS = 3_000;

/** A trunk that bears what a test throws at it, and a rule that calls back after a second. */
export function configurationOf(
  rule: Parameters<typeof aRule>[0] = {},
  trunk: Parameters<typeof aTrunk>[0] = {},
): Configuration {
  return aConfiguration({
    trunks: [aTrunk({ maxCallsPerSecond: 1_000, maxConcurrentCalls: 1_000, ...trunk })],
    callbackRules: [aRule({ next: null, delaySeconds: 1, ringTimeoutSeconds: 2, ...rule })],
    limits: { ...aConfiguration().limits, perNumber: { max: 1_000, perSeconds: 3_600 } },
  });
}

export async function until<T>(look: () => Promise<T | null> | T | null, withinMs: number, what: string): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    assert.ok(Date.now() < end, `not within ${withinMs} ms: ${what}`);
    await delay(10);
  }
}

export class Node {
  readonly calls: FakeCalls;
  readonly log: MemoryLog;
  readonly gate: TcpGate;
  readonly store: Store;
  readonly application: Application;
  readonly signalling = new FakeSignalling();
  readonly #name: string;
  #offered = 0;

  constructor(name: string, parts: { gate: TcpGate; store: Store; live: LiveConfiguration; log: MemoryLog }) {
    const { gate, store, live, log } = parts;
    this.log = log;
    this.#name = name;
    this.gate = gate;
    this.store = store;
    const clock = createSystemClock();
    this.calls = new FakeCalls(clock);
    let ids = 0;
    const next = (kind: string) => () => `${kind}-${name}-${++ids}`;
    this.application = new Application({
      clock,
      ids: { callbackId: next('callback'), attemptId: next('attempt'), legId: next('leg') },
      store,
      calls: this.calls,
      configuration: live,
      showsTrying: true,
      observer: { decided: () => undefined, dialled: () => undefined, done: () => undefined },
      signalling: this.signalling,
      log,
    });
    this.application.listen();
  }

  /** An INVITE comes in from this caller. @returns the id that he is promised; null: none */
  async offer(caller: string): Promise<string | null> {
    this.#offered += 1;
    const legId = `in-${this.#name}-${this.#offered}`;
    const call: Partial<InboundCall> = { legId, callId: `${legId}@test`, fromUser: caller };
    this.calls.offer(aCall(call));
    const rejected = () => this.calls.rejections.find((one) => one.legId === legId) ?? null;
    return (await until(rejected, 10_000, `${legId} is rejected`)).rejection.callbackId;
  }

  /** Legs dialled for a callback. */
  dialled(id: string): LegId[] {
    return this.calls.dialled.filter(({ legId }) => legId.startsWith(`${id}.`)).map(({ legId }) => legId);
  }

  get database(): Store['callbacks'] {
    return this.store.callbacks;
  }

  /** As a kill would: it says nothing to anybody. */
  kill(): void {
    this.gate.shut();
    this.application.stop();
  }
}

export class Cluster {
  readonly nodes: Node[] = [];
  readonly #server: PostgresServer;
  readonly #database: string;
  readonly #configuration: Configuration;

  private constructor(server: PostgresServer, database: string, configuration: Configuration) {
    this.#server = server;
    this.#database = database;
    this.#configuration = configuration;
  }

  static async start(server: PostgresServer, count: number, configuration = configurationOf()): Promise<Cluster> {
    const cluster = new Cluster(server, await server.createDatabase(), configuration);
    for (let index = 0; index < count; index += 1) await cluster.join();
    return cluster;
  }

  /** @param wrap between the application and its store */
  async join(wrap: (store: Store, gate: TcpGate) => Store = (store) => store): Promise<Node> {
    const gate = await TcpGate.open(this.#server.target);
    const url = new URL(this.#server.url(this.#database));
    url.port = String(gate.port);
    const log = new MemoryLog();
    const store = await openPostgresStore({ url: url.href, log, leaseMs: LEASE_MS });
    if ((await store.configuration.load()) === null) await store.configuration.replace(this.#configuration, 0);
    const live = new LiveConfiguration((await store.configuration.load())!, {
      store: store.configuration,
      clock: createSystemClock(),
      resolveHost: async () => ['127.0.0.1'],
      log,
    });
    await live.start();
    const node = new Node(`n${this.nodes.length}`, { gate, store: wrap(store, gate), live, log });
    this.nodes.push(node);
    await node.application.start();
    return node;
  }

  /** Every dial for a callback, at whatever node. */
  dialled(id: string): LegId[] {
    return this.nodes.flatMap((node) => node.dialled(id));
  }

  /** What the database holds. */
  async callback(id: string): Promise<Callback> {
    const rows = await this.#server.run(`select body from callbacks where id = '${id}'`, this.#database);
    assert.ok(rows[0], `${id} is not stored`);
    return JSON.parse(String(rows[0]['body']));
  }

  query(sql: string): Promise<Array<Record<string, unknown>>> {
    return this.#server.run(sql, this.#database);
  }

  async close(): Promise<void> {
    for (const { application } of this.nodes) application.stop();
    await Promise.all(this.nodes.map(({ store }) => store.close()));
    await Promise.all(this.nodes.map(({ gate }) => gate.close()));
    await this.#server.dropDatabase(this.#database);
  }
}
