import assert from 'node:assert/strict';
import { WireBook } from '../../lib/app/wire-book.ts';
import { MessageHead } from '../../lib/sip/message/message-head.ts';

const message = (legId: string, at: number) => ({
  legId,
  at,
  direction: 'sent' as const,
  summary: 'INVITE',
  peer: 'udp/192.0.2.1:5060',
  text: () => `INVITE ${at}`,
});

describe('the texts of SIP messages', () => {
  it('are kept leg by leg, those of the oldest leg making room', () => {
    const book = new WireBook(4);
    for (const at of [1, 2]) book.note(message('a', at));
    for (const at of [3, 4]) book.note(message('b', at));
    book.note(message('c', 5));
    assert.deepEqual(
      book.of('x', ['a', 'b', 'c']).map(({ legId, text }) => `${legId} ${text}`),
      ['b INVITE 3', 'b INVITE 4', 'c INVITE 5'],
    );
  });

  it('of the call that asked for a callback belong to it, beside those of the legs that it dialled', () => {
    const book = new WireBook(4);
    book.note(message('in', 1));
    book.belongsTo('in', 'callback');
    book.belongsTo('gone', 'callback');
    book.note(message('out', 2));
    book.note(message('in', 3));
    assert.deepEqual(
      book.of('callback', ['out']).map(({ text }) => text),
      ['INVITE 1', 'INVITE 2', 'INVITE 3'],
    );
    assert.deepEqual(book.of('another', []), []);
  });

  it('of calls that name somebody who is to be forgotten go; those of others, and of later calls, stay', async () => {
    const book = new WireBook(9);
    const naming = (legId: string, at: number, number: string) => ({
      ...message(legId, at),
      text: () => `INVITE sip:${number}@192.0.2.1 SIP/2.0`,
    });
    for (const [place, legId] of ['ana', 'bea', 'later'].entries())
      book.note(naming(legId, place, legId === 'bea' ? '5511988887777' : '48991996260'));
    book.note(message('ana', 9));
    book.belongsTo('ana', 'callback');
    await book.forget((digits) => digits.includes('48991996260'), 1);
    assert.deepEqual(book.of('callback', []), []);
    assert.deepEqual(
      book.of('x', ['ana', 'bea', 'later']).map(({ legId }) => legId),
      ['bea', 'later'],
    );
    for (const at of [10, 11, 12, 13, 14, 15, 16]) book.note(message('new', at));
    assert.equal(book.of('x', ['bea']).length, 1, 'there is room again');
  });

  it('of a leg that never ends are bounded, and push out nobody else', () => {
    const book = new WireBook();
    book.note(message('a', 0));
    for (let at = 1; at < 5_000; at += 1) book.note(message('long', at));
    assert.equal(book.of('x', ['long']).length, 200);
    assert.equal(book.of('x', ['a']).length, 1);
  });

  it('hold nothing by which a password could be guessed', () => {
    const head = new MessageHead(
      [
        'INVITE sip:200@192.0.2.1 SIP/2.0',
        'From: "<b>Ana</b>" <sip:ana@192.0.2.2>;tag=1',
        'Authorization: Digest username="200", realm="here", nonce="n0nce", uri="sip:x", response="5ecret", cnonce=cl1ent',
        'Proxy-Authorization: Basic c2VjcmV0',
        'CSeq: 1 INVITE',
        '',
        'body',
      ].join('\r\n'),
    );
    const text = head.text();
    assert.doesNotMatch(text, /5ecret|n0nce|cl1ent|c2VjcmV0|body/);
    assert.match(text, /^INVITE sip:200@192\.0\.2\.1 SIP\/2\.0\nFrom: "<b>Ana<\/b>"/);
    assert.match(text, /\nAuthorization: Digest username="200", realm="here"/);
    assert.match(text, /\nCSeq: 1 INVITE$/m);
  });
});
