/** Two legs connected end to end: refusals, silence, lost messages, and somebody who hangs up in the midst of it. */

import assert from 'node:assert/strict';
import { cseqOf, type SipText } from '../support/sip-text.ts';
import {
  answering,
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

describe('sip: two legs connected end to end, when things go wrong', () => {
  let pair: EndToEndRig;
  let a: Side;
  let b: Side;
  beforeEach(async () => {
    pair = await EndToEndRig.open('127.0.14.71');
    ({ a, b } = pair);
  });
  afterEach(() => pair.close());

  it('asks the other way round where a phone takes no re-INVITE without an offer', async () => {
    b.call.onRequest = (request) =>
      isReinvite(request) && !hasBody(request) ? { status: 488 } : answering(b, sdpOfB, answerOfB)(request);
    pair.bridge();
    await a.call.waitFor(isAckWith(answerOfB));
    const offered = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    assert.equal(withoutOrigin(offered.body), withoutOrigin(sdpOfA));
  });

  it('ends the call with its reason where the two have nothing in common', async () => {
    pair.endTogether();
    a.call.onRequest = () => ({ status: 488 });
    pair.bridge();
    assert.equal(await pair.endOf(a), 'system: a re-INVITE was refused with 488');
    assert.equal((await a.call.waitFor('BYE')).get('reason'), 'Q.850;cause=88;text="Incompatible media"');
    assert.match(await pair.endOf(b), /^local/);
  });

  it('ends the call where a 2xx has no SDP, not where the fault is mended', async () => {
    pair.endTogether();
    b.call.onRequest = () => ({ status: 200 });
    a.call.onRequest = () => ({ status: 200 });
    pair.bridge();
    assert.equal(await pair.endOf(a), 'system: a re-INVITE was refused with 488');
    await pair.endOf(b);
  });

  for (const silent of ['a', 'b'] as const) {
    it(`ends the call when ${silent} does not answer at all`, async () => {
      pair.endTogether();
      const side = silent === 'a' ? a : b;
      side.phone.drop = (message) => isReinvite(message);
      pair.bridge();
      assert.equal(await pair.endOf(side), 'system: a re-INVITE got 408');
      assert.match(await pair.endOf(silent === 'a' ? b : a), /^local/);
      await side.call.waitFor('BYE');
    });

    it(`ends the call when ${silent} only says that it tries`, async () => {
      pair.endTogether();
      pair.hurry = 50;
      const side = silent === 'a' ? a : b;
      side.call.onRequest = (request) => (isReinvite(request) ? { status: 180 } : { status: 200 });
      pair.bridge();
      assert.equal(await pair.endOf(side), 'system: no answer to a re-INVITE');
      const bye = await side.call.waitFor('BYE');
      assert.equal(bye.get('reason'), 'Q.850;cause=102;text="No answer to re-INVITE"');
      await pair.endOf(silent === 'a' ? b : a);
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
    pair.bridge();
    await pair.connected();
    const response = await a.call.reinvite(sdpOfA.replace('sendrecv', 'sendonly'));
    assert.equal(withoutOrigin(response.body), withoutOrigin(answerOfB));
    // The ACK of A may be under way still, and then it is glare
    const statuses = [(await b.call.reinvite(sdpOfB)).status];
    while (statuses.at(-1) === 491) statuses.push((await b.call.reinvite(sdpOfB)).status);
    assert.equal(statuses.at(-1), 200);
  });

  it('ends the call by the engine when the ACK to a handed-on answer never comes', async () => {
    pair.endTogether();
    pair.bridge();
    await pair.connected();
    a.phone.drop = (message, direction) => direction === 'out' && message.method === 'ACK';
    await a.call.reinvite(sdpOfA);
    assert.match(await pair.endOf(a), /^system/);
    await pair.endOf(b);
  });

  it('does not ask a side whose own question before the bridge has no ACK yet (RFC 3261 14.1)', async () => {
    pair.hurry = 50;
    let lost = 0;
    a.phone.drop = (message, direction) => direction === 'out' && message.method === 'ACK' && lost++ < 2;
    await a.call.reinvite(sdpOfA);
    pair.bridge();
    await pair.connected();
    const order = a.phone.log
      .filter(({ message, dropped }) => !dropped && (message.method === 'ACK' || isReinvite(message)))
      .map(({ direction, message }) => `${direction} ${message.method}`);
    assert.ok(order.includes('out ACK'), a.phone.summary());
    assert.ok(order.indexOf('out ACK') < order.indexOf('in INVITE'), a.phone.summary());
  });

  for (const [what, asked, expected] of [
    ['an offer', 'a', ''],
    ['a question for an offer', 'b', 'm=audio 0 '],
  ] as const) {
    for (const ending of ['hang up', 'give up waiting']) {
      it(`acknowledges a 2xx to ${what} that comes when we ${ending}`, async () => {
        const side = asked === 'a' ? a : b;
        side.call.onRequest = () => ({ status: 180 });
        side.call.answersBye = false;
        if (ending === 'give up waiting') pair.hurry = 100;
        pair.bridge();
        const invite = await side.call.waitFor(isReinvite);
        if (ending === 'hang up') pair.rig.sip.hangUp(side.legId, { cause: 16, text: '' });
        const bye = await side.call.waitFor('BYE');
        side.call.respondTo(invite, 200, { body: asked === 'a' ? answerOfA : sdpOfB });
        const { number } = cseqOf(invite);
        const ack = await side.call.waitFor((message) => message.method === 'ACK' && cseqOf(message).number === number);
        if (ending === 'hang up') assert.ok(ack.body.includes(expected), ack.body);
        if (asked === 'a') assert.equal(ack.body, '');
        side.call.respondTo(bye, 200);
      });
    }
  }

  it('comes again after the time that a side asks for', async () => {
    pair.hurry = 50;
    const good = b.call.onRequest;
    let asked = 0;
    b.call.onRequest = (request) => (++asked === 1 ? { status: 500, headers: [['Retry-After', '1']] } : good(request));
    pair.bridge();
    await pair.connected();
    assert.ok(
      pair.waits.some((wait) => wait > 900 && wait <= 1000),
      `${pair.waits}`,
    );
  });

  it('connects anew when a question is taken back in the moment of its answer', async () => {
    pair.bridge();
    await pair.connected();
    let kept: SipText | null = null;
    const good = b.call.onRequest;
    b.call.onRequest = (request) => {
      if (kept !== null || !isReinvite(request)) return good(request);
      kept = request;
      return { status: 180 };
    };
    const asked = a.call.reinvite(sdpOfA.replace('sendrecv', 'sendonly'));
    const passed = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    b.call.obeysCancel = false;
    a.call.cancelReinvite();
    assert.equal((await asked).status, 487);
    await b.call.waitFor('CANCEL');
    const before = a.call.received.filter(isReinvite).length;
    b.call.respondTo(passed, 200, { body: answerOfB });
    await a.call.waitFor((message) => isReinvite(message) && a.call.received.filter(isReinvite).length > before);
    const { number } = cseqOf(passed);
    await b.call.waitFor((message) => isAckWith(answerOfA)(message) && cseqOf(message).number > number);
  });

  it('takes a question back where it was handed to, and the call goes on as it was', async () => {
    pair.bridge();
    await pair.connected();
    b.call.onRequest = () => ({ status: 180 });
    const asked = a.call.reinvite(sdpOfA.replace('sendrecv', 'sendonly'));
    const passed = await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    a.call.cancelReinvite();
    assert.equal((await asked).status, 487);
    await b.call.waitFor('CANCEL');
    b.call.respondTo(passed, 487);
    await b.call.waitFor((message) => message.method === 'ACK' && cseqOf(message).number === cseqOf(passed).number);
    b.call.onRequest = answering(b, sdpOfB, answerOfB);
    const statuses = [(await a.call.reinvite(sdpOfA)).status];
    while (statuses.at(-1) === 491) statuses.push((await a.call.reinvite(sdpOfA)).status);
    assert.equal(statuses.at(-1), 200);
    assert.equal(a.call.received.filter(isReinvite).length, 1);
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
      pair.bridge();
      await b.call.waitFor(isReinvite);
    },
    'A has the offer of B': async () => {
      keep(a);
      pair.bridge();
      await a.call.waitFor(isReinvite);
    },
    'both wait after glare': async () => {
      a.call.onRequest = () => ({ status: 491 });
      pair.bridge();
      await b.call.waitFor((message) => message.method === 'ACK' && hasBody(message));
    },
    'they are connected': async () => {
      pair.bridge();
      await pair.connected();
    },
    'a question of A is with B': async () => {
      pair.bridge();
      await pair.connected();
      keep(b);
      a.call.reinvite(sdpOfA).catch(() => {});
      await b.call.waitFor((message) => isReinvite(message) && hasBody(message));
    },
    'the answer of B pair.waits for the ACK of A': async () => {
      pair.bridge();
      await pair.connected();
      a.phone.drop = (message, direction) => direction === 'out' && message.method === 'ACK';
      await a.call.reinvite(null);
    },
  };
  for (const [phase, reached] of Object.entries(phases)) {
    for (const who of ['A', 'B', 'the application to A', 'the application to B']) {
      it(`ends both when ${who} hangs up while ${phase}`, async () => {
        pair.endTogether();
        await reached();
        const [side, other] = who.endsWith('B') ? [b, a] : [a, b];
        if (who.startsWith('the')) pair.rig.sip.hangUp(side.legId, { cause: 16, text: 'enough' });
        else assert.equal((await side.call.hangUp()).status, 200);
        assert.match(await pair.endOf(side), who.startsWith('the') ? /^local: enough/ : /^remote/);
        assert.match(await pair.endOf(other), /^local: The other side hung up/);
        await other.call.waitFor('BYE');
        for (const [kept, request] of held) kept.call.respondTo(request, 487);
      });
    }
  }
});
