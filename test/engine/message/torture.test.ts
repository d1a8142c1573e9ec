import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parseNameAddr } from '../../../lib/engine/message/name-addr.ts';
import { parseMessage } from '../../../lib/engine/message/parse.ts';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import { parseUri } from '../../../lib/engine/message/uri.ts';
import { parseVia } from '../../../lib/engine/message/via.ts';

const folder = new URL('./torture/', import.meta.url);
const covered = new Set<string>();

function load(name: string): Buffer {
  covered.add(`${name}.dat`);
  return readFileSync(new URL(`${name}.dat`, folder));
}

function read(name: string): SipMessage {
  const result = parseMessage(load(name));
  assert.ok(result.ok, `${name}: ${result.ok ? '' : result.reason}`);
  return result.message;
}

/** What must follow from a message that is refused; `dropped`: nobody can be told. */
function refusal(name: string): { status: number | 'dropped'; isAnswerable: boolean } {
  const result = parseMessage(load(name));
  assert.ok(!result.ok, `${name} was taken`);
  return { status: result.status ?? 'dropped', isAnswerable: result.message !== undefined };
}

describe('torture messages that are valid (RFC 4475 3.1.1)', () => {
  it('reads white space, folds, compact forms and odd cases as what they mean', () => {
    const message = read('wsinv');
    assert.equal(message.get('to'), 'sip:bob@callback.example.com ;   tag    = 77188312n');
    assert.equal(message.toTag, '77188312n');
    assert.equal(message.from?.displayName, 'A "quoted" name \\"');
    assert.equal(message.fromTag, '4418');
    assert.equal(message.get('Max-Forwards'), '0042');
    assert.deepEqual(message.cseq, { number: 17, method: 'INVITE' });
    assert.equal(message.get('subject'), '');
    assert.equal(message.get('newfangledheader'), "a newfangled value which goes on over the line's end");
    assert.deepEqual(
      message.getAll('via').map((element) => parseVia(element)?.transport),
      ['UDP', 'TCP', 'UDP'],
    );
    assert.equal(parseVia(message.getAll('via')[1] ?? '')?.branch, 'z9hG4bK7ikj8');
    assert.equal(parseVia(message.getAll('via')[2] ?? '')?.branch, 'z9hG4bK40239');
    assert.deepEqual(message.topVia?.host, '192.0.2.7');
    const contact = parseNameAddr(message.get('contact') ?? '');
    assert.equal(contact?.displayName, 'A display name ""');
    assert.deepEqual(
      [...(contact?.params ?? [])],
      [
        ['newparam', 'newvalue'],
        ['secondparam', true],
        ['q', '0.41'],
      ],
    );
    assert.ok(message.body.toString().startsWith('v=0'));
  });

  it('reads every character that the grammar allows', () => {
    const message = read('intmeth');
    assert.equal(message.method, "!odd-Method0123456789_*+`.%indeed'~");
    assert.equal(message.cseq?.number, 139122385);
    assert.equal(message.to?.displayName, 'BEL:\x07 NUL:\0 DEL:\x7f');
    assert.equal(message.fromTag, "_tok~1'+`*%!-.");
    assert.equal(message.from?.params.get("fromparam''~+*_!.-%"), '"работающий"');
    assert.equal(message.callId, 'odd.%ZE-!.*_+\'@word`~)(><:\\/"][?}{');
    assert.equal(message.get("extensionHeader-!.%*+_`'~"), '\ufeff大停電'.trim());
    assert.equal(parseUri(message.uri)?.host, 'example.com');
  });

  it('leaves escapes alone', () => {
    const message = read('esc01');
    assert.equal(parseUri(message.uri)?.user, 'sips%3Abob%40example.com');
    assert.equal(parseUri(message.uri)?.host, 'example.net');
    assert.deepEqual(
      read('escnull')
        .getAll('contact')
        .map((value) => parseUri(parseNameAddr(value)?.uri ?? '')?.user),
      ['%00', '%00%00'],
    );
    const odd = read('esc02');
    assert.equal(odd.method, 'RE%47IST%45R');
    assert.deepEqual(odd.getAll('contact'), ['<sip:alias1@host1.example.com>']);
    assert.equal(odd.get('C%6Fntact'), '<sip:alias2@host2.example.com>');
    assert.equal(odd.to?.displayName, '%Z%45');
  });

  it('reads a display name right before its bracket, and a semicolon in the user part', () => {
    assert.deepEqual([read('lwsdisp').from?.displayName, read('lwsdisp').fromTag], ['caller', '323']);
    const message = read('semiuri');
    assert.equal(parseUri(message.uri)?.user, 'user;par=u%40example.net');
    assert.equal(parseUri(message.uri)?.params.size, 0);
    assert.equal(message.toTag, undefined);
  });

  it('reads long values', () => {
    const message = read('longreq');
    assert.equal(message.getAll('via').length, 34);
    assert.ok((message.to?.displayName?.length ?? 0) > 500);
    assert.equal(parseUri(message.to?.uri ?? '')?.port, 6000);
    assert.ok(message.callId.endsWith('longcallid'));
  });

  it('cuts off what follows a datagram’s message', () => {
    const message = read('dblreq');
    assert.equal(message.method, 'REGISTER');
    assert.equal(message.body.length, 0);
  });

  it('reads Via of any transport, and a body of any bytes', () => {
    const transports = read('transports')
      .getAll('via')
      .map((value) => parseVia(value)?.transport);
    assert.deepEqual(transports, ['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP']);
    const body = read('mpart01').body;
    assert.ok(body.includes(Buffer.from(Array.from({ length: 256 }, (_, n) => n))));
  });

  it('reads reason phrases: UTF-8, empty, left out', () => {
    assert.ok(read('unreason').reason.endsWith('простое'));
    assert.deepEqual([read('noreason').status, read('noreason').reason], [100, '']);
    assert.deepEqual([read('noreason-nospace').status, read('noreason-nospace').reason], [180, '']);
  });
});

