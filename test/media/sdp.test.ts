import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readDescription } from '../../lib/media/sdp/remote-description.ts';
import { SdpSession } from '../../lib/media/sdp/sdp-session.ts';
import type { MediaProfile } from '../../lib/ports/media.ts';

function session({ address = '127.0.13.1', port = 20_000 } = {}): SdpSession {
  return new SdpSession({ endpointId: 'endpoint-1', address, port, direction: 'sendrecv' });
}

/** An SDP of one audio line, or of the media lines given. */
function sdp(media: readonly string[], connection = 'IN IP4 10.0.0.5'): string {
  return ['v=0', 'o=- 1 1 IN IP4 10.0.0.5', 's=x', `c=${connection}`, 't=0 0', ...media, ''].join('\r\n');
}

const PLAIN = ['m=audio 4000 RTP/AVP 0 8 96', 'a=rtpmap:96 telephone-event/8000'];

function linesOf(text: string | null, prefix: string): string[] {
  return (text ?? '').split('\r\n').filter((line) => line.startsWith(prefix));
}

function versionOf(text: string | null): number {
  return Number(linesOf(text, 'o=')[0]!.split(' ')[2]);
}

describe('Our SDP offer', () => {
  it('is PCMA, PCMU and telephone-event, 20 ms, sendrecv, and compact', () => {
    const offer = session().offer([]);
    const [origin] = linesOf(offer, 'o=');
    assert.match(origin!, /^o=- \d{1,19} 1 IN IP4 127\.0\.13\.1$/);
    assert.equal(
      offer.replace(`${origin}\r\n`, ''),
      [
        'v=0',
        's=-',
        'c=IN IP4 127.0.13.1',
        't=0 0',
        'm=audio 20000 RTP/AVP 8 0 101',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-15',
        'a=ptime:20',
        'a=sendrecv',
        '',
      ].join('\r\n'),
    );
    assert.ok(offer.length < 300);
  });

  it('does not show the id of the endpoint', () => {
    assert.ok(!session().offer([]).includes('endpoint-1'));
  });

  it('says IP6 for an IPv6 address', () => {
    assert.match(session({ address: '::1' }).offer([]), /\r\nc=IN IP6 ::1\r\n/);
  });

  it("offers only another endpoint's codec when told so", () => {
    assert.deepEqual(linesOf(session().offer(['PCMU']), 'm='), ['m=audio 20000 RTP/AVP 0 101']);
  });

  it('keeps its version while nothing changes, and raises it with a change (RFC 3264 8)', () => {
    const own = session();
    const first = own.offer([]);
    assert.equal(own.offer([]), first);
    own.applyAnswer(sdp(PLAIN));
    assert.equal(own.offer([]), first, 'a session refresh');
    const held = own.answer(sdp([...PLAIN, 'a=sendonly']), []);
    assert.equal(versionOf(held), versionOf(first) + 1);
    assert.equal(linesOf(held, 'o=')[0]!.split(' ')[1], linesOf(first, 'o=')[0]!.split(' ')[1], 'one session id');
  });

  it('repeats the lines and numbers of a session that the peer began (RFC 3264 8, 8.3.2)', () => {
    const own = session();
    own.answer(sdp(['m=video 4002 RTP/AVP 101', 'm=audio 4000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000']), []);
    assert.deepEqual(linesOf(own.offer([]), 'm='), ['m=video 0 RTP/AVP 101', 'm=audio 20000 RTP/AVP 8 96']);
    assert.ok(own.applyAnswer(sdp(['m=video 0 RTP/AVP 101', 'm=audio 4000 RTP/AVP 8'])));
  });
});

