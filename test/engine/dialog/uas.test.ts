import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import type { AppClient, AppFrame } from '../peers/app-client.ts';
import { EngineUnderTest } from '../peers/engine-under-test.ts';
import { SDP, type UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.11';
const CALLER = '127.0.12.12';
const OK = `SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n${SDP}`;

describe('calls that come in', () => {
  let under: EngineUnderTest;
  let app: AppClient;
  let caller: UdpPeer;

  beforeEach(async () => {
    under = await EngineUnderTest.start(ENGINE, {}, async () => []);
    app = await under.app('invite', 'info', 'options', 'bye');
    caller = await under.peer(CALLER);
  });
  afterEach(() => under.stop());

  const isMethod = (method: string) => (message: SipMessage) => message.isRequest && message.method === method;

  async function invited(
    options: Parameters<UdpPeer['build']>[2] = {},
  ): Promise<{ invite: SipMessage; event: AppFrame; id: string }> {
    const invite = caller.build('INVITE', `sip:100@${ENGINE}`, { body: SDP, ...options });
    caller.send(invite, under.sip);
    const event = await app.event(isMethod('INVITE'), 'the INVITE');
    return { invite, event, id: event.tokens[8]! };
  }

  function inDialog(
    method: string,
    about: { invite: SipMessage; toTag: string; cseq?: number; branch?: string; headers?: Record<string, string> },
  ): SipMessage {
    const { invite, toTag, ...rest } = about;
    return caller.build(method, `sip:${ENGINE}:${under.sip.port}`, { callId: invite.callId, toTag, ...rest });
  }

  /** A call that is answered and acknowledged. */
  async function answered(): Promise<{ invite: SipMessage; id: string; dialogId: string; toTag: string }> {
    const { invite, id } = await invited();
    const answer = await app.ask(`sip|${id}|`, OK);
    const toTag = (await caller.response(200)).message.toTag!;
    caller.send(inDialog('ACK', { invite, toTag }), under.sip);
    await app.event(isMethod('ACK'), 'the ACK');
    return { invite, id, dialogId: answer.tokens[11]!, toTag };
  }

  it('get 100 at once, and every repeat of the INVITE gets the newest response while the application hears of one', async () => {
    const { invite, id } = await invited();
    assert.equal((await caller.response(100)).message.toTag, undefined);
    caller.send(invite, under.sip);
    await caller.response(100);
    await app.ask(`sip|${id}|`, 'SIP/2.0 180 Ringing\r\n\r\n');
    const ringing = await caller.response(180);
    caller.send(invite, under.sip);
    assert.equal((await caller.response(180)).text, ringing.text);
    assert.equal(app.frames.filter(({ message }) => message?.method === 'INVITE' && message.isRequest).length, 1);
  });

  it('a rejection is repeated until the ACK and carries what the application says', async () => {
    const { invite, id } = await invited();
    const reason = 'Q.850;cause=17;text="Callback scheduled"';
    const answer = await app.ask(
      `sip|${id}|`,
      `SIP/2.0 486 Busy Here\r\nReason: ${reason}\r\nX-Callback-ID: 7\r\n\r\n`,
    );
    assert.equal(answer.tokens[3], 'OK');
    const rejected = await caller.response(486);
    assert.equal(rejected.message.get('reason'), reason);
    assert.equal(rejected.message.get('x-callback-id'), '7');
    assert.ok(rejected.message.toTag);
    assert.equal(rejected.message.has('contact'), false);
    under.clock.advance(500);
    assert.equal((await caller.response(486)).text, rejected.text);
    const ack = inDialog('ACK', { invite, toTag: rejected.message.toTag!, branch: invite.topVia!.branch! });
    caller.send(ack, under.sip);
    await settled();
    await assertQuietFor(40_000);
    assert.equal(app.frames.filter(({ message }) => message?.method === 'ACK').length, 0);
    under.assertEmpty();
  });

  it('a 200 that got lost is repeated until the ACK, which stops it', async () => {
    const { invite, id } = await invited();
    const answer = await app.ask(`sip|${id}|`, OK);
    const first = await caller.response(200);
    under.clock.advance(500);
    await caller.response(200);
    under.clock.advance(1000);
    assert.equal((await caller.response(200)).text, first.text);
    const ack = inDialog('ACK', { invite, toTag: first.message.toTag! });
    caller.send(ack, under.sip);
    const event = await app.event(isMethod('ACK'), 'the ACK');
    assert.equal(event.tokens[8], id, 'the ACK names the INVITE');
    assert.equal(event.tokens[9], answer.tokens[11], 'and the dialog');
    await assertQuietFor(40_000);
  });

  it('without an ACK in 64*T1 the engine says BYE with the reason and tells the application', async () => {
    const { id } = await invited();
    const answer = await app.ask(`sip|${id}|`, OK);
    await caller.response(200);
    under.clock.advance(32_000);
    const bye = await caller.request('BYE');
    assert.match(bye.message.get('reason')!, /^SIP ;cause=200 ;text="ACK timeout"$/);
    const event = await app.event(isMethod('BYE'), 'the unsolicited BYE');
    assert.equal(event.tokens[2], 'application');
    assert.equal(event.tokens[8], 'unsolicited');
    assert.equal(event.tokens[9], answer.tokens[11]);
    caller.respond(bye, 200);
    await settled();
    under.assertEmpty();
  });

  it('without an ACK the application is told also when the BYE finds no way to the peer', async () => {
    for (const [callId, route] of [
      ['no-name', '<sip:gone.invalid;lr>'],
      ['no-transport', '<sips:192.0.2.1;lr>'],
    ] as const) {
      const { id } = await invited({ callId, headers: { 'Record-Route': route } });
      const answer = await app.ask(`sip|${id}|`, OK);
      under.clock.advance(32_000);
      const event = await app.event(isMethod('BYE'), `the unsolicited BYE of ${callId}`);
      assert.deepEqual(event.tokens.slice(8, 10), ['unsolicited', answer.tokens[11]]);
      assert.match(event.message?.get('reason') ?? '', /ACK timeout/);
    }
    assert.equal(under.engine.stats().dialogs, 0);
    assert.equal(caller.count(isMethod('BYE')), 0);
  });

  it('a repeated ACK is told once', async () => {
    const { invite, toTag } = await answered();
    caller.send(inDialog('ACK', { invite, toTag }), under.sip);
    caller.send(caller.build('OPTIONS', `sip:${ENGINE}`), under.sip);
    await app.event(isMethod('OPTIONS'));
    assert.equal(app.frames.filter(({ message }) => message?.method === 'ACK').length, 1);
  });

  it('CANCEL before the application has spoken: 200, 487, and the application hears it without a dialog', async () => {
    const { invite, id } = await invited();
    const cancel = caller.build('CANCEL', invite.uri, { callId: invite.callId, branch: invite.topVia!.branch! });
    caller.send(cancel, under.sip);
    assert.ok((await caller.response(200, 'CANCEL')).message.toTag);
    const terminated = await caller.response(487, 'INVITE');
    const event = await app.event(isMethod('CANCEL'), 'the CANCEL');
    assert.equal(event.tokens[8], id);
    assert.equal(event.tokens[9], '');
    const late = await app.ask(`sip|${id}|`, OK);
    assert.deepEqual(late.tokens.slice(3), ['NOK', 'Response not sent due to unknown transaction']);
    caller.send(
      inDialog('ACK', { invite, toTag: terminated.message.toTag!, branch: invite.topVia!.branch! }),
      under.sip,
    );
    await settled();
    under.assertEmpty();
  });

  it('CANCEL after 180 names the dialog and ends it', async () => {
    const { invite, id } = await invited();
    const ringing = await app.ask(`sip|${id}|`, 'SIP/2.0 180 Ringing\r\n\r\n');
    assert.equal(under.engine.stats().dialogs, 1);
    const early = await caller.response(180);
    assert.ok(early.message.has('contact'), 'RFC 3261 12.1.1: a response that makes a dialog has a Contact');
    caller.send(
      caller.build('CANCEL', invite.uri, { callId: invite.callId, branch: invite.topVia!.branch! }),
      under.sip,
    );
    const ended = await caller.response(487, 'INVITE');
    assert.equal(ended.message.toTag, early.message.toTag);
    const event = await app.event(isMethod('CANCEL'));
    assert.equal(event.tokens[9], ringing.tokens[11]);
    assert.equal(under.engine.stats().dialogs, 0);
  });

  it('CANCEL after the final response changes nothing; one that matches nothing gets 481', async () => {
    const { invite } = await answered();
    caller.send(
      caller.build('CANCEL', invite.uri, { callId: invite.callId, branch: invite.topVia!.branch! }),
      under.sip,
    );
    await caller.response(200, 'CANCEL');
    assert.equal(under.engine.stats().dialogs, 1);
    assert.equal(app.frames.filter(({ message }) => message?.method === 'CANCEL').length, 0);
    caller.send(caller.build('CANCEL', invite.uri, { callId: invite.callId }), under.sip);
    await caller.response(481, 'CANCEL');
  });

  it('BYE of the caller ends the dialog once the application has answered it', async () => {
    const { invite, toTag, dialogId } = await answered();
    caller.send(inDialog('BYE', { invite, toTag, cseq: 2 }), under.sip);
    const bye = await app.event(isMethod('BYE'));
    assert.equal(bye.tokens[9], dialogId);
    const answer = await app.ask(`sip|${bye.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    assert.equal(answer.tokens[11], '', 'no dialog id for the answer to a BYE');
    await caller.response(200, 'BYE');
    assert.equal(under.engine.stats().dialogs, 0);
    caller.send(inDialog('INFO', { invite, toTag, cseq: 3 }), under.sip);
    await caller.response(481, 'INFO');
    under.assertEmpty();
  });

  it('BYE of the application goes to the remote target by the route set, counts CSeq, and is held until the ACK', async () => {
    const record = '<sip:127.0.12.12:PORT;lr>';
    const { invite, id } = await invited({ headers: { 'Record-Route': record.replace('PORT', String(caller.port)) } });
    const answer = await app.ask(`sip|${id}|`, OK);
    const ok = await caller.response(200);
    assert.deepEqual(ok.message.lines('record-route'), invite.lines('record-route'));
    const asked = app.ask(
      `sip||${answer.tokens[11]}`,
      'BYE sip:placeholder SIP/2.0\r\nReason: Q.850;cause=16;text="Done"\r\n\r\n',
    );
    const sent = await asked;
    assert.equal(sent.tokens[3], 'OK');
    assert.equal(sent.message?.cseq?.number, 1);
    assert.equal(caller.count(isMethod('BYE')), 0, 'RFC 3261 15: not before the ACK');
    caller.send(inDialog('ACK', { invite, toTag: ok.message.toTag! }), under.sip);
    const bye = await caller.request('BYE');
    assert.equal(bye.message.uri, `sip:peer@${CALLER}:${caller.port}`);
    assert.deepEqual(bye.message.lines('route'), invite.lines('record-route'));
    assert.equal(bye.message.get('reason'), 'Q.850;cause=16;text="Done"');
    assert.equal(bye.message.fromTag, ok.message.toTag);
    assert.equal(bye.message.toTag, invite.fromTag);
    caller.respond(bye, 200);
    const response = await app.event((message) => message.status === 200);
    assert.equal(response.tokens[8], sent.tokens[10]);
    assert.equal(response.tokens[9], answer.tokens[11]);
    assert.equal(under.engine.stats().dialogs, 0);
  });

  it('BYE that cross each other end the dialog once and leave nothing', async () => {
    const { invite, toTag, dialogId } = await answered();
    await app.ask(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    const ours = await caller.request('BYE');
    caller.send(inDialog('BYE', { invite, toTag, cseq: 2 }), under.sip);
    const theirs = await app.event(isMethod('BYE'));
    await app.ask(`sip|${theirs.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    await caller.response(200, 'BYE');
    caller.respond(ours, 200);
    await app.event((message) => message.status === 200);
    under.assertEmpty();
  });

  it('re-INVITE: told in the dialog, answered, acknowledged; a second one on top of it gets 500 with Retry-After', async () => {
    const { invite, toTag, dialogId } = await answered();
    caller.send(inDialog('INVITE', { invite, toTag, cseq: 2 }), under.sip);
    const event = await app.event((message) => isMethod('INVITE')(message) && message.toTag === toTag);
    assert.equal(event.tokens[9], dialogId);
    caller.send(inDialog('INVITE', { invite, toTag, cseq: 3 }), under.sip);
    assert.ok((await caller.response(500, 'INVITE')).message.has('retry-after'));
    await app.ask(`sip|${event.tokens[8]}|`, OK);
    assert.ok((await caller.response(200, 'INVITE')).message.has('contact'));
    caller.send(inDialog('ACK', { invite, toTag, cseq: 2 }), under.sip);
    const ack = await app.event((message) => message.method === 'ACK' && message.cseq?.number === 2);
    assert.equal(ack.tokens[8], event.tokens[8]);
    caller.send(inDialog('INVITE', { invite, toTag, cseq: 4 }), under.sip);
    await app.event((message) => isMethod('INVITE')(message) && message.cseq?.number === 4, 'one after it');
  });

  it('re-INVITE of both sides at once (glare) reach each other, and nothing is left of them', async () => {
    const { invite, toTag, dialogId } = await answered();
    await app.ask(`sip||${dialogId}`, `INVITE sip:placeholder SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n${SDP}`);
    const ours = await caller.request('INVITE');
    assert.ok(ours.message.has('contact'));
    caller.send(inDialog('INVITE', { invite, toTag, cseq: 2 }), under.sip);
    const theirs = await app.event((message) => isMethod('INVITE')(message) && message.toTag === toTag);
    await app.ask(`sip|${theirs.tokens[8]}|`, 'SIP/2.0 491 Request Pending\r\n\r\n');
    caller.respond(ours, 491);
    await caller.request('ACK');
    const refused = await caller.response(491);
    caller.send(inDialog('ACK', { invite, toTag, cseq: 2, branch: refused.message.topVia!.branch! }), under.sip);
    await app.event((message) => message.status === 491);
    assert.equal(under.engine.stats().dialogs, 1, 'the dialog goes on');
  });

  it('an older CSeq in a dialog gets 500', async () => {
    const { invite, toTag } = await answered();
    caller.send(inDialog('INFO', { invite, toTag, cseq: 5 }), under.sip);
    await app.event(isMethod('INFO'));
    caller.send(inDialog('INFO', { invite, toTag, cseq: 4 }), under.sip);
    await caller.response(500, 'INFO');
  });

  it('a reliable provisional (100rel) gets an RSeq, is repeated until its PRACK, and a wrong PRACK gets 481', async () => {
    const { invite, id } = await invited({ headers: { Supported: '100rel' } });
    await app.ask(
      `sip|${id}|`,
      `SIP/2.0 183 Session Progress\r\nRequire: 100rel\r\nContent-Type: application/sdp\r\n\r\n${SDP}`,
    );
    const progress = await caller.response(183);
    const rseq = progress.message.get('rseq');
    assert.match(rseq!, /^[1-9]\d*$/);
    under.clock.advance(500);
    assert.equal((await caller.response(183)).text, progress.text);
    const toTag = progress.message.toTag!;
    caller.send(
      inDialog('PRACK', { invite, toTag, cseq: 2, headers: { RAck: `${Number(rseq) + 9} 1 INVITE` } }),
      under.sip,
    );
    await caller.response(481, 'PRACK');
    caller.send(inDialog('PRACK', { invite, toTag, cseq: 3, headers: { RAck: `${rseq} 1 INVITE` } }), under.sip);
    const prack = await app.event(isMethod('PRACK'));
    await app.ask(`sip|${prack.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    await caller.response(200, 'PRACK');
    await assertQuietFor(10_000);
  });

  it('BYE in an early dialog also ends the INVITE with 487', async () => {
    const { invite, id } = await invited();
    await app.ask(`sip|${id}|`, 'SIP/2.0 180 Ringing\r\n\r\n');
    const toTag = (await caller.response(180)).message.toTag!;
    caller.send(inDialog('BYE', { invite, toTag, cseq: 2 }), under.sip);
    const bye = await app.event(isMethod('BYE'));
    await app.ask(`sip|${bye.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    await caller.response(487, 'INVITE');
  });

  it('a Call-ID or tag that would break the application’s line of tokens gets 400, and the application hears nothing', async () => {
    for (const bad of [{ callId: 'a|b' }, { fromTag: 'a|b' }, { toTag: 'a|b' }]) {
      caller.send(caller.build('INVITE', `sip:100@${ENGINE}`, { body: SDP, ...bad }), under.sip);
      assert.match((await caller.response(400)).message.reason, /Call-ID is none|tag is no token/);
    }
    await invited();
    assert.equal(app.frames.filter(({ tokens }) => tokens[1] === 'sip').length, 1);
  });

  it('a To tag that is none is refused to the application, which can still answer', async () => {
    const { id } = await invited();
    const answer = await app.ask(`sip|${id}|`, 'SIP/2.0 180 Ringing\r\nTo: <sip:100@a>;tag=a|b\r\n\r\n');
    assert.deepEqual(answer.tokens.slice(3), ['NOK', 'a tag is no token']);
    await app.ask(`sip|${id}|`, 'SIP/2.0 480 Temporarily Unavailable\r\n\r\n');
    assert.match((await caller.response(480)).message.toTag!, /^[\w-]+$/);
  });

  it('an application may choose the To tag', async () => {
    const { id } = await invited();
    await app.ask(`sip|${id}|`, 'SIP/2.0 480 Gone\r\nTo: <sip:x@y>;tag=mine\r\n\r\n');
    assert.equal((await caller.response(480)).message.toTag, 'mine');
  });

  it('to which the application says nothing in 64 s get 503 and are forgotten', async () => {
    const { id } = await invited();
    await caller.response(100);
    under.clock.advance(64_000);
    await caller.response(503, 'INVITE');
    const late = await app.ask(`sip|${id}|`, OK);
    assert.equal(late.tokens[3], 'NOK');
  });

  it('of a dead application: 503 to the waiting caller, BYE to the connected one', async () => {
    const first = await answered();
    await invited();
    app.close();
    await caller.response(503, 'INVITE');
    const bye = await caller.request('BYE');
    assert.equal(bye.message.callId, first.invite.callId);
    caller.respond(bye, 200);
    await settled();
    under.assertEmpty();
  });

  it('of a dead application: a 200 that waits for its ACK is repeated, and the BYE follows the ACK', async () => {
    const { invite, id } = await invited();
    await app.ask(`sip|${id}|`, OK);
    const ok = await caller.response(200);
    app.close();
    await app.closed();
    await settled();
    assert.equal(caller.count(isMethod('BYE')), 0);
    caller.send(inDialog('ACK', { invite, toTag: ok.message.toTag! }), under.sip);
    await caller.request('BYE');
  });

  it('over TCP: requests of the dialog take the connection of the caller, and his Contact once it is closed', async () => {
    const socket = connect(under.sipTcp.port, under.sipTcp.address);
    await once(socket, 'connect');
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk;
    });
    const invite = caller.build('INVITE', `sip:100@${ENGINE}`, { body: SDP });
    socket.write(invite.toBuffer().toString().replace('SIP/2.0/UDP', 'SIP/2.0/TCP'));
    const { tokens } = await app.event(isMethod('INVITE'));
    const answer = await app.ask(`sip|${tokens[8]}|`, OK);
    const ack = inDialog('ACK', { invite, toTag: answer.message!.toTag! });
    socket.write(ack.toBuffer().toString().replace('SIP/2.0/UDP', 'SIP/2.0/TCP'));
    await app.event(isMethod('ACK'));
    const dialogId = answer.tokens[11];
    await app.ask(`sip||${dialogId}`, 'INFO sip:placeholder SIP/2.0\r\n\r\n');
    while (!got.includes('INFO sip:peer@')) await once(socket, 'data');
    socket.destroy();
    await once(socket, 'close');
    // The engine may see the end of the connection only when it writes to it; the second request has the Contact alone.
    await app.ask(`sip||${dialogId}`, 'INFO sip:placeholder SIP/2.0\r\n\r\n');
    await settled();
    await app.ask(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    assert.equal((await caller.request('BYE')).message.uri, `sip:peer@${CALLER}:${caller.port}`);
  });

  it("session timers are the application's: Session-Expires passes in both directions as it is", async () => {
    const { id, event } = await invited({ headers: { Supported: 'timer', 'Session-Expires': '1800;refresher=uac' } });
    assert.equal(event.message!.get('session-expires'), '1800;refresher=uac');
    await app.ask(
      `sip|${id}|`,
      `SIP/2.0 200 OK\r\nSession-Expires: 1800;refresher=uac\r\nRequire: timer\r\n\r\n${SDP}`,
    );
    assert.equal((await caller.response(200)).message.get('session-expires'), '1800;refresher=uac');
  });

  /** Whatever the engine sends in that time has arrived before the answer to the probe. */
  async function assertQuietFor(ms: number): Promise<void> {
    const before = caller.received.length;
    under.clock.advance(ms);
    await settled();
    assert.equal(caller.received.length, before + 1, caller.summary());
  }

  /** Lets everything that is on its way through the kernel arrive: a request of its own that takes the same way, answered. */
  async function settled(): Promise<void> {
    const probe = caller.build('PUBLISH', `sip:${ENGINE}`);
    caller.send(probe, under.sip);
    await caller.response(503, 'PUBLISH');
  }
});
