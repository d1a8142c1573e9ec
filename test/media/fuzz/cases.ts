/**
 * What strangers may send to the media: bytes and SDP, valid ones bent out of shape as well as nonsense. A case throws
 * where something breaks, takes too long or grows; the short form of all is in `make test`, `make fuzz` goes on for longer.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EmbeddedEndpoint } from '../../../lib/media/embedded/endpoint.ts';
import { readRtcp, writeRtcp } from '../../../lib/media/embedded/rtcp-packet.ts';
import { RtpFigures } from '../../../lib/media/embedded/rtp-figures.ts';
import { emptyRtpHeader, readRtp, writeRtpHeader } from '../../../lib/media/embedded/rtp-packet.ts';
import { RtpSession } from '../../../lib/media/embedded/rtp-session.ts';
import type { RtpSockets, RtpSocketsListener } from '../../../lib/media/embedded/rtp-sockets.ts';
import { Ticker } from '../../../lib/media/embedded/ticker.ts';
import { HEARD_SAMPLES, JitterBuffer } from '../../../lib/media/hearing/jitter-buffer.ts';
import { PromptLibrary } from '../../../lib/media/prompts/prompt-library.ts';
import { readDescription } from '../../../lib/media/sdp/remote-description.ts';
import { SdpSession } from '../../../lib/media/sdp/sdp-session.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { silentLog } from '../../support/silent-log.ts';

export interface FuzzCase {
  name: string;
  /** @param seed null: another one each time */
  check(runs: number, seed: number | null): { failed: boolean; report: string };
}

function caseOf<T extends [unknown, ...unknown[]]>(name: string, property: fc.IProperty<T>): FuzzCase {
  return {
    name,
    check: (numRuns, seed) => {
      const details = fc.check(property, { numRuns, ...(seed === null ? {} : { seed }) });
      return { failed: details.failed, report: fc.defaultReportMessage(details) ?? '' };
    },
  };
}

/** No packet or description may hold the process up for so long, on a busy machine either. */
const LONGEST_MS = 500;

const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffff_ffff);
const noise = fc.uint8Array({ maxLength: 1600, size: 'max' }).map((bytes) => Buffer.from(bytes));

const rtp = fc
  .record({
    payloadType: fc.constantFrom(0, 8, 101, 13, 127),
    marker: fc.boolean(),
    sequence: uint16,
    timestamp: uint32,
  })
  .chain((header) =>
    fc
      .record({
        ssrc: fc.oneof(fc.constantFrom(1, 2), uint32),
        length: fc.constantFrom(0, 1, 4, 5, 160, 161, 480, 1488),
      })
      .map(({ ssrc, length }) => {
        const packet = Buffer.alloc(12 + length, 0x55);
        writeRtpHeader(packet, 0, { ...header, ssrc });
        return packet;
      }),
  );
const rtcp = fc
  .record({
    ssrc: uint32,
    ntpSeconds: uint32,
    lost: fc.integer({ min: -8_388_608, max: 8_388_607 }),
    isLast: fc.boolean(),
  })
  .map(({ ssrc, ntpSeconds, lost, isLast }) =>
    writeRtcp({
      ssrc,
      sender: { ntpSeconds, ntpFraction: ssrc, timestamp: ssrc, packets: 1, octets: 1 },
      block: { ssrc: 7, fractionLost: 255, lost, highest: ssrc, jitter: ssrc, lastReport: ntpSeconds, delay: ssrc },
      cname: 'name',
      isLast,
    }),
  );

