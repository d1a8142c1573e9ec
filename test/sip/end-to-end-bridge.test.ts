/** Two phones without any media of ours: what one says in SDP reaches the other, also where their questions cross. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { glareWaitMs } from '../../lib/sip/leg/glare.ts';
import {
  answerOfA,
  answerOfB,
  EndToEndRig,
  hasBody,
  isAckWith,
  isReinvite,
  type Side,
  sdpOfA,
  sdpOfB,
  withoutOrigin,
} from './end-to-end-rig.ts';

const originOf = (sdp: string) => /^o=(.* )(\d+)( IN IP4 .*)\r$/m.exec(sdp)!.slice(1);

describe('sip: two legs connected end to end (RFC 3725)', () => {
  let pair: EndToEndRig;
  let a: Side;
  let b: Side;
  beforeEach(async () => {
    pair = await EndToEndRig.open('127.0.14.70');
    ({ a, b } = pair);
  });
  afterEach(() => pair.close());

  it('asks the one that answered last, and gives each the SDP of the other untouched but for o=', async () => {
    pair.bridge();
    await pair.connected();
    const asked = await b.call.waitFor(isReinvite);
    assert.equal(asked.body, '');
    const offered = await a.call.waitFor(isReinvite);
    assert.equal(withoutOrigin(offered.body), withoutOrigin(sdpOfB));
    const answered = await b.call.waitFor(isAckWith(answerOfA));
    for (const [side, message] of [
      [a, offered],
      [b, answered],
    ] as const) {
      const [before, now] = [originOf(side.call.invite.body), originOf(message.body)];
      assert.deepEqual([now[0], Number(now[1]), now[2]], [before[0], Number(before[1]) + 1, before[2]]);
    }
    const reinvites = [a, b].map(({ call }) => call.received.filter(isReinvite).length);
    assert.deepEqual(reinvites, [1, 1]);
  });

  it('keeps a leg that is alone inactive', async () => {
    const answer = await a.call.reinvite(sdpOfA);
    assert.match(answer.body, /m=audio 9 RTP\/AVP 8 0 101[\s\S]*a=inactive/);
    assert.equal(b.call.received.filter(isReinvite).length, 0);
  });

  it('hands hold and resume, codec changes and refreshes of either side to the other, and its answer back', async () => {
    pair.bridge();
    await pair.connected();
    for (const [asking, other, answer] of [
      [a, b, answerOfB],
      [b, a, answerOfA],
    ] as const) {
      const mine = asking === a ? sdpOfA : sdpOfB;
      for (const offer of [mine.replace('sendrecv', 'sendonly'), mine, mine, mine.replace('9 8', '8 9')]) {
        const before = other.call.received.filter(isReinvite).length;
        const response = await asking.call.reinvite(offer);
        assert.equal(response.status, 200);
        assert.equal(withoutOrigin(response.body), withoutOrigin(answer));
        const passed = other.call.received.filter(isReinvite);
        assert.equal(passed.length, before + 1);
        assert.equal(withoutOrigin(passed.at(-1)!.body), withoutOrigin(offer));
      }
    }
    const said = a.call.received.filter(hasBody).map(({ body }) => body);
    for (const [index, body] of said.entries()) {
      const before = said[index - 1] ?? a.call.invite.body;
      const isSame = withoutOrigin(body) === withoutOrigin(before);
      assert.equal(Number(originOf(body)[1]), Number(originOf(before)[1]) + (isSame ? 0 : 1), body);
    }
  });

  it('hands a question for an offer to the other side, and the answer in its ACK too', async () => {
    pair.bridge();
    await pair.connected();
    const response = await a.call.reinvite(null);
    assert.equal(withoutOrigin(response.body), withoutOrigin(sdpOfB));
    const answer = a.phone.sdp();
    await b.call.waitFor(isAckWith(answer));
  });

  it('hands an UPDATE with an offer on as a re-INVITE, and answers one without by itself', async () => {
    pair.bridge();
    await pair.connected();
    const before = b.call.received.filter(isReinvite).length;
    const offer = sdpOfA.replace('sendrecv', 'sendonly');
    const response = await a.call.send('UPDATE', { headers: [['Content-Type', 'application/sdp']], body: offer });
    assert.equal(withoutOrigin(response.body), withoutOrigin(answerOfB));
    assert.equal((await a.call.send('UPDATE')).status, 200);
    assert.equal(b.call.received.filter(isReinvite).length, before + 1);
    assert.equal((await a.call.reinvite(sdpOfA)).status, 200);
  });

  it('never takes a stream away: what one side has more of stays as a refused line', async () => {
    const video = 'm=video 41002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n';
    pair.bridge();
    await pair.connected();
    const response = await a.call.reinvite(sdpOfA + video);
    assert.equal(response.status, 200);
    // B answered one stream only: A hears of the other one as refused
    assert.match(response.body, /m=audio 42000 [\s\S]*m=video 0 RTP\/AVP 96\r\n$/);
    await b.call.reinvite(sdpOfB);
    assert.match(a.call.received.filter(isReinvite).at(-1)!.body, /m=audio 42000 [\s\S]*m=video 0 RTP\/AVP 96\r\n$/);
    const answer = b.call.received.findLast((message) => message.status === 200 && hasBody(message))!;
    assert.doesNotMatch(answer.body, /m=video/);
  });

  it('refuses towards one side what the other refuses, and the call lives on', async () => {
    pair.bridge();
    await pair.connected();
    const good = b.call.onRequest;
    for (const [status, expected] of [
      [488, 488],
      [491, 491],
      [606, 488],
      [503, 488],
    ] as const) {
      b.call.onRequest = () => ({ status });
      assert.equal((await a.call.reinvite(sdpOfA)).status, expected);
    }
    b.call.onRequest = () => ({ status: 500, headers: [['Retry-After', '3']] });
    const busy = await a.call.reinvite(sdpOfA);
    assert.deepEqual([busy.status, busy.get('retry-after')], [500, '3']);
    assert.equal((await a.call.reinvite('v=0\r\nrubbish')).status, 488);
    b.call.onRequest = good;
    assert.equal((await a.call.reinvite(sdpOfA)).status, 200);
    assert.deepEqual(pair.rig.recorder.types('a'), pair.rig.recorder.types('b'));
  });

  it('answers a challenge of a re-INVITE, and refuses where there are no credentials', async () => {
    pair.bridge();
    await pair.connected();
    const challenge = [['Proxy-Authenticate', 'Digest realm="x", nonce="n", qop="auth"']] as const;
    const good = b.call.onRequest;
    b.call.onRequest = (request) =>
      request.get('proxy-authorization') === '' ? { status: 407, headers: challenge } : good(request);
    assert.equal((await a.call.reinvite(sdpOfA)).status, 200);
    a.call.onRequest = () => ({ status: 407, headers: challenge });
    assert.equal((await b.call.reinvite(sdpOfB)).status, 488);
  });

  it('pair.waits 2.1-4 s after glare where the Call-ID is ours, then connects', async () => {
    pair.hurry = 50;
    const good = b.call.onRequest;
    pair.random = 0.999;
    let asked = 0;
    b.call.onRequest = (request) => (++asked === 1 ? { status: 491 } : good(request));
    pair.bridge();
    await pair.connected();
    assert.ok(
      pair.waits.some((wait) => wait > 3950 && wait <= 4000),
      `${pair.waits}`,
    );
  });

  it('pair.waits 0-2 s after glare where the Call-ID is the other side’s, and connects a caller as it does a callee', async () => {
    a = await pair.calling();
    const good = a.call.onRequest;
    let asked = 0;
    a.call.onRequest = (request) => (++asked === 1 ? { status: 491 } : good(request));
    pair.random = 0.02;
    pair.bridge();
    await a.call.waitFor(
      (message) => message.method === 'ACK' && withoutOrigin(message.body) === withoutOrigin(answerOfB),
    );
    assert.ok(
      pair.waits.some((wait) => wait > 0 && wait <= 40),
      `${pair.waits}`,
    );
    assert.equal(withoutOrigin((await a.call.reinvite(sdpOfA)).body), withoutOrigin(answerOfB));
    assert.equal(withoutOrigin((await b.call.reinvite(sdpOfB)).body), withoutOrigin(answerOfA));
  });

  it('completes what one side has offered when the other answers 491, and begins again', async () => {
    pair.hurry = 50;
    const good = a.call.onRequest;
    let asked = 0;
    a.call.onRequest = (request) => (++asked === 1 ? { status: 491 } : good(request));
    pair.bridge();
    const declined = await b.call.waitFor((message) => message.method === 'ACK' && hasBody(message));
    assert.match(declined.body, /m=audio 9 [\s\S]*a=inactive/);
    await pair.connected();
    assert.ok(
      pair.waits.some((wait) => wait > 2050 && wait <= 2100),
      `${pair.waits}`,
    );
  });

  it('takes an offer that comes in the wait after glare: it connects the two as well', async () => {
    a.call.onRequest = (request) => (isReinvite(request) ? null : { status: 200 });
    pair.bridge();
    const ours = await a.call.waitFor(isReinvite);
    assert.equal((await a.call.reinvite(sdpOfA)).status, 491);
    a.call.respondTo(ours, 491);
    await b.call.waitFor((message) => message.method === 'ACK' && hasBody(message));
    const response = await a.call.reinvite(sdpOfA);
    assert.equal(withoutOrigin(response.body), withoutOrigin(answerOfB));
    assert.equal(a.call.received.filter(isReinvite).length, 1);
  });

  it('answers 491 to whoever asks in the midst of the other one’s question, until its ACK', async () => {
    pair.bridge();
    await pair.connected();
    const good = b.call.onRequest;
    b.call.onRequest = (request) => (isReinvite(request) ? null : { status: 200 });
    const asked = a.call.reinvite(sdpOfA);
    const passed = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    assert.equal((await b.call.reinvite(sdpOfB)).status, 491);
    b.call.respondTo(passed, 200, { body: answerOfB });
    assert.equal((await asked).status, 200);
    b.call.onRequest = good;
    await pair.rig.recorder.until('the ACK of A', () => pair.rig.recorder.ladder.filter(isAckOfA).at(-1));
    assert.equal((await b.call.reinvite(sdpOfB)).status, 200);
  });
  const isAckOfA = (line: { legId: string; direction: string; summary: string }) =>
    line.legId === 'a' && line.direction === 'received' && line.summary === 'ACK';
});

describe('sip: the wait after glare', () => {
  it('is 2.1-4 s for the owner of the Call-ID and 0-2 s for the other, in steps of 10 ms (RFC 3261 14.1)', () => {
    assert.deepEqual(
      [0, 0.9999].map((random) => glareWaitMs(true, random)),
      [2100, 4000],
    );
    assert.deepEqual(
      [0, 0.9999].map((random) => glareWaitMs(false, random)),
      [0, 2000],
    );
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(fc.property(fc.boolean(), random, (owns, number) => glareWaitMs(owns, number) % 10 === 0));
  });
});
