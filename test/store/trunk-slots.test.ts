import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../lib/ports/store.ts';
import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { Random } from '../core/simulation/random.ts';
import { PostgresServer } from '../support/postgres.ts';
import { recordingLog } from './harness.ts';

/** The most of these instants that lie within any span of so many milliseconds. */
function mostWithin(instants: readonly number[], ms: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((at, index) => sorted.slice(index).filter((later) => later < at + ms).length));
}

describe("the trunks' limits in PostgreSQL, by three nodes at once", () => {
  let server: PostgresServer;
  let name: string;
  let nodes: Store[];

  beforeEach(async function () {
    this.timeout(60_000);
    server = await PostgresServer.shared();
    name = await server.createDatabase();
    const open = () => openPostgresStore({ url: server.url(name), log: recordingLog() });
    nodes = [await open(), await open(), await open()];
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await server.dropDatabase(name);
  });

  /** Each node asks for its own calls until all are dialled; a call lasts a random while. @returns when each left */
  async function drive(load: {
    calls: number;
    perSecond: number;
    concurrent: number;
    seed: number;
    longestMs: number;
  }) {
    const random = new Random(load.seed);
    const sent: Array<{ legId: string; at: number }> = [];
    let up = 0;
    let mostUp = 0;
    const limits = { trunk: 't', maxCallsPerSecond: load.perSecond, maxConcurrentCalls: load.concurrent };
    const run = async (node: Store, on: number) => {
      const { slots } = node.nodes!;
      let waiting = Array.from({ length: load.calls }, (_, index) => `n${on}-${index}`);
      const ends: Promise<void>[] = [];
      while (waiting.length > 0) {
        const { granted, askAgainInMs } = await slots.take({ ...limits, legIds: waiting });
        waiting = waiting.filter((legId) => !granted.includes(legId));
        for (const legId of granted) {
          up += 1;
          mostUp = Math.max(mostUp, up);
          await delay(random.between(0, 15));
          sent.push({ legId, at: performance.now() });
          await slots.note({ dialled: new Map([[legId, 't']]), released: [] });
          const end = async () => {
            await delay(random.between(0, load.longestMs));
            up -= 1;
            await slots.note({ dialled: new Map(), released: [legId] });
          };
          ends.push(end());
        }
        if (granted.length === 0) await delay(Math.min(askAgainInMs, 200));
      }
      await Promise.all(ends);
    };
    await Promise.all(nodes.map(run));
    return { sent, mostUp };
  }

  it('never more in any second than the rate, never more at a time than the limit, each node in its order, nobody forgotten', async function () {
    this.timeout(60_000);
    const load = { calls: 14, perSecond: 9, concurrent: 6, seed: 1, longestMs: 300 };
    const { sent, mostUp } = await drive(load);
    assert.equal(sent.length, 42);
    assert.ok(
      mostWithin(
        sent.map(({ at }) => at),
        1_000,
      ) <= 9,
    );
    assert.ok(mostUp <= 6, `${mostUp} at a time`);
    for (const on of [0, 1, 2]) {
      const order = sent.filter(({ legId }) => legId.startsWith(`n${on}-`)).map(({ legId }) => Number(legId.slice(3)));
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
    }
  });

  it('no node is starved by the others: their turns come by place', async function () {
    this.timeout(60_000);
    const { sent } = await drive({ calls: 8, perSecond: 12, concurrent: 100, seed: 2, longestMs: 50 });
    const lastOf = (on: number) => sent.findLastIndex(({ legId }) => legId.startsWith(`n${on}-`));
    assert.deepEqual(sent.length, 24);
    for (const on of [0, 1, 2]) assert.ok(lastOf(on) >= 7, `node ${on} is served among the others`);
  });

  it('a rate below one in a second is one in so many seconds, for all nodes together', async function () {
    this.timeout(60_000);
    const { sent } = await drive({ calls: 1, perSecond: 0.8, concurrent: 10, seed: 3, longestMs: 1 });
    assert.equal(sent.length, 3);
    assert.equal(
      mostWithin(
        sent.map(({ at }) => at),
        1_250,
      ),
      1,
    );
  });
});
