import assert from 'node:assert/strict';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import type { AppClient, AppFrame } from '../peers/app-client.ts';
import { EngineUnderTest } from '../peers/engine-under-test.ts';
import { type Received, SDP, UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.21';
const PHONE = '127.0.12.22';

describe('calls that go out', () => {
  let under: EngineUnderTest;
  let app: AppClient;
  let phone: UdpPeer;

  beforeEach(async () => {
    under = await EngineUnderTest.start(ENGINE);
    app = await under.app('bye', 'options');
    phone = await under.peer(PHONE);
  });
  afterEach(() => under.stop());

  const status = (code: number) => (message: SipMessage) => !message.isRequest && message.status === code;
  const isMethod = (method: string) => (message: SipMessage) => message.isRequest && message.method === method;

  function inviteText(headers = '', target = `sip:bob@${PHONE}:${phone.port}`): string {
    return `INVITE ${target} SIP/2.0\r\nFrom: <sip:4831@localhost>\r\nContent-Type: application/sdp\r\n${headers}\r\n${SDP}`;
  }

  async function called(headers = ''): Promise<{ ok: AppFrame; invite: Received; id: string; dialogId: string }> {
    const ok = await app.ask('sip||', inviteText(headers));
    assert.equal(ok.tokens[3], 'OK', ok.tokens.join('|'));
    const invite = await phone.request('INVITE');
    return { ok, invite, id: ok.tokens[10]!, dialogId: `${invite.message.callId};from-tag=${invite.message.fromTag}` };
  }

  const ackText = `ACK sip:placeholder SIP/2.0\r\n\r\n`;

  async function answered(): Promise<{ invite: Received; dialogId: string }> {
    const { invite, dialogId } = await called();
    phone.respond(invite, 200, { tag: 'b', body: SDP, headers: { 'Content-Type': 'application/sdp' } });
    await app.event(status(200));
    await app.ask(`sip||${dialogId}`, ackText);
    await phone.request('ACK');
    return { invite, dialogId };
  }

  it('carry a route that the application knows beforehand where it also names the next hop', async () => {
    const routes = ['<sip:edge.example;lr>', `<sip:bob@${PHONE}>`];
    const text = inviteText(`Route: ${routes.join(', ')}\r\n`, 'sip:bob@192.0.2.1');
    await app.ask(`sip|||sip:${PHONE}:${phone.port}`, text);
    const { message } = await phone.request('INVITE');
    assert.deepEqual(message.getAll('route'), routes);
    assert.equal(message.uri, 'sip:bob@192.0.2.1');
  });

  it('the application gets the request back as it went out, completed by what RFC 3261 8.1.1 asks for', async () => {
    const { ok, invite } = await called(
      'X-Id: 7\r\nVia: SIP/2.0/UDP evil;branch=z9hG4bKx\r\nRoute: <sip:evil;lr>\r\nRecord-Route: <sip:evil>\r\nRSeq: 1\r\nContent-Length: 3\r\n',
    );
    const { message } = ok;
    assert.equal(ok.message!.toBuffer().toString(), invite.text, 'the echo is what went out');
    assert.equal(invite.message.lines('via').length, 1);
    assert.equal(invite.message.topVia?.port, under.sip.port);
    assert.deepEqual(
      ['route', 'record-route', 'rseq'].filter((name) => invite.message.has(name)),
      [],
    );
    assert.equal(message!.body.toString(), SDP);
    assert.equal(invite.message.from?.uri, `sip:4831@${ENGINE}:${under.sip.port}`, '@localhost is the local address');
    assert.equal(invite.message.get('to'), `<sip:bob@${PHONE}:${phone.port}>`);
    assert.equal(invite.message.get('contact'), `<sip:${ENGINE}:${under.sip.port}>`);
    assert.equal(invite.message.get('max-forwards'), '70');
    assert.deepEqual(ok.tokens.slice(4, 9), [
      'application',
      String(invite.text.length),
      'udp',
      ENGINE,
      String(under.sip.port),
    ]);
    assert.match(ok.tokens[9]!, /^\d\d:\d\d:\d\d\.\d{6}$/);
    assert.deepEqual(ok.tokens.slice(11), ['Msg sent:', '']);
  });

  it('a Call-ID or tag that is none is refused, and a reason that quotes a bar is one token', async () => {
    for (const header of ['Call-ID: a|b\r\n', 'To: <sip:x@y>;tag=a|b\r\n']) {
      const { tokens } = await app.ask('sip||', inviteText(header));
      assert.deepEqual([tokens[3], tokens.length], ['NOK', 5], tokens.join('|'));
    }
    const { tokens } = await app.ask('sip||', inviteText('', 'sip:a|b@'));
    assert.deepEqual(tokens.slice(3), ['NOK', 'invalid request uri or route: sip:a/b@']);
    under.assertEmpty();
  });

  it('a lost INVITE is sent again, byte for byte; provisional responses come with the dialog id', async () => {
    const { invite, id, dialogId } = await called();
    under.clock.advance(500);
    assert.equal((await phone.request('INVITE')).text, invite.text);
    phone.respond(invite, 180, { tag: 'b' });
    const ringing = await app.event(status(180));
    assert.deepEqual(ringing.tokens.slice(8, 10), [id, dialogId]);
    assert.deepEqual(ringing.tokens.slice(4, 7), ['udp', PHONE, String(phone.port)]);
  });

  it('100 is kept from applications, unless they ask for it', async () => {
    const { invite } = await called();
    phone.respond(invite, 100);
    phone.respond(invite, 180, { tag: 'b' });
    await app.event(status(180));
    assert.equal(app.frames.filter(({ message }) => message?.status === 100).length, 0);
    const other = await EngineUnderTest.start('127.0.12.23', { passTrying: true });
    const eager = await other.app();
    await eager.ask('sip||', inviteText());
    phone.respond(await phone.request('INVITE'), 100);
    await eager.event(status(100));
    await other.stop();
  });

  it('a repeated 200 gets the same ACK again, without the application', async () => {
    const { invite, dialogId } = await called();
    const ok = phone.respond(invite, 200, { tag: 'b' });
    await app.event(status(200));
    await app.ask(`sip||${dialogId}`, ackText);
    const ack = await phone.request('ACK');
    assert.equal(ack.message.uri, `sip:peer@${PHONE}:${phone.port}`, 'to the Contact');
    assert.equal(ack.message.cseq?.number, invite.message.cseq?.number);
    assert.notEqual(ack.message.topVia?.branch, invite.message.topVia?.branch);
    phone.send(ok, under.sip);
    assert.equal((await phone.request('ACK')).text, ack.text);
    assert.equal(app.frames.filter(({ message }) => message?.status === 200).length, 1);
  });

  it('a rejection is acknowledged by the engine; the ACK of drachtio-srf for it does no harm', async () => {
    const { invite, dialogId } = await called();
    phone.respond(invite, 486, { tag: 'b' });
    const ack = await phone.request('ACK');
    assert.equal(ack.message.topVia?.branch, invite.message.topVia?.branch);
    assert.equal(ack.message.toTag, 'b');
    await app.event(status(486));
    const answer = await app.ask(`sip||${dialogId}`, ackText);
    assert.equal(
      answer.tokens[4],
      'Server error: ACK for non-success final response is automatically generated by server',
    );
    under.assertEmpty();
  });

  it('CANCEL waits for a provisional response, takes the branch of the INVITE, and the 487 reaches the application', async () => {
    const { invite, id } = await called();
    const cancelled = await app.ask(`sip|${id}|`, 'CANCEL sip:x SIP/2.0\r\nReason: SIP;cause=200\r\n\r\n');
    assert.equal(cancelled.tokens[3], 'OK');
    assert.notEqual(cancelled.tokens[10], id);
    assert.equal(cancelled.message?.method, 'CANCEL');
    assert.equal(phone.count(isMethod('CANCEL')), 0);
    phone.respond(invite, 180, { tag: 'b' });
    const cancel = await phone.request('CANCEL');
    assert.equal(cancel.message.topVia?.branch, invite.message.topVia?.branch);
    assert.equal(cancel.message.get('reason'), 'SIP;cause=200');
    assert.equal(cancel.message.toTag, undefined);
    phone.respond(cancel, 200);
    phone.respond(invite, 487, { tag: 'b' });
    await phone.request('ACK');
    await app.event(status(487));
    assert.equal(
      app.frames.filter(({ message }) => message?.cseq?.method === 'CANCEL' && message.status === 200).length,
      0,
    );
    under.assertEmpty();
  });

  it('an INVITE that was given up unheard is not repeated: who comes back later does not ring, and it is over after 64*T1', async () => {
    const { id } = await called();
    under.clock.advance(500);
    await phone.request('INVITE');
    await app.ask(`sip|${id}|`, 'CANCEL sip:x SIP/2.0\r\n\r\n');
    under.clock.advance(31_499);
    await settled();
    assert.equal(phone.count(isMethod('INVITE')), 2, 'the two from before');
    assert.equal(app.frames.filter(({ message }) => message?.status === 408).length, 0);
    under.clock.advance(1);
    await app.event(status(408));
    assert.equal(phone.count(isMethod('CANCEL')), 0);
    under.assertEmpty();
  });

  it('an INVITE that was given up unheard and is answered nevertheless is the call of the application, which ends it', async () => {
    const { invite, id, dialogId } = await called();
    await app.ask(`sip|${id}|`, 'CANCEL sip:x SIP/2.0\r\n\r\n');
    phone.respond(invite, 200, { tag: 'b' });
    await app.event(status(200));
    await app.ask(`sip||${dialogId}`, ackText);
    await phone.request('ACK');
    await app.ask(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    phone.respond(await phone.request('BYE'), 200);
    await app.event((message) => message.cseq?.method === 'BYE');
    under.assertEmpty();
  });

  it('a 200 that crosses the CANCEL goes to the application, which is told so when it cancels once more', async () => {
    const { invite, id, dialogId } = await called();
    phone.respond(invite, 180, { tag: 'b' });
    await app.event(status(180));
    await app.ask(`sip|${id}|`, 'CANCEL sip:x SIP/2.0\r\n\r\n');
    const cancel = await phone.request('CANCEL');
    phone.respond(invite, 200, { tag: 'b' });
    phone.respond(cancel, 481);
    await app.event(status(200));
    const again = await app.ask(`sip|${id}|`, 'CANCEL sip:x SIP/2.0\r\n\r\n');
    assert.equal(again.tokens[3], 'NOK');
    await app.ask(`sip||${dialogId}`, ackText);
    await phone.request('ACK');
    await app.ask(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    phone.respond(await phone.request('BYE'), 200);
    await app.event((message) => message.cseq?.method === 'BYE');
    under.assertEmpty();
  });

  it('after a CANCEL without any answer the INVITE counts as cancelled, and a late 200 is acknowledged and ended', async () => {
    const { invite, id } = await called();
    phone.respond(invite, 180, { tag: 'b' });
    await app.event(status(180));
    await app.ask(`sip|${id}|`, 'CANCEL sip:x SIP/2.0\r\n\r\n');
    await phone.request('CANCEL');
    under.clock.advance(32_000);
    const gone = await app.event(status(487));
    assert.deepEqual(gone.tokens.slice(3, 7), ['0', 'unknown', '', '0'], 'made up by the engine');
    phone.respond(invite, 200, { tag: 'b' });
    await phone.request('ACK');
    phone.respond(await phone.request('BYE'), 200);
    await settled();
    under.assertEmpty();
  });

  it('an INVITE without any answer: 408 after 64*T1; then a late 180 gets CANCEL, a late 200 ACK and BYE', async () => {
    const { invite, id } = await called();
    under.clock.advance(32_000);
    const gone = await app.event(status(408));
    assert.equal(gone.tokens[8], id);
    phone.respond(invite, 180, { tag: 'b' });
    const cancel = await phone.request('CANCEL');
    assert.equal(cancel.message.topVia?.branch, invite.message.topVia?.branch);
    const ok = phone.respond(invite, 200, { tag: 'b' });
    await phone.request('ACK');
    const bye = await phone.request('BYE');
    phone.send(ok, under.sip);
    await phone.request('ACK');
    phone.respond(bye, 200);
    phone.respond(cancel, 481);
    await settled();
    under.assertEmpty();
  });

  it('of two forks that answer the application gets the first; the other is acknowledged and ended', async () => {
    const { invite, dialogId } = await called();
    phone.respond(invite, 180, { tag: 'b1' });
    phone.respond(invite, 180, { tag: 'b2' });
    phone.respond(invite, 200, { tag: 'b1' });
    phone.respond(invite, 200, { tag: 'b2' });
    await app.event(status(200));
    const declined = await phone.request('ACK');
    assert.equal(declined.message.toTag, 'b2');
    const bye = await phone.request('BYE');
    assert.equal(bye.message.toTag, 'b2');
    phone.respond(bye, 200);
    await app.ask(`sip||${dialogId}`, ackText);
    assert.equal((await phone.request('ACK')).message.toTag, 'b1');
    await settled();
    assert.equal(app.frames.filter(({ message }) => message?.status === 200).length, 1);
    assert.equal(under.engine.stats().dialogs, 1);
  });

  it('a 200 of the second fork alone makes its own dialog, with its own route set', async () => {
    const { invite, dialogId } = await called();
    phone.respond(invite, 183, { tag: 'b1' });
    phone.respond(invite, 200, {
      tag: 'b2',
      headers: { 'Record-Route': `<sip:far;lr>, <sip:${PHONE}:${phone.port};lr>` },
    });
    await app.event(status(200));
    assert.equal(under.engine.stats().dialogs, 1, 'the other early dialog is gone');
    await app.ask(`sip||${dialogId}`, ackText);
    const ack = await phone.request('ACK');
    assert.equal(ack.message.toTag, 'b2');
    assert.deepEqual(ack.message.getAll('route'), [`<sip:${PHONE}:${phone.port};lr>`, '<sip:far;lr>']);
  });

  it('in a dialog: INFO, its answer, CSeq one by one; and 481-like NOK for a dialog that is not there', async () => {
    const { dialogId, invite } = await answered();
    const info = await app.ask(
      `sip||${dialogId}`,
      'INFO sip:placeholder SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\n',
    );
    const got = await phone.request('INFO');
    assert.equal(got.message.body.toString(), 'Signal=5\r\n');
    assert.equal(got.message.cseq?.number, invite.message.cseq!.number + 1);
    phone.respond(got, 200);
    const answer = await app.event((message) => message.cseq?.method === 'INFO');
    assert.deepEqual(answer.tokens.slice(8, 10), [info.tokens[10], dialogId]);
    const unknown = await app.ask('sip||nothing;from-tag=x', 'INFO sip:placeholder SIP/2.0\r\n\r\n');
    assert.deepEqual(unknown.tokens.slice(3), ['NOK', 'unable to find dialog']);
    const byCallId = await app.ask(
      'sip||',
      `INFO sip:placeholder SIP/2.0\r\nCall-ID: ${invite.message.callId}\r\nFrom: <sip:a>;tag=${invite.message.fromTag}\r\n\r\n`,
    );
    assert.equal(byCallId.tokens[3], 'OK');
    assert.equal((await phone.request('INFO')).message.toTag, 'b', 'Call-ID and tag name the dialog');
  });

  it('a re-INVITE moves the remote target; its 200 wants an ACK of its own', async () => {
    const { dialogId } = await answered();
    await app.ask(`sip||${dialogId}`, `INVITE sip:placeholder SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n${SDP}`);
    const again = await phone.request('INVITE');
    const moved = await under.peer('127.0.12.22');
    const ok = phone.respond(again, 200, { contact: `<sip:moved@127.0.12.22:${moved.port}>` });
    await app.event((message) => status(200)(message) && message.cseq?.number === again.message.cseq?.number);
    await app.ask(`sip||${dialogId}`, ackText);
    const ack = await moved.request('ACK');
    assert.equal(ack.message.cseq?.number, again.message.cseq?.number);
    phone.send(ok, under.sip);
    assert.equal((await moved.request('ACK')).text, ack.text);
  });

  it('BYE of the other side, 200 by the application, and nothing is left', async () => {
    const { invite, dialogId } = await answered();
    const bye = phone.build('BYE', `sip:${ENGINE}`, {
      callId: invite.message.callId,
      fromTag: 'b',
      toTag: invite.message.fromTag!,
    });
    phone.send(bye, under.sip);
    const event = await app.event(isMethod('BYE'));
    assert.equal(event.tokens[9], dialogId);
    await app.ask(`sip|${event.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    await phone.response(200, 'BYE');
    under.assertEmpty();
  });

  it('a BYE that is challenged keeps the dialog for the second try; without one it is dropped', async () => {
    const { dialogId } = await answered();
    await app.ask(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    phone.respond(await phone.request('BYE'), 407);
    await app.event(status(407));
    const second = await app.ask(
      `sip||${dialogId}`,
      'BYE sip:placeholder SIP/2.0\r\nProxy-Authorization: Digest x\r\n\r\n',
    );
    assert.equal(second.tokens[3], 'OK');
    phone.respond(await phone.request('BYE'), 407);
    await app.event(status(407));
    under.assertEmpty();
  });

  it('a Contact with an address that is not the one that answered is not believed; requests go where the answer came from', async () => {
    const { invite, dialogId } = await called();
    phone.respond(invite, 200, { tag: 'b', contact: '<sip:phone@10.0.0.9:5060>' });
    await app.event(status(200));
    await app.ask(`sip||${dialogId}`, ackText);
    assert.equal((await phone.request('ACK')).message.uri, 'sip:phone@10.0.0.9:5060');
  });

  it('of a dead application are cancelled; a 200 that comes nevertheless is acknowledged and ended', async () => {
    const { invite } = await called();
    phone.respond(invite, 180, { tag: 'b' });
    await app.event(status(180));
    app.close();
    await phone.request('CANCEL');
    phone.respond(invite, 200, { tag: 'b' });
    await phone.request('ACK');
    phone.respond(await phone.request('BYE'), 200);
    await settled();
    under.assertEmpty();
  });

  it('of a dead application that were answered and never acknowledged get ACK and BYE', async () => {
    const { invite } = await called();
    phone.respond(invite, 200, { tag: 'b' });
    await app.event(status(200));
    app.close();
    await phone.request('ACK');
    phone.respond(await phone.request('BYE'), 200);
    await settled();
    under.assertEmpty();
  });

  it('to a port where nobody listens: 503 by the engine, on UDP and on TCP', async () => {
    const nobody = await UdpPeer.open('127.0.12.24');
    nobody.close();
    for (const transport of ['udp', 'tcp']) {
      const ok = await app.ask('sip||', inviteText('', `sip:x@127.0.12.24:${nobody.port};transport=${transport}`));
      const event = await app.event(status(503), `503 over ${transport}`);
      assert.equal(event.tokens[8], ok.tokens[10]);
      assert.deepEqual(event.tokens.slice(3, 7), ['0', 'unknown', '', '0']);
    }
  });

  it('refusals: own address, no such transport, no content type, no URI, a header that is none', async () => {
    const own = await app.ask('sip||', inviteText('', `sip:x@${ENGINE}:${under.sip.port}`));
    assert.deepEqual(own.tokens.slice(3), ['NOK', 'can not send request to myself']);
    const v6 = await app.ask('sip||', inviteText('', 'sip:x@[::1]:5060'));
    assert.deepEqual(v6.tokens.slice(3), ['NOK', 'requested protocol/transport not available']);
    const typeless = await app.ask('sip||', `MESSAGE sip:x@${PHONE} SIP/2.0\r\n\r\nhello`);
    assert.deepEqual(typeless.tokens.slice(3), ['NOK', 'missing content-type']);
    const nowhere = await app.ask('sip||', 'OPTIONS sip: SIP/2.0\r\n\r\n');
    assert.equal(nowhere.tokens[3], 'NOK');
    const header = await app.ask('sip||', `OPTIONS sip:x@${PHONE} SIP/2.0\r\nA b: c\r\n\r\n`);
    assert.equal(header.tokens[3], 'NOK');
    for (const bad of [
      'From: <sip:a@b',
      'To: nobody',
      'Contact: <sip:a',
      'Call-ID: a b',
      'Max-Forwards: 999',
      'From: "a <sip:b>',
    ]) {
      const answer = await app.ask('sip||', `OPTIONS sip:x@${PHONE}:${phone.port} SIP/2.0\r\n${bad}\r\n\r\n`);
      assert.equal(answer.tokens[3], 'NOK', bad);
    }
    assert.equal(phone.received.length, 0);
  });

  it('a route URL is the next hop and nothing of it stands in the request', async () => {
    const ok = await app.ask(`sip|||sip:${PHONE}:${phone.port}`, inviteText('', 'sip:+554831@carrier.example'));
    assert.equal(ok.tokens[3], 'OK');
    const invite = await phone.request('INVITE');
    assert.equal(invite.message.uri, 'sip:+554831@carrier.example');
    assert.equal(invite.message.has('route'), false);
  });

  it('a route URL with `lr` is the next hop and the Route of the request (RFC 3261 8.1.2)', async () => {
    const proxy = `sip:${PHONE}:${phone.port};lr`;
    const ok = await app.ask(`sip|||${proxy}`, inviteText('', 'sip:+554831@carrier.example'));
    assert.equal(ok.tokens[3], 'OK');
    const invite = await phone.request('INVITE');
    assert.equal(invite.message.uri, 'sip:+554831@carrier.example');
    assert.deepEqual(invite.message.lines('route'), [`<${proxy}>`]);
  });

  it('v=0 bodies get their type, names their usual form, X- headers stay as written', async () => {
    await app.ask(
      'sip||',
      `INVITE sip:x@${PHONE}:${phone.port} SIP/2.0\r\nx-lower: 1\r\nsome-header: 2\r\np-asserted-identity: <sip:1@localhost>\r\n\r\n${SDP}`,
    );
    const { text, message } = await phone.request('INVITE');
    assert.equal(message.get('content-type'), 'application/sdp');
    assert.match(text, /\r\nx-lower: 1\r\nSome-Header: 2\r\nP-Asserted-Identity: <sip:1@127\.0\.12\.21:\d+>\r\n/);
  });

  it('SUBSCRIBE: a NOTIFY that overtakes the 200 finds its dialog, and the last NOTIFY ends it', async () => {
    const ok = await app.ask(
      'sip||',
      `SUBSCRIBE sip:x@${PHONE}:${phone.port} SIP/2.0\r\nEvent: presence\r\nExpires: 60\r\n\r\n`,
    );
    const subscribe = await phone.request('SUBSCRIBE');
    const { callId, fromTag } = subscribe.message;
    const notify = (cseq: number, state: string) =>
      phone.send(
        phone.build('NOTIFY', `sip:${ENGINE}`, {
          callId,
          fromTag: 'n',
          toTag: fromTag!,
          cseq,
          headers: { 'Subscription-State': state, Event: 'presence' },
        }),
        under.sip,
      );
    notify(1, 'active');
    const first = await app.event(isMethod('NOTIFY'));
    assert.equal(first.tokens[9], `${callId};from-tag=${fromTag}`);
    await app.ask(`sip|${first.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    phone.respond(subscribe, 200, { tag: 'n', headers: { Expires: '60' } });
    const accepted = await app.event((message) => status(200)(message));
    assert.deepEqual(accepted.tokens.slice(8, 10), [ok.tokens[10], `${callId};from-tag=${fromTag}`]);
    assert.equal(under.engine.stats().dialogs, 1);
    notify(2, 'terminated;reason=noresource');
    const last = await app.event(isMethod('NOTIFY'));
    await app.ask(`sip|${last.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    await phone.response(200, 'NOTIFY');
    assert.equal(under.engine.stats().dialogs, 0);
  });

  it('a subscription that nobody refreshes is dropped after its time', async () => {
    await app.ask('sip||', `SUBSCRIBE sip:x@${PHONE}:${phone.port} SIP/2.0\r\nEvent: presence\r\nExpires: 60\r\n\r\n`);
    phone.respond(await phone.request('SUBSCRIBE'), 200, { tag: 'n', headers: { Expires: '60' } });
    await app.event(status(200));
    under.clock.advance(60_000);
    assert.equal(under.engine.stats().dialogs, 1);
    under.clock.advance(70_000);
    assert.equal(under.engine.stats().dialogs, 0);
  });

  /** See `uas.test.ts`: everything before it has arrived when it is answered. */
  async function settled(): Promise<void> {
    phone.send(phone.build('PUBLISH', `sip:${ENGINE}`), under.sip);
    await phone.response(503, 'PUBLISH');
  }
});

describe('an INVITE that its application identified', () => {
  it('is the same bytes from a second engine on the same listen point, so that it is a retransmission for the peer', async () => {
    const phone = await UdpPeer.open('127.0.12.25');
    const texts: string[] = [];
    let port = 0;
    for (let life = 0; life < 2; life++) {
      const under = await EngineUnderTest.start('127.0.12.26', {
        listenPoints: [{ protocol: 'udp', address: '127.0.12.26', port }],
      });
      port = under.sip.port;
      const app = await under.app();
      const headers =
        'From: <sip:a@localhost>;tag=attempt-1\r\nCall-ID: attempt-1@callback\r\nContent-Type: application/sdp\r\n';
      const ok = await app.ask('sip||', `INVITE sip:bob@127.0.12.25:${phone.port} SIP/2.0\r\n${headers}\r\n${SDP}`);
      assert.equal(ok.tokens[3], 'OK');
      texts.push((await phone.request('INVITE')).text);
      await under.stop();
    }
    assert.equal(texts[1], texts[0]);
    phone.close();
  });

  it('has another branch when CSeq, tag or Call-ID differ, and one that is not identified has a random one', async () => {
    const under = await EngineUnderTest.start('127.0.12.27');
    const phone = await under.peer('127.0.12.25');
    const app = await under.app();
    const branches = new Set<string>();
    const variants = [
      'From: <sip:a>;tag=1\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n',
      'From: <sip:a>;tag=1\r\nCall-ID: c1\r\nCSeq: 2 INVITE\r\n',
      'From: <sip:a>;tag=2\r\nCall-ID: c1\r\n',
      'From: <sip:a>;tag=1\r\nCall-ID: c2\r\n',
      'From: <sip:a>;tag=1\r\n',
      'From: <sip:a>;tag=1\r\n',
      'Call-ID: c3\r\n',
      'Call-ID: c3\r\n',
    ];
    for (const headers of variants) {
      await app.ask('sip||', `INVITE sip:bob@127.0.12.25:${phone.port} SIP/2.0\r\n${headers}\r\n`);
      branches.add((await phone.request('INVITE')).message.topVia!.branch!);
    }
    assert.equal(branches.size, variants.length);
    const twice = await app.ask('sip||', `INVITE sip:bob@127.0.12.25:${phone.port} SIP/2.0\r\n${variants[0]}\r\n`);
    assert.deepEqual(twice.tokens.slice(3), ['NOK', 'the same request is already under way']);
    await under.stop();
  });
});
