import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  emptyRtpHeader,
  readRtp,
  sequenceDistance,
  timestampDistance,
  writeRtpHeader,
} from '../../lib/media/embedded/rtp-packet.ts';

function packetOf({ first = 0x80, second = 8, body = Buffer.alloc(160, 1) } = {}): Buffer {
  const packet = Buffer.concat([Buffer.alloc(12), body]);
  writeRtpHeader(packet, 0, { payloadType: second, marker: false, sequence: 7, timestamp: 70, ssrc: 700 });
  packet[0] = first;
  return packet;
}

function payloadOf(packet: Buffer): number[] | null {
  const header = emptyRtpHeader();
  return readRtp(packet, header) ? [...packet.subarray(header.payloadStart, header.payloadEnd)] : null;
}

describe('RTP packets (RFC 3550 5.1)', () => {
  it('reads what was written, the extremes of each field included', () => {
    const written = { payloadType: 127, marker: true, sequence: 65_535, timestamp: 0xffff_ffff, ssrc: 0xffff_fffe };
    const packet = packetOf();
    writeRtpHeader(packet, 0, written);
    const header = emptyRtpHeader();
    assert.ok(readRtp(packet, header));
    assert.deepEqual(header, { ...written, payloadStart: 12, payloadEnd: 172 });
  });

  it('finds the payload behind CSRC list and extension, and before the padding', () => {
    const csrc = Buffer.alloc(8);
    const extension = Buffer.from([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
    const body = Buffer.concat([csrc, extension, Buffer.from([1, 2, 3, 4]), Buffer.from([0, 0, 3])]);
    assert.deepEqual(payloadOf(packetOf({ first: 0x80 | 0x20 | 0x10 | 2, body })), [1, 2, 3, 4]);
  });

  it('refuses another version, a header alone, and lengths that lie', () => {
    assert.equal(payloadOf(packetOf({ first: 0x40 })), null);
    assert.equal(payloadOf(packetOf({ body: Buffer.alloc(0) })), null);
    assert.equal(payloadOf(Buffer.alloc(0)), null);
    assert.equal(payloadOf(packetOf({ body: Buffer.alloc(1600) })), null);
    assert.equal(payloadOf(packetOf({ first: 0x8f, body: Buffer.alloc(20) })), null, 'more CSRC than packet');
    assert.equal(
      payloadOf(packetOf({ first: 0x90, body: Buffer.from([0, 0, 255, 255, 1]) })),
      null,
      'a long extension',
    );
    assert.equal(payloadOf(packetOf({ first: 0x90, body: Buffer.from([0, 0, 0]) })), null, 'a cut extension');
    assert.equal(payloadOf(packetOf({ first: 0xa0, body: Buffer.from([1, 1, 0]) })), null, 'no padding');
    assert.equal(
      payloadOf(packetOf({ first: 0xa0, body: Buffer.from([1, 1, 200]) })),
      null,
      'more padding than packet',
    );
  });

  it('reads any bytes without throwing, and never a payload outside of the packet', () => {
    const header = emptyRtpHeader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const packet = Buffer.from(bytes);
        if (!readRtp(packet, header)) return;
        assert.ok(header.payloadStart >= 12 && header.payloadStart < header.payloadEnd);
        assert.ok(header.payloadEnd <= packet.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('measures distances across the wrap', () => {
    assert.equal(sequenceDistance(2, 65_534), 4);
    assert.equal(sequenceDistance(65_534, 2), -4);
    assert.equal(timestampDistance(100, 0xffff_ff9c), 200);
    assert.equal(timestampDistance(0xffff_ff9c, 100), -200);
  });
});