/** Well framed, whatever is in it: each packet is as long as it says, and its count may say more than it has. */
const framedRtcp = fc
  .array(
    fc.record({
      type: fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207),
      count: fc.nat(31),
      words: fc.array(uint32, { maxLength: 30 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((packets) => {
    const parts = packets.map(({ type, count, words }, index) => {
      const part = Buffer.alloc(4 + words.length * 4);
      part[0] = 0x80 | count;
      // Most would be refused for their first packet.
      part[1] = index === 0 ? 200 + (type & 1) : type;
      part.writeUInt16BE(words.length, 2);
      for (const [place, word] of words.entries()) part.writeUInt32BE(word, 4 + place * 4);
      return part;
    });
    return Buffer.concat(parts);
  });

/** A few bytes are others, and it may end early or go on too long. */
function bent(packets: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const changes = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 6 });
  return fc
    .tuple(packets, changes, fc.option(fc.nat(1600)), fc.uint8Array({ maxLength: 20 }))
    .map(([packet, bytes, length, tail]) => {
      const copy = Buffer.concat([packet, tail]);
      for (const [at, value] of bytes) if (at < copy.length) copy[at] = value;
      return copy.subarray(0, length ?? copy.length);
    });
}

const packet = fc.oneof(noise, rtp, bent(rtp), rtcp, bent(rtcp), framedRtcp);

const SDP_LINES = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  't=0 0',
  'c=IN IP4 192.0.2.1',
  'c=IN IP6 2001:db8::1',
  'c=IN IP4 0.0.0.0',
  'c=IN IP4 224.2.1.1/127',
  'c=IN IP4 phone.example',
  'm=audio 4000 RTP/AVP 8 0 101',
  'm=audio 4000/2 RTP/AVP 0',
  'm=audio 0 RTP/AVP 0',
  'm=audio 99999 RTP/AVP 0',
  'm=video 4002 RTP/AVP 96',
  'm=audio 4000 RTP/SAVPF 8',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=rtpmap:101 telephone-event/16000',
  'a=rtpmap:300 PCMU/8000/2',
  'a=fmtp:101 0-15',
  'a=sendonly',
  'a=inactive',
  'a=rtcp:4001',
  'a=rtcp:70000 IN IP4 1.2.3.4',
  'a=rtcp:9 IN IP4 ::1',
  'a=rtcp-mux',
  'a=rtcp-mux:1',
  'b=RS:0',
  'b=RR:0',
  'b=RR:-1',
  'b=',
  'a=',
  'm=',
  'c=',
  '=',
  '',
  'a=ptime:20',
  'a=candidate:1 1 UDP 1 10.0.0.1 1 typ host',
  `a=rtpmap:8 ${'P'.repeat(600)}`,
  'a=__proto__:1',
  'a=rtpmap:__proto__ x/1',
];
const VALID = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 8 0 101',
  'a=rtpmap:101 telephone-event/8000',
];
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SDP_LINES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const lines = fc.oneof(
  fc.array(line, { maxLength: 40 }),
  fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.array(line, { maxLength: 6 }))
    .map(([before, after]) => [...before, ...VALID, ...after]),
  fc
    .tuple(fc.constantFrom(...SDP_LINES), fc.integer({ min: 1, max: 800 }))
    .map(([one, count]) => [...VALID, ...new Array<string>(count).fill(one)]),
);
export const sdp = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(lines, fc.constantFrom('\r\n', '\n', '\r')).map(([all, end]) => all.join(end)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 3000, size: 'max' }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 40_000 }).map((length) => 'm=audio 1 RTP/AVP 8 '.repeat(1 + length / 20)),
  },
);

/** @returns what `run` returns, in time */
function inTime<T>(run: () => T): T {
  const startedAt = performance.now();
  const result = run();
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < LONGEST_MS, `took ${tookMs} ms`);
  return result;
}

const rtpCase = caseOf(
  'an RTP packet is read within itself, or refused',
  fc.property(packet, (bytes) => {
    const header = emptyRtpHeader();
    if (!inTime(() => readRtp(bytes, header))) return;
    assert.ok(
      header.payloadStart >= 12 && header.payloadStart < header.payloadEnd && header.payloadEnd <= bytes.length,
    );
    assert.ok(header.payloadType < 128);
  }),
);

const rtcpCase = caseOf(
  'an RTCP packet is read within itself, or refused',
  fc.property(
    fc.oneof(
      packet,
      fc.array(rtcp, { maxLength: 12 }).map((all) => Buffer.concat(all)),
    ),
    (bytes) => {
      const report = inTime(() => readRtcp(bytes));
      if (report === null) return;
      assert.ok(report.blocks.length <= bytes.length / 24 && report.byes.length <= bytes.length / 4);
      for (const block of report.blocks) for (const value of Object.values(block)) assert.ok(Number.isInteger(value));
    },
  ),
);

const sdpCase = caseOf(
  'an SDP is answered with one that is sound, or not at all',
  fc.property(fc.array(sdp, { minLength: 1, maxLength: 4 }), fc.boolean(), (texts, offers) => {
    const session = new SdpSession({
      endpointId: 'x',
      address: '192.0.2.9',
      port: 4000,
      direction: 'sendrecv',
      takesMux: true,
    });
    for (const text of texts) {
      if (offers) {
        session.offer([]);
        inTime(() => session.applyAnswer(text));
        continue;
      }
      const answer = inTime(() => session.answer(text, []));
      if (answer === null) continue;
      const read = readDescription(answer);
      const offer = readDescription(text);
      assert.ok(read !== null && answer.length < 20_000, answer);
      assert.equal(read.media.length, offer?.media.length, 'as many lines as the offer (RFC 3264 6)');
      const taken = read.media.filter(({ port }) => port !== 0);
      assert.equal(taken.length, 1);
      assert.ok(taken[0]!.formats.some(({ kind }) => kind !== 'event'));
    }
  }),
);

const jitterCase = caseOf(
  'the jitter buffer gives a frame whenever it is asked',
  fc.property(
    fc.array(
      fc.record({
        ssrc: fc.nat(2),
        sequence: uint16,
        timestamp: uint32,
        marker: fc.boolean(),
        length: fc.nat(1488),
        takes: fc.nat(3),
      }),
      { maxLength: 60 },
    ),
    (packets) => {
      const buffer = new JitterBuffer();
      for (const { length, takes, ...header } of packets) {
        inTime(() => buffer.push(header, new Int16Array(length).fill(1)));
        for (let take = 0; take < takes; take += 1) assert.equal(buffer.take().length, HEARD_SAMPLES);
      }
      // However far ahead what came was: soon nothing waits any more.
      for (let take = 0; take < 200; take += 1) buffer.take();
      assert.equal(buffer.isBehind, false);
      assert.ok(buffer.take().every((sample) => sample === 0));
    },
  ),
);

