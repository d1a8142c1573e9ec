import assert from 'node:assert/strict';
import { decodeG711 } from '../../lib/media/embedded/g711.ts';
import { OutboundStream } from '../../lib/media/embedded/outbound-stream.ts';
import {
  emptyRtpHeader,
  type RtpHeader,
  readRtp,
  timestampDistance,
  writeRtpHeader,
} from '../../lib/media/embedded/rtp-packet.ts';
import { Ticker } from '../../lib/media/embedded/ticker.ts';
import { ToneSource } from '../../lib/media/prompts/tone.ts';
import type { PayloadKind } from '../../lib/media/sdp/remote-description.ts';
import type { AgreedMedia } from '../../lib/media/sdp/sdp-session.ts';
import { ManualTime } from '../support/manual-time.ts';

interface Sent extends RtpHeader {
  atMs: number;
  payload: Buffer;
}

const AGREED: AgreedMedia = {
  codec: 'PCMA',
  sendPayloads: { PCMA: 97, PCMU: null, event: 96 },
  receiveKinds: [],
  remote: null,
  control: null,
  mux: false,
  noReports: false,
  sending: true,
  expecting: true,
};

function setUp(changes: Partial<AgreedMedia> = {}) {
  const time = new ManualTime();
  const sent: Sent[] = [];
  const stream = new OutboundStream({
    time,
    ticker: new Ticker(time),
    send: (packet) => {
      const header = emptyRtpHeader();
      assert.ok(readRtp(packet, header));
      sent.push({ ...header, atMs: time.nowMs(), payload: packet.subarray(header.payloadStart, header.payloadEnd) });
    },
  });
  stream.configure({ ...AGREED, ...changes });
  return { time, sent, stream };
}

const tone = (durationMs: number) => new ToneSource({ endless: false, segments: [{ frequency: 1000, durationMs }] });

/** A packet of the bridged peer. */
function relay(
  stream: OutboundStream,
  sequence: number,
  { kind = 'PCMA' as PayloadKind, first = 0x80, extra = Buffer.alloc(0) } = {},
): void {
  const payload = kind === 'event' ? Buffer.from([5, 10, 0, 160]) : Buffer.alloc(160, 0xd5);
  const packet = Buffer.concat([Buffer.alloc(12), extra, payload]);
  writeRtpHeader(packet, 0, { payloadType: 8, marker: false, sequence, timestamp: sequence * 160, ssrc: 99 });
  packet[0] = first;
  const header = emptyRtpHeader();
  assert.ok(readRtp(packet, header));
  stream.relay(packet, header, kind);
}

/** One SSRC, each sequence number by one more than the last, timestamps that never go back. */
function assertContinuous(sent: readonly Sent[]): void {
  for (const [index, packet] of sent.entries()) {
    const previous = sent[index - 1];
    if (previous === undefined) continue;
    assert.equal(packet.ssrc, previous.ssrc);
    assert.equal(packet.sequence, (previous.sequence + 1) & 0xffff);
    assert.ok(timestampDistance(packet.timestamp, previous.timestamp) >= 0);
  }
}