describe('torture messages that are refused (RFC 4475 3.1.2)', () => {
  const answered = (status: number) => ({ status, isAnswerable: true });
  const unanswerable = (status: number) => ({ status, isAnswerable: false });
  const dropped = { status: 'dropped', isAnswerable: false };
  const cases: Array<[file: string, what: string, follows: object]> = [
    ['badinv01', 'Via elements that are none', answered(400)],
    ['clerr', 'Content-Length beyond the datagram', answered(400)],
    ['ncl', 'negative Content-Length', answered(400)],
    ['scalar02', 'CSeq beyond 2^31', answered(400)],
    ['scalar-hops', 'Max-Forwards beyond 255', answered(400)],
    ['scalarlg', 'a response with an overlarge CSeq', dropped],
    ['quotbal', 'a quote that is not closed', answered(400)],
    ['ltgtruri', 'Request-URI in brackets', answered(400)],
    ['lwsruri', 'white space in the Request-URI', answered(400)],
    ['lwsstart', 'two spaces in the request line', answered(400)],
    ['trws', 'spaces behind the request line', answered(400)],
    ['badvers', 'SIP 7.0 with a Via of SIP 7.0', unanswerable(505)],
    ['badvers-goodvia', 'SIP 7.0', answered(505)],
    ['mismatch01', 'CSeq of another method', answered(400)],
    ['mismatch02', 'CSeq of another method, unknown method', answered(400)],
    ['bigcode', 'a status of ten digits', dropped],
    ['insuf', 'no From, To and Call-ID', unanswerable(400)],
    ['multi01', 'two of what may stand once', answered(400)],
    ['mcl01', 'two Content-Lengths', answered(400)],
    ['v6-bad-via', 'IPv6 Via without its closing bracket', unanswerable(400)],
    ['bad-port-via', 'Via port beyond 65535', unanswerable(400)],
    ['bad-callid', 'Call-ID of two words', answered(400)],
    ['bare-cr', 'a CR alone, which some take for a line end', answered(400)],
    ['raw-nul', 'a NUL', answered(400)],
    ['no-blank-line', 'headers without their end', answered(400)],
    ['no-colon', 'a line without a colon', answered(400)],
    ['bad-name', 'a header name with a space', answered(400)],
    ['http', 'another protocol', dropped],
  ];
  for (const [file, what, follows] of cases) {
    it(`${file}: ${what}`, () => assert.deepEqual(refusal(file), follows));
  }
});

