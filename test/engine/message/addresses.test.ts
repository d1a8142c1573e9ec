import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatNameAddr, parseNameAddr } from '../../../lib/engine/message/name-addr.ts';
import { formatUri, parseUri } from '../../../lib/engine/message/uri.ts';
import { formatVia, parseVia, viaWithSource } from '../../../lib/engine/message/via.ts';

describe('URIs', () => {
  it('come out as they came', () => {
    const uris = [
      'sip:example.com',
      'sip:alice@example.com:5070;transport=tcp;lr?Subject=a%20b&Priority=urgent',
      'sips:alice:secret@[2001:db8::1]:5061',
      'sip:[::1]',
      'sip:+49-30-123;phone-context=+49@gw.example.com;user=phone',
      'tel:+1-201-555-0123;ext=5;phone-context=example.com',
      'urn:service:sos',
      "sip:1_odd.URI~(so-be!it)&isn't+it$/wild?,/;;*@example.com",
    ];
    for (const uri of uris) {
      const parsed = parseUri(uri);
      assert.ok(parsed !== undefined, uri);
      assert.equal(formatUri(parsed), uri);
    }
  });

  it('are read into their parts', () => {
    const uri = parseUri('SIPS:al%69ce:pw@[2001:db8::1]:5061;Transport=TCP;lr?a=b');
    assert.deepEqual(
      [uri?.scheme, uri?.user, uri?.password, uri?.host, uri?.port],
      ['sips', 'al%69ce', 'pw', '2001:db8::1', 5061],
    );
    assert.deepEqual([uri?.params.get('transport'), uri?.params.get('lr'), uri?.headers.get('a')], ['TCP', true, 'b']);
    const tel = parseUri('tel:+49301;phone-context=x');
    assert.deepEqual([tel?.user, tel?.host, tel?.params.get('phone-context')], ['+49301', '', 'x']);
  });

  it('are refused when they are none', () => {
    const bad = [
      '',
      'sip:',
      'example.com',
      ':x',
      'sip:a@',
      'sip:@b',
      'sip:a@b@c',
      'sip:a@b;x=c@d',
      'sip:a@b:0',
      'sip:a@b:65536',
      'sip:a@b:',
    ];
    const worse = [
      'sip:a@[::1',
      'sip:a@[::g]',
      'sip:a@[fe80::1%25eth0]',
      'sip:a b@c',
      'sip:a@b c',
      '<sip:a@b>',
      'sip:a@b"',
      '1sip:a@b',
    ];
    for (const text of [...bad, ...worse, 'sip:a@-b', 'sip:a@b\r\nc', `sip:a@${'x'.repeat(300)}`, 'tel:', 'tel:;x']) {
      assert.equal(parseUri(text), undefined, JSON.stringify(text));
    }
  });

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const prefix of ['', 'sip:', 'sip:a@', 'tel:', 'sip:[']) {
          const uri = parseUri(prefix + text);
          if (uri !== undefined) assert.ok(parseUri(formatUri(uri)) !== undefined, prefix + text);
        }
      }),
      { interruptAfterTimeLimit: 500 },
    );
  });
});

describe('name-addr', () => {
  it('is read with and without display name, brackets and parameters', () => {
    const cases: Array<[string, string | undefined, string, Array<[string, string | true]>]> = [
      ['<sip:a@b>', undefined, 'sip:a@b', []],
      ['sip:a@b;tag=1', undefined, 'sip:a@b', [['tag', '1']]],
      ['<sip:a@b;lr>;tag=1', undefined, 'sip:a@b;lr', [['tag', '1']]],
      ['Alice Example <sip:a@b> ; TAG = x', 'Alice Example', 'sip:a@b', [['tag', 'x']]],
      ['"A \\"q\\" <x>, \\\\" <sip:a@b>', 'A "q" <x>, \\', 'sip:a@b', []],
      ['""<sip:a@b>', '', 'sip:a@b', []],
      ['*', undefined, '*', []],
      [
        '<sip:a@b>;x="a;b";y',
        undefined,
        'sip:a@b',
        [
          ['x', '"a;b"'],
          ['y', true],
        ],
      ],
    ];
    for (const [text, displayName, uri, params] of cases) {
      const address = parseNameAddr(text);
      assert.deepEqual(
        [address?.displayName, address?.uri, [...(address?.params ?? [])]],
        [displayName, uri, params],
        text,
      );
    }
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      '<>',
      '<sip:a@b',
      '"a <sip:a@b>',
      'a" <sip:a@b>',
      '"a" sip:a@b',
      '<sip:a@b> x',
      '<sip:a b>',
      ';tag=1',
      '<sip:a@b>;x="',
    ]) {
      assert.equal(parseNameAddr(text), undefined, text);
    }
  });

  it('reads back any display name that it wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const displayName = text.replace(/[\r\n\0]/g, '');
        const address = parseNameAddr(formatNameAddr({ displayName, uri: 'sip:a@b', params: new Map([['tag', 't']]) }));
        assert.deepEqual([address?.displayName, address?.params.get('tag')], [displayName, 't']);
      }),
      { interruptAfterTimeLimit: 500 },
    );
  });
});

describe('Via', () => {
  it('is read and written, IPv6 with its brackets', () => {
    const via = parseVia('SIP/2.0/udp [2001:db8::1]:5070;branch=z9hG4bKx;rport;received=[2001:db8::2];maddr=[::1]');
    assert.ok(via !== undefined);
    assert.deepEqual(
      [via.transport, via.host, via.port, via.branch, via.rport, via.received, via.maddr],
      ['UDP', '2001:db8::1', 5070, 'z9hG4bKx', true, '2001:db8::2', '::1'],
    );
    assert.equal(
      formatVia({
        transport: 'TCP',
        host: '::1',
        port: 5060,
        params: new Map<string, string | true>([
          ['branch', 'b'],
          ['rport', true],
        ]),
      }),
      'SIP/2.0/TCP [::1]:5060;branch=b;rport',
    );
    assert.equal(parseVia('SIP/2.0/UDP h;rport=5071')?.rport, 5071);
    assert.equal(parseVia('SIP/2.0/UDP h;rport=99999')?.rport, undefined);
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      'SIP/2.0/UDP',
      'SIP/2.0/UDP ;branch=x',
      'SIP/3.0/UDP h',
      'SIP/2.0 h',
      'SIP/2.0/U/P h',
      'SIP/2.0/UDP a b',
      'SIP/2.0/UDP h:x',
    ]) {
      assert.equal(parseVia(text), undefined, text);
    }
  });

  it('takes the source in, replaces what the client claimed, and keeps the rest', () => {
    const fill = (text: string, received?: string, rport?: number) => viaWithSource(text, { received, rport });
    assert.equal(
      fill('SIP/2.0/UDP h;rport;branch=b', '192.0.2.1', 7),
      'SIP/2.0/UDP h;branch=b;received=192.0.2.1;rport=7',
    );
    assert.equal(fill('SIP/2.0/UDP h ;  branch=b', '192.0.2.1'), 'SIP/2.0/UDP h;  branch=b;received=192.0.2.1');
    assert.equal(
      fill('SIP/2.0/UDP h;Received=6.6.6.6;x="a;received=1"', '::1'),
      'SIP/2.0/UDP h;x="a;received=1";received=::1',
    );
    assert.equal(fill('SIP/2.0/UDP h;received=6.6.6.6'), 'SIP/2.0/UDP h');
    assert.equal(fill('SIP/2.0/UDP h'), 'SIP/2.0/UDP h');
  });
});
