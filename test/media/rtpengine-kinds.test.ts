import assert from 'node:assert/strict';
import { NgLink, type NgValue } from '../../lib/media/rtpengine/ng-link.ts';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { goertzelShare, type RtpPeer } from '../support/rtp-peer.ts';
import { NG_PORT, type Rtpengine } from '../support/rtpengine.ts';
import { RtpengineRig } from '../support/rtpengine-calls.ts';
import { silentLog } from '../support/silent-log.ts';

/**
 * Peers that speak more than plain RTP: each is a plain phone behind an rtpengine of its own, which does its encryption, its
 * ICE and its codec, as a browser or a trunk would.
 */
describe('rtpengine: peers of other kinds', function () {
  this.timeout(30_000);
  let rig: RtpengineRig;
  let theirs: Rtpengine;
  let control: NgLink;
  before(async () => {
    rig = new RtpengineRig('127.0.61');
    await rig.rtpengine();
    await rig.start();
    theirs = await rig.rtpengine();
    control = new NgLink({ host: theirs.address, port: NG_PORT, log: silentLog() });
    rig.closeLater(control);
  });
  after(() => rig.stop());

  let lastCall = 0;

  interface Behind {
    peer: RtpPeer;
    endpoint: MediaEndpoint;
    answer: string;
    digits: string[];
    reported(condition: () => boolean): Promise<void>;
    /** Its offer once more, with another direction. */
    again(direction: string): Promise<string>;
  }

  /** @param kind what its rtpengine makes of its plain offer */
  async function behind(kind: Record<string, NgValue>, codec: 'PCMA' | 'PCMU' = 'PCMA'): Promise<Behind> {
    const peer = await rig.peer({ codec });
    lastCall += 1;
    const call = { 'call-id': `phone-${lastCall}`, 'from-tag': 'phone', replace: ['origin', 'session-connection'] };
    const offered = async (direction: string) =>
      String(
        (
          await control.send('offer', {
            ...call,
            sdp: peer.sdp({ direction }),
            flags: ['trust-address', 'generate-mid'],
            ...kind,
          })
        )['sdp'],
      );
    const offer = await offered('sendrecv');
    const digits: string[] = [];
    let check = () => {};
    const endpoint = await rig.engine.createEndpoint(
      { endpointId: `kind-${lastCall}`, address: '127.0.61.1', like: null, remoteOffer: offer },
      {
        digit: (digit) => {
          digits.push(digit);
          check();
        },
        dead() {},
      },
    );
    const answered = async (text: string) => {
      const plain = { 'transport-protocol': 'RTP/AVP', ICE: 'remove', DTLS: 'off', flags: ['trust-address'] };
      return String((await control.send('answer', { ...call, 'to-tag': 'us', sdp: text, ...plain }))['sdp']);
    };
    const answer = endpoint.answer(offer);
    assert.ok(answer, `no answer to ${offer}`);
    peer.aim(await answered(answer));
    const again = async (direction: string) => {
      const text = String(
        (
          await control.send('offer', {
            ...call,
            'to-tag': 'us',
            sdp: peer.sdp({ direction }),
            flags: ['trust-address', 'generate-mid'],
            ...kind,
          })
        )['sdp'],
      );
      await endpoint.prepareAnswer!(text);
      const next = endpoint.answer(text);
      assert.ok(next);
      await answered(next);
      return next;
    };
    const reported = (condition: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('not reported within 5 s')), 5000);
        check = () => {
          if (!condition()) return;
          clearTimeout(timer);
          resolve();
        };
        check();
      });
    return { peer, endpoint, answer, digits, reported, again };
  }

  /** In the moment of a bridge a packet in the codec of before may slip through rtpengine. */
  const hears = (peer: RtpPeer, frequency: number, from = 0) =>
    peer.heard(({ length }) => length > from + 30 && peer.isAsAgreed(25) && peer.shareOf(frequency, 25) > 0.9);

  /** We hear the tone. */
  function isHeard(endpoint: MediaEndpoint, frequency: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let last: Int16Array[] = [];
      const timer = setTimeout(() => reject(new Error('we hear nothing within 5 s')), 5000);
      const stop = endpoint.hear((frame) => {
        last = [...last, frame].slice(-25);
        const samples = last.flatMap((one) => [...one]);
        if (last.length < 25 || goertzelShare(samples, frequency) < 0.9) return;
        clearTimeout(timer);
        stop?.();
        resolve();
      });
    });
  }

  const KINDS: Array<[string, Record<string, NgValue>, RegExp]> = [
    [
      'SRTP with keys in the SDP',
      { 'transport-protocol': 'RTP/SAVP', DTLS: 'off' },
      /m=audio \d+ RTP\/SAVP [\s\S]*a=crypto:/,
    ],
    [
      'a browser: DTLS, ICE, one port for RTP and RTCP',
      {
        'transport-protocol': 'UDP/TLS/RTP/SAVPF',
        ICE: 'force',
        DTLS: 'actpass',
        SDES: ['off'],
        'rtcp-mux': ['offer', 'require'],
      },
      /m=audio \d+ UDP\/TLS\/RTP\/SAVPF [\s\S]*a=ice-ufrag:/,
    ],
    [
      'Opus alone',
      { 'transport-protocol': 'RTP/AVP', codec: { transcode: ['opus'], mask: ['PCMA'] } },
      /a=rtpmap:\d+ opus\/48000/,
    ],
    [
      'G.722 alone',
      { 'transport-protocol': 'RTP/AVP', codec: { transcode: ['G722'], mask: ['PCMA'] } },
      /a=rtpmap:9 G722\/8000/,
    ],
  ];

  for (const [name, kind, answerLooks] of KINDS) {
    it(`${name}: answered in kind, hears a prompt, presses a key, talks in a bridge, holds and comes back`, async () => {
      const a = await behind(kind);
      assert.match(a.answer, answerLooks);
      assert.match(a.answer, /^a=sendrecv/m, 'it may talk while nobody but us listens');
      // Whoever is behind NAT, ICE or DTLS speaks first
      a.peer.sendTone(700);
      void a.endpoint.play('tone:1700/5000');
      await hears(a.peer, 1700);
      a.peer.pressKey('4');
      await a.reported(() => a.digits.join('') === '4');
      await isHeard(a.endpoint, 700);
      const b = await rig.called({ codec: 'PCMU' });
      b.peer.sendTone(1100);
      rig.engine.bridge(a.endpoint, b.endpoint);
      await hears(a.peer, 1100);
      await hears(b.peer, 700);
      assert.match(await a.again('sendonly'), /a=recvonly/);
      assert.match(await a.again('sendrecv'), /a=sendrecv/);
      await hears(a.peer, 1100, a.peer.received.length);
      await hears(b.peer, 700);
    });
  }

  it('two browsers talk to each other', async () => {
    const kind = KINDS[1]![1];
    const [a, b] = [await behind(kind), await behind(kind, 'PCMU')];
    a.peer.sendTone(700);
    b.peer.sendTone(1100);
    rig.engine.bridge(a.endpoint, b.endpoint);
    await hears(a.peer, 1100);
    await hears(b.peer, 700);
  });

  it('a trunk that is given certain codecs alone is answered with no other', async () => {
    const offer = (await rig.peer())
      .sdp()
      .replace('RTP/AVP 8', 'RTP/AVP 9')
      .replace('a=rtpmap:8 PCMA', 'a=rtpmap:9 G722');
    const endpoint = await rig.engine.createEndpoint(
      {
        endpointId: 'g722',
        address: '127.0.61.1',
        like: null,
        remoteOffer: offer,
        profile: { codecs: ['PCMU'], telephoneEvent: true },
      },
      { digit() {}, dead() {} },
    );
    assert.equal(endpoint.answer(offer), null);
    endpoint.close();
  });

  it('offers that are no SDP, or have nothing in common with us, are answered with nothing and break nothing', async () => {
    const sdp = (await rig.peer()).sdp();
    const wrong = [
      '',
      'v=0',
      'x'.repeat(40_000),
      sdp.replace('m=audio', 'm=video'),
      sdp.replace(/m=audio \d+/, 'm=audio 0'),
      sdp.replace('RTP/AVP', 'TCP/MSRP'),
      sdp.replace('RTP/AVP 8', 'RTP/AVP 77').replace('a=rtpmap:8 PCMA', 'a=rtpmap:77 nonsense'),
      sdp.replace('RTP/AVP', 'RTP/SAVP'),
      sdp.replace('RTP/AVP', 'RTP/SAVP').replace(/c=IN IP4 .*/, 'c=IN IP4 256.1.1.1'),
      sdp.replace('RTP/AVP', 'RTP/SAVP').replace(/o=.*/, 'o=nonsense'),
      sdp.replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF'),
      `${sdp.replace('RTP/AVP', 'RTP/SAVP')}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\r\n`,
      `${sdp.replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF')}a=fingerprint:sha-256 zz\r\na=setup:nonsense\r\n`,
    ];
    for (const offer of wrong) {
      const endpoint = await rig.engine.createEndpoint(
        { endpointId: 'wrong', address: '127.0.61.1', like: null, remoteOffer: offer },
        { digit() {}, dead() {} },
      );
      const answer = endpoint.answer(offer);
      assert.ok(answer === null || /m=audio [1-9]/.test(answer), `${offer}\n->\n${answer}`);
      endpoint.close();
    }
    const { endpoint, peer } = await rig.called();
    void endpoint.play('tone:hold');
    await peer.heardMore(5);
  });
});
