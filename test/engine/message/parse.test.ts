import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseMessage } from '../../../lib/engine/message/parse.ts';
import { StreamFramer } from '../../../lib/engine/message/stream-framer.ts';
import { sampleInvite, sampleRequest } from './sample.ts';

/** CPU milliseconds of one call. */
function cpuMs(call: () => void): number {
  const before = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Reads everything that is read lazily. */
function readAll(bytes: Buffer): void {
  const { message } = parseMessage(bytes);
  if (message === undefined) return;
  for (const name of message.headerNames()) message.getAll(name);
  for (const name of ['via', 'to', 'contact', 'route']) message.removeFirst(name);
  assert.ok([message.topVia, message.from, message.to, message.cseq, message.fromTag, message.method].length === 6);
  message.toBuffer();
}

/** Bytes that resemble SIP: pieces of a real message, shuffled, cut and dirtied. */
const sipLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'INVITE sip:a@b SIP/2.0\r\n',
        'SIP/2.0 200 OK\r\n',
        '\r\n',
        '\n',
        ' ',
        ',',
        ';',
        '"',
        '<',
        '>',
        '\\',
        ':',
        '=',
      ),
      fc.constantFrom(
        ...sampleInvite()
          .toString()
          .split(/(?<=\r\n)/),
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => Buffer.from(pieces.join(''), 'utf8'));

/** A real message with some bytes replaced. */
const damaged = fc.array(fc.tuple(fc.nat(sampleInvite().length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
  const bytes = sampleInvite();
  for (const [at, value] of changes) bytes[at] = value;
  return bytes;
});

describe('parsing', () => {
  it('never throws, and what it read and wrote it reads and writes the same again', () => {
    let readable = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          sipLike,
          damaged,
          fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
        ),
        (bytes) => {
          readAll(bytes);
          const { message } = parseMessage(bytes, { isFragment: true });
          if (message === undefined) return;
          readable++;
          const once = message.toBuffer();
          const again = parseMessage(once, { isFragment: true });
          assert.ok(again.message !== undefined, once.toString());
          assert.deepEqual(again.message.toBuffer(), once);
        },
      ),
      { numRuns: 20_000, interruptAfterTimeLimit: 1_500 },
    );
    assert.ok(readable > 20, `only ${readable} were readable`);
  });

  it('keeps the body’s bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
        const body = Buffer.from(array);
        const bytes = Buffer.concat([sampleRequest({ 'Content-Length': String(body.length) }), body]);
        const result = parseMessage(bytes);
        assert.ok(result.ok);
        assert.deepEqual(result.message.body, body);
        assert.deepEqual(result.message.toBuffer(), bytes);
      }),
      { interruptAfterTimeLimit: 300 },
    );
  });

  it('refuses what goes beyond the limits, and still gives what can be answered', () => {
    const tooMany = Buffer.from(
      sampleRequest()
        .toString()
        .replace('Content', `${'X: y\r\n'.repeat(300)}Content`),
    );
    const tooLong = sampleRequest({ 'X-Long': 'x'.repeat(9_000) });
    const tooLarge = Buffer.concat([sampleRequest({ 'Content-Length': '70000' }), Buffer.alloc(70_000)]);
    const cases: Array<[Buffer, number, RegExp]> = [
      [tooMany, 400, /256 header lines/],
      [tooLong, 400, /8192 bytes/],
      [tooLarge, 513, /65536 bytes/],
    ];
    for (const [bytes, status, reason] of cases) {
      const result = parseMessage(bytes);
      assert.ok(!result.ok);
      assert.equal(result.status, status);
      assert.match(result.reason, reason);
      assert.equal(result.message?.callId, 'one@example.com');
    }
  });

  it('takes a Call-ID of the characters that RFC 3261 allows, and refuses any other', () => {
    const word = [...`azAZ09-.!%*_+\`'~()<>:\\"/[]?{}`];
    const others = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
      (char) => !/[a-zA-Z0-9@\r\n]/.test(char) && !word.includes(char),
    );
    assert.ok(parseMessage(sampleRequest({ 'Call-ID': `${word.join('')}@${word.join('')}` })).ok);
    for (const char of [...others, 'ü', '@@']) {
      const result = parseMessage(sampleRequest({ 'Call-ID': `a${char}b` }));
      assert.ok(!result.ok && result.status === 400, `Call-ID with ${JSON.stringify(char)}`);
    }
    for (const text of ['', '@', 'a@', '@b']) assert.ok(!parseMessage(sampleRequest({ 'Call-ID': text })).ok, text);
    const response = sampleRequest({ 'Call-ID': 'a|b' }).toString().replace(/^.*/, 'SIP/2.0 200 OK');
    const result = parseMessage(Buffer.from(response));
    assert.deepEqual([result.ok, result.message], [false, undefined], 'a response is dropped');
  });

  it('takes the tags that phones write, and refuses one that would break a line of tokens', () => {
    const withTag = (name: string, tag: string) => parseMessage(sampleRequest({ [name]: `<sip:a@b>;tag=${tag}` }));
    for (const name of ['From', 'To']) {
      for (const tag of ['abc', 'gK0a/b==', '1.2-3~4', '[2001:db8::1]', 'a$b&c']) assert.ok(withTag(name, tag).ok, tag);
      for (const tag of ['a|b', '"a b"', 'a b', 'a\\b', 'ü', 'a{b}', 'a,b']) {
        const result = withTag(name, tag);
        assert.ok(!result.ok && result.status === 400, `${name} tag ${tag}`);
      }
    }
  });

  it('has nothing to say about empty bytes and keep-alives', () => {
    for (const text of ['', '\r\n', '\r\n\r\n', '\0\0\0\0']) {
      const result = parseMessage(Buffer.from(text));
      assert.deepEqual([result.ok, result.message], [false, undefined]);
    }
  });

  it('takes the body of a fragment from the frame, not from Content-Length', () => {
    const result = parseMessage(Buffer.from('SIP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nabc'), { isFragment: true });
    assert.ok(result.ok);
    assert.equal(result.message.body.toString(), 'abc');
    assert.ok(parseMessage(Buffer.from('ACK sip:a SIP/2.0\r\nX: y'), { isFragment: true }).ok);
  });
});