describe("A trunk's own codecs", () => {
  function profiled(profile: MediaProfile): SdpSession {
    return new SdpSession({ endpointId: 'e', address: '127.0.13.1', port: 20_000, direction: 'sendrecv', profile });
  }
  const events = { telephoneEvent: true };

  it('are offered in their order, and nothing else', () => {
    assert.deepEqual(linesOf(profiled({ codecs: ['PCMU', 'PCMA'], ...events }).offer([]), 'm='), [
      'm=audio 20000 RTP/AVP 0 8 101',
    ]);
    assert.deepEqual(linesOf(profiled({ codecs: ['PCMU'], ...events }).offer([]), 'm='), [
      'm=audio 20000 RTP/AVP 0 101',
    ]);
    const silent = profiled({ codecs: ['PCMA'], telephoneEvent: false }).offer([]);
    assert.deepEqual(linesOf(silent, 'm='), ['m=audio 20000 RTP/AVP 8']);
    assert.ok(!silent.includes('telephone-event'));
  });

  it("answer an offer in our order, with the offerer's numbers; without them in the offerer's order", () => {
    const answer = (profile: MediaProfile) => linesOf(profiled(profile).answer(sdp(PLAIN), []), 'm=');
    assert.deepEqual(answer({ codecs: ['PCMA', 'PCMU'], ...events }), ['m=audio 20000 RTP/AVP 8 0 96']);
    assert.deepEqual(answer({ codecs: ['PCMA'], ...events }), ['m=audio 20000 RTP/AVP 8 96']);
    assert.deepEqual(answer({ codecs: null, ...events }), ['m=audio 20000 RTP/AVP 0 8 96']);
    assert.deepEqual(answer({ codecs: null, telephoneEvent: false }), ['m=audio 20000 RTP/AVP 0 8']);
  });

  it('refuse an offer that has none of them', () => {
    const own = profiled({ codecs: ['PCMA'], ...events });
    assert.equal(own.answer(sdp(['m=audio 4000 RTP/AVP 0']), []), null);
    own.offer([]);
    assert.equal(own.applyAnswer(sdp(['m=audio 4000 RTP/AVP 0'])), null, 'nor an answer with what was not offered');
  });

  it('are kept to that of the other leg where they have it, and offered whole where not', () => {
    assert.deepEqual(linesOf(profiled({ codecs: ['PCMA', 'PCMU'], ...events }).offer(['PCMU']), 'm='), [
      'm=audio 20000 RTP/AVP 0 101',
    ]);
    assert.deepEqual(linesOf(profiled({ codecs: ['PCMA'], ...events }).offer(['PCMU']), 'm='), [
      'm=audio 20000 RTP/AVP 8 101',
    ]);
  });

  it('take no key by RTP where telephone-event is off', () => {
    const own = profiled({ codecs: null, telephoneEvent: false });
    own.offer([]);
    const agreed = own.applyAnswer(sdp(['m=audio 4000 RTP/AVP 8 101', 'a=rtpmap:101 telephone-event/8000']));
    assert.deepEqual([agreed?.sendPayloads.event, agreed?.receiveKinds[101]], [null, null]);
  });
});

describe("The peer's answer", () => {
  function apply(media: readonly string[], connection?: string) {
    const own = session();
    own.offer([]);
    return own.applyAnswer(sdp(media, connection));
  }

  it('decides the codec by its first one, and the numbers we send', () => {
    const agreed = apply(PLAIN)!;
    assert.equal(agreed.codec, 'PCMU');
    assert.deepEqual(agreed.sendPayloads, { PCMA: 8, PCMU: 0, event: 96 });
    assert.deepEqual(agreed.remote, { address: '10.0.0.5', port: 4000 });
    assert.ok(agreed.sending && agreed.expecting);
  });

  it("is received with our numbers, and with the peer's own where they mean nothing else", () => {
    const { receiveKinds } = apply(PLAIN)!;
    assert.deepEqual(
      [receiveKinds[8], receiveKinds[0], receiveKinds[101], receiveKinds[96]],
      ['PCMA', 'PCMU', 'event', 'event'],
    );
    assert.equal(receiveKinds[97], null);
    assert.equal(apply(['m=audio 4000 RTP/AVP 8'])!.receiveKinds[0], null, 'a codec that was not taken');
  });

  it('may give PCMA a number of its own', () => {
    const agreed = apply(['m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 pcma/8000/1'])!;
    assert.equal(agreed.codec, 'PCMA');
    assert.equal(agreed.sendPayloads.PCMA, 97);
  });

  it('is refused without a common codec, with port 0, or when it is no SDP', () => {
    assert.equal(apply(['m=audio 4000 RTP/AVP 18']), null);
    assert.equal(apply(['m=audio 4000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000']), null);
    assert.equal(apply(['m=audio 0 RTP/AVP 8']), null);
    assert.equal(apply(['m=video 4000 RTP/AVP 8']), null);
    assert.equal(apply(['m=audio 4000 RTP/SAVP 8']), null);
    assert.equal(apply([]), null);
    const own = session();
    own.offer([]);
    for (const text of ['', 'hello', 'v=0\r\n', '\0\0\0', 'm=audio 1 RTP/AVP 8'])
      assert.equal(own.applyAnswer(text), null);
  });

  it('is refused with an address that must not be sent to, or of the other family', () => {
    for (const connection of [
      'IN IP4 239.1.1.1/127',
      'IN IP4 255.255.255.255',
      'IN IP4 0.1.2.3',
      'IN IP6 2001:db8::1',
      'IN IP4 a b',
    ]) {
      const refused =
        connection === 'IN IP4 a b' ? apply(['m=audio 4000 RTP/AVP 8', 'c=IN IP4 %%']) : apply(PLAIN, connection);
      assert.equal(refused, null, connection);
    }
    assert.equal(apply(['m=audio 70000 RTP/AVP 8']), null);
  });

  it('with a host name leaves the address to be learned', () => {
    const agreed = apply(PLAIN, 'IN IP4 phone.example.com')!;
    assert.equal(agreed.remote, null);
    assert.ok(agreed.sending);
  });

  it('that can not be used leaves what was agreed before', () => {
    const own = session();
    own.offer([]);
    const before = own.applyAnswer(sdp(PLAIN));
    assert.equal(own.applyAnswer('rubbish'), null);
    assert.equal(own.answer(sdp(['m=audio 4000 RTP/AVP 18']), []), null);
    assert.equal(own.agreed, before);
  });
});

