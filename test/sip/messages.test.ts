import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { controlTime } from '../../lib/sip/control-time.ts';
import { identityHeaders, withoutNames } from '../../lib/sip/identity-headers.ts';
import { inboundCall } from '../../lib/sip/inbound-call.ts';
import { derivedToken, inviteRequest, maxDatagramBytes } from '../../lib/sip/invite-request.ts';
import { KeyPresses } from '../../lib/sip/leg/key-presses.ts';
import { LocalAddresses } from '../../lib/sip/local-addresses.ts';
import { answerChallenge, digestResponse, parseChallenges, parseCredentials } from '../../lib/sip/message/digest.ts';
import { bodyOf, MessageHead, printable, quoted, splitList, unquoted } from '../../lib/sip/message/message-head.ts';
import { formatReason, parseReasons, parseRetryAfter, statusOfCause, whyOf } from '../../lib/sip/message/reason.ts';
import { redact } from '../../lib/sip/message/redaction.ts';
import { infoDigit, sdpOf } from '../../lib/sip/message/session-body.ts';
import { escapeUser, parseNameAddress, parseUri, peerOf } from '../../lib/sip/message/uri.ts';
import { Failures } from '../../lib/sip/registrar/failed-logins.ts';
import { Nonces } from '../../lib/sip/registrar/nonces.ts';
import { anIdentity } from '../core/rules/configuration-fixture.ts';

const text = fc.string({ unit: 'binary', maxLength: 300 });

describe('sip: the header section of a message', () => {
  it('keeps repeated headers apart, unfolds lines and knows compact forms', () => {
    const head = new MessageHead(
      'INVITE x SIP/2.0\r\nf: <sip:a@b>\r\n\t;tag=1\r\nX-A: 1\r\nx-a:2\r\nReason:\r\n\r\nv=0',
    );
    assert.equal(head.first('from'), '<sip:a@b> ;tag=1');
    assert.deepEqual(head.all('x-a'), ['1', '2']);
    assert.equal(head.first('reason'), '');
    assert.equal(head.first('to'), null);
    assert.equal(head.startLine, 'INVITE x SIP/2.0');
  });

  it('reads any text without failing, and never into a prototype', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const head = new MessageHead(`${raw}\r\n__proto__: x\r\nconstructor: y\r\n${raw}`);
        bodyOf(raw, head);
        const values = head.firstValues();
        assert.equal(Object.getPrototypeOf(values), null);
        assert.equal(({} as Record<string, unknown>)['x'], undefined);
      }),
    );
  });

  it('cuts the body to its Content-Length in bytes', () => {
    for (const [length, expected] of [
      ['3', 'aé'],
      ['99', 'aéz'],
      ['-1', 'aéz'],
      ['x', 'aéz'],
      ['0', ''],
    ] as const) {
      const raw = `A\r\nl: ${length}\r\n\r\naéz`;
      assert.equal(bodyOf(raw, new MessageHead(raw)), expected);
    }
  });

  it('is bounded: 100,000 lines and one of a megabyte are read at once', () => {
    const started = performance.now();
    new MessageHead(`INVITE x SIP/2.0\r\n${'a:b\r\n'.repeat(100_000)}`);
    const long = new MessageHead(`INVITE x SIP/2.0\r\nx: ${'a'.repeat(1_000_000)}\r\n ${'b'.repeat(1_000_000)}`);
    assert.ok((long.first('x')?.length ?? 0) <= 4096);
    assert.ok(performance.now() - started < 500);
  });

  it('splits lists outside of quotes and brackets', () => {
    assert.deepEqual(splitList('"a, \\" b" <sip:x,y@z>, <c>,, d'), ['"a, \\" b" <sip:x,y@z>', '<c>', 'd']);
  });

  it('quotes whatever text so that it reads back, less control characters', () => {
    fc.assert(
      fc.property(text, (value) => {
        const written = quoted(value);
        assert.equal(unquoted(written), printable(value));
        assert.ok(!/[\r\n]/.test(written));
        assert.deepEqual(splitList(`${written}, x`).length, 2);
      }),
    );
  });
});

