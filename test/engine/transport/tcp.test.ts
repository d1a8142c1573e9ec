import assert from 'node:assert/strict';
import { once } from 'node:events';
import { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import type { ListenPoint } from '../../../lib/engine/transport/transport-layer.ts';
import { sampleRequest } from '../message/sample.ts';
import { fullBacklog, startLayer, tcpPeer, tcpServer, teardown } from './peer.ts';

const point = (address = '127.0.11.1'): ListenPoint => ({ protocol: 'tcp', address, port: 0 });

function first(points: readonly ListenPoint[]): ListenPoint {
  assert.ok(points[0] !== undefined);
  return points[0];
}

describe('TCP', () => {
  afterEach(teardown);

  it('takes a message in pieces and answers on its connection', async () => {
    const { layer, points, inbox } = await startLayer([point()]);
    const peer = await tcpPeer(first(points), '127.0.11.2');
    const bytes = sampleRequest({ Via: 'SIP/2.0/TCP client.example.com;rport;branch=z9hG4bKt' });
    peer.socket.write(bytes.subarray(0, 40));
    peer.socket.write(Buffer.concat([bytes.subarray(40), sampleRequest({ 'Call-ID': 'second' })]));
    const { message, flow } = await inbox.at(0);
    assert.equal((await inbox.at(1)).message.callId, 'second');
    assert.equal(flow.remoteAddress, '127.0.11.2');
    assert.equal(message.topVia?.received, '127.0.11.2');
    assert.equal(message.topVia?.rport, peer.socket.localPort);
    assert.equal(layer.responseTarget(message.topVia, flow), flow);
    await layer.send(SipMessage.response(200).toBuffer(), flow);
    assert.ok((await peer.text.at(0)).startsWith('SIP/2.0 200 OK'));
  });

  it('works on IPv6', async () => {
    const { layer, points, inbox } = await startLayer([point('::1')]);
    const peer = await tcpPeer(first(points));
    peer.socket.write(sampleRequest());
    assert.equal((await inbox.at(0)).flow.remoteAddress, '::1');
    const server = await tcpServer('::1');
    await layer.send(sampleRequest(), { protocol: 'tcp', address: '[::1]', port: server.port });
    assert.equal((await server.sockets.at(0)).remoteAddress, '::1');
  });

  it('answers a keep-alive ping with a pong (RFC 5626)', async () => {
    const { points } = await startLayer([point()]);
    const peer = await tcpPeer(first(points));
    peer.socket.write('\r\n\r\n');
    assert.equal(await peer.text.at(0), '\r\n');
  });

  it('connects on demand from the listen point’s address, and uses the connection again', async () => {
    const { layer, inbox } = await startLayer([point()]);
    const server = await tcpServer('127.0.11.7');
    const to = { protocol: 'tcp', address: '127.0.11.7', port: server.port } as const;
    await Promise.all([1, 2, 3].map((n) => layer.send(sampleRequest({ 'Call-ID': `call-${n}` }), to)));
    await layer.send(sampleRequest({ 'Call-ID': 'call-4' }), to);
    const socket = await server.sockets.at(0);
    assert.equal(socket.remoteAddress, '127.0.11.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    while (!text.includes('call-4')) await once(socket, 'data');
    assert.deepEqual(text.match(/call-\d/g), ['call-1', 'call-2', 'call-3', 'call-4']);
    assert.equal(server.sockets.items.length, 1);
    socket.write(sampleRequest({ 'Call-ID': 'back' }));
    assert.equal((await inbox.at(0)).message.callId, 'back');
  });

  it('connects anew when the peer has closed', async () => {
    const { layer, closed } = await startLayer([point()]);
    const server = await tcpServer('127.0.11.7');
    const to = { protocol: 'tcp', address: '127.0.11.7', port: server.port } as const;
    await layer.send(sampleRequest(), to);
    (await server.sockets.at(0)).destroy();
    assert.equal((await closed.at(0)).remotePort, server.port);
    await layer.send(sampleRequest(), to);
    await server.sockets.at(1);
  });

  it('rejects with the code of what happened', async () => {
    const { layer } = await startLayer([point()]);
    const server = await tcpServer('127.0.11.7');
    const to = { protocol: 'tcp', address: '127.0.11.7', port: server.port } as const;
    server.server.close();
    await once(server.server, 'close');
    await assert.rejects(layer.send(sampleRequest(), to), (error: NodeJS.ErrnoException) => {
      return error.code === 'ECONNREFUSED' && error.message.includes(`127.0.11.7:${server.port}`);
    });
  });

  it('gives up connecting after its time', async () => {
    const { layer } = await startLayer([point()], { limits: { connectTimeoutMs: 60 } });
    const port = await fullBacklog('127.0.11.8');
    const to = { protocol: 'tcp', address: '127.0.11.8', port } as const;
    await assert.rejects(Promise.all(Array.from({ length: 8 }, () => layer.send(sampleRequest(), to))), {
      code: 'ETIMEDOUT',
    });
  });

  it('says when the flow’s connection is gone, and where the response goes then', async () => {
    const { layer, points, inbox, closed } = await startLayer([point()]);
    const peer = await tcpPeer(first(points), '127.0.11.2');
    peer.socket.write(sampleRequest({ Via: 'SIP/2.0/TCP client.example.com:5099;branch=z9hG4bKt' }));
    const { message, flow } = await inbox.at(0);
    peer.socket.destroy();
    await closed.at(0);
    assert.equal(layer.isOpen(flow), false);
    await assert.rejects(layer.send(SipMessage.response(200).toBuffer(), flow), { code: 'ENOTCONN' });
    assert.ok(message.topVia);
    assert.deepEqual(layer.responseTarget(message.topVia, flow), {
      protocol: 'tcp',
      address: '127.0.11.2',
      port: 5099,
    });
  });

  it('lets the handler answer what ends the stream, then closes that connection alone', async () => {
    const { layer, points, inbox } = await startLayer([point()], {
      onMalformed: (result, flow) => {
        if (result.status !== undefined) void layer.send(SipMessage.response(result.status).toBuffer(), flow);
      },
    });
    const [bad, good] = [await tcpPeer(first(points)), await tcpPeer(first(points))];
    bad.socket.write(sampleRequest({ 'Content-Length': undefined }));
    assert.ok((await bad.text.at(0)).startsWith('SIP/2.0 400'));
    await bad.closed;
    const garbage = await tcpPeer(first(points));
    garbage.socket.write('GET / HTTP/1.1\r\n\r\n');
    await garbage.closed;
    good.socket.write(sampleRequest());
    await inbox.at(0);
  });

  it('closes connections that idle, and those on which a message stays incomplete', async () => {
    const limits = { idleMs: 400, partialMessageMs: 60 };
    const { points, closed, inbox } = await startLayer([point()], { limits });
    const [idle, partial, lively] = await Promise.all([1, 2, 3].map(() => tcpPeer(first(points))));
    assert.ok(idle && partial && lively);
    const ports = [partial.socket.localPort, idle.socket.localPort];
    for (const peer of [idle, partial]) peer.socket.write(sampleRequest());
    partial.socket.write(sampleRequest().subarray(0, 30));
    const pulse = setInterval(() => {
      partial.socket.write('x');
      lively.socket.write(sampleRequest());
    }, 20);
    try {
      assert.deepEqual([(await closed.at(0)).remotePort, (await closed.at(1)).remotePort], ports);
      assert.equal(closed.items.length, 2);
      const count = inbox.items.length;
      await inbox.at(count);
    } finally {
      clearInterval(pulse);
    }
  });

  it('closes a connection on which no message comes, pings or not', async () => {
    const { points, closed } = await startLayer([point()], { limits: { idleMs: 60_000, partialMessageMs: 60 } });
    const peer = await tcpPeer(first(points));
    const port = peer.socket.localPort;
    peer.socket.write('\r\n\r\n');
    await peer.text.at(0);
    assert.equal((await closed.at(0)).remotePort, port);
  });

  it('connects to others when strangers have taken all places', async () => {
    const { layer, points, inbox } = await startLayer([point()], { limits: { maxConnections: 1 } });
    (await tcpPeer(first(points))).socket.write(sampleRequest());
    await inbox.at(0);
    const [one, two] = [await tcpServer('127.0.11.7'), await tcpServer('127.0.11.8')];
    await layer.send(sampleRequest(), { protocol: 'tcp', address: '127.0.11.7', port: one.port });
    const second = layer.send(sampleRequest(), { protocol: 'tcp', address: '127.0.11.8', port: two.port });
    await assert.rejects(second, { code: 'ENOBUFS' });
  });

  it('holds a bounded queue for a peer that does not read, and drops it when it never does', async () => {
    const limits = { maxQueuedBytes: 200_000, partialMessageMs: 100 };
    const { layer, closed } = await startLayer([point()], { limits });
    const server = await tcpServer('127.0.11.7');
    const to = { protocol: 'tcp', address: '127.0.11.7', port: server.port } as const;
    await layer.send(sampleRequest(), to);
    (await server.sockets.at(0)).pause();
    const bytes = Buffer.alloc(60_000, 'x');
    const codes = new Set<string>();
    const sends: Array<Promise<void>> = [];
    for (let n = 0; n < 400 && !codes.has('ENOBUFS'); n++) {
      const send = layer.send(bytes, to).catch((error: NodeJS.ErrnoException) => void codes.add(error.code ?? ''));
      sends.push(send);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(codes.has('ENOBUFS'));
    await closed.at(0);
    await Promise.all(sends);
  });

  it('takes no more connections than its limits, from one address and in all', async () => {
    const limits = { maxConnections: 3, maxConnectionsPerAddress: 2 };
    const { layer, points, inbox } = await startLayer([point()], { limits });
    const use = async (localAddress: string) => {
      const peer = await tcpPeer(first(points), localAddress);
      const count = inbox.items.length;
      peer.socket.write(sampleRequest());
      return Promise.race([inbox.at(count).then(() => 'served'), peer.closed.then(() => 'closed')]);
    };
    const outcomes: string[] = [];
    for (const last of [2, 2, 2, 3, 4]) outcomes.push(await use(`127.0.11.${last}`));
    assert.deepEqual(outcomes, ['served', 'served', 'closed', 'served', 'closed']);
    assert.equal(layer.counters.connectionsRefused, 2);
  });

  it('counts a closed connection no longer', async () => {
    const limits = { maxConnections: 1, maxConnectionsPerAddress: 1 };
    const { points, inbox, closed } = await startLayer([point()], { limits });
    for (let n = 0; n < 3; n++) {
      const peer = await tcpPeer(first(points), '127.0.11.2');
      peer.socket.write(sampleRequest());
      await inbox.at(n);
      peer.socket.destroy();
      await closed.at(n);
    }
  });

  it('drops requests of a silenced address, REGISTER and responses aside', async () => {
    const { layer, points, inbox, malformed } = await startLayer([point()]);
    layer.silence('127.0.11.2', Date.now() + 60_000);
    const peer = await tcpPeer(first(points), '127.0.11.2');
    const request = sampleRequest();
    const text = request.toString();
    peer.socket.write(request);
    peer.socket.write(sampleRequest({ CSeq: 'bad' }));
    peer.socket.write(text.replaceAll('OPTIONS', 'REGISTER'));
    peer.socket.write(text.replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n'));
    await inbox.at(1);
    assert.deepEqual(
      inbox.items.map(({ message }) => message.status || message.method),
      ['REGISTER', 200],
    );
    assert.deepEqual([layer.counters.silenced, malformed.items.length], [2, 0]);
  });

  it('refuses to start on a port in use, says where, and leaves nothing open', async () => {
    const { points } = await startLayer([point()]);
    const taken = first(points);
    const udp: ListenPoint = { protocol: 'udp', address: '127.0.11.9', port: 0 };
    const other = await startLayer([udp]);
    const udpPoint = first(other.points);
    await other.layer.close();
    await assert.rejects(startLayer([udpPoint, { ...taken }]), (error: NodeJS.ErrnoException) => {
      return error.code === 'EADDRINUSE' && error.message.includes(`tcp/127.0.11.1:${taken.port}`);
    });
    await startLayer([udpPoint]);
  });

  it('lets what was sent leave when it closes', async () => {
    const { layer, points, inbox } = await startLayer([point()]);
    const peer = await tcpPeer(first(points));
    peer.socket.write(sampleRequest());
    const { flow } = await inbox.at(0);
    const send = layer.send(SipMessage.response(503).toBuffer(), flow);
    await Promise.all([send, layer.close()]);
    assert.ok((await peer.text.at(0)).startsWith('SIP/2.0 503'));
    await peer.closed;
  });
});