describe('Our SDP answer (RFC 3264 6)', () => {
  it("has the common codecs in the offerer's order, with the offerer's numbers", () => {
    const answer = session().answer(
      sdp([
        'm=audio 4000 RTP/AVP 111 0 97 18 99',
        'a=rtpmap:111 opus/48000/2',
        'a=rtpmap:97 PCMA/8000',
        'a=rtpmap:99 telephone-event/8000',
      ]),
      [],
    );
    assert.deepEqual(linesOf(answer, 'm='), ['m=audio 20000 RTP/AVP 0 97 99']);
    assert.deepEqual(linesOf(answer, 'a=rtpmap'), [
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:97 PCMA/8000',
      'a=rtpmap:99 telephone-event/8000',
    ]);
    assert.ok(linesOf(answer, 'a=fmtp').includes('a=fmtp:99 0-15'));
  });

  it('does not take a static number that the offer gives another meaning', () => {
    assert.equal(session().answer(sdp(['m=audio 4000 RTP/AVP 8', 'a=rtpmap:8 opus/48000/2']), []), null);
  });

  it('takes telephone-event at 8 kHz only', () => {
    const media = [
      'm=audio 4000 RTP/AVP 8 110 101',
      'a=rtpmap:110 telephone-event/48000',
      'a=rtpmap:101 telephone-event/8000',
    ];
    assert.deepEqual(linesOf(session().answer(sdp(media), []), 'm='), ['m=audio 20000 RTP/AVP 8 101']);
  });

  it('keeps to the preferred codec when it is offered, and takes another when it is not', () => {
    assert.deepEqual(linesOf(session().answer(sdp(PLAIN), ['PCMA']), 'm='), ['m=audio 20000 RTP/AVP 8 96']);
    assert.deepEqual(linesOf(session().answer(sdp(['m=audio 4000 RTP/AVP 0']), ['PCMA']), 'm='), [
      'm=audio 20000 RTP/AVP 0',
    ]);
  });

  it('takes the first usable audio line and answers every other one with port 0, in its place', () => {
    const offer = sdp([
      'm=audio 0 RTP/AVP 8',
      'm=audio 4000 RTP/SAVP 8',
      'm=video 4002 RTP/AVP 96 97',
      'm=audio 4004 RTP/AVP 8',
      'm=audio 4006 RTP/AVP 8',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
    assert.deepEqual(linesOf(session().answer(offer, []), 'm='), [
      'm=audio 0 RTP/AVP 8',
      'm=audio 0 RTP/SAVP 8',
      'm=video 0 RTP/AVP 96',
      'm=audio 20000 RTP/AVP 8',
      'm=audio 0 RTP/AVP 8',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
  });

  it('repeats the time of the offer and the protocol of the line', () => {
    const offer = sdp(['m=audio 4000 RTP/AVPF 8']).replace('t=0 0', 't=2873397496 2873404696');
    const answer = session().answer(offer, []);
    assert.deepEqual(linesOf(answer, 't='), ['t=2873397496 2873404696']);
    assert.deepEqual(linesOf(answer, 'm='), ['m=audio 20000 RTP/AVPF 8']);
  });

  it('turns the direction round, and takes c=0.0.0.0 for hold (6.1, 8.4)', () => {
    const cases = [
      ['sendrecv', 'IN IP4 10.0.0.5', 'sendrecv', true, true],
      ['sendonly', 'IN IP4 10.0.0.5', 'recvonly', false, false],
      ['recvonly', 'IN IP4 10.0.0.5', 'sendonly', true, false],
      ['inactive', 'IN IP4 10.0.0.5', 'inactive', false, false],
      ['sendrecv', 'IN IP4 0.0.0.0', 'recvonly', false, false],
      ['sendonly', 'IN IP4 0.0.0.0', 'recvonly', false, false],
      ['inactive', 'IN IP4 0.0.0.0', 'inactive', false, false],
    ] as const;
    for (const [direction, connection, expected, sending, expecting] of cases) {
      const own = session();
      const answer = own.answer(sdp([...PLAIN, `a=${direction}`], connection), []);
      assert.match(answer ?? '', new RegExp(`\r\na=${expected}\r\n$`), `${direction} ${connection}`);
      assert.deepEqual(
        [own.agreed!.sending, own.agreed!.expecting],
        [sending, expecting],
        `${direction} ${connection}`,
      );
    }
  });

  it('reads direction and address of the line before those of the session', () => {
    const own = session();
    const media = ['a=inactive', 'm=audio 4000 RTP/AVP 8', 'c=IN IP4 10.9.9.9', 'a=sendrecv'];
    assert.ok(own.answer(sdp(media), [])?.endsWith('a=sendrecv\r\n'));
    assert.deepEqual(own.agreed!.remote, { address: '10.9.9.9', port: 4000 });
  });

  it('is none without a common codec', () => {
    assert.equal(session().answer(sdp(['m=audio 4000 RTP/AVP 18']), []), null);
    assert.equal(session().answer(sdp(['m=audio 4000/2 RTP/AVP 8']), []), null);
  });
});

describe('Hostile SDP', () => {
  it('is bounded in size, lines, length of a line and media', () => {
    const long = (line: string) => sdp([...PLAIN, line]);
    assert.ok(readDescription(long(`a=candidate:${'x'.repeat(4000)}`)), 'what does not matter may be long');
    assert.equal(readDescription(long(`a=rtpmap:1 ${'x'.repeat(600)}`)), null);
    assert.equal(readDescription(long(`a=x:${'y'.repeat(40_000)}`)), null);
    assert.equal(readDescription(long('a=x\r\n'.repeat(700))), null);
    assert.equal(readDescription(sdp(new Array(17).fill('m=audio 4000 RTP/AVP 8'))), null);
  });

  it('never throws, and whatever is answered can be read again', () => {
    const word = fc.constantFrom(
      '0',
      '8',
      '101',
      '96',
      '4000',
      '70000',
      '-1',
      'IN',
      'IP4',
      'IP6',
      '0.0.0.0',
      '::',
      '127.0.0.1',
    );
    const odd = fc.oneof(
      word,
      fc.string({ maxLength: 12 }),
      fc.constantFrom('__proto__', 'constructor', 'RTP/AVP', '/', ':'),
    );
    const start = fc.constantFrom(
      'v=0',
      'c=IN IP4 ',
      'm=audio 4000 RTP/AVP ',
      'm=',
      'a=rtpmap:',
      'a=sendonly',
      't=',
      'o=',
      'a=',
      '',
    );
    const line = fc.tuple(start, fc.array(odd, { maxLength: 5 })).map(([head, tail]) => head + tail.join(' '));
    const text = fc.array(line, { maxLength: 20 }).map((lines) => ['v=0', 'c=IN IP4 10.0.0.5', ...lines].join('\r\n'));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ maxLength: 300 })), (hostile) => {
        const own = session();
        own.offer([]);
        own.applyAnswer(hostile);
        const answer = own.answer(hostile, []);
        if (answer === null) return;
        const again = readDescription(answer);
        assert.equal(again?.media.length, readDescription(hostile)!.media.length);
        assert.equal(again.media.filter((media) => media.port !== 0).length, 1);
      }),
      { numRuns: 1500 },
    );
  });
});