describe('sip: URIs and addresses', () => {
  it('are read as RFC 3261 writes them', () => {
    const uri = parseUri('sip:+55;ext=1:pw@[2001:db8::1]:5080;transport=TCP;lr?X=y');
    assert.deepEqual(
      { ...uri, params: { ...uri?.params } },
      {
        scheme: 'sip',
        user: '+55',
        host: '[2001:db8::1]',
        port: 5080,
        params: { transport: 'TCP', lr: '' },
      },
    );
    assert.equal(parseUri('sip:example.com')?.user, '');
    assert.equal(parseUri('tel:+55-48;phone-context=x')?.user, '+55-48');
    for (const bad of [
      '',
      'sip:',
      'sip:a@',
      'sip:a@b:99999',
      'http://x',
      'tel:',
      `sip:${'a'.repeat(2000)}@b`,
      'sip:a@b c',
    ]) {
      assert.equal(parseUri(bad), null, bad);
    }
  });

  it('tell header parameters from URI parameters', () => {
    const address = parseNameAddress('"A \\"B\\" <x>" <sip:a@b;transport=tcp>;tag=1;q=0.5');
    assert.equal(address.name, 'A "B" <x>');
    assert.equal(address.text, 'sip:a@b;transport=tcp');
    assert.equal(address.params['tag'], '1');
    assert.equal(parseNameAddress('sip:a@b;tag=2').params['tag'], '2');
    assert.equal(parseNameAddress('Bob Smith <sip:a@b>').name, 'Bob Smith');
  });

  it('never fail on any text', () => {
    fc.assert(
      fc.property(text, (value) => {
        parseUri(value);
        parseUri(`sip:${value}`);
        parseNameAddress(value);
        parseNameAddress(`"${value}" <sip:${value}>;${value}`);
        peerOf(value);
      }),
    );
  });

  it('escape a user part so that it is one, and stay as they are when it is', () => {
    fc.assert(
      fc.property(text, (user) => {
        const escaped = escapeUser(user);
        assert.match(escaped, /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})*$/);
        assert.equal(escapeUser(escaped), escaped);
      }),
    );
    assert.equal(escapeUser('é#'), '%C3%A9%23');
  });

  it('name the next hop of a URI', () => {
    assert.equal(peerOf('sip:a@10.0.0.1'), 'udp/10.0.0.1:5060');
    assert.equal(peerOf('sips:h'), 'tls/h:5061');
    assert.equal(peerOf('sip:[::1]:5070;transport=tcp'), 'tcp/[::1]:5070');
    assert.equal(peerOf('nothing'), '');
  });
});

describe('sip: Reason and Retry-After', () => {
  it('read back what was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 0, max: 999 }), (words, cause) => {
        const why = whyOf([formatReason({ protocol: 'Q.850', cause, text: words })]);
        assert.deepEqual(why, { q850Cause: cause, location: null, text: printable(words) });
      }),
    );
  });

  it('prefer Q.850 among several, and never fail', () => {
    assert.deepEqual(whyOf(['SIP;cause=486;text="busy"', 'Q.850;cause=17']), {
      q850Cause: 17,
      location: null,
      text: 'busy',
    });
    assert.deepEqual(whyOf(['Q.850;cause=99999, q.850;CAUSE=21;location=RN']).q850Cause, null);
    fc.assert(fc.property(fc.array(text), (lines) => void parseReasons(lines)));
  });

  it('take seconds from Retry-After and nothing else', () => {
    for (const [value, expected] of [
      ['120', 120],
      [' 5 (busy);duration=3', 5],
      ['18000;duration=3600', 18_000],
      ['-1', null],
      ['soon', null],
      ['', null],
      [null, null],
      ['9'.repeat(20), null],
    ] as const) {
      assert.equal(parseRetryAfter(value), expected, String(value));
    }
  });

  it('map a cause to a status', () => {
    assert.deepEqual([17, 21, 1, 16, 999].map(statusOfCause), [486, 403, 404, 480, 480]);
    assert.deepEqual(
      [2, 3, 19, 20, 23, 29, 31, 55, 102, 111].map(statusOfCause),
      [404, 404, 480, 480, 410, 501, 480, 403, 504, 500],
    );
  });
});

