import assert from 'node:assert/strict';
import { UdpPeers } from '../../../lib/engine/transport/udp-peers.ts';
import { closeUdpSocket, openUdpSocket } from '../../../lib/engine/transport/udp-socket.ts';
import { onTeardown, teardown, udpPeer } from './peer.ts';

/** A listen point's shared socket, and the connected ones beside it. */
async function openPeers(maxPeers: number, idleMs: number): Promise<UdpPeers> {
  const address = '127.0.11.10';
  const socket = await openUdpSocket({ address, port: 0, isShared: true });
  const { port } = socket.address();
  const ignore = () => undefined;
  const peers = new UdpPeers({ address, port, maxPeers, idleMs, onDatagram: ignore, onUnreachable: ignore });
  onTeardown(async () => {
    await peers.close();
    await closeUdpSocket(socket);
  });
  return peers;
}

describe('sockets connected to one peer each', () => {
  afterEach(teardown);

  it('are bounded in number, and those that idle make room', async () => {
    const peers = await openPeers(1, 1_000);
    const [a, b] = [await udpPeer('127.0.11.11'), await udpPeer('127.0.11.12')];
    const toA = { address: '127.0.11.11', port: a.port };
    const toB = { address: '127.0.11.12', port: b.port };
    assert.equal(await peers.send(Buffer.from('one'), toA, 0), true);
    assert.equal(await peers.send(Buffer.from('two'), toB, 0), false);
    assert.equal(await peers.send(Buffer.from('three'), toA, 900), true);
    peers.sweep(1_500);
    assert.equal(await peers.send(Buffer.from('four'), toB, 1_500), false);
    peers.sweep(1_901);
    assert.equal(await peers.send(Buffer.from('five'), toB, 1_901), true);
    assert.equal((await a.inbox.at(1)).text, 'three');
    assert.equal((await b.inbox.at(0)).text, 'five');
  });

  it('leave the way to the ordinary socket where they cannot be opened', async () => {
    const peers = await openPeers(4, 1_000);
    assert.equal(await peers.send(Buffer.from('x'), { address: '192.0.2.1', port: 5060 }, 0), false);
  });
});
