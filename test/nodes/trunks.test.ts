import assert from 'node:assert/strict';
import { PostgresServer } from '../support/postgres.ts';
import { Cluster, configurationOf, LEASE_MS, type Node, SLACK_MS, until } from './node-rig.ts';

describe('trunks of several nodes', () => {
  let server: PostgresServer;
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    server = await PostgresServer.shared();
  });
  beforeEach(function () {
    this.timeout(30_000);
  });
  afterEach(() => cluster.close());

  const isOff = (node: Node, name: 'accept' | 'dial') => (node.application.trunks.switches()[name] ? null : true);

  it('a switch that is turned at one node holds at all of them within a second, and for those who come later', async () => {
    cluster = await Cluster.start(server, 3);
    const [first, second, third] = cluster.nodes;
    const at = Date.now();
    await first!.application.trunks.switch([{ name: 'dial', trunk: null, on: false }]);
    for (const node of [first!, second!, third!]) await until(() => isOff(node, 'dial'), 1_000, 'it holds');
    assert.ok(Date.now() - at < 1_000);
    const late = await cluster.join();
    assert.equal(isOff(late, 'dial'), true);
  }).timeout(30_000);

  it('a node that did not hear of it sees it at its next beat', async () => {
    cluster = await Cluster.start(server, 2);
    const [first] = cluster.nodes;
    // Written past the application that would have told the others.
    await cluster.query(`insert into switches values ('accept', '', 0, 1)`);
    await until(() => isOff(first!, 'accept'), 1_000, 'the beat shows it');
    const { legId } = { legId: await first!.offer('48991996260') };
    assert.equal(legId, null, 'nothing is promised');
  }).timeout(30_000);

  it('with dialling off what is due waits at all nodes; on again all of it is dialled, once each', async () => {
    cluster = await Cluster.start(server, 3);
    await cluster.nodes[0]!.application.trunks.switch([{ name: 'dial', trunk: null, on: false }]);
    for (const node of cluster.nodes) await until(() => isOff(node, 'dial'), 1_000, 'it holds');
    const callers = Array.from({ length: 9 }, (_, index) => `4899199${1_000 + index}`);
    const ids = await Promise.all(callers.map((caller, index) => cluster.nodes[index % 3]!.offer(caller)));
    const isQueued = async (id: string) => ((await cluster.callback(id)).state === 'queued' ? true : null);
    for (const id of ids) await until(() => isQueued(id!), 1_000 + SLACK_MS, 'it waits');
    assert.equal(cluster.nodes.flatMap(({ calls }) => calls.dialled).length, 0);
    await cluster.nodes[2]!.application.trunks.switch([{ name: 'dial', trunk: null, on: true }]);
    for (const id of ids) await until(() => cluster.dialled(id!)[0] ?? null, 1_000 + SLACK_MS, 'it is dialled');
    for (const id of ids) assert.equal(cluster.dialled(id!).length, 1);
  }).timeout(30_000);

  it('one node registers at a trunk, and another one takes over when it dies', async () => {
    const account = { auth: { username: 'u', password: 'p' }, register: { expiresSeconds: 300, contact: null } };
    cluster = await Cluster.start(server, 3, configurationOf({}, account));
    const registered = () => cluster.nodes.filter(({ signalling }) => signalling.registers.length > 0);
    const [holder] = await until(() => (registered().length > 0 ? registered() : null), SLACK_MS, 'one registers');
    const others = cluster.nodes.filter((node) => node !== holder);
    // Each of the others has asked for its turn at least twice meanwhile.
    const stateOf = (node: Node) => node.application.trunks.status()[0]!.registration?.state;
    for (const node of others) await until(() => (stateOf(node) === 'standby' ? true : null), SLACK_MS, 'it stands by');
    assert.equal(registered().length, 1);
    holder!.kill();
    await until(() => (registered().length === 2 ? true : null), LEASE_MS + 2_000 + SLACK_MS, 'another one registers');
    assert.deepEqual(others.map(stateOf).sort(), ['registered', 'standby']);
  }).timeout(40_000);

  it('a node that stops takes its registration back, and the next one registers', async () => {
    const account = { auth: { username: 'u', password: 'p' }, register: { expiresSeconds: 300, contact: null } };
    cluster = await Cluster.start(server, 2, configurationOf({}, account));
    const registered = () => cluster.nodes.filter(({ signalling }) => signalling.registers.length > 0);
    const [holder] = await until(() => (registered().length > 0 ? registered() : null), SLACK_MS, 'one registers');
    await holder!.application.drain(Date.now() + 1_000);
    assert.equal(holder!.signalling.registers.at(-1)?.expiresSeconds, 0);
    await until(() => (registered().length === 2 ? true : null), 2_000 + SLACK_MS, 'the other one registers');
  }).timeout(40_000);
});
