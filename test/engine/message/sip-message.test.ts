import assert from 'node:assert/strict';
import { parseMessage } from '../../../lib/engine/message/parse.ts';
import { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import { sampleInvite, sampleRequest } from './sample.ts';

function parsed(bytes: Buffer): SipMessage {
  const result = parseMessage(bytes);
  assert.ok(result.ok);
  return result.message;
}

describe('a SIP message', () => {
  it('comes out byte for byte as it came', () => {
    const bytes = sampleInvite();
    assert.equal(bytes.length, 1079);
    assert.deepEqual(parsed(bytes).toBuffer(), bytes);
  });

  it('keeps the text of every header that nobody touched', () => {
    const odd = sampleRequest({ 'x-ODD': '  a,b ;  "c"  ', k: 'timer', 'X-Utf': 'ünï — 電' });
    const message = parsed(odd);
    message.prepend('Via', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2');
    message.set('CSeq', '2 OPTIONS');
    const text = message.toBuffer().toString();
    for (const line of ['x-ODD:   a,b ;  "c"  \r\n', '\r\nk: timer\r\n', '\r\nX-Utf: ünï — 電\r\n']) {
      assert.ok(text.includes(line), line);
    }
    assert.ok(
      text.startsWith('OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2\r\nVia: '),
    );
  });

  it('finds headers by any case and by their compact forms', () => {
    const message = parsed(sampleRequest({ 'Call-ID': undefined, i: 'compact', M: '<sip:a@b>' }));
    assert.equal(message.callId, 'compact');
    assert.equal(message.get('CONTACT'), '<sip:a@b>');
    assert.equal(message.get('m'), '<sip:a@b>');
    assert.ok(message.has('contact') && !message.has('x-none'));
    assert.ok(message.headerNames().includes('Contact') && message.headerNames().includes('Call-ID'));
  });

  it('counts Content-Length in bytes, whatever was written there', () => {
    const message = SipMessage.request('MESSAGE', 'sip:a@example.com');
    message.set('Content-Length', '3');
    message.body = Buffer.from('ünïcödé');
    assert.ok(
      message
        .toBuffer()
        .toString()
        .includes(`Content-Length: ${Buffer.byteLength('ünïcödé')}\r\n`),
    );
    assert.equal(message.get('l'), '11');
    assert.ok(SipMessage.response(200).toBuffer().toString().includes('\r\nContent-Length: 0\r\n\r\n'));
  });

  it('writes one Content-Length when a fragment brought two', () => {
    const fragment = Buffer.from('INFO sip:a SIP/2.0\r\nContent-Length: 9\r\nl: 1\r\n\r\nabc');
    const result = parseMessage(fragment, { isFragment: true });
    assert.ok(result.ok);
    assert.equal(result.message.toBuffer().toString(), 'INFO sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc');
  });

  it('splits lists at commas outside quotes and brackets, and never splits what is no list', () => {
    const message = SipMessage.request('OPTIONS', 'sip:a@b');
    message.append('Contact', '"a, \\"b, c" <sip:a,b@c>;q=1, <sip:d@e>');
    message.append('Contact', ' , <sip:f@g>,, ');
    message.set('Date', 'Sat, 13 Nov 2010 23:29:00 GMT');
    assert.deepEqual(message.getAll('contact'), ['"a, \\"b, c" <sip:a,b@c>;q=1', '<sip:d@e>', '<sip:f@g>']);
    assert.equal(message.lines('contact').length, 2);
    assert.deepEqual(message.getAll('date'), ['Sat, 13 Nov 2010 23:29:00 GMT']);
    assert.deepEqual(message.getAll('x-none'), []);
  });

  it('takes away and replaces list elements one by one', () => {
    const message = SipMessage.request('OPTIONS', 'sip:a@b');
    message.append('Route', '<sip:1;lr> , <sip:2;lr>,  <sip:3;lr>');
    message.append('Route', '<sip:4;lr>');
    assert.ok(message.replaceFirst('route', '<sip:one;lr>'));
    assert.deepEqual(message.lines('route'), ['<sip:one;lr>, <sip:2;lr>,  <sip:3;lr>', '<sip:4;lr>']);
    const seen: Array<string | undefined> = [];
    for (; message.has('route'); message.removeFirst('route')) seen.push(message.getFirst('route'));
    assert.deepEqual(seen, ['<sip:one;lr>', '<sip:2;lr>', '<sip:3;lr>', '<sip:4;lr>']);
    assert.equal(message.removeFirst('route'), false);
    assert.equal(message.replaceFirst('route', 'x'), false);
  });

  it('sets where the first line was, appends behind the last, prepends before the first', () => {
    const message = SipMessage.request('OPTIONS', 'sip:a@b');
    for (const [name, value] of [
      ['Via', 'v1'],
      ['From', 'f'],
      ['Via', 'v2'],
      ['To', 't'],
    ] as const)
      message.append(name, value);
    assert.deepEqual(message.headerNames(), ['Via', 'From', 'To']);
    message.append('X-A', '1');
    message.prepend('Via', 'v0');
    message.prepend('X-Top', 'top');
    message.set('Via', 'only');
    const text = message.toBuffer().toString();
    assert.ok(
      text.includes('SIP/2.0\r\nX-Top: top\r\nVia: only\r\nFrom: f\r\nTo: t\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n'),
    );
    message.remove('VIA');
    assert.equal(message.get('via'), undefined);
  });

  it('lets no value and no name smuggle a header in', () => {
    const message = SipMessage.response(200, 'OK\r\nX-Evil: 0');
    message.set('Subject', 'a\r\nX-Evil: 1\nX-Evil: 2\0');
    assert.equal(message.get('subject'), 'a X-Evil: 1 X-Evil: 2');
    assert.throws(() => message.set('X-Evil: 3\r\nX', 'v'), TypeError);
    assert.throws(() => message.append('', 'v'), TypeError);
    const request = SipMessage.request('INFO', 'sip:a@b\r\nX-Evil: 4');
    for (const each of [message, request]) assert.ok(!/^X-Evil/m.test(each.toBuffer().toString()));
  });

  it('gives its parts, and fresh ones after a change', () => {
    const message = parsed(sampleInvite());
    assert.deepEqual(message.cseq, { number: 314159, method: 'INVITE' });
    assert.equal(message.fromTag, '1928301774');
    assert.equal(message.toTag, undefined);
    assert.equal(message.topVia?.branch, 'z9hG4bK-524287-1---abcdef0123456789');
    assert.equal(message.topVia?.rport, true);
    message.set('To', `${message.get('to')};tag=new`);
    message.removeFirst('via');
    assert.equal(message.toTag, 'new');
    assert.equal(message.topVia?.received, '192.0.2.5');
    message.uri = 'sip:c@d';
    assert.ok(message.toBuffer().toString().startsWith('INVITE sip:c@d SIP/2.0\r\n'));
  });

  it('is a response with its usual phrase', () => {
    const message = SipMessage.response(486);
    message.set('CSeq', '7 INVITE');
    assert.deepEqual(
      [message.isRequest, message.status, message.reason, message.method, message.uri],
      [false, 486, 'Busy Here', 'INVITE', ''],
    );
    assert.equal(SipMessage.response(299).reason, 'OK');
    assert.equal(SipMessage.response(200, 'Fine').startLine, 'SIP/2.0 200 Fine');
    assert.throws(() => {
      message.uri = 'sip:x';
    }, TypeError);
  });

  it('gives clones that change on their own', () => {
    const original = parsed(sampleInvite());
    const copy = original.clone();
    copy.set('Call-ID', 'other');
    copy.remove('via');
    copy.uri = 'sip:x@y';
    copy.body = Buffer.from('x');
    assert.deepEqual(original.toBuffer(), sampleInvite());
    assert.equal(copy.callId, 'other');
  });

  it('does not take names of object members for headers', () => {
    const message = parsed(sampleRequest({ __proto__x: '1', constructor: 'a', toString: 'b' }));
    assert.equal(message.get('constructor'), 'a');
    assert.equal(message.get('tostring'), 'b');
    assert.equal(message.get('__proto__'), undefined);
    assert.equal(message.get('hasOwnProperty'), undefined);
  });
});