describe('torture messages that others have to judge (RFC 4475 3.2 to 3.4)', () => {
  it('passes them up as they are', () => {
    assert.equal(read('badbranch').topVia?.branch, 'z9hG4bK');
    assert.equal(read('unkscm').uri, 'nobodyKnowsThisScheme:totallyopaquecontent');
    assert.equal(read('novelsc').uri, 'soap.beep://192.0.2.103:3002');
    assert.equal(read('unksm2').to?.uri, 'isbn:2983792873');
    assert.deepEqual(read('bext01').getAll('require'), ['nothingSupportsThis', 'nothingSupportsThisEither']);
    assert.equal(read('invut').body.length, 40);
    assert.equal(read('regaut01').getAll('authorization').length, 1);
    assert.equal(read('bcast').getAll('via').length, 2);
    assert.equal(read('zeromf').get('max-forwards'), '0');
    assert.equal(parseUri(read('escruri').uri)?.headers.get('Route'), '%3Csip:example.com%3E');
    assert.equal(read('baddate').get('date'), 'Fri, 01 Jan 2010 16:00:00 EST');
    assert.equal(read('sdp01').get('accept'), 'text/nobodyKnowsThis');
  });

  it('tells header parameters from URI parameters', () => {
    const contact = (name: string) => parseNameAddr(read(name).get('contact') ?? '');
    assert.deepEqual([...(contact('cparam01')?.params.keys() ?? [])], ['unknownparam']);
    assert.equal(contact('cparam01')?.uri, 'sip:+19725552222@gw1.example.net');
    assert.equal(contact('cparam02')?.params.size, 0);
    assert.equal(contact('cparam02')?.uri, 'sip:+19725552222@gw1.example.net;unknownparam');
    assert.equal(contact('regescrt')?.uri, 'sip:user@example.com?Route=%3Csip:sip.example.com%3E');
    assert.equal(contact('regbadct')?.uri, 'sip:user@example.com?Route=%3Csip:sip.example.com%3E');
  });

  it('is liberal where the RFC allows it: spaces in brackets, unquoted names', () => {
    assert.equal(read('badaspec').to?.uri, 'sip:t.watts@example.org');
    assert.equal(read('baddn').from?.displayName, 'Bell, Alexander');
    assert.equal(read('baddn').fromTag, '43');
  });

  it('reads a message of RFC 2543: no branch, no tag, no Content-Length', () => {
    const message = read('inv2543');
    assert.deepEqual([message.topVia?.branch, message.fromTag], [undefined, undefined]);
    assert.ok(message.body.toString().endsWith('telephone-event/8000\r\n'));
  });

  it('reads IPv6 with and without brackets in received (RFC 5118 4.5)', () => {
    const message = read('v6-good');
    assert.equal(parseUri(message.uri)?.host, '2001:db8::10');
    assert.deepEqual(
      [message.topVia?.host, message.topVia?.port, message.topVia?.received],
      ['2001:db8::9:1', 5062, '2001:db8::9:255'],
    );
  });

  it('tolerates lines without CR and line breaks before the start line', () => {
    const message = read('lf-only');
    assert.equal(message.get('x-folded'), 'a b');
    assert.ok(message.body.toString().startsWith('v=0'));
    assert.ok(!/[^\r]\n/.test(message.toBuffer().toString()));
    assert.equal(read('leading-breaks').method, 'INVITE');
  });

  it('keeps the bytes of lines that are no UTF-8, and reads those that are', () => {
    const message = read('latin1');
    assert.equal(message.from?.displayName, 'Jürgen');
    assert.equal(message.get('x-utf'), 'grüße');
    assert.deepEqual(message.toBuffer(), load('latin1'));
  });
});

describe('all torture messages', () => {
  it('come out byte for byte as they came, when they are valid and written canonically', () => {
    const canonical = ['wsinv', 'intmeth', 'esc01', 'esc02', 'escnull', 'lwsdisp', 'longreq', 'semiuri', 'transports'];
    for (const name of [...canonical, 'mpart01', 'unreason', 'noreason', 'bext01', 'sdp01', 'latin1', 'v6-good']) {
      assert.deepEqual(read(name).toBuffer(), load(name), name);
    }
  });

  it('are each named in a test above', () => {
    assert.deepEqual(
      readdirSync(folder).filter((file) => file.endsWith('.dat') && !covered.has(file)),
      [],
    );
  });
});