describe('hostile messages', () => {
  const inHeader = (name: string, value: string) => sampleRequest({ [name]: value });
  const hostile: Array<[string, Buffer]> = [
    ['200,000 header lines', Buffer.from(`OPTIONS sip:a SIP/2.0\r\n${'a:b\r\n'.repeat(200_000)}\r\n`)],
    ['200,000 folds', Buffer.from(`OPTIONS sip:a SIP/2.0\r\na: b\r\n${' x\r\n'.repeat(200_000)}\r\n`)],
    ['60 KB of commas', inHeader('Via', ','.repeat(60_000))],
    ['8 KB of commas', inHeader('Contact', ','.repeat(8_000))],
    ['8 KB of semicolons', inHeader('To', `<sip:a@b>${';'.repeat(8_000)}`)],
    ['deep quotes', inHeader('From', `${'"\\"'.repeat(2_600)}`)],
    ['open quotes in a list', inHeader('Contact', '",'.repeat(4_000))],
    ['open brackets', inHeader('Route', '<'.repeat(8_000))],
    ['brackets and commas', inHeader('Via', 'SIP/2.0/UDP h;a=<,>,'.repeat(400))],
    ['spaces', inHeader('Subject', `${' '.repeat(4_000)}\r\n ${' '.repeat(4_000)}x`)],
    ['spaces in Via', inHeader('Via', `SIP/2.0/${' '.repeat(8_000)}UDP`)],
    ['a start line of spaces', Buffer.from(`OPTIONS${' '.repeat(60_000)}SIP/2.0\r\n\r\n`)],
    ['a URI of dots', Buffer.from(`OPTIONS sip:${'.'.repeat(8_000)} SIP/2.0\r\n\r\n`)],
    ['digits', inHeader('CSeq', '9'.repeat(8_000))],
    [
      '256 lines of 250 bytes',
      Buffer.from(`OPTIONS sip:a SIP/2.0\r\n${`Via: ${'SIP/2.0/UDP h;x,'.repeat(15)}\r\n`.repeat(255)}\r\n`),
    ],
  ];
  for (const [what, bytes] of hostile) {
    it(`${what}: read in bounded time, as a datagram and as a stream`, () => {
      const datagram = bytes.subarray(0, 65_507);
      readAll(datagram);
      const ms = Math.min(...[1, 2, 3].map(() => cpuMs(() => readAll(datagram))));
      assert.ok(ms < 30, `datagram: ${ms} ms`);
      const streamMs = Math.min(...[1, 2].map(() => cpuMs(() => void new StreamFramer().feed(bytes))));
      assert.ok(streamMs < 30, `stream: ${streamMs} ms`);
    });
  }
});
