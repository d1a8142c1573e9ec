import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type RtcpReport, readRtcp, writeRtcp } from '../../lib/media/embedded/rtcp-packet.ts';
import { systemTime, type TimeSource } from '../../lib/media/embedded/time-source.ts';
import { type Call, call, closeAll, closeLater, createEngine } from '../support/media-calls.ts';
import type { RtpPeer } from '../support/rtp-peer.ts';

/** Time that passes twenty times as fast for what waits: reports come four times a second. */
const HASTY: TimeSource = {
  ...systemTime,
  nowMs: () => systemTime.nowMs() * 20,
  after: (ms, run) => systemTime.after(ms / 20, run),
};

/** A phone's RTCP port: what came, and what it sends. */
class ControlPort {
  readonly reports: RtcpReport[] = [];
  readonly #socket: Socket;
  #check = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet) => {
      const report = readRtcp(packet);
      assert.ok(report, 'a compound packet');
      this.reports.push(report);
      this.#check();
    });
    closeLater({ close: () => socket.close() });
  }

  static async open(address: string, port = 0): Promise<ControlPort> {
    const socket = createSocket('udp4');
    socket.bind(port, address);
    await once(socket, 'listening');
    return new ControlPort(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(port: number, packet: Buffer): void {
    this.#socket.send(packet, port, '127.0.13.1');
  }

  heard(condition: (reports: readonly RtcpReport[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (condition(this.reports)) resolve();
      };
      this.#check();
    });
  }
}

const addressOf = (peer: RtpPeer) => /c=IN IP4 (\S+)/.exec(peer.sdp())![1]!;
const portOf = ({ endpoint }: Call) => Number(/m=audio (\d+)/.exec(endpoint.offer())![1]);

describe('Embedded media: reports', () => {
  afterEach(closeAll);

  it('go to the port above RTP, and say what each side of a bridge has sent and lost', async () => {
    const engine = createEngine({ time: HASTY });
    const a = await call();
    const b = await call();
    const reports = await ControlPort.open(addressOf(a.peer), a.peer.port + 1);
    engine.bridge(a.endpoint, b.endpoint);
    a.peer.sendTone(700);
    b.peer.sendTone(1100);
    await reports.heard((all) => all.some(({ sender, blocks }) => sender !== null && blocks.length === 1));
    const { ssrc, sender, blocks } = reports.reports.at(-1)!;
    assert.equal(ssrc, a.peer.received[0]!.ssrc, 'of the stream that a hears');
    assert.equal(blocks[0]!.ssrc, a.peer.ssrc);
    assert.equal(blocks[0]!.lost, 0);
    assert.equal(sender!.octets, sender!.packets * 160);
    a.endpoint.close();
    await reports.heard((all) => all.at(-1)!.byes.includes(ssrc));
  });

  it('go where the SDP wants them (RFC 3605), and to where those of the peer come from', async () => {
    createEngine({ time: HASTY });
    const one = await call();
    const address = addressOf(one.peer);
    const [named, other] = [await ControlPort.open(address), await ControlPort.open(address)];
    assert.ok(one.endpoint.answer(one.peer.sdp().replace('a=sendrecv', `a=rtcp:${named.port}\r\na=sendrecv`)));
    one.peer.sendTone(700);
    await named.heard((all) => all.length > 0);
    other.send(portOf(one) + 1, writeRtcp({ ssrc: 1, sender: null, block: null, cname: 'x', isLast: false }));
    await other.heard((all) => all.length > 0);
  });

  it('are not turned away by strangers, and theirs are not read', async () => {
    createEngine({ time: HASTY });
    const one = await call();
    const reports = await ControlPort.open(addressOf(one.peer), one.peer.port + 1);
    one.peer.sendTone(700);
    await reports.heard((all) => all.length > 0);
    const stranger = await ControlPort.open('127.0.13.250');
    const block = {
      ssrc: reports.reports[0]!.ssrc,
      fractionLost: 9,
      lost: 99,
      highest: 1,
      jitter: 1,
      lastReport: 0,
      delay: 0,
    };
    for (let packet = 0; packet < 20; packet += 1)
      stranger.send(portOf(one) + 1, writeRtcp({ ssrc: 1, sender: null, block, cname: 'x', isLast: true }));
    const had = reports.reports.length;
    await reports.heard((all) => all.length > had + 1);
    assert.equal(stranger.reports.length, 0);
    assert.equal(one.endpoint.quality!().peerLost, null);
  });

  it('share the port of RTP where the peer offers it (RFC 5761), and are told from keys and audio', async () => {
    createEngine({ time: HASTY });
    const one = await call();
    const { endpoint, peer } = one;
    const answer = endpoint.answer(peer.sdp().replace('a=sendrecv', 'a=rtcp-mux\r\na=sendrecv'))!;
    assert.match(answer, /a=rtcp-mux\r\n/);
    assert.match(endpoint.offer(), /a=rtcp-mux\r\n/, 'what is agreed stays');
    const own = await ControlPort.open(addressOf(peer), peer.port + 1);
    endpoint.play('tone:hold');
    peer.sendTone(700);
    await peer.heard(() => peer.control.some((packet) => readRtcp(packet)?.sender != null));
    const ssrc = peer.received[0]!.ssrc;
    const block = { ssrc, fractionLost: 0, lost: 4, highest: 1, jitter: 16, lastReport: 0, delay: 0 };
    peer.sendRaw(writeRtcp({ ssrc: peer.ssrc, sender: null, block, cname: 'x', isLast: false }));
    await peer.heard(() => endpoint.quality!().peerLost !== null && endpoint.quality!().received > 3);
    const { peerLost, peerJitterMs } = endpoint.quality!();
    assert.deepEqual([peerLost, peerJitterMs], [4, 2]);
    assert.equal(own.reports.length, 0);
  });

  it('are offered no port of RTP, and not taken for one that did not offer it', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    assert.doesNotMatch(endpoint.offer(), /rtcp-mux/);
    assert.doesNotMatch(endpoint.answer(peer.sdp())!, /rtcp-mux/);
  });

  it('change our SSRC when the peer has chosen the same, once', async () => {
    createEngine();
    const { endpoint, peer } = await call();
    endpoint.play('tone:hold');
    await peer.heardMore(3);
    const echo = () => {
      const last = peer.received.at(-1)!;
      const packet = Buffer.alloc(172);
      packet.writeUInt16BE(0x8008, 0);
      packet.writeUInt16BE(last.sequence, 2);
      packet.writeUInt32BE(last.ssrc, 8);
      peer.sendRaw(packet);
    };
    const first = peer.received[0]!.ssrc;
    echo();
    await peer.heard((received) => received.at(-1)!.ssrc !== first);
    const second = peer.received.at(-1)!.ssrc;
    echo();
    await peer.heardMore(5);
    assert.equal(peer.received.at(-1)!.ssrc, second, 'who sends back what he hears is no collision');
  });
});