type Happening =
  | { type: 'packet' | 'control'; bytes: Buffer; address: string; port: number }
  | { type: 'offer' | 'otherOffer' | 'answer'; text: string }
  | { type: 'play' | 'key' | 'bridge' | 'hear' | 'wait' };

const source = {
  address: fc.constantFrom('192.0.2.1', '198.51.100.7', '203.0.113.66'),
  port: fc.constantFrom(4000, 4001, 6000),
};
const offer = fc.constantFrom('offer' as const, 'otherOffer' as const);
/** What most phones say: keys or none, reports apart or not. */
const usual = fc
  .subarray(['a=rtpmap:101 telephone-event/8000', 'a=rtcp-mux', 'a=recvonly'])
  .map((more) => [...VALID.slice(0, 6), ...more, ''].join('\r\n'));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ type: fc.constantFrom('packet' as const, 'control' as const), bytes: packet, ...source }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('offer' as const, 'otherOffer' as const, 'answer' as const),
      text: sdp,
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: offer, text: usual }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('play' as const, 'key' as const, 'bridge' as const, 'hear' as const, 'wait' as const),
    }),
  },
);

/** A call that is up, bridged or not, and what comes then. */
const happenings = fc
  .tuple(usual, usual, fc.boolean(), fc.array(happening, { maxLength: 80 }))
  .map(([text, otherText, isBridged, after]): Happening[] => [
    { type: 'offer', text },
    { type: 'otherOffer', text: otherText },
    { type: isBridged ? 'bridge' : 'wait' },
    ...after,
  ]);

/** An endpoint on sockets that only this test has. */
function anEndpoint(time: ManualTime, ticker: Ticker) {
  let listener: RtpSocketsListener | null = null;
  const sockets = {
    listen: (given: RtpSocketsListener) => {
      listener = given;
    },
    send: (bytes: Buffer) => assert.ok(readRtp(bytes, emptyRtpHeader()) || readRtcp(bytes) !== null),
    sendControl: (bytes: Buffer) => assert.ok(readRtcp(bytes) !== null),
    close: () => {},
  } as unknown as RtpSockets;
  const rtp = new RtpSession({
    ...{ sockets, ticker, time, figures: RtpFigures.begin(), sipAddress: null },
    digit: (digit) => assert.match(digit, /^[0-9A-D*#]$/),
    warn() {},
  });
  const endpoint = new EmbeddedEndpoint(
    { endpointId: 'x', address: '192.0.2.9', like: null },
    { dead() {} },
    { rtp, port: 4000, time, prompts: new PromptLibrary([], silentLog()), log: silentLog(), closed() {} },
  );
  return { endpoint, socket: listener! as RtpSocketsListener };
}

const endpointCase = caseOf(
  'an endpoint lives through whatever comes, and sends sound packets alone',
  fc.property(happenings, (all) => {
    const time = new ManualTime();
    const ticker = new Ticker(time);
    const [one, other] = [anEndpoint(time, ticker), anEndpoint(time, ticker)];
    for (const happens of all) {
      inTime(() => perform(happens, one, other, time));
    }
    one.endpoint.close();
    other.endpoint.close();
    time.advance(60_000);
    assert.deepEqual([ticker.size, time.armed], [0, 0], 'nothing goes on');
  }),
);

type Rig = ReturnType<typeof anEndpoint>;

function perform(happens: Happening, { endpoint, socket }: Rig, other: Rig, time: ManualTime): void {
  switch (happens.type) {
    case 'packet':
      // Sockets give each packet a buffer of its own, and the relay writes into it.
      socket.packet(Buffer.from(happens.bytes), happens.address, happens.port);
      break;
    case 'control':
      socket.control(Buffer.from(happens.bytes), happens.address, happens.port);
      break;
    case 'offer':
      endpoint.answer(happens.text);
      break;
    case 'otherOffer':
      other.endpoint.answer(happens.text);
      break;
    case 'answer':
      endpoint.offer();
      endpoint.applyAnswer(happens.text);
      break;
    case 'play':
      void endpoint.play('tone:beep');
      break;
    case 'key':
      endpoint.sendDigit('5');
      break;
    case 'bridge':
      endpoint.join(other.endpoint);
      break;
    case 'hear':
      endpoint.hear((frame) => assert.equal(frame.length, HEARD_SAMPLES));
      break;
    default:
      time.advance(7_000);
  }
}

export const FUZZ_CASES: readonly FuzzCase[] = [rtpCase, rtcpCase, sdpCase, jitterCase, endpointCase];
