import assert from 'node:assert/strict';
import { EngineWorker } from '../../lib/cli/engine-worker.ts';
import type { ListenPoint } from '../../lib/engine/transport/flow.ts';
import { UdpPeer } from '../engine/peers/udp-peer.ts';
import { silentLog } from '../support/silent-log.ts';

const ENGINE = '127.0.42.71';
const PEER = '127.0.42.72';
const POINT: ListenPoint = { protocol: 'udp', address: ENGINE, port: 5060 };

describe('the thread of the SIP engine, as its owner sees it', function () {
  this.timeout(10_000);
  let engine: EngineWorker;
  let peer: UdpPeer;
  beforeEach(async () => {
    const control = { kind: 'connect', path: '/nonexistent/socket', secret: 's' } as const;
    engine = await EngineWorker.start({ listenPoints: [POINT], control }, silentLog(), (why) => assert.fail(why));
    peer = await UdpPeer.open(PEER);
  });
  afterEach(async () => {
    peer.close();
    await engine.stop();
  });

  it('tells what it holds, the same to all who ask at once', async () => {
    const atFirst = await engine.stats();
    assert.equal(atFirst?.serverTransactions, 0);
    peer.send(peer.build('OPTIONS', `sip:${ENGINE}`), POINT);
    await peer.response(503);
    const [one, other] = await Promise.all([engine.stats(), engine.stats()]);
    assert.equal(one?.serverTransactions, 1);
    assert.equal(one?.transport.received, 1);
    assert.equal(other, one);
  });

  it('tells how long it was busy', () => {
    const before = engine.busyMs();
    assert.ok(before > 0, 'it has started');
    assert.ok(engine.busyMs() >= before);
  });

  it('has no figures when it has ended, and nobody waits for them long', async () => {
    await engine.stop();
    const asked = performance.now();
    assert.equal(await engine.stats(), null);
    assert.ok(performance.now() - asked < 3_000);
  });
});
