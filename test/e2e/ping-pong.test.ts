/**
 * Two callback systems, both of them ours, that ring each other. Between them lies what lies between them in the world:
 * a network that passes their calls on, with or without the headers that only we write.
 */

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { stringify } from 'yaml';
import { type CallbackView, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const A = { address: loopback(81), number: '+554831210110', side: loopback(83) };
const B = { address: loopback(82), number: '+554831210220', side: loopback(84) };
const STRANGER = loopback(85);
type System = typeof A;

/** Passes datagrams on between the two, each of which takes it for the other one. */
class Network {
  /** INVITEs that began, in their order: `a>b`. Repetitions and ACKs are none. */
  readonly invites: string[] = [];
  /** What a telephone network does to headers that it does not know. */
  stripsHeaders = false;
  readonly #sockets: Socket[] = [];
  readonly #seen = new Set<string>();

  static async open(): Promise<Network> {
    const network = new Network();
    const [a, b] = [createSocket('udp4'), createSocket('udp4')];
    network.#sockets.push(a, b);
    a.on('message', (message) => network.#pass(message, 'a>b', (text) => b.send(text, 5060, B.address)));
    b.on('message', (message) => network.#pass(message, 'b>a', (text) => a.send(text, 5060, A.address)));
    a.bind(5060, A.side);
    b.bind(5060, B.side);
    await Promise.all([once(a, 'listening'), once(b, 'listening')]);
    return network;
  }

  #pass(message: Buffer, way: string, send: (text: string) => void): void {
    const text = message.toString('utf8');
    const callId = /^call-id:\s*(\S+)/im.exec(text)?.[1] ?? '';
    if (text.startsWith('INVITE ') && !this.#seen.has(callId)) {
      this.#seen.add(callId);
      this.invites.push(way);
    }
    send(this.stripsHeaders ? text.replace(/^x-callback-id:.*\r\n/gim, '').replace(/^reason:.*\r\n/gim, '') : text);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

const configurationOf = (own: System) =>
  stringify({
    version: 1,
    defaultCountry: 'BR',
    trunks: [
      { name: 'network', proxy: `sip:${own.side}:5060`, maxCallsPerSecond: 100 },
      { name: 'stranger', proxy: `sip:${STRANGER}:5070` },
    ],
    inboundNumbers: [{ number: own.number, callback: true }],
    callbackRules: [{ name: 'any', trunk: 'network', delaySeconds: 0.2, retry: { attempts: 2, intervalSeconds: 1 } }],
    limits: { pingPong: { rounds: 1 }, perNumber: { max: 1000, perSeconds: 3600 } },
  });

describe('two callback systems that ring each other', function () {
  this.timeout(60_000);
  let network: Network;
  let servers: Server[];
  let stranger: SipPhone;

  beforeEach(async () => {
    network = await Network.open();
    stranger = await SipPhone.open({ address: STRANGER });
    const start = (own: System) => Server.start({ address: own.address, configuration: configurationOf(own) });
    servers = await Promise.all([start(A), start(B)]);
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    stranger.close();
    network.close();
  });

  /** Somebody calls A and says that he is B. */
  const spoof = async () => {
    const call = stranger.call({ to: `sip:${A.number}@${A.address}:5060`, from: `<sip:${B.number}@x>` });
    assert.equal((await call.final()).status, 486);
  };
  const isOver = (all: CallbackView[]) => all.length > 0 && all.every(({ state }) => state === 'done');
  /** Nothing is scheduled on either side: nobody will ring anybody any more by himself. */
  const rest = async () => {
    const over = async () => (await Promise.all(servers.map((server) => server.callbacks()))).every(isOver);
    const until = Date.now() + 20_000;
    while (!(await over())) {
      assert.ok(Date.now() < until, `they go on and on: ${network.invites.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const refusals = async (server: Server) => {
    const metrics = await fetch(`http://${server.address}:8080/metrics`).then((answer) => answer.text());
    return Number(/decision="refused",gate="ping-pong"\} (\d+)/.exec(metrics)?.[1] ?? 0);
  };

  it('stop at once, since the rejection of each says what it is', async () => {
    await spoof();
    await rest();
    const [a, b] = await Promise.all(servers.map((server) => server.callbacks()));
    assert.deepEqual(
      a!.map(({ outcome, reason }) => `${outcome} ${reason}`),
      ['busy calls-back'],
    );
    // B called A as it had promised, was refused, and tried once more as its rule says.
    assert.deepEqual(network.invites, ['a>b', 'b>a', 'b>a']);
    assert.equal(b!.length, 1);
    assert.equal(await refusals(servers[0]!), 2);
  });

  it('stop after one round where the network leaves nothing of what they say', async () => {
    network.stripsHeaders = true;
    await spoof();
    await rest();
    assert.ok(network.invites.length >= 4 && network.invites.length <= 12, network.invites.join(' '));
    assert.ok((await refusals(servers[0]!)) + (await refusals(servers[1]!)) > 0);
    const before = network.invites.length;
    // Not even somebody who goes on calling in their names gets it to begin anew.
    const call = stranger.call({ to: `sip:${A.number}@${A.address}:5060`, from: `<sip:${B.number}@x>` });
    assert.equal((await call.final()).status, 403);
    await rest();
    assert.equal(network.invites.length, before);
  });

  for (const stripsHeaders of [false, true]) {
    it(`stop when both begin in the same instant, ${stripsHeaders ? 'without' : 'with'} their headers`, async () => {
      network.stripsHeaders = stripsHeaders;
      const dueAt = new Date(Date.now() + 1500).toISOString();
      const ask = (server: Server, number: string) =>
        server.api('/api/v1/callbacks', { method: 'POST', body: { rule: 'any', number, dueAt } });
      const answers = await Promise.all([ask(servers[0]!, B.number), ask(servers[1]!, A.number)]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [201, 201],
      );
      await rest();
      assert.ok(network.invites.length <= 16, network.invites.join(' '));
    });
  }
});
