import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { LegId } from '../../lib/core/call/leg.ts';
import type { RingingMode } from '../../lib/core/rules/ringing.ts';
import { aCall } from '../core/rules/configuration-fixture.ts';
import { PostgresServer } from '../support/postgres.ts';
import { Cluster, configurationOf, LEASE_MS, type Node, SLACK_MS, until } from './node-rig.ts';

const CALLER = '48991996260';
const DELAY_MS = 1_000;
const RING_SECONDS = 30;

describe('a call that rings at one of several nodes', function () {
  this.timeout(30_000);
  let server: PostgresServer;
  let cluster: Cluster;
  let first: Node;
  let second: Node;

  before(async () => {
    server = await PostgresServer.shared();
  });
  const start = async (mode: RingingMode, seconds = RING_SECONDS) => {
    cluster = await Cluster.start(server, 2, configurationOf({ ringing: { mode, seconds } }));
    [first, second] = cluster.nodes as [Node, Node];
  };
  afterEach(() => cluster.close());

  /** An INVITE at the first node, which rings. @returns its leg */
  async function ringing(legId = 'caller'): Promise<LegId> {
    first.calls.offer(aCall({ legId, callId: `${legId}@test`, fromUser: CALLER }));
    await until(() => (first.calls.orders.includes(`ring ${legId}`) ? true : null), SLACK_MS, 'it rings');
    return legId;
  }
  const stored = async () => (await cluster.query('select id from callbacks')).map(({ id }) => String(id));
  const dialledAt = (id: string) => second.calls.dialled.find(({ legId }) => legId.startsWith(`${id}.`))?.at ?? null;
  const called = (id: string, what: string) => until(() => dialledAt(id), LEASE_MS + DELAY_MS + SLACK_MS, what);

  async function dialledOnce(id: string): Promise<void> {
    await delay(300);
    assert.equal(cluster.dialled(id).length, 1, 'once, by one of them');
    assert.equal(first.calls.dialled.length, 0);
  }

  it('as a missed call is left alone by the others while its node lives', async () => {
    await start('missedCall');
    await ringing();
    const [id] = await stored();
    await delay(2 * LEASE_MS + DELAY_MS);
    const { promisedAt, state } = await cluster.callback(id!);
    assert.deepEqual([promisedAt, state, cluster.dialled(id!).length], [null, 'scheduled', 0]);
  });

  it('as a missed call is called back once, a delay after another one found that its node is dead', async () => {
    await start('missedCall');
    await ringing();
    const [id] = await stored();
    assert.equal((await cluster.callback(id!)).promisedAt, null, 'only stored');
    first.kill();
    const killedAt = Date.now();
    const at = await called(id!, 'who was cut off is called back');
    const { promisedAt } = await cluster.callback(id!);
    assert.ok(promisedAt !== null && promisedAt >= killedAt, 'he heard it ring until the kill');
    assert.ok(at >= promisedAt + DELAY_MS, 'a delay after that');
    await dialledOnce(id!);
  });

  it('whose caller hung up is called back a delay after that, though his node dies before', async () => {
    await start('missedCall');
    const legId = await ringing();
    const [id] = await stored();
    first.calls.ended(legId, 'remote');
    const hungUpAt = Date.now();
    const promised = async () => (await cluster.callback(id!)).promisedAt;
    const promisedAt = await until(promised, SLACK_MS, 'the promise is stored');
    first.kill();
    const at = await called(id!, 'the other one calls him');
    assert.ok(promisedAt >= hungUpAt - 1 && at >= promisedAt + DELAY_MS);
    await dialledOnce(id!);
  });

  it('at a node that stands still is cut off when that goes on: the other one has taken him over, and calls once', async () => {
    await start('missedCall');
    const legId = await ringing();
    const [id] = await stored();
    first.gate.freeze();
    const promised = async () => (await cluster.callback(id!)).promisedAt;
    await until(promised, LEASE_MS + SLACK_MS, 'the other one takes him for cut off');
    first.gate.reopen();
    const rejection = () => first.calls.rejections.find((one) => one.legId === legId)?.rejection ?? null;
    const { status, callbackId, reason } = await until(rejection, SLACK_MS, 'it rings no longer');
    assert.deepEqual([status, callbackId, reason?.cause], [480, null, 41]);
    await called(id!, 'he is called back');
    await dialledOnce(id!);
    assert.deepEqual(await stored(), [id], 'one callback');
  });

  it('before the rejection has no promise yet: nothing is stored, and nobody is called when its node dies', async () => {
    await start('ring');
    await ringing();
    first.kill();
    await delay(2 * LEASE_MS + DELAY_MS);
    assert.deepEqual(await stored(), []);
    assert.equal(second.calls.dialled.length, 0);
  });

  it('before the rejection is promised when the ringing is over, and kept by the other when its node dies then', async () => {
    await start('ring', 1);
    const legId = await ringing();
    const rejection = () => first.calls.rejections.find((one) => one.legId === legId)?.rejection ?? null;
    const { callbackId } = await until(rejection, 1_000 + SLACK_MS, 'the ringing is over');
    const promised = async () => (await cluster.callback(callbackId!)).promisedAt;
    const promisedAt = await until(promised, SLACK_MS, 'the promise is stored');
    first.kill();
    assert.ok((await called(callbackId!, 'the other one calls him')) >= promisedAt + DELAY_MS);
    await dialledOnce(callbackId!);
  });
});
