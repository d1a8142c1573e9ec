import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { PortPool } from '../../lib/media/embedded/port-pool.ts';
import type { RtpSockets } from '../../lib/media/embedded/rtp-sockets.ts';
import { SocketPool } from '../../lib/media/embedded/socket-pool.ts';
import type { MediaEndpoint, MediaEngine } from '../../lib/ports/media.ts';
import { ManualTime } from '../support/manual-time.ts';
import { call, closeAll, closeLater, createEndpoint, createEngine, OURS } from '../support/media-calls.ts';

/** Two pairs of ports. */
const portRange = { from: 14_320, to: 14_323 };

async function occupy(port: number): Promise<void> {
  const socket: Socket = createSocket('udp4').bind(port, OURS);
  closeLater(socket);
  await once(socket, 'listening');
}

function portOf(endpoint: MediaEndpoint): number {
  return Number(/m=audio (\d+)/.exec(endpoint.offer())![1]);
}

async function isBound(port: number): Promise<boolean> {
  const results = await Promise.allSettled([occupy(port), occupy(port + 1)]);
  const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'free'));
  assert.equal(codes[0], codes[1], 'RTP and RTCP alike');
  return codes[0] === 'EADDRINUSE';
}

describe('Embedded media: sockets', () => {
  let time: ManualTime;
  let engine: MediaEngine;
  let other: MediaEndpoint;

  beforeEach(async () => {
    time = new ManualTime();
    engine = createEngine({ time, portRange });
    other = await createEndpoint();
  });
  afterEach(closeAll);

  it('stay bound while their port rests and another call is up, deaf, and then serve the next one', async () => {
    const former = await call();
    const port = portOf(former.endpoint);
    former.endpoint.close();
    assert.ok(await isBound(port));
    former.peer.pressKey('1');
    time.advance(4999);
    await assert.rejects(createEndpoint(), { code: 'NO_PORTS' }, 'not before the quarantine is over');
    time.advance(1);
    // No turn of the event loop since the key: it lies in the socket still.
    const next = await call();
    assert.equal(portOf(next.endpoint), port);
    next.peer.pressKey('2');
    await next.pressed(1);
    assert.deepEqual([former.digits, next.digits], [[], ['2']]);
  });

  it('are closed with the last call', async () => {
    const last = await createEndpoint();
    const port = portOf(last);
    other.close();
    last.close();
    assert.equal(await isBound(port), false);
    assert.equal(time.armed, 0);
  });

  it('are closed while another call is up when nobody has needed them', async () => {
    const former = await createEndpoint();
    former.close();
    const port = portOf(former);
    time.advance(4999);
    assert.ok(await isBound(port));
    time.advance(7000);
    assert.equal(await isBound(port), false);
    assert.ok(await isBound(portOf(other)));
  });

  it('of another address give way', async () => {
    const former = await createEndpoint();
    former.close();
    time.advance(5000);
    const elsewhere = { endpointId: 'elsewhere', address: '127.0.13.2', like: null };
    const endpoint = await engine.createEndpoint(elsewhere, { digit() {}, dead() {} });
    assert.equal(portOf(endpoint), portOf(former));
    assert.equal(await isBound(portOf(former)), false);
  });

  it('are all closed by the stop', async () => {
    const former = await createEndpoint();
    former.close();
    await engine.stop();
    assert.equal(await isBound(portOf(former)), false);
    assert.equal(await isBound(portOf(other)), false);
  });
});

describe('The pool of sockets', () => {
  const range = { from: 14_330, to: 14_337 };
  let time: ManualTime;
  let pool: SocketPool;
  let all: RtpSockets[];

  beforeEach(() => {
    all = [];
    time = new ManualTime();
    pool = new SocketPool(range, new PortPool(range, 5000, time));
  });

  afterEach(() => {
    for (const sockets of all) sockets.close();
  });

  async function given(): Promise<RtpSockets> {
    const sockets = await pool.take(OURS);
    all.push(sockets);
    return sockets;
  }

  async function turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
  }

  it('gives the same pair again after its rest, once the event loop has found it empty', async () => {
    const first = await given();
    pool.give(first);
    time.advance(5000);
    const second = await given();
    assert.notEqual(second, first);
    await turns(2);
    assert.equal(await given(), first);
  });

  it('gives no pair in which something may lie', async () => {
    const first = await given();
    pool.give(first);
    time.advance(5000);
    const second = await given();
    await turns(1);
    second.send(Buffer.from('late'), { address: OURS, port: first.port });
    await turns(1);
    assert.equal(first.thrownAway, 1);
    assert.notEqual(await given(), first);
    await turns(2);
    assert.equal(await given(), first, 'but later');
  });

  it('gives a pair in trouble to nobody', async () => {
    const first = await given();
    first.close();
    pool.give(first);
    time.advance(5000);
    await given();
    await turns(2);
    assert.notEqual(await given(), first);
  });
});
