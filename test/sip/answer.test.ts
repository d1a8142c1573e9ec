import assert from 'node:assert/strict';
import type { IncomingRequest } from '../../lib/sip/link.ts';
import { MessageHead } from '../../lib/sip/message/message-head.ts';
import { strayResponse } from '../../lib/sip/stray-requests.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { Rig } from './sip-rig.ts';

const address = '127.0.14.11';

describe('sip: an inbound call that is answered', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address });
    phone = await rig.phone();
    rig.recorder.onOffered = ({ legId }) => rig.sip.answer(legId);
  });
  afterEach(() => rig.close());

  async function answered(options: { sdp?: string | null } = {}): Promise<{ call: PhoneCall; legId: string }> {
    const call = phone.call({ to: rig.uri('100'), ...options });
    const { legId } = await rig.recorder.call();
    await rig.recorder.of(legId, 'answered');
    return { call, legId };
  }

  it('gets our answer to its offer, plays, and ends with its BYE', async () => {
    const { call, legId } = await answered();
    const ok = await call.final();
    assert.match(ok.body, /^v=0/);
    assert.match(ok.get('allow'), /INFO/);
    assert.match(ok.get('contact'), new RegExp(`${address}:${rig.port}`));
    assert.equal(rig.media.of(legId)?.options.address, address);
    rig.sip.play(legId, 'one', 'tone:beep');
    rig.sip.play(legId, 'two', 'tone:beep');
    assert.deepEqual(await rig.recorder.of(legId, 'playEnded'), {
      type: 'playEnded',
      legId,
      playId: 'one',
      result: 'stopped',
    });
    rig.media.of(legId)?.endPlay('played');
    await rig.recorder.until('the second end', () =>
      rig.recorder.events.find((event) => event.type === 'playEnded' && event.result === 'played'),
    );
    assert.equal((await call.hangUp([['Reason', 'Q.850;cause=16;text="had enough"']])).status, 200);
    assert.deepEqual(await rig.recorder.last(legId), {
      type: 'ended',
      legId,
      by: 'remote',
      text: 'had enough',
      q850Cause: 16,
    });
    assert.equal(rig.media.of(legId)?.closed, 1);
  });

  it('is hung up by BYE with its Reason, and ends when that is answered', async () => {
    const { call, legId } = await answered();
    rig.sip.hangUp(legId, { cause: 16, text: 'Inter-digit timeout' });
    rig.sip.hangUp(legId, { cause: 31, text: 'twice' });
    const bye = await call.waitFor('BYE');
    assert.equal(bye.get('reason'), 'Q.850;cause=16;text="Inter-digit timeout"');
    assert.deepEqual(await rig.recorder.last(legId), {
      type: 'ended',
      legId,
      by: 'local',
      text: 'Inter-digit timeout',
    });
    assert.equal(call.count('BYE'), 1);
    assert.deepEqual(rig.recorder.types(legId), ['answered', 'ended']);
  });

  it('ends once when both hang up at the same time', async () => {
    const { call, legId } = await answered();
    call.answersBye = false;
    rig.sip.hangUp(legId, { cause: 16, text: '' });
    const bye = await call.waitFor('BYE');
    assert.equal((await call.hangUp()).status, 200);
    call.respondTo(bye, 200);
    assert.deepEqual(await rig.recorder.last(legId), { type: 'ended', legId, by: 'local', text: '' });
    assert.deepEqual(rig.recorder.types(legId), ['answered', 'ended']);
  });

  it('without offer gets ours, and its answer in the ACK counts', async () => {
    const { call, legId } = await answered({ sdp: null });
    assert.match((await call.final()).body, /m=audio/);
    assert.match(rig.media.of(legId)?.remoteSdp ?? '', /o=phone/);
    await call.hangUp();
  });

  it('without offer and without a usable answer is ended', async () => {
    phone.sdp = () => 'v=0\r\n';
    const call = phone.call({ to: rig.uri('100'), sdp: null });
    const { legId } = await rig.recorder.call();
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'ended' && last.by, 'system');
    assert.equal((await call.waitFor('BYE')).get('reason').split(';')[1], 'cause=88');
    assert.deepEqual(rig.recorder.types(legId), ['ended']);
  });

  it('without a common codec is refused with 488', async () => {
    const call = phone.call({ to: rig.uri('100'), sdp: phone.sdp({ payloads: [18, 101] }) });
    assert.equal((await call.final()).status, 488);
    const { legId } = await rig.recorder.call();
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.status, 488);
    assert.equal(rig.media.of(legId)?.closed, 1);
  });

  it('with a body that is no SDP is refused with 415, with an unknown extension 420', async () => {
    const demanding = phone.call({ to: rig.uri('100'), sdp: null, headers: [['Require', '100rel, x-new']] });
    const response = await demanding.final();
    assert.equal(response.status, 420);
    assert.equal(response.get('unsupported'), '100rel, x-new');
    const foreign = phone.call({ to: rig.uri('100'), sdp: 'hello', contentType: 'text/plain' });
    assert.equal((await foreign.final()).status, 415);
  });

  it('that no BYE could ever reach is refused with 400', async () => {
    const bad: Array<[string, string]> = [
      ['Record-Route', '<tel:1>'],
      ['Record-Route', '<sip:proxy.example;lr>, nonsense'],
      ['Call-ID', 'a|b'],
    ];
    for (const header of bad) {
      const call =
        header[0] === 'Call-ID'
          ? phone.call({ to: rig.uri('100'), callId: header[1] })
          : phone.call({ to: rig.uri('100'), headers: [header] });
      assert.equal((await call.final()).status, 400, header.join(': '));
    }
  });

  it('finds the SDP in a multipart body', async () => {
    const parts = `--b\r\nContent-Type: application/isup\r\n\r\nxx\r\n--b\r\nContent-Type: application/sdp\r\n\r\n${phone.sdp()}\r\n--b--\r\n`;
    const call = phone.call({ to: rig.uri('100'), sdp: parts, contentType: 'multipart/mixed;boundary=b' });
    assert.equal((await call.final()).status, 200);
    const { legId } = await rig.recorder.call();
    await rig.recorder.of(legId, 'answered');
    assert.match(rig.media.of(legId)?.remoteSdp ?? '', /^v=0/);
    await call.hangUp();
  });

  it('with no free media port is refused with 503', async () => {
    rig.media.failure = 'NO_PORTS';
    const call = phone.call({ to: rig.uri('100') });
    const response = await call.final();
    assert.equal(response.status, 503);
    assert.equal(response.get('retry-after'), '');
  });

  it('that is cancelled while media is opened ends without answer and without a port', async () => {
    rig.recorder.onOffered = () => {};
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    call.cancel();
    await rig.recorder.last(legId);
    rig.sip.answer(legId);
    assert.equal((await call.final()).status, 487);
    assert.equal(rig.media.stats().endpoints, 0);
  });

  it('hung up before its ACK came waits for the ACK with the BYE (RFC 3261 15)', async () => {
    let lost = true;
    phone.drop = (message, direction) => lost && direction === 'out' && message.method === 'ACK';
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    await call.final();
    rig.sip.hangUp(legId, { cause: 16, text: 'early' });
    assert.equal(call.count('BYE'), 0);
    lost = false;
    await call.waitFor('BYE');
    assert.equal(
      phone.log.findLastIndex(({ message }) => message.method === 'ACK') <
        phone.log.findIndex(({ message }) => message.method === 'BYE'),
      true,
    );
    assert.deepEqual(await rig.recorder.last(legId), { type: 'ended', legId, by: 'local', text: 'early' });
  });

  it('is held, resumed and changed by re-INVITE, also in a bridge, and answers each', async () => {
    const { call, legId } = await answered();
    const other = phone.call({ to: rig.uri('200') });
    const otherLeg = (await rig.recorder.until('a second call', () => rig.recorder.calls[1])).legId;
    await rig.recorder.of(otherLeg, 'answered');
    rig.sip.bridge(legId, otherLeg);
    const endpoint = rig.media.of(legId)!;
    assert.equal(endpoint.bridgedTo, rig.media.of(otherLeg));

    const held = await call.reinvite(phone.sdp({ direction: 'sendonly' }));
    assert.equal(held.status, 200);
    assert.match(held.body, /a=recvonly/);
    assert.match((await call.reinvite(phone.sdp())).body, /a=sendrecv/);
    assert.equal((await call.reinvite(phone.sdp({ payloads: [18] }))).status, 488);
    endpoint.remoteSdp = '';
    assert.match((await call.reinvite(null)).body, /m=audio/);
    assert.equal((await call.send('UPDATE')).status, 200);
    assert.match(endpoint.remoteSdp, /o=phone/, 'the answer in the ACK');
    endpoint.remoteSdp = '';
    const update = await call.send('UPDATE', { headers: [['Content-Type', 'application/sdp']], body: phone.sdp() });
    assert.match(update.body, /m=audio/);
    assert.match(endpoint.remoteSdp, /o=phone/);
    assert.equal(endpoint.bridgedTo, rig.media.of(otherLeg));
    await call.hangUp();
    assert.equal(rig.media.of(otherLeg)?.bridgedTo, null);
    await other.hangUp();
  });

  it('takes keys by INFO in both forms, and a key that also came by RTP once', async () => {
    const { call, legId } = await answered();
    assert.equal((await call.info('application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n')).status, 200);
    assert.equal((await call.info('application/dtmf', '#')).status, 200);
    const { events } = rig.media.of(legId)!;
    events.digit('7');
    await call.info('application/dtmf-relay', 'Signal= 7\r\n');
    await call.info('application/dtmf-relay', 'Signal=8\r\n');
    events.digit('8');
    events.digit('1');
    events.digit('1');
    await call.hangUp();
    const digits = rig.recorder.events.flatMap((event) => (event.type === 'digit' ? [event.digit] : []));
    assert.equal(digits.join(''), '5#7811');
  });

  it('answers what else a peer may ask within a call', async () => {
    const { call } = await answered();
    const expected: Array<[string, number, Array<[string, string]>, string]> = [
      ['OPTIONS', 200, [], ''],
      ['INFO', 200, [], ''],
      ['INFO', 415, [['Content-Type', 'application/x-unknown']], 'x'],
      ['MESSAGE', 200, [['Content-Type', 'text/plain']], 'hello'],
      ['MESSAGE', 415, [['Content-Type', 'text/html']], '<p>'],
      ['NOTIFY', 200, [['Event', 'keep-alive']], ''],
      ['REFER', 603, [['Refer-To', '<sip:x@y>']], ''],
      ['SUBSCRIBE', 489, [['Event', 'presence']], ''],
      ['PUBLISH', 405, [], ''],
      ['FROBNICATE', 501, [], ''],
    ];
    for (const [method, status, headers, body] of expected) {
      const response = await call.send(method, { headers, body });
      assert.equal(`${method} ${response.status}`, `${method} ${status}`);
      if (status === 405 || status === 501) assert.match(response.get('allow'), /INVITE/);
    }
    await call.hangUp();
  });

  it('is asked by a re-INVITE when its media stops, and ended by us when that brings none', async () => {
    const { call, legId } = await answered();
    call.onRequest = () => ({ status: 200, headers: [['Contact', `<${phone.uri}>`]], body: phone.sdp() });
    rig.media.of(legId)?.events.dead('no RTP for 30 s');
    assert.match((await call.waitFor('INVITE')).body, /^m=audio 3\d+ /m);
    await call.waitFor((message) => message.method === 'ACK');
    assert.equal(call.count('BYE'), 0);
    rig.media.of(legId)?.events.dead('no RTP for 30 s');
    assert.match((await call.waitFor('BYE')).get('reason'), /cause=41/);
    assert.deepEqual(await rig.recorder.last(legId), { type: 'ended', legId, by: 'system', text: 'no RTP for 30 s' });
  });

  it('is ended by us when its media stops and it knows nothing of the call', async () => {
    const { call, legId } = await answered();
    call.onRequest = () => ({ status: 481 });
    rig.media.of(legId)?.events.dead('no RTP for 30 s');
    await call.waitFor('BYE');
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'ended' && `${last.by}: ${last.text}`, 'system: a re-INVITE got 481');
  });

  it('requests outside of any call are answered', async () => {
    const expected: Array<[string, number]> = [
      ['OPTIONS', 200],
      ['MESSAGE', 405],
      ['REFER', 405],
      ['SUBSCRIBE', 489],
      ['PUBLISH', 489],
      ['NOTIFY', 481],
      ['INFO', 481],
      ['BYE', 481],
      ['UPDATE', 481],
    ];
    for (const [method, status] of expected) {
      const response = await phone.requestOnce(method, rig.uri('100'), {
        headers: [
          ['Event', 'x'],
          ['Contact', `<${phone.uri}>`],
          ['Refer-To', '<sip:a@b>'],
        ],
      });
      assert.equal(`${method} ${response.status}`, `${method} ${status}`);
    }
    assert.match((await phone.requestOnce('OPTIONS', rig.uri('100'))).get('allow'), /INVITE/);
  });

  it('a request of a dialog that is not there is told so, whatever its method', () => {
    for (const method of ['OPTIONS', 'MESSAGE', 'SUBSCRIBE', 'REFER', 'FROBNICATE']) {
      const raw = `${method} sip:100@x SIP/2.0\r\nTo: <sip:100@x>;tag=long-over\r\n\r\n`;
      const request = { method, dialogId: null, unsolicited: false, head: new MessageHead(raw) };
      assert.equal(strayResponse(request as IncomingRequest)?.status, 481, method);
    }
  });
});

describe('sip: an answer that nobody acknowledges', () => {
  it('is ended by the system after 64*T1', async () => {
    const rig = await Rig.open({ address: '127.0.14.12', t1Ms: 20 });
    const phone = await rig.phone();
    phone.drop = (message, direction) => direction === 'out' && message.method === 'ACK';
    rig.recorder.onOffered = ({ legId }) => rig.sip.answer(legId);
    phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'ended' && last.by, 'system');
    assert.deepEqual(rig.recorder.types(legId), ['ended']);
    await rig.close();
  });
});
