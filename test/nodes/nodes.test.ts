import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../lib/ports/store.ts';
import { PostgresServer } from '../support/postgres.ts';
import type { TcpGate } from '../support/tcp-gate.ts';
import { Cluster, configurationOf, LEASE_MS, SLACK_MS, until } from './node-rig.ts';

const callers = (count: number) => Array.from({ length: count }, (_, index) => `489919${10_000 + index}`);

describe('several nodes on one database', function () {
  this.timeout(30_000);
  let server: PostgresServer;
  let cluster: Cluster;

  before(async () => {
    server = await PostgresServer.shared();
  });
  afterEach(() => cluster.close());

  const done = (id: string) => async () => {
    const callback = await cluster.callback(id);
    return callback.state === 'done' ? callback : null;
  };
  const dialledOnce = (ids: readonly string[], withinMs: number) =>
    until(() => (ids.every((id) => cluster.dialled(id).length > 0) ? true : null), withinMs, 'all are dialled');

  describe('the lease', () => {
    it('has every callback dialled exactly once, whichever node took it', async () => {
      cluster = await Cluster.start(server, 3);
      const promised = callers(90).map((caller, index) => cluster.nodes[index % 3]!.offer(caller));
      const ids = (await Promise.all(promised)).map((id) => id ?? assert.fail('no promise'));
      await dialledOnce(ids, 1_000 + SLACK_MS);
      for (const node of cluster.nodes) for (const { legId } of node.calls.dialled) node.calls.answered(legId);
      for (const id of ids) await until(done(id), SLACK_MS, `${id} is done`);
      for (const id of ids) assert.equal(cluster.dialled(id).length, 1, id);
      assert.equal((await cluster.nodes[0]!.database.counts()).done, 90);
      const held = async () => {
        const [row] = await cluster.query('select count(*) as held from callbacks where lease_owner is not null');
        return row?.['held'] === '0' ? true : null;
      };
      await until(held, SLACK_MS, 'every lease is given back');
    });

    it('shares the backlog of an outage among the nodes, each callback once', async () => {
      cluster = await Cluster.start(server, 1);
      const ids = (await Promise.all(callers(60).map((caller) => cluster.nodes[0]!.offer(caller)))) as string[];
      cluster.nodes[0]!.kill();
      await Promise.all([cluster.join(), cluster.join()]);
      await dialledOnce(ids, LEASE_MS + SLACK_MS);
      await delay(300);
      for (const id of ids) assert.equal(cluster.dialled(id).length, 1, id);
    });

    it('gives what a killed node held to the others within its time', async () => {
      cluster = await Cluster.start(server, 3);
      const [first, ...others] = cluster.nodes;
      const ids = (await Promise.all(callers(20).map((caller) => first!.offer(caller)))) as string[];
      first!.kill();
      const killedAt = Date.now();
      await dialledOnce(ids, LEASE_MS + SLACK_MS);
      assert.ok(Date.now() - killedAt >= 0.5 * LEASE_MS, 'taken while its lease stood');
      assert.equal(first!.calls.dialled.length, 0);
      for (const id of ids) assert.equal(cluster.dialled(id).length, 1);
      assert.ok(others.some(({ calls }) => calls.dialled.length > 0));
    });

    it('comes back at once when a node shuts down', async () => {
      cluster = await Cluster.start(server, 2);
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      await first!.application.drain(Date.now());
      first!.application.stop();
      await first!.store.close();
      await until(() => second!.dialled(id)[0] ?? null, 1_000 + 500, 'the other one dials in time');
      assert.equal(first!.calls.dialled.length, 0);
    });

    it('of what is due is given back while a node drains: the calls on its line go on', async () => {
      cluster = await Cluster.start(server, 2, configurationOf({ ringTimeoutSeconds: 20 }));
      const [first, second] = cluster.nodes;
      const rings = (await first!.offer('48991996260'))!;
      await until(() => first!.dialled(rings)[0] ?? null, 1_000 + SLACK_MS, 'one rings');
      const waits = (await first!.offer('48991990001'))!;
      const drained = first!.application.drain(Date.now() + 20_000);
      await until(() => second!.dialled(waits)[0] ?? null, 1_000 + 800, 'the other one dials in time');
      assert.deepEqual(first!.calls.hangUps, []);
      first!.calls.rejected(first!.dialled(rings)[0]!);
      await drained;
    });

    it('is lost by a node that is cut off: it lets its phones ring no longer, and goes on under a new one', async () => {
      cluster = await Cluster.start(server, 2, configurationOf({ ringTimeoutSeconds: 1 }));
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      const [leg] = await until(() => (first!.dialled(id).length > 0 ? first!.dialled(id) : null), SLACK_MS, 'dialled');
      first!.calls.event({ type: 'dialled', legId: leg!, callId: 'x' });
      await until(async () => ((await cluster.callback(id)).attempt?.dialledAt ? true : null), SLACK_MS, 'noted');
      first!.gate.freeze();
      const taken = async () => {
        const [row] = await cluster.query(`select type from callback_log where type = 'recovered'`);
        return row ?? null;
      };
      await until(taken, LEASE_MS + SLACK_MS, 'the other one takes it over');
      first!.gate.reopen();
      await until(() => first!.calls.hangUps[0] ?? null, SLACK_MS, 'the first one hangs up');
      const settled = await until(done(id), 3_000 + SLACK_MS, 'settled');
      assert.equal(settled.reason, 'unknown-after-restart');
      assert.equal(second!.calls.dialled.length, 0, 'nobody was rung blindly');
      const again = (await first!.offer('48991990001'))!;
      await until(() => first!.dialled(again)[0] ?? null, 1_000 + SLACK_MS, 'it works on');
    });

    it('keeps an INVITE back that was saved before the node stood still, and is taken over', async () => {
      cluster = await Cluster.start(server, 1);
      const standing = Promise.withResolvers<void>();
      const going = Promise.withResolvers<void>();
      const stopAfterSave = (store: Store, gate: TcpGate): Store => {
        const { callbacks } = store;
        const save: Store['callbacks']['save'] = async (saved) => {
          const result = await callbacks.save(saved);
          if (saved.callback.state !== 'dialing' || saved.callback.attempt?.dialledAt) return result;
          gate.freeze();
          standing.resolve();
          await going.promise;
          return result;
        };
        const watched = new Proxy(callbacks, {
          get: (target, name) => {
            if (name === 'save') return save;
            const value = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
        return { ...bound(store), callbacks: watched };
      };
      const stopped = await cluster.join(stopAfterSave);
      const id = (await stopped.offer('48991996260'))!;
      await standing.promise;
      assert.deepEqual(cluster.dialled(id), []);
      const [other] = cluster.nodes;
      await until(() => other!.dialled(id)[0] ?? null, LEASE_MS + SLACK_MS, 'the other one dials');
      stopped.gate.reopen();
      going.resolve();
      const knows = () => stopped.log.at('warn').find(({ text }) => text.includes('cut off')) ?? null;
      await until(knows, SLACK_MS, 'it finds out');
      await delay(200);
      assert.equal(stopped.calls.dialled.length, 0, 'it must not dial');
      assert.equal(other!.dialled(id).length, 1);
    });
  });

  describe('what comes in at another node than the holder', () => {
    beforeEach(async () => {
      cluster = await Cluster.start(server, 2, configurationOf({ ringTimeoutSeconds: 10 }));
    });

    it('cancels a scheduled one', async () => {
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      const result = await second!.application.callbacks.cancel(id);
      assert.equal(result.result, 'changed');
      assert.equal(result.result === 'changed' && result.callback.outcome, 'cancelled');
      await delay(1_200);
      assert.deepEqual(cluster.dialled(id), []);
    });

    it('reschedules one, and calls one now', async () => {
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      const dueAt = Date.now() + 20_000;
      const moved = await second!.application.callbacks.reschedule(id, dueAt);
      assert.equal(moved.result === 'changed' && moved.callback.dueAt, dueAt);
      const now = await second!.application.callbacks.retry(id);
      assert.equal(now.result, 'changed');
      await until(() => (cluster.dialled(id).length > 0 ? true : null), 1_000, 'it is dialled at once');
      await delay(200);
      assert.equal(cluster.dialled(id).length, 1);
    });

    it('cancels one that rings: the phone stops', async () => {
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      const leg = await until(() => first!.dialled(id)[0] ?? null, 1_000 + SLACK_MS, 'dialled');
      assert.equal((await second!.application.callbacks.cancel(id)).result, 'changed');
      assert.deepEqual(
        first!.calls.hangUps.map(({ legId }) => legId),
        [leg],
      );
      assert.equal((await cluster.callback(id)).outcome, 'cancelled');
    });

    it('merges the caller who calls again while he is rung: our INVITE is cancelled and goes out again', async () => {
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      const leg = await until(() => first!.dialled(id)[0] ?? null, 1_000 + SLACK_MS, 'dialled');
      first!.calls.event({ type: 'dialled', legId: leg, callId: 'x' });
      assert.equal(await second!.offer('48991996260'), id);
      const againAt = Date.now();
      await until(() => first!.calls.hangUps[0] ?? null, SLACK_MS, 'the INVITE is cancelled');
      await until(() => (cluster.dialled(id).length > 1 ? true : null), 1_000 + SLACK_MS, 'it goes out again');
      assert.ok(Date.now() - againAt >= 900, 'after the delay');
      assert.equal((await cluster.callback(id)).attempts, 1, 'without using up an attempt');
    });

    it('waits for a dead holder, and is done by whoever takes over', async () => {
      const [first, second] = cluster.nodes;
      const id = (await first!.offer('48991996260'))!;
      first!.kill();
      const result = await second!.application.callbacks.cancel(id);
      assert.equal(result.result === 'changed' && result.callback.outcome, 'cancelled');
    });

    it('is the configuration for all: a change at one node is known to the other', async () => {
      const [first, second] = cluster.nodes;
      const before = (await first!.store.configuration.load())!;
      await first!.store.configuration.replace({ ...before.configuration, inboundNumbers: [] }, before.revision);
      const refused = async () => ((await second!.offer('48991996260')) === null ? true : null);
      await until(refused, LEASE_MS + SLACK_MS, 'the number is not known there any more');
    });
  });

  describe('a trunk', () => {
    it('bears its calls per second from all nodes together, and nobody is passed over', async () => {
      cluster = await Cluster.start(server, 3, configurationOf({ ringTimeoutSeconds: 30 }, { maxCallsPerSecond: 5 }));
      const promised = callers(13).map((caller, index) => cluster.nodes[index % 3]!.offer(caller));
      const ids = (await Promise.all(promised)) as string[];
      await dialledOnce(ids, 6_000 + SLACK_MS);
      const times = cluster.nodes.flatMap(({ calls }) => calls.dialled.map(({ at }) => at)).sort((a, b) => a - b);
      assert.equal(times.length, 13);
      for (let index = 5; index < times.length; index += 1) {
        assert.ok(times[index]! - times[index - 5]! >= 1_000, `six within ${times[index]! - times[index - 5]!} ms`);
      }
    });

    it('bears its calls at a time from all nodes together, and those of a dead node come back', async () => {
      cluster = await Cluster.start(server, 2, configurationOf({ ringTimeoutSeconds: 30 }, { maxConcurrentCalls: 3 }));
      const [first, second] = cluster.nodes;
      await Promise.all(callers(3).map((caller) => first!.offer(caller)));
      await until(() => (first!.calls.dialled.length === 3 ? true : null), 1_000 + SLACK_MS, 'three are dialled');
      for (const { legId } of first!.calls.dialled) first!.calls.event({ type: 'dialled', legId, callId: 'x' });
      const waiting = (await Promise.all(['48991990001', '48991990002'].map((one) => second!.offer(one)))) as string[];
      await delay(1_300);
      assert.equal(second!.calls.dialled.length, 0);
      first!.calls.rejected(first!.calls.dialled[0]!.legId);
      await until(() => second!.calls.dialled[0] ?? null, SLACK_MS, 'a call has ended, the next one goes');
      first!.kill();
      await dialledOnce(waiting, LEASE_MS + SLACK_MS);
    });
  });

  describe('a database that goes away', () => {
    it('for some seconds loses nothing: what is due waits, calls on the line go on, nobody is promised anything', async () => {
      cluster = await Cluster.start(server, 2);
      const [first, second] = cluster.nodes;
      const ids = (await Promise.all(
        callers(20).map((caller, i) => (i % 2 ? first! : second!).offer(caller)),
      )) as string[];
      await server.stop('SIGQUIT');
      await delay(1_500);
      assert.equal(await first!.offer('48991990001'), null);
      assert.equal(first!.store.healthy(), false);
      assert.equal(first!.calls.dialled.length + second!.calls.dialled.length, 0);
      await server.start();
      await dialledOnce(ids, 5_000 + SLACK_MS);
      await delay(300);
      for (const id of ids) assert.equal(cluster.dialled(id).length, 1, id);
      await until(() => (first!.store.healthy() ? true : null), SLACK_MS, 'it is healthy again');
      assert.ok(await first!.offer('48991990002'));
    });

    it('in the middle of saves leaves each of them done once', async () => {
      cluster = await Cluster.start(server, 1, configurationOf({ delaySeconds: 0 }));
      const [node] = cluster.nodes;
      const ids: string[] = [];
      for (const caller of callers(40)) {
        const offered = node!.offer(caller);
        if (ids.length === 15) node!.gate.shut();
        if (ids.length === 20) node!.gate.reopen();
        ids.push((await Promise.race([offered, delay(400, null)])) ?? '');
      }
      node!.gate.reopen();
      const stored = async () => (await cluster.query('select id from callbacks')).map(({ id }) => String(id));
      await until(
        async () => {
          const all = await stored();
          return all.length > 0 && all.every((id) => node!.dialled(id).length === 1) ? true : null;
        },
        5_000 + SLACK_MS,
        'all that is stored is dialled',
      );
      for (const { legId } of node!.calls.dialled) node!.calls.answered(legId);
      for (const id of await stored()) await until(done(id), SLACK_MS, `${id} is done`);
      const logs = await cluster.query(
        `select callback_id from callback_log where type in ('accepted', 'answered') group by callback_id, type having count(*) > 1`,
      );
      assert.deepEqual(logs, [], 'no entry was written twice');
      for (const id of ids.filter((one) => one !== '')) assert.equal(node!.dialled(id).length, 1, id);
    });
  });
});

/** A store is a class: its own fields alone are no store. */
function bound(store: Store): Store {
  const {
    callbacks,
    configuration,
    flowVersions,
    registrations,
    settings,
    switches,
    suppressions,
    usage,
    nodes,
    documents,
    journal,
    recordings,
    retention,
  } = store;
  return {
    callbacks,
    configuration,
    flowVersions,
    registrations,
    settings,
    suppressions,
    usage,
    switches,
    documents,
    journal,
    recordings,
    retention,
    nodes,
    healthy: () => store.healthy(),
    fileSizes: () => store.fileSizes(),
    close: () => store.close(),
  };
}
