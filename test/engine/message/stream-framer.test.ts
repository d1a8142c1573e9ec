import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type FramerEvent, StreamFramer } from '../../../lib/engine/message/stream-framer.ts';
import { sampleInvite, sampleRequest } from './sample.ts';

function feedAll(chunks: Buffer[]): FramerEvent[] {
  const framer = new StreamFramer();
  return chunks.flatMap((chunk) => framer.feed(chunk));
}

/** What came, in short: the Call-IDs, pings and errors. */
function summary(events: FramerEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'ping') return 'ping';
    if (event.type === 'fatal') return `fatal ${event.result.status ?? 'dropped'}`;
    return event.result.ok ? event.result.message.callId : `refused ${event.result.reason}`;
  });
}

function request(callId: string, body = ''): Buffer {
  return Buffer.concat([
    sampleRequest({ 'Call-ID': callId, 'Content-Length': String(Buffer.byteLength(body)) }),
    Buffer.from(body),
  ]);
}

const stream = Buffer.concat([request('a', 'bödy\r\n\r\n'), request('b'), Buffer.from('\r\n\r\n'), request('c', 'x')]);

describe('the stream framer', () => {
  it('gives the same messages wherever the stream is split in two', () => {
    const bodies = new Set<string>();
    for (let at = 0; at <= stream.length; at++) {
      const events = feedAll([stream.subarray(0, at), stream.subarray(at)]);
      assert.deepEqual(summary(events), ['a', 'b', 'ping', 'c'], `split at ${at}`);
      const first = events[0];
      if (first?.type === 'message' && first.result.ok) bodies.add(first.result.message.body.toString());
    }
    assert.deepEqual([...bodies], ['bödy\r\n\r\n']);
  });

  it('gives the same messages byte by byte, and however else the stream is cut', () => {
    assert.deepEqual(summary(feedAll([...stream].map((byte) => Buffer.from([byte])))), ['a', 'b', 'ping', 'c']);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sizes) => {
        const chunks: Buffer[] = [];
        for (let at = 0, n = 0; at < stream.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(summary(feedAll(chunks)), ['a', 'b', 'ping', 'c']);
      }),
      { interruptAfterTimeLimit: 300 },
    );
  });

  it('keeps messages whole when the room that they were put together in is used again', () => {
    const framer = new StreamFramer();
    const first = framer.feed(stream.subarray(0, 5)).concat(framer.feed(stream.subarray(5)));
    framer.feed(Buffer.alloc(4_000, 'INVITE '));
    const event = first[0];
    assert.ok(event?.type === 'message' && event.result.ok);
    assert.equal(event.result.message.body.toString(), 'bödy\r\n\r\n');
  });

  it('tells of one ping per piece, and takes a single CRLF for a pong', () => {
    assert.deepEqual(summary(feedAll([Buffer.from('\r\n\r\n')])), ['ping']);
    assert.deepEqual(summary(feedAll([Buffer.from('\r\n\r'), Buffer.from('\n')])), ['ping']);
    assert.deepEqual(summary(feedAll([Buffer.from('\r\n'), request('a'), Buffer.from('\r\n'), request('b')])), [
      'a',
      'b',
    ]);
    assert.deepEqual(summary(feedAll([Buffer.from('\r\n'.repeat(30_000))])), ['ping']);
  });

  it('goes on behind a message that is refused but has its length', () => {
    const bad = sampleRequest({ CSeq: 'none' });
    const events = feedAll([Buffer.concat([bad, request('b')])]);
    assert.deepEqual(summary(events), ['refused CSeq is no number and method, or too large', 'b']);
  });

  it('reads the length from a folded or compact line', () => {
    const text = sampleRequest().toString();
    assert.deepEqual(
      summary(feedAll([Buffer.from(`${text.replace('Content-Length: 0', 'l :\r\n  3')}abc`), request('b')])),
      ['one@example.com', 'b'],
    );
  });

  it('gives up where the stream cannot be read any more, with what can be answered', () => {
    const cases: Array<[string, Buffer, string, boolean]> = [
      ['no length', sampleRequest({ 'Content-Length': undefined }), 'fatal 400', true],
      ['no number', sampleRequest({ 'Content-Length': '-1' }), 'fatal 400', true],
      ['two lengths', sampleRequest({ l: '0' }), 'fatal 400', true],
      ['too large', sampleRequest({ 'Content-Length': '65536' }), 'fatal 513', true],
      ['another protocol', Buffer.from('GET / HTTP/1.1\r\n'), 'fatal dropped', false],
      ['a line without end', Buffer.alloc(9_000, 'x'), 'fatal dropped', false],
      ['TLS', Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1]), Buffer.alloc(9_000, 1)]), 'fatal dropped', false],
    ];
    for (const [what, bytes, expected, isAnswerable] of cases) {
      const events = feedAll([bytes, request('after')]);
      assert.deepEqual(summary(events), [expected], what);
      const fatal = events[0];
      assert.equal(fatal?.type === 'fatal' && fatal.result.message !== undefined, isAnswerable, what);
    }
  });

  it('holds no more than a message, and nothing once it is complete', () => {
    const framer = new StreamFramer();
    const bytes = sampleInvite();
    framer.feed(bytes.subarray(0, 1_000));
    assert.equal(framer.heldBytes, 1_000);
    framer.feed(bytes.subarray(1_000));
    assert.equal(framer.heldBytes, 0);
    const endless = new StreamFramer();
    const events = endless.feed(sampleRequest().subarray(0, -2));
    let most = 0;
    for (let n = 0; n < 40; n++) {
      events.push(...endless.feed(Buffer.from(`X-${n}: ${'x'.repeat(4_000)}\r\n`)));
      most = Math.max(most, endless.heldBytes);
    }
    assert.ok(most > 60_000 && most <= 70_000, `${most} bytes held`);
    assert.deepEqual(summary(events), ['fatal 513']);
    assert.equal(endless.heldBytes, 0);
  });

  it('takes linear time for a message that comes byte by byte', () => {
    const body = 'x'.repeat(60_000);
    const bytes = request('slow', body);
    const startedAt = process.cpuUsage();
    const framer = new StreamFramer();
    let count = 0;
    for (let at = 0; at < bytes.length; at++) count += framer.feed(bytes.subarray(at, at + 1)).length;
    const { user, system } = process.cpuUsage(startedAt);
    assert.equal(count, 1);
    assert.ok((user + system) / 1000 < 300, `${(user + system) / 1000} ms`);
  });
});
