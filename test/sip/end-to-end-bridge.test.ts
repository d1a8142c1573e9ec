/** Two phones without any media of ours: what one says in SDP reaches the other, whatever crosses or gets lost. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createNoMedia } from '../../lib/media/none/engine.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { MediaEngine } from '../../lib/ports/media.ts';
import { glareWaitMs } from '../../lib/sip/leg/end-to-end-bridge.ts';
import { systemClock } from '../support/outside-world.ts';
import type { PhoneCall, RequestAnswer } from '../support/phone-call.ts';
import { silentLog } from '../support/silent-log.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { cseqOf, type SipText, sdpText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.14.70';
const sdpOfA = sdpText({ address: '192.0.2.1', port: 41_000, payloads: [8, 0, 101] });
const sdpOfB = sdpText({ address: '192.0.2.2', port: 42_000, payloads: [9, 8, 101] });
const answerOfA = sdpText({ address: '192.0.2.1', port: 41_000, payloads: [8, 101] });
const answerOfB = sdpText({ address: '192.0.2.2', port: 42_000, payloads: [8, 101], version: 2 });

const account = { username: 'u', password: 'p' };

interface Side {
  legId: string;
  phone: SipPhone;
  call: PhoneCall;
}

const withoutOrigin = (sdp: string) => sdp.replace(/^o=.*\r\n/m, '');
const originOf = (sdp: string) => /^o=(.* )(\d+)( IN IP4 .*)\r$/m.exec(sdp)!.slice(1);
const isReinvite = (message: SipText) => message.method === 'INVITE' && /;tag=/.test(message.get('to'));
const hasBody = (message: SipText) => message.body !== '';
const isAckWith = (body: string) => (message: SipText) =>
  message.method === 'ACK' && withoutOrigin(message.body) === withoutOrigin(body);

describe('sip: two legs connected end to end (RFC 3725)', () => {
  let media: MediaEngine;
  let rig: Rig;
  let a: Side;
  let b: Side;
  let random: number;
  /** Alarms come so many times sooner. */
  let hurry: number;
  /** Waits that were asked for, in ms. */
  let waits: number[];
  const clock: Clock = {
    now: () => Date.now(),
    alarm: (at, run) => {
      const wait = at - Date.now();
      waits.push(wait);
      return systemClock.alarm(Date.now() + wait / hurry, run);
    },
  };

  beforeEach(async () => {
    [random, hurry, waits] = [0, 1, []];
    media = createNoMedia({ log: silentLog() });
    rig = await Rig.open({ address, t1Ms: 20, media, sip: { clock, random: () => random } });
    const phones = [await rig.phone(), await rig.phone()];
    rig.configuration = configuration(
      phones.map((phone, index) =>
        trunk('ab'[index]!, `sip:${address}:${phone.port}`, { auth: [null, account][index]! }),
      ),
      [],
    );
    a = await dialled('a', phones[0]!);
    b = await dialled('b', phones[1]!);
    a.call.onRequest = answering(a, sdpOfA, answerOfA);
    b.call.onRequest = answering(b, sdpOfB, answerOfB);
  });
  afterEach(async () => {
    for (const { legId } of [a, b]) {
      rig.sip.hangUp(legId, { cause: 16, text: '' });
      await rig.recorder.last(legId);
    }
    await rig.close();
    assert.equal(media.stats().endpoints, 0);
    for (const { phone } of [a, b]) assert.deepEqual(unacknowledged(phone), [], phone.summary());
  });

  async function dialled(name: string, phone: SipPhone, headers: [string, string][] = []): Promise<Side> {
    const legId = rig.dial({ kind: 'trunk', trunk: name, user: '1' }, { legId: name });
    const call = await phone.nextCall();
    assert.match(call.invite.body, /m=audio 9 [\s\S]*a=inactive/);
    await call.answer({ sdp: sdpText({ address, port: 40_000, direction: 'inactive' }), headers });
    await rig.recorder.of(legId, 'answered');
    return { legId, phone, call };
  }

  /** Takes the place of A: somebody who has called us. */
  async function calling(): Promise<Side> {
    rig.sip.hangUp(a.legId, { cause: 16, text: '' });
    await rig.recorder.last(a.legId);
    rig.recorder.onOffered = ({ legId }) => rig.sip.answer(legId);
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100'), sdp: sdpOfA });
    const [{ legId }] = await Promise.all([rig.recorder.call(), call.final()]);
    await rig.recorder.of(legId, 'answered');
    a = { legId, phone, call };
    a.call.onRequest = answering(a, sdpOfA, answerOfA);
    return a;
  }

  /** A phone that makes an offer where it is asked for one, and answers one. */
  function answering({ phone }: Side, offer: string, answer: string) {
    return (request: SipText): RequestAnswer => {
      if (request.method !== 'INVITE') return { status: 200 };
      const headers = [['Contact', `<${phone.uri}>`]] as const;
      return { status: 200, headers, body: hasBody(request) ? answer : offer };
    };
  }

  /** 2xx to INVITEs that never got an ACK. */
  function unacknowledged(phone: SipPhone): string[] {
    const key = (message: SipText) => `${message.get('call-id')} ${cseqOf(message).number}`;
    const acked = new Set(phone.log.filter((one) => one.message.method === 'ACK').map((one) => key(one.message)));
    const accepted = phone.log.filter(
      ({ direction, message }) => direction === 'out' && message.status === 200 && cseqOf(message).method === 'INVITE',
    );
    return accepted.map((one) => key(one.message)).filter((one) => !acked.has(one));
  }

  const bridge = () => rig.sip.bridge(a.legId, b.legId);
  const connected = async () => {
    await b.call.waitFor(isAckWith(answerOfA));
    await a.call.waitFor((message) => message.method === 'ACK' && cseqOf(message).number >= 2);
  };
  /** As the application does: who is left is hung up. */
  const endTogether = () => {
    const other = { a: 'b', b: 'a' } as Record<string, string>;
    const { event } = rig.recorder;
    rig.recorder.event = (one) => {
      event.call(rig.recorder, one);
      if (one.type === 'ended') rig.sip.hangUp(other[one.legId]!, { cause: 16, text: 'The other side hung up' });
    };
  };
  const endOf = async ({ legId }: Side) => {
    const last = await rig.recorder.last(legId);
    return last.type === 'ended' ? `${last.by}: ${last.text}` : assert.fail(JSON.stringify(last));
  };

  it('asks the one that answered last, and gives each the SDP of the other untouched but for o=', async () => {
    bridge();
    await connected();
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
    bridge();
    await connected();
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
    bridge();
    await connected();
    const response = await a.call.reinvite(null);
    assert.equal(withoutOrigin(response.body), withoutOrigin(sdpOfB));
    const answer = a.phone.sdp();
    await b.call.waitFor(isAckWith(answer));
  });

  it('hands an UPDATE with an offer on as a re-INVITE, and answers one without by itself', async () => {
    bridge();
    await connected();
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
    bridge();
    await connected();
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
    bridge();
    await connected();
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
    assert.deepEqual(rig.recorder.types('a'), rig.recorder.types('b'));
  });

  it('answers a challenge of a re-INVITE, and refuses where there are no credentials', async () => {
    bridge();
    await connected();
    const challenge = [['Proxy-Authenticate', 'Digest realm="x", nonce="n", qop="auth"']] as const;
    const good = b.call.onRequest;
    b.call.onRequest = (request) =>
      request.get('proxy-authorization') === '' ? { status: 407, headers: challenge } : good(request);
    assert.equal((await a.call.reinvite(sdpOfA)).status, 200);
    a.call.onRequest = () => ({ status: 407, headers: challenge });
    assert.equal((await b.call.reinvite(sdpOfB)).status, 488);
  });

  it('waits 2.1-4 s after glare where the Call-ID is ours, then connects', async () => {
    hurry = 50;
    const good = b.call.onRequest;
    random = 0.999;
    let asked = 0;
    b.call.onRequest = (request) => (++asked === 1 ? { status: 491 } : good(request));
    bridge();
    await connected();
    assert.ok(
      waits.some((wait) => wait > 3950 && wait <= 4000),
      `${waits}`,
    );
  });

  it('waits 0-2 s after glare where the Call-ID is the other side’s, and connects a caller as it does a callee', async () => {
    await calling();
    const good = a.call.onRequest;
    let asked = 0;
    a.call.onRequest = (request) => (++asked === 1 ? { status: 491 } : good(request));
    random = 0.02;
    bridge();
    await a.call.waitFor(
      (message) => message.method === 'ACK' && withoutOrigin(message.body) === withoutOrigin(answerOfB),
    );
    assert.ok(
      waits.some((wait) => wait > 0 && wait <= 40),
      `${waits}`,
    );
    assert.equal(withoutOrigin((await a.call.reinvite(sdpOfA)).body), withoutOrigin(answerOfB));
    assert.equal(withoutOrigin((await b.call.reinvite(sdpOfB)).body), withoutOrigin(answerOfA));
  });

  it('completes what one side has offered when the other answers 491, and begins again', async () => {
    hurry = 50;
    const good = a.call.onRequest;
    let asked = 0;
    a.call.onRequest = (request) => (++asked === 1 ? { status: 491 } : good(request));
    bridge();
    const declined = await b.call.waitFor((message) => message.method === 'ACK' && hasBody(message));
    assert.match(declined.body, /m=audio 9 [\s\S]*a=inactive/);
    await connected();
    assert.ok(
      waits.some((wait) => wait > 2050 && wait <= 2100),
      `${waits}`,
    );
  });

  it('takes an offer that comes in the wait after glare: it connects the two as well', async () => {
    a.call.onRequest = (request) => (isReinvite(request) ? null : { status: 200 });
    bridge();
    const ours = await a.call.waitFor(isReinvite);
    assert.equal((await a.call.reinvite(sdpOfA)).status, 491);
    a.call.respondTo(ours, 491);
    await b.call.waitFor((message) => message.method === 'ACK' && hasBody(message));
    const response = await a.call.reinvite(sdpOfA);
    assert.equal(withoutOrigin(response.body), withoutOrigin(answerOfB));
    assert.equal(a.call.received.filter(isReinvite).length, 1);
  });

  it('answers 491 to whoever asks in the midst of the other one’s question, until its ACK', async () => {
    bridge();
    await connected();
    const good = b.call.onRequest;
    b.call.onRequest = (request) => (isReinvite(request) ? null : { status: 200 });
    const asked = a.call.reinvite(sdpOfA);
    const passed = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    assert.equal((await b.call.reinvite(sdpOfB)).status, 491);
    b.call.respondTo(passed, 200, { body: answerOfB });
    assert.equal((await asked).status, 200);
    b.call.onRequest = good;
    await rig.recorder.until('the ACK of A', () => rig.recorder.ladder.filter(isAckOfA).at(-1));
    assert.equal((await b.call.reinvite(sdpOfB)).status, 200);
  });
  const isAckOfA = (line: { legId: string; direction: string; summary: string }) =>
    line.legId === 'a' && line.direction === 'received' && line.summary === 'ACK';

  it('asks the other way round where a phone takes no re-INVITE without an offer', async () => {
    b.call.onRequest = (request) =>
      isReinvite(request) && !hasBody(request) ? { status: 488 } : answering(b, sdpOfB, answerOfB)(request);
    bridge();
    await a.call.waitFor(isAckWith(answerOfB));
    const offered = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    assert.equal(withoutOrigin(offered.body), withoutOrigin(sdpOfA));
  });

  it('ends the call with its reason where the two have nothing in common', async () => {
    endTogether();
    a.call.onRequest = () => ({ status: 488 });
    bridge();
    assert.equal(await endOf(a), 'system: a re-INVITE was refused with 488');
    assert.equal((await a.call.waitFor('BYE')).get('reason'), 'Q.850;cause=88;text="Incompatible media"');
    assert.match(await endOf(b), /^local/);
  });

  it('ends the call where a 2xx has no SDP, not where the fault is mended', async () => {
    endTogether();
    b.call.onRequest = () => ({ status: 200 });
    a.call.onRequest = () => ({ status: 200 });
    bridge();
    assert.equal(await endOf(a), 'system: a re-INVITE was refused with 488');
    await endOf(b);
  });

  for (const silent of ['a', 'b'] as const) {
    it(`ends the call when ${silent} does not answer at all`, async () => {
      endTogether();
      const side = silent === 'a' ? a : b;
      side.phone.drop = (message) => isReinvite(message);
      bridge();
      assert.equal(await endOf(side), 'system: a re-INVITE got 408');
      assert.match(await endOf(silent === 'a' ? b : a), /^local/);
      await side.call.waitFor('BYE');
    });

    it(`ends the call when ${silent} only says that it tries`, async () => {
      endTogether();
      hurry = 50;
      const side = silent === 'a' ? a : b;
      side.call.onRequest = (request) => (isReinvite(request) ? { status: 180 } : { status: 200 });
      bridge();
      assert.equal(await endOf(side), 'system: no answer to a re-INVITE');
      const bye = await side.call.waitFor('BYE');
      assert.equal(bye.get('reason'), 'Q.850;cause=102;text="No answer to re-INVITE"');
      await endOf(silent === 'a' ? b : a);
      side.call.respondTo(await side.call.waitFor(isReinvite), 487);
    });
  }

  it('connects though every message is lost once', async () => {
    for (const { phone } of [a, b]) {
      const lost = new Set<string>();
      phone.drop = (message, direction) => {
        const { number, method } = cseqOf(message);
        const name = `${direction} ${message.method || message.status} ${number} ${method}`;
        if (message.method === 'BYE' || method === 'BYE' || lost.has(name)) return false;
        lost.add(name);
        return true;
      };
    }
    bridge();
    await connected();
    const response = await a.call.reinvite(sdpOfA.replace('sendrecv', 'sendonly'));
    assert.equal(withoutOrigin(response.body), withoutOrigin(answerOfB));
    // The ACK of A may be under way still, and then it is glare
    const statuses = [(await b.call.reinvite(sdpOfB)).status];
    while (statuses.at(-1) === 491) statuses.push((await b.call.reinvite(sdpOfB)).status);
    assert.equal(statuses.at(-1), 200);
  });

  it('ends the call by the engine when the ACK to a handed-on answer never comes', async () => {
    endTogether();
    bridge();
    await connected();
    a.phone.drop = (message, direction) => direction === 'out' && message.method === 'ACK';
    await a.call.reinvite(sdpOfA);
    assert.match(await endOf(a), /^system/);
    await endOf(b);
  });

  it('connects anew when a question is taken back in the moment of its answer', async () => {
    bridge();
    await connected();
    let kept: SipText | null = null;
    const good = b.call.onRequest;
    b.call.onRequest = (request) => {
      if (kept !== null || !isReinvite(request)) return good(request);
      kept = request;
      return null;
    };
    const asked = a.call.reinvite(sdpOfA.replace('sendrecv', 'sendonly'));
    const passed = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    b.call.obeysCancel = false;
    a.call.cancelReinvite();
    assert.equal((await asked).status, 487);
    await b.call.waitFor((message) => message.method === 'ACK' || message.method === 'CANCEL');
    const before = a.call.received.filter(isReinvite).length;
    b.call.respondTo(passed, 200, { body: answerOfB });
    await a.call.waitFor((message) => isReinvite(message) && a.call.received.filter(isReinvite).length > before);
    const { number } = cseqOf(passed);
    await b.call.waitFor((message) => isAckWith(answerOfA)(message) && cseqOf(message).number > number);
  });

  /** What the phones have not answered. */
  let held: [Side, SipText][] = [];
  const keep = (side: Side) => {
    held = [];
    side.call.onRequest = (request) => {
      held.push([side, request]);
      return null;
    };
  };
  const phases: Record<string, () => Promise<unknown>> = {
    'B is asked for its offer': async () => {
      keep(b);
      bridge();
      await b.call.waitFor(isReinvite);
    },
    'A has the offer of B': async () => {
      keep(a);
      bridge();
      await a.call.waitFor(isReinvite);
    },
    'both wait after glare': async () => {
      a.call.onRequest = () => ({ status: 491 });
      bridge();
      await b.call.waitFor((message) => message.method === 'ACK' && hasBody(message));
    },
    'they are connected': async () => {
      bridge();
      await connected();
    },
    'a question of A is with B': async () => {
      bridge();
      await connected();
      keep(b);
      a.call.reinvite(sdpOfA).catch(() => {});
      await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    },
    'the answer of B waits for the ACK of A': async () => {
      bridge();
      await connected();
      a.phone.drop = (message, direction) => direction === 'out' && message.method === 'ACK';
      await a.call.reinvite(null);
    },
  };
  for (const [phase, reached] of Object.entries(phases)) {
    for (const who of ['A', 'B', 'the application']) {
      it(`ends both when ${who} hangs up while ${phase}`, async () => {
        endTogether();
        await reached();
        const [side, other] = who === 'B' ? [b, a] : [a, b];
        if (who === 'the application') rig.sip.hangUp(a.legId, { cause: 16, text: 'enough' });
        else assert.equal((await side.call.hangUp()).status, 200);
        assert.match(await endOf(side), who === 'the application' ? /^local: enough/ : /^remote/);
        assert.match(await endOf(other), /^local: The other side hung up/);
        await other.call.waitFor('BYE');
        for (const [kept, request] of held) kept.call.respondTo(request, 487);
      });
    }
  }
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
