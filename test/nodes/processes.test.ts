import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresServer } from '../support/postgres.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { until } from './node-rig.ts';

const NODES = ['127.0.80.2', '127.0.80.3', '127.0.80.4'];
const PHONES = '127.0.80.9';
const LEASE_SECONDS = 2;
const SLACK_MS = 8_000;

const configuration = `
version: 1
defaultCountry: BR
trunks: [{ name: trunk, proxy: 'sip:${PHONES}:5070;transport=udp', maxCallsPerSecond: 100, maxConcurrentCalls: 100 }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: any, origin: any, trunk: trunk, delaySeconds: 2, ringTimeoutSeconds: 5 }]
`;

describe('nodes as processes', function () {
  this.timeout(60_000);
  let database: PostgresServer;
  let nodes: Server[];
  let phones: SipPhone;
  let callers: SipPhone;
  /** Number -> Call-IDs of the INVITEs that reached its phone, each with the node it came from. */
  const dialled = new Map<string, Map<string, string>>();

  before(async () => {
    database = await PostgresServer.shared();
    const url = database.url(await database.createDatabase());
    const flags = ['--database', url, '--lease-seconds', String(LEASE_SECONDS)];
    // At the same moment, into an empty database.
    nodes = await Promise.all(NODES.map((address) => Server.start({ address, configuration, flags })));
    phones = await SipPhone.open({ address: PHONES, port: 5070 });
    callers = await SipPhone.open({ address: PHONES });
    phones.onCall = async (call) => {
      const number = /^sip:([^@]+)@/.exec(call.invite.uri)?.[1] ?? '';
      const via = call.invite.get('via');
      dialled.set(number, (dialled.get(number) ?? new Map()).set(call.callId, via));
      call.ring();
      await call.answer().catch(() => null);
    };
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    phones.close();
    callers.close();
  });

  const timesOf = (number: string) => dialled.get(number)?.size ?? 0;

  /** Callers of one node. @returns their numbers, each promised a callback */
  async function promised(address: string, first: number, count: number): Promise<string[]> {
    const numbers = Array.from({ length: count }, (_, index) => `+55489${91_000_000 + first + index}`);
    await Promise.all(
      numbers.map(async (number) => {
        const call = callers.call({ to: `sip:+554831210110@${address}:5060`, from: `<sip:${number}@${PHONES}>` });
        const response = await call.final(10_000);
        assert.equal(response.status, 486);
        assert.notEqual(response.get('x-callback-id'), '');
      }),
    );
    return numbers;
  }

  const allDialled = (numbers: readonly string[]) =>
    until(
      () => (numbers.every((one) => timesOf(one) > 0) ? true : null),
      LEASE_SECONDS * 1_000 + SLACK_MS,
      'all are rung',
    );

  it('keep what a killed one promised, each callback once', async () => {
    const numbers = await promised(NODES[0]!, 0, 20);
    process.kill(nodes[0]!.pid, 'SIGKILL');
    await allDialled(numbers);
    await delay(500);
    for (const number of numbers) assert.equal(timesOf(number), 1, number);
  });

  it('take over from one that stands still for longer than its lease; when it goes on it rings nobody', async () => {
    const stopped = nodes[1]!;
    const numbers = await promised(NODES[1]!, 100, 20);
    process.kill(stopped.pid, 'SIGSTOP');
    await allDialled(numbers);
    process.kill(stopped.pid, 'SIGCONT');
    const hears = () => (stopped.output.includes('cut off for longer than its lease') ? true : null);
    await until(hears, SLACK_MS, 'it finds out');
    await delay(500);
    for (const number of numbers) {
      assert.equal(timesOf(number), 1, number);
      assert.match([...dialled.get(number)!.values()][0]!, new RegExp(NODES[2]!.replaceAll('.', '\\.')));
    }
    await stopped.ready();
    await allDialled(await promised(NODES[1]!, 200, 1));
  });

  it('give back what they hold when they are stopped in order, and never print the password', async () => {
    const numbers = await promised(NODES[1]!, 300, 5);
    assert.equal(await nodes[1]!.stop('SIGTERM'), 0);
    await allDialled(numbers);
    for (const number of numbers) assert.equal(timesOf(number), 1, number);
    for (const node of nodes) assert.ok(!node.output.includes(database.password));
    const administrators = nodes.filter(({ output }) => output.includes('The administrator is'));
    assert.equal(administrators.length, 1, 'one administrator is made');
  });
});