describe('sip: digest', () => {
  it('computes the example of RFC 7616 3.9.1 for both algorithms', () => {
    const request = {
      method: 'GET',
      uri: '/dir/index.html',
      username: 'Mufasa',
      password: 'Circle of Life',
      realm: 'http-auth@example.org',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      qop: 'auth',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      nc: '00000001',
    };
    assert.equal(digestResponse({ ...request, algorithm: 'MD5' }), '8ca523f5e9506fed4657c9700eebdbec');
    assert.equal(
      digestResponse({ ...request, algorithm: 'SHA-256' }),
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
  });

  it('reads several challenges of one line, and takes over what must be returned', () => {
    const [first, second, ...others] = parseChallenges([
      'Basic realm="b", Digest realm="a, b", nonce="n=1", algorithm=SHA-256, qop="auth", opaque="", Digest realm="c",nonce="2",stale=true',
    ]);
    assert.deepEqual(first, {
      realm: 'a, b',
      nonce: 'n=1',
      opaque: '',
      algorithm: 'SHA-256',
      qop: 'auth',
      stale: false,
    });
    assert.deepEqual(second, { realm: 'c', nonce: '2', opaque: null, algorithm: 'MD5', qop: null, stale: true });
    assert.equal(others.length, 0);
    const value = answerChallenge(first!, {
      method: 'INVITE',
      uri: 'sip:a@b',
      username: 'u"',
      password: 'p',
      cnonce: 'c',
    });
    const credentials = parseCredentials([value], 'a, b');
    assert.equal(credentials?.username, 'u"');
    assert.equal(credentials?.nonce, 'n=1');
  });

  it('never fails on any text', () => {
    fc.assert(
      fc.property(text, (value) => {
        parseChallenges([value, `Digest ${value}`]);
        parseCredentials([value, `Digest realm="r",${value}`], 'r');
      }),
    );
  });
});

describe('sip: nonces and failed logins', () => {
  it('an issued nonce is good once per count, for five minutes, from its address', () => {
    const nonces = new Nonces(Buffer.from('k'));
    const nonce = nonces.issue('a', 1_000_000);
    const use = (nc: string, now: number, address = 'a') => nonces.use(nonce, nc, { address, now });
    assert.equal(use('00000001', 1_000_001), 'good');
    assert.equal(use('00000001', 1_000_001), 'stale');
    assert.equal(use('0000000a', 1_000_001), 'good');
    assert.equal(use('1', 1_000_001), 'stale');
    assert.equal(use('0000000b', 1_000_001, 'b'), 'foreign');
    assert.equal(use('0000000b', 1_300_001), 'stale');
    assert.equal(new Nonces(Buffer.from('other')).use(nonce, '00000001', { address: 'a', now: 1_000_001 }), 'foreign');
    fc.assert(
      fc.property(text, text, (a, b) => void assert.notEqual(nonces.use(a, b, { address: 'a', now: 0 }), 'good')),
    );
  });

  it('failures count per address and are forgotten, in bounded memory', () => {
    const failures = new Failures(10, 300_000);
    for (let i = 0; i < 9; i++) assert.equal(failures.failed('a', i), false);
    for (let i = 0; i < 5000; i++) failures.failed(`other ${i}`, 10);
    assert.equal(failures.failed('a', 11), false);
    for (let i = 0; i < 8; i++) failures.failed('b', 0);
    assert.equal(failures.failed('b', 400_000), false);
  });
});

describe('sip: small things', () => {
  it('a key that comes on both channels counts once, keys pressed twice count twice', () => {
    const press = fc.record({
      digit: fc.constantFrom('1', '2', '#'),
      gapMs: fc.integer({ min: 60, max: 2000 }),
      lagMs: fc.integer({ min: 0, max: 59 }),
    });
    fc.assert(
      fc.property(fc.array(press, { maxLength: 20 }), fc.boolean(), (presses, infoFirst) => {
        const keys = new KeyPresses();
        const [first, second] = infoFirst ? (['info', 'rtp'] as const) : (['rtp', 'info'] as const);
        let at = 0;
        let counted = '';
        for (const { digit, gapMs, lagMs } of presses) {
          at += gapMs;
          if (keys.press(digit, first, at)) counted += digit;
          if (keys.press(digit, second, at + lagMs)) counted += 'twice';
        }
        assert.equal(counted, presses.map(({ digit }) => digit).join(''));
      }),
    );
    const repeated = new KeyPresses();
    const pressed = [repeated.press('1', 'rtp', 0), repeated.press('1', 'info', 10), repeated.press('1', 'info', 300)];
    assert.deepEqual(pressed, [true, false, true]);
    const keys = new KeyPresses();
    assert.deepEqual(
      [keys.press('1', 'rtp', 0), keys.press('1', 'rtp', 50), keys.press('1', 'info', 600)],
      [true, true, true],
    );
  });

  it('keys of INFO bodies in the forms that phones send', () => {
    for (const [type, body, expected] of [
      ['application/dtmf-relay', 'Signal=5\r\nDuration=160', '5'],
      ['application/dtmf-relay', 'Duration=1\r\nsignal = 11 \r\n', '#'],
      ['application/dtmf-relay', 'Signal=*', '*'],
      ['application/dtmf', ' d\r\n', 'D'],
      ['application/dtmf', '10', '*'],
      ['application/dtmf-relay', 'Signal=55', null],
      ['application/dtmf', '', null],
      ['application/dtmf', 'constructor', null],
    ] as const) {
      assert.equal(infoDigit(type, body), expected, body);
    }
  });

  it('SDP is found by its type, by its beginning, and in parts', () => {
    const of = (type: string, body: string) => sdpOf({ head: new MessageHead(`A\r\n${type}\r\n\r\n`), body });
    assert.equal(of('c: application/sdp;charset=x', 'v=0'), 'v=0');
    assert.equal(of('', 'v=0'), 'v=0');
    assert.equal(of('c: text/plain', 'v=0'), null);
    assert.equal(of('c: multipart/mixed', 'v=0'), null);
    assert.equal(of('c: application/sdp', ' '), null);
    assert.equal(
      of('c: multipart/mixed; boundary=b', '--b\r\nContent-Type: application/SDP\r\n\r\nv=0\r\n--b--')?.trim(),
      'v=0',
    );
  });

  it('control protocol times are instants near now, over midnight too', () => {
    const noon = Date.UTC(2026, 0, 2, 12);
    assert.equal(controlTime('12:00:00.000100', noon), noon + 1);
    assert.equal(controlTime('11:59:58.500000', noon), noon - 1500);
    const midnight = Date.UTC(2026, 0, 2);
    assert.equal(controlTime('23:59:59.999000', midnight), midnight - 1);
    assert.equal(controlTime('00:00:00.001000', midnight - 5), midnight + 1);
    assert.equal(controlTime('03:00:00.0', noon), noon);
    assert.equal(controlTime('', noon), noon);
  });

  it('numbers in logs lose all but their last three digits', () => {
    assert.equal(redact('sip:+554831210110@h'), 'sip:+…110@h');
    assert.equal(redact('(48) 99199-6260'), '(…260');
    assert.equal(redact('ext 201'), 'ext 201');
  });

  it('the address for a peer is the advertised one, the one it came to, or the nearest', () => {
    const own = new LocalAddresses(null);
    own.set(['udp/10.1.1.1:5060', 'udp/127.0.0.1:5062', 'tcp/[::1]:5060', 'rubbish']);
    assert.equal(own.mediaAddress({ host: '127.0.0.9', protocol: 'udp' }, null), '127.0.0.1');
    assert.equal(own.mediaAddress({ host: '203.0.113.1', protocol: 'udp' }, null), '10.1.1.1');
    assert.equal(own.mediaAddress({ host: '203.0.113.1', protocol: 'udp' }, '10.1.1.2'), '10.1.1.2');
    assert.equal(own.mediaAddress({ host: '[::1]', protocol: 'tcp' }, '[::1]'), '::1');
    assert.equal(own.contact('udp'), null);
    const advertised = new LocalAddresses('pbx.example');
    advertised.set(['udp/10.1.1.1:5060', 'tcp/10.1.1.1:5070']);
    assert.equal(advertised.mediaAddress({ host: '127.0.0.9', protocol: 'udp' }, '10.1.1.1'), 'pbx.example');
    assert.equal(advertised.contact('udp'), '<sip:pbx.example:5060>');
    assert.equal(advertised.contact('tcp'), '<sip:pbx.example:5070;transport=tcp>');
    assert.equal(new LocalAddresses('2001:db8::1').contact('udp'), '<sip:[2001:db8::1]>');
  });

  it('an INVITE is below the datagram limit for any caller name, and has its caller', () => {
    const callerName = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.constantFrom('😀'.repeat(99), '"'.repeat(99), 'é\\\\'.repeat(99)),
    );
    const settings = anIdentity({ pai: true, privacy: false, from: 'callerId', callbackIdHeader: true });
    fc.assert(
      fc.property(
        callerName,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 200, max: 420 }),
        (name, digits, sdpLength) => {
          const number = '5'.repeat(digits);
          const identity = identityHeaders(
            { callerId: { number, name }, onBehalfOf: null },
            {
              domain: 'carrier.example.com',
              requestUri: `sip:${number}@carrier.example.com`,
              settings,
              username: null,
            },
          );
          const request = inviteRequest({
            target: {
              uri: `sip:${number}@carrier.example.com`,
              to: `sip:${number}@carrier.example.com`,
              nextHop: null,
              route: [],
              transport: 'udp',
            },
            identity,
            contact: null,
            callbackId: 'x'.repeat(36),
            sdp: 'v'.repeat(sdpLength),
            callId: 'c'.repeat(32),
            fromTag: 't'.repeat(16),
            cseq: 1,
            authorization: null,
            timer: { seconds: 1800, minSeconds: 90 },
          });
          const size = Buffer.byteLength(
            Object.entries(request.headers).flat().join('....') + request.uri + request.body,
          );
          assert.ok(size < maxDatagramBytes - 260, `${size}`);
          assert.match(request.headers['From'] ?? '', new RegExp(`<sip:${number}@carrier\\.example\\.com>;tag=t`));
          for (const value of Object.values(request.headers)) assert.doesNotMatch(value, /[\r\n]/);
          assert.doesNotMatch(withoutNames(identity).from, /"/);
        },
      ),
    );
  });

  it('derived names depend on the secret, the purpose and the key', () => {
    const [a, b] = ['a', 'b'].map((secret) => createSecretKey(secret, 'utf8')) as [KeyObject, KeyObject];
    const names = [
      derivedToken(a, 'x', 'k'),
      derivedToken(b, 'x', 'k'),
      derivedToken(a, 'y', 'k'),
      derivedToken(a, 'x', 'l'),
    ];
    assert.equal(new Set(names).size, 4);
    assert.equal(derivedToken(a, 'x', 'k'), names[0]);
  });

  it('an INVITE of any text becomes a bounded call', () => {
    fc.assert(
      fc.property(text, text, text, (uri, name, value) => {
        const raw = `INVITE ${uri} SIP/2.0\r\n${name}: ${value}\r\nFrom: ${value}\r\nP-Asserted-Identity: ${name}\r\nPrivacy: ${uri}\r\nDiversion: ${value}\r\nHistory-Info: <${uri}>;index=${name}, ${value}\r\nRemote-Party-ID: ${value}\r\nP-Called-Party-ID: ${name}\r\nTo: ${value}\r\n\r\n${value}`;
        const call = inboundCall(
          'l',
          {
            method: 'INVITE',
            uri,
            head: new MessageHead(raw),
            body: value,
            at: 0,
            transactionId: 't',
            dialogId: null,
            source: { protocol: value, address: name, port: Number.NaN },
            receivedOn: null,
            unsolicited: false,
            respond: () => {},
          },
          null,
        );
        assert.ok(JSON.stringify(call).length < 80_000);
        assert.ok(call.fromUser.length <= 128 && call.dialledUser.length <= 128);
        assert.ok(call.history.length <= 16 && call.history.every((user) => user.length <= 128));
        for (const user of [...call.history, call.toUser, call.calledUser ?? '', call.remoteParty?.user ?? ''])
          assert.doesNotMatch(user, /[\r\n\0]/);
      }),
    );
  });
});
