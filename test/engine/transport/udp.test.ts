import assert from 'node:assert/strict';
import { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import type { ListenPoint } from '../../../lib/engine/transport/transport-layer.ts';
import { sampleRequest } from '../message/sample.ts';
import { Inbox, startLayer, teardown, udpPeer } from './peer.ts';

const point = (address = '127.0.11.1'): ListenPoint => ({ protocol: 'udp', address, port: 0 });

function first(points: readonly ListenPoint[]): ListenPoint {
  assert.ok(points[0] !== undefined);
  return points[0];
}

describe('UDP', () => {
  afterEach(teardown);

  it('gives the port that the kernel chose, and the flow of each message', async () => {
    const { points, inbox } = await startLayer([point()]);
    const peer = await udpPeer('127.0.11.2');
    peer.send(sampleRequest(), first(points));
    const { message, flow } = await inbox.at(0);
    assert.equal(message.method, 'OPTIONS');
    assert.deepEqual(flow, {
      protocol: 'udp',
      localAddress: '127.0.11.1',
      localPort: first(points).port,
      remoteAddress: '127.0.11.2',
      remotePort: peer.port,
    });
  });

  it('fills in received and rport, and sends the response back through the same sockets', async () => {
    const { layer, points, inbox } = await startLayer([point()]);
    const peer = await udpPeer('127.0.11.2');
    peer.send(sampleRequest({ Via: 'SIP/2.0/UDP client.example.com:5077;rport;branch=z9hG4bKx' }), first(points));
    const { message, flow } = await inbox.at(0);
    assert.equal(
      message.get('via'),
      `SIP/2.0/UDP client.example.com:5077;branch=z9hG4bKx;received=127.0.11.2;rport=${peer.port}`,
    );
    assert.ok(message.topVia);
    await layer.send(SipMessage.response(200).toBuffer(), layer.responseTarget(message.topVia, flow));
    const { text, from } = await peer.inbox.at(0);
    assert.ok(text.startsWith('SIP/2.0 200 OK'));
    assert.deepEqual([from.address, from.port], ['127.0.11.1', first(points).port]);
  });

  it('answers at the sent-by port when rport is not asked for (RFC 3261 18.2.2)', async () => {
    const { layer, points, inbox } = await startLayer([point()]);
    const [peer, other] = [await udpPeer('127.0.11.2'), await udpPeer('127.0.11.2')];
    peer.send(sampleRequest({ Via: `SIP/2.0/UDP client.example.com:${other.port};branch=z9hG4bKx` }), first(points));
    const { message, flow } = await inbox.at(0);
    assert.ok(message.topVia);
    assert.equal(message.topVia.received, '127.0.11.2');
    await layer.send(SipMessage.response(200).toBuffer(), layer.responseTarget(message.topVia, flow));
    assert.ok((await other.inbox.at(0)).text.startsWith('SIP/2.0 200'));
  });

  it('leaves a Via alone that tells its source itself, and drops a received that the client made up', async () => {
    const { points, inbox } = await startLayer([point()]);
    const peer = await udpPeer('127.0.11.2');
    const own = 'SIP/2.0/UDP 127.0.11.2;branch=z9hG4bKx';
    peer.send(sampleRequest({ Via: `${own}, SIP/2.0/UDP 1.2.3.4` }), first(points));
    assert.equal((await inbox.at(0)).message.get('via'), `${own}, SIP/2.0/UDP 1.2.3.4`);
    peer.send(sampleRequest({ Via: `${own};received=6.6.6.6, SIP/2.0/UDP 1.2.3.4;received=5.5.5.5` }), first(points));
    assert.deepEqual((await inbox.at(1)).message.getAll('via'), [own, 'SIP/2.0/UDP 1.2.3.4;received=5.5.5.5']);
  });

  it('works on IPv6, with an address in brackets or without', async () => {
    const { layer, points, inbox } = await startLayer([point('[::1]')]);
    const peer = await udpPeer('::1');
    peer.send(sampleRequest({ Via: 'SIP/2.0/UDP [0:0:0:0:0:0:0:1]:5060;rport;branch=z9hG4bK6' }), first(points));
    const { message, flow } = await inbox.at(0);
    assert.equal(flow.remoteAddress, '::1');
    assert.equal(message.topVia?.received, '::1');
    assert.equal(message.topVia?.rport, peer.port);
    await layer.send(sampleRequest(), { protocol: 'udp', address: '[::1]', port: peer.port });
    assert.ok((await peer.inbox.at(0)).text.startsWith('OPTIONS'));
  });

  it('tells of a port where nobody listens, also when many others are fine', async () => {
    const unreachable = new Inbox<string>();
    const { layer } = await startLayer([point()], {
      onUnreachable: (address, port) => unreachable.put(`${address} ${port}`),
    });
    const peers = await Promise.all([1, 2, 3].map(() => udpPeer('127.0.11.3')));
    for (const { port } of peers) await layer.send(sampleRequest(), { protocol: 'udp', address: '127.0.11.3', port });
    await layer.send(sampleRequest(), { protocol: 'udp', address: '127.0.11.4', port: 9 });
    assert.equal(await unreachable.at(0), '127.0.11.4 9');
    for (const peer of peers) assert.equal((await peer.inbox.at(0)).from.address, '127.0.11.1');
    assert.ok(unreachable.items.every((item) => item === '127.0.11.4 9'));
  });

  it('sends requests from the listen point’s port, and takes what the peer sends there', async () => {
    const { layer, points, inbox } = await startLayer([point()]);
    const [peer, stranger] = [await udpPeer('127.0.11.2'), await udpPeer('127.0.11.3')];
    const to = { protocol: 'udp', address: '127.0.11.2', port: peer.port } as const;
    await Promise.all([layer.send(sampleRequest(), to), layer.send(sampleRequest(), to)]);
    assert.equal((await peer.inbox.at(1)).from.port, first(points).port);
    peer.send(sampleRequest({ 'Call-ID': 'from-peer' }), first(points));
    assert.equal((await inbox.at(0)).message.callId, 'from-peer');
    assert.equal((await inbox.at(0)).flow.localPort, first(points).port);
    stranger.send(sampleRequest({ 'Call-ID': 'from-stranger' }), first(points));
    assert.equal((await inbox.at(1)).flow.remoteAddress, '127.0.11.3');
  });

  it('reaches more peers than it watches', async () => {
    const { layer } = await startLayer([point()]);
    const peers = await Promise.all(Array.from({ length: 80 }, () => udpPeer('127.0.11.5')));
    for (const { port } of peers) await layer.send(sampleRequest(), { protocol: 'udp', address: '127.0.11.5', port });
    for (const peer of peers) assert.ok((await peer.inbox.at(0)).text.startsWith('OPTIONS'));
  });

  it('refuses to start twice on one port, says where, and leaves nothing open', async () => {
    const { points } = await startLayer([point()]);
    const taken = first(points);
    const free = await startLayer([point('127.0.11.6')]);
    const freePoint = first(free.points);
    await free.layer.close();
    const expected = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' && error.message.includes(`udp/127.0.11.1:${taken.port}`);
    await assert.rejects(startLayer([freePoint, { ...taken }]), expected);
    await startLayer([freePoint]);
  });

  it('says which address cannot be listened on', async () => {
    const expected = (code: string) => (error: NodeJS.ErrnoException) =>
      error.code === code && /Cannot listen on udp\//.test(error.message);
    await assert.rejects(startLayer([point('192.0.2.200')]), expected('EADDRNOTAVAIL'));
    await assert.rejects(startLayer([point('example.com')]), expected('EINVAL'));
  });

  it('ignores keep-alives and hands over what is malformed with what can be answered', async () => {
    const { layer, points, inbox, malformed } = await startLayer([point()]);
    const peer = await udpPeer('127.0.11.2');
    for (const noise of ['\r\n\r\n', '\0\0\0\0', '', ' ']) peer.send(noise, first(points));
    peer.send('not SIP at all', first(points));
    peer.send(sampleRequest({ CSeq: 'x', Via: 'SIP/2.0/UDP h;rport;branch=z9hG4bK1' }), first(points));
    peer.send(sampleRequest(), first(points));
    await inbox.at(0);
    assert.deepEqual(
      malformed.items.map(({ result }) => [result.status, result.message?.topVia?.rport]),
      [
        [undefined, undefined],
        [400, peer.port],
      ],
    );
    assert.deepEqual([layer.counters.received, layer.counters.malformed], [1, 2]);
  });

  it('drops requests of a silenced address until the instant, REGISTER and responses aside', async () => {
    let now = 1_000;
    const { layer, points, inbox } = await startLayer([point()], { now: () => now });
    const [peer, other] = [await udpPeer('127.0.11.2'), await udpPeer('127.0.11.3')];
    layer.silence('127.0.11.2', 5_000);
    const send = (from: typeof peer, changes: Record<string, string>, method = 'OPTIONS') => {
      const text = sampleRequest(changes).toString().replaceAll('OPTIONS', method);
      from.send(Buffer.from(text), first(points));
    };
    send(peer, { 'Call-ID': 'dropped' });
    send(peer, { 'Call-ID': 'register' }, 'REGISTER');
    const response = sampleRequest({ 'Call-ID': 'response' })
      .toString()
      .replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n');
    peer.send(response, first(points));
    await inbox.at(1);
    send(other, { 'Call-ID': 'other' });
    await inbox.at(2);
    now = 5_000;
    send(peer, { 'Call-ID': 'again' });
    await inbox.at(3);
    assert.deepEqual(
      inbox.items.map(({ message }) => message.callId),
      ['register', 'response', 'other', 'again'],
    );
    assert.equal(layer.counters.silenced, 1);
  });

  it('counts requests beyond 1,300 bytes, and refuses what no datagram holds', async () => {
    const { layer } = await startLayer([point()]);
    const peer = await udpPeer('127.0.11.2');
    const to = { protocol: 'udp', address: '127.0.11.2', port: peer.port } as const;
    await layer.send(sampleRequest({ 'X-Long': 'x'.repeat(1_300) }), to);
    const response = SipMessage.response(200);
    response.body = Buffer.alloc(2_000, 'x');
    await layer.send(response.toBuffer(), to);
    await peer.inbox.at(1);
    assert.deepEqual([layer.counters.oversizeRequests, layer.counters.sent], [1, 2]);
    await assert.rejects(layer.send(Buffer.alloc(70_000), to), { code: 'EMSGSIZE' });
    assert.equal(layer.counters.sendErrors, 1);
  });

  it('says when no listen point fits, or the layer is closed', async () => {
    const { layer } = await startLayer([point()]);
    await assert.rejects(layer.send(sampleRequest(), { protocol: 'udp', address: '::1', port: 9 }), {
      code: 'EAFNOSUPPORT',
    });
    await assert.rejects(layer.send(sampleRequest(), { protocol: 'tcp', address: '127.0.11.2', port: 9 }), {
      code: 'EAFNOSUPPORT',
    });
    await layer.close();
    await assert.rejects(layer.send(sampleRequest(), { protocol: 'udp', address: '127.0.11.2', port: 9 }), {
      code: 'ESHUTDOWN',
    });
  });

  it('survives a handler that throws, where the owner wants to know', async () => {
    const errors = new Inbox<unknown>();
    const { points } = await startLayer([point()], {
      onMessage: () => {
        throw new Error('handler');
      },
      onError: (error) => errors.put(error),
    });
    const peer = await udpPeer('127.0.11.2');
    peer.send(sampleRequest(), first(points));
    assert.match(String(await errors.at(0)), /handler/);
  });

  it('loses nothing of a burst of 2,000 requests', async () => {
    const { points, inbox } = await startLayer([point()]);
    const peer = await udpPeer('127.0.11.2');
    for (let n = 0; n < 2_000; n++) peer.send(sampleRequest({ 'Call-ID': `burst-${n}` }), first(points));
    await inbox.at(1_999);
    assert.equal(new Set(inbox.items.map(({ message }) => message.callId)).size, 2_000);
  });
});