describe('The stream to a peer (RFC 3550 5.1)', () => {
  it('plays 20 ms packets, each 160 further, the marker on the first alone', async () => {
    const { time, sent, stream } = setUp();
    const played = stream.play(tone(400));
    time.advance(500);
    assert.equal(await played, 'played');
    assert.equal(sent.length, 20);
    assertContinuous(sent);
    assert.deepEqual(
      sent.map((packet) => packet.timestamp - sent[0]!.timestamp),
      sent.map((_, index) => index * 160),
    );
    assert.deepEqual(
      sent.map((packet) => packet.marker),
      sent.map((_, index) => index === 0),
    );
    assert.ok(sent.every((packet) => packet.payloadType === 97 && packet.payload.length === 160));
    assert.equal(time.armed, 0, 'nothing ticks when nothing plays');
  });

  it('ends a prompt when its last packet has been heard, not when it was sent', async () => {
    const { time, stream } = setUp();
    let endedAtMs = 0;
    const startedAtMs = time.nowMs();
    const played = stream.play(tone(400)).then(() => {
      endedAtMs = time.nowMs();
    });
    for (let step = 0; step < 500 && endedAtMs === 0; step += 1) {
      time.advance(1);
      await Promise.resolve();
      await Promise.resolve();
    }
    await played;
    assert.equal(endedAtMs - startedAtMs, 400);
  });

  it('lets the timestamp run on during silence, and marks the next talkspurt', async () => {
    const { time, sent, stream } = setUp();
    const first = stream.play(tone(40));
    time.advance(1000);
    await first;
    stream.play(tone(40));
    time.advance(100);
    assertContinuous(sent);
    assert.equal(sent.length, 4);
    const elapsedMs = sent[2]!.atMs - sent[0]!.atMs;
    assert.equal(sent[2]!.timestamp - sent[0]!.timestamp, elapsedMs * 8);
    assert.ok(sent[2]!.marker);
  });

  it('skips the time of a long stall and marks what follows', () => {
    const { time, sent, stream } = setUp();
    stream.play(tone(400));
    time.advance(101);
    const before = sent.length;
    time.stall(2000);
    time.advance(40);
    assert.ok(sent.length - before <= 4, 'no burst');
    assertContinuous(sent);
    assert.ok(sent[before]!.marker);
    assert.ok(sent[before]!.timestamp - sent[before - 1]!.timestamp >= 1900 * 8);
  });

  it('tells that a prompt was stopped or replaced', async () => {
    const { time, sent, stream } = setUp();
    const first = stream.play(tone(400));
    time.advance(41);
    const second = stream.play(tone(400));
    assert.equal(await first, 'stopped');
    time.advance(41);
    stream.stopPlaying();
    assert.equal(await second, 'stopped');
    const count = sent.length;
    time.advance(1000);
    assert.equal(sent.length, count);
    assert.equal(time.armed, 0);
  });

  it('sends a key with one timestamp, growing duration and three ends, 20 ms apart (RFC 4733 2.5.1)', () => {
    const { time, sent, stream } = setUp();
    assert.ok(stream.sendKey('#'));
    time.advance(1000);
    assertContinuous(sent);
    assert.equal(new Set(sent.map((packet) => packet.timestamp)).size, 1);
    assert.deepEqual(
      sent.map((packet) => packet.marker),
      sent.map((_, index) => index === 0),
    );
    assert.deepEqual(
      sent.map((packet) => packet.payload.readUInt16BE(2)),
      [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280, 1280],
    );
    assert.deepEqual(
      sent.map((packet) => packet.payload[1]! >> 7),
      [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
    );
    assert.ok(sent.every((packet) => packet.payload[0] === 11 && packet.payloadType === 96));
    assert.ok(sent.slice(1).every((packet, index) => packet.atMs - sent[index]!.atMs === 20));
    assert.equal(time.armed, 0);
  });

  it('sends keys one after the other, in the midst of a prompt that goes on afterwards', async () => {
    const { time, sent, stream } = setUp();
    const played = stream.play(tone(100));
    time.advance(41);
    stream.sendKey('1');
    stream.sendKey('1');
    time.advance(1000);
    assert.equal(await played, 'played');
    assertContinuous(sent);
    const timestamps = new Set(sent.filter((packet) => packet.payloadType === 96).map((packet) => packet.timestamp));
    assert.equal(timestamps.size, 2);
    const audio = sent.filter((packet) => packet.payloadType === 97);
    assert.equal(audio.length, 5, 'no part of the prompt is lost');
    assert.deepEqual(
      audio.map((packet) => packet.marker),
      [true, false, false, true, false],
    );
  });

  it('refuses a key that is none, that the peer does not take, and too many of them', () => {
    const { stream } = setUp();
    assert.equal(stream.sendKey('x'), false);
    assert.equal(setUp({ sendPayloads: { PCMA: 8, PCMU: 0, event: null } }).stream.sendKey('1'), false);
    const accepted = Array.from({ length: 100 }, () => stream.sendKey('1')).filter((one) => one);
    assert.equal(accepted.length, 64);
  });

  it('sends nothing while the peer holds, and plays on in time', async () => {
    const { time, sent, stream } = setUp({ sending: false });
    const played = stream.play(tone(400));
    relay(stream, 1);
    time.advance(199);
    assert.equal(sent.length, 0);
    stream.configure(AGREED);
    time.advance(300);
    assert.equal(await played, 'played');
    assert.equal(sent.length, 10);
    assert.ok(sent[0]!.marker);
  });
});

describe('A bridged stream', () => {
  it('continues after a prompt without a gap, with the numbers of the receiving side', async () => {
    const { time, sent, stream } = setUp();
    const played = stream.play(tone(40));
    time.advance(60);
    await played;
    for (const sequence of [65_534, 65_535, 65_536, 65_537]) {
      time.advance(20);
      relay(stream, sequence);
    }
    assertContinuous(sent);
    assert.deepEqual(
      sent.map((packet) => packet.marker),
      [true, false, true, false, false, false],
    );
    assert.ok(sent.every((packet) => packet.payloadType === 97));
    assert.equal(sent[2]!.timestamp - sent[0]!.timestamp, (sent[2]!.atMs - sent[0]!.atMs) * 8);
  });

  it('gives way to a prompt and takes over again after it', async () => {
    const { time, sent, stream } = setUp();
    relay(stream, 10);
    const played = stream.play(tone(40));
    time.advance(1);
    relay(stream, 11);
    time.advance(60);
    await played;
    relay(stream, 13);
    assertContinuous(sent);
    assert.equal(sent.length, 4);
  });

  it('takes over without a gap when nothing came during the prompt', async () => {
    const { time, sent, stream } = setUp();
    relay(stream, 10);
    const played = stream.play(tone(40));
    time.advance(60);
    await played;
    relay(stream, 11);
    assertContinuous(sent);
    assert.equal(sent.length, 4);
  });

  it('passes keys on with the number of the receiving side, and leaves them out without a gap where it takes none', () => {
    const { sent, stream } = setUp();
    relay(stream, 10);
    relay(stream, 11, { kind: 'event' });
    assert.deepEqual(
      sent.map((packet) => packet.payloadType),
      [97, 96],
    );
    assert.deepEqual([...sent[1]!.payload], [5, 10, 0, 160]);
    const without = setUp({ sendPayloads: { PCMA: 8, PCMU: null, event: null } });
    for (const [sequence, kind] of [
      [10, 'PCMA'],
      [11, 'event'],
      [12, 'event'],
      [13, 'PCMA'],
    ] as const) {
      relay(without.stream, sequence, { kind });
    }
    assert.equal(without.sent.length, 2);
    assertContinuous(without.sent);
  });

  it('is transcoded when the sides differ', () => {
    const { sent, stream } = setUp();
    relay(stream, 10, { kind: 'PCMU' });
    assert.equal(sent[0]!.payloadType, 97);
    const [heard, spoken] = [decodeG711('PCMA', sent[0]!.payload), decodeG711('PCMU', Buffer.alloc(160, 0xd5))];
    assert.ok(heard.every((sample, index) => Math.abs(sample - spoken[index]!) <= 16));
  });

  it('leaves CSRC list, extension and padding behind', () => {
    const { sent, stream } = setUp();
    const extra = Buffer.concat([Buffer.alloc(4, 1), Buffer.from([0xbe, 0xde, 0, 1, 7, 7, 7, 7])]);
    relay(stream, 10, { first: 0x91, extra });
    assert.equal(sent[0]!.payloadStart, 12);
    assert.deepEqual(sent[0]!.payload, Buffer.alloc(160, 0xd5));
  });
});
