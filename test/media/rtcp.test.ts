import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Reception } from '../../lib/media/embedded/reception.ts';
import { isRtcp, type ReportBlock, readRtcp, writeRtcp } from '../../lib/media/embedded/rtcp-packet.ts';
import { RtcpSession, reportIntervalMs } from '../../lib/media/embedded/rtcp-session.ts';
import { emptyRtpHeader } from '../../lib/media/embedded/rtp-packet.ts';
import { ManualTime } from '../support/manual-time.ts';

const uint32 = fc.nat(0xffff_ffff);
const block: fc.Arbitrary<ReportBlock> = fc.record(
  {
    ssrc: uint32,
    fractionLost: fc.nat(255),
    lost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    highest: uint32,
    jitter: uint32,
    lastReport: uint32,
    delay: uint32,
  },
  { noNullPrototype: true },
);
const sender = fc.record(
  {
    ntpSeconds: uint32,
    ntpFraction: uint32,
    timestamp: uint32,
    packets: uint32,
    octets: uint32,
  },
  { noNullPrototype: true },
);

describe('RTCP packets', () => {
  it('are read as they were written: SR or RR, then the CNAME, then BYE', () => {
    const own = fc.record({
      ssrc: uint32,
      sender: fc.option(sender),
      block: fc.option(block),
      cname: fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
      isLast: fc.boolean(),
    });
    fc.assert(
      fc.property(own, (report) => {
        const packet = writeRtcp(report);
        assert.deepEqual(readRtcp(packet), {
          ssrc: report.ssrc,
          sender: report.sender,
          blocks: report.block === null ? [] : [report.block],
          byes: report.isLast ? [report.ssrc] : [],
        });
        assert.ok(isRtcp(packet));
        // RFC 3550 6.1: the first is a report, and every compound packet has the CNAME.
        assert.equal(packet[1], report.sender === null ? 201 : 200);
        assert.ok(packet.includes(report.cname, 0, 'ascii'));
      }),
    );
  });

  it('are as RFC 3550 6.4 and 6.5 draw them', () => {
    const packet = writeRtcp({
      ssrc: 0x01020304,
      sender: { ntpSeconds: 1, ntpFraction: 0x8000_0000, timestamp: 160, packets: 2, octets: 320 },
      block: { ssrc: 5, fractionLost: 64, lost: -1, highest: 0x1_0002, jitter: 7, lastReport: 8, delay: 9 },
      cname: 'abc',
      isLast: true,
    });
    const expected = [
      '81c8000c 01020304 00000001 80000000 000000a0 00000002 00000140',
      '00000005 40ffffff 00010002 00000007 00000008 00000009',
      '81ca0003 01020304 01036162 63000000',
      '81cb0001 01020304',
    ].join('');
    assert.equal(packet.toString('hex'), expected.replaceAll(' ', ''));
  });

  it('are refused where they are cut, too long, of another version, or begin with no report', () => {
    const whole = writeRtcp({ ssrc: 1, sender: null, block: null, cname: 'abc', isLast: true });
    assert.ok(readRtcp(whole));
    for (let length = 0; length < whole.length; length += 1) {
      const cut = readRtcp(whole.subarray(0, length));
      assert.ok(cut === null || (length % 4 === 0 && length >= 8), `${length} bytes`);
    }
    for (const [at, value] of [
      [0, 0x40],
      [0, 0xa0],
      [0, 0x81],
      [1, 202],
      [3, 200],
      [8, 0x00],
    ] as const) {
      const spoilt = Buffer.from(whole);
      spoilt[at] = value;
      assert.equal(readRtcp(spoilt), null, `${value} at ${at}`);
    }
    assert.equal(readRtcp(Buffer.concat([whole, Buffer.alloc(1600)])), null);
  });

  it('may hold what we do not know', () => {
    const report = writeRtcp({ ssrc: 1, sender: null, block: null, cname: '', isLast: false });
    const application = Buffer.from('80cc000200000001414243440000', 'hex').subarray(0, 12);
    assert.deepEqual(readRtcp(Buffer.concat([report, application]))?.ssrc, 1);
  });
});

describe('What is received of a stream', () => {
  /** 20 ms packets, as their sequence numbers say. */
  function receive(
    reception: Reception,
    sequences: readonly number[],
    late: (sequence: number) => number = () => 0,
  ): void {
    for (const sequence of sequences) {
      const header = { ...emptyRtpHeader(), ssrc: 9, sequence: sequence & 0xffff, timestamp: (sequence * 160) >>> 0 };
      reception.receive(header, 1000 + sequence * 20 + late(sequence), true);
    }
  }
  const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

  it('is complete where all came, also in another order and over the wrap', () => {
    const reception = new Reception();
    receive(reception, [65_530, 65_532, 65_531, ...from(65_533, 20)]);
    const { highest, lost, fractionLost } = reception.report()!;
    assert.deepEqual([highest, lost, fractionLost], [65_552, 0, 0]);
    assert.deepEqual([reception.received, reception.lost], [23, 0]);
  });

  it('is counted as lost since the report before, and altogether', () => {
    const reception = new Reception();
    receive(reception, [...from(0, 10), ...from(20, 10)]);
    let report = reception.report()!;
    assert.deepEqual([report.lost, report.fractionLost], [10, Math.floor((10 * 256) / 30)]);
    receive(reception, from(30, 10));
    report = reception.report()!;
    assert.deepEqual([report.lost, report.fractionLost], [10, 0]);
    receive(reception, [39, 39, 39]);
    report = reception.report()!;
    assert.deepEqual([report.lost, report.fractionLost], [7, 0], 'duplicates make up for it (RFC 3550 6.4.1)');
  });

  it('begins anew with another source or a jump that is confirmed, and what was counted stays', () => {
    const reception = new Reception();
    receive(reception, [...from(100, 5), ...from(110, 5)]);
    receive(reception, from(40_000, 5));
    assert.deepEqual([reception.received, reception.lost], [14, 5]);
    assert.equal(reception.report()!.highest, 40_004);
    reception.receive({ ...emptyRtpHeader(), ssrc: 10, sequence: 7 }, 0, true);
    assert.deepEqual([reception.ssrc, reception.received, reception.lost], [10, 15, 5]);
  });

  it('has the jitter of RFC 3550 A.8', () => {
    const [even, uneven] = [new Reception(), new Reception()];
    receive(even, from(0, 200));
    assert.deepEqual(even.jitterMs, { now: 0, max: 0 });
    receive(uneven, from(0, 200), (sequence) => (sequence % 2) * 8);
    assert.ok(Math.abs(uneven.jitterMs.now - 8) < 0.1, `${uneven.jitterMs.now}`);
    assert.ok(Math.abs(uneven.report()!.jitter - 64) <= 1);
  });

  it('has no jitter of keys, whose packets share one timestamp', () => {
    const reception = new Reception();
    for (let packet = 0; packet < 50; packet += 1)
      reception.receive({ ...emptyRtpHeader(), ssrc: 9, sequence: packet, timestamp: 160 }, packet * 20, false);
    assert.deepEqual(reception.jitterMs, { now: 0, max: 0 });
  });
});

describe('RTCP reports', () => {
  function session(random = () => 0.5) {
    const time = new ManualTime();
    const reception = new Reception();
    const stream = { ssrc: 77, packets: 0, octets: 0, timestampNow: () => 4242 };
    const sent: { atMs: number; packet: Buffer }[] = [];
    const send = (packet: Buffer) => void sent.push({ atMs: time.nowMs(), packet });
    const reports = new RtcpSession({ time, random, reception, stream, send });
    return { time, reception, stream, sent, reports, last: () => readRtcp(sent.at(-1)!.packet)! };
  }

  it('come each five seconds, between half and one and a half of it by chance, the first in half the time', () => {
    const state = { members: 2, averageBytes: 120, isFirst: false };
    assert.ok(Math.abs(reportIntervalMs(state, 0.5) - 5000 / (Math.E - 1.5)) < 1e-6);
    assert.ok(Math.abs(reportIntervalMs({ ...state, isFirst: true }, 0) - 1250 / (Math.E - 1.5)) < 1e-6);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (numbers) => {
        const { time, sent, reports } = session(() => numbers.next().value!);
        reports.start(false);
        time.advance(60_000);
        reports.close();
        // The last one is the BYE.
        const gaps = sent.slice(1, -1).map(({ atMs }, index) => atMs - sent[index]!.atMs);
        for (const gap of gaps)
          assert.ok(gap >= 2500 / (Math.E - 1.5) - 1 && gap <= 7500 / (Math.E - 1.5) + 1, `${gap}`);
        assert.ok(sent.length >= 9);
      }),
      { numRuns: 50 },
    );
  });

  it('are SRs while we send, RRs else, and say what was received', () => {
    const { time, reception, stream, reports, last } = session();
    reports.start(false);
    time.advance(10_000);
    assert.deepEqual([last().ssrc, last().sender, last().blocks], [77, null, []]);
    stream.packets = 10;
    stream.octets = 1600;
    for (const sequence of [1, 2, 4]) reception.receive({ ...emptyRtpHeader(), ssrc: 5, sequence }, 0, true);
    time.advance(6_000);
    assert.deepEqual([last().sender?.packets, last().sender?.octets, last().sender?.timestamp], [10, 1600, 4242]);
    assert.deepEqual([last().blocks[0]?.ssrc, last().blocks[0]?.lost], [5, 1]);
    time.advance(20_000);
    assert.equal(last().sender, null, 'nothing was sent for two intervals');
  });

  it('give the round trip: what is away from our SR to the report of it, without the time at the peer', () => {
    const { time, stream, sent, reports } = session();
    stream.packets = 1;
    reports.start(false);
    time.advance(6_000);
    const { ntpSeconds, ntpFraction } = readRtcp(sent.at(-1)!.packet)!.sender!;
    const elapsed = time.nowMs() - sent.at(-1)!.atMs;
    const lastReport = ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
    time.advance(1_000);
    const delay = Math.round(((elapsed + 1_000 - 80) * 65_536) / 1000);
    const about = { ssrc: 77, fractionLost: 0, lost: 3, highest: 9, jitter: 80, lastReport, delay };
    assert.ok(reports.receive(writeRtcp({ ssrc: 5, sender: null, block: about, cname: 'x', isLast: false })));
    const { roundTripMs, peerLost, peerJitterMs } = reports.findings;
    assert.ok(Math.abs(roundTripMs! - 80) < 1, `${roundTripMs}`);
    assert.deepEqual([peerLost, peerJitterMs], [3, 10]);
  });

  it('of a peer are answered with the instant of his last SR and the time since', () => {
    const { time, reception, reports, last } = session();
    reports.start(false);
    reception.receive({ ...emptyRtpHeader(), ssrc: 5, sequence: 1 }, 0, true);
    const his = { ntpSeconds: 0x1_2345, ntpFraction: 0x6789_abcd, timestamp: 0, packets: 1, octets: 1 };
    reports.receive(writeRtcp({ ssrc: 5, sender: his, block: null, cname: 'x', isLast: false }));
    const at = time.nowMs();
    time.advance(3_000);
    const [block] = last().blocks;
    assert.equal(block?.lastReport, 0x2345_6789);
    assert.ok(Math.abs(block.delay / 65.536 - (time.nowMs() - at)) < 3_000);
    assert.ok(block.delay > 0);
  });

  it('end with BYE, where anything was sent at all, and not after it', () => {
    const { time, stream, sent, reports, last } = session();
    reports.start(false);
    stream.packets = 5;
    reports.close();
    assert.deepEqual([sent.length, last().byes], [1, [77]]);
    time.advance(60_000);
    assert.equal(sent.length, 1);
    assert.equal(reports.receive(sent[0]!.packet), false);
    const silent = session();
    silent.reports.start(false);
    silent.reports.close();
    assert.deepEqual([silent.sent.length, silent.time.armed], [0, 0]);
  });

  it('are not sent to whom wants none (RFC 3556)', () => {
    const { time, stream, sent, reports } = session();
    stream.packets = 5;
    reports.start(true);
    time.advance(60_000);
    reports.close();
    assert.equal(sent.length, 0);
  });
});
