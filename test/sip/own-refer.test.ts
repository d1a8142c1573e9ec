import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ReferTarget } from '../../lib/core/call/referral.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders, SipText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.65.10';

describe('sip: a REFER of ours', () => {
  let rig: Rig;
  let phone: SipPhone;
  let legId: string;
  let call: PhoneCall;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 20 });
    phone = await rig.phone();
    const carrier = trunk('carrier', `sip:${address}:${phone.port}`, { domain: 'carrier.example' });
    rig.configuration = configuration([carrier], [{ number: '200', contact: phone.uri, password: null }]);
    legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '+5548991996260' });
    call = await phone.nextCall();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
  });
  afterEach(() => rig.close());

  /** Asks, and gives the REFER its response. */
  async function refer(
    response: { status: number; headers?: SipHeaders } | null,
    { target = { kind: 'number', number: '+554830303030' } as ReferTarget, timeoutSeconds = 5 } = {},
  ): Promise<SipText> {
    call.onRequest = () => response;
    rig.sip.refer(legId, 'r1', { target, timeoutSeconds });
    return call.waitFor('REFER');
  }

  const notify = (fragment: string, state = 'active;expires=60', more: SipHeaders = []) =>
    call.send('NOTIFY', {
      headers: [
        ['Event', 'refer'],
        ['Subscription-State', state],
        ['Content-Type', 'message/sipfrag;version=2.0'],
        ...more,
      ],
      body: fragment === '' ? '' : `${fragment}\r\n`,
    });
  const referred = async () => {
    const { result, status, referId } = await rig.recorder.of(legId, 'referred');
    assert.equal(referId, 'r1');
    return `${result} ${status}`;
  };
  async function hangUp(): Promise<void> {
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await rig.recorder.last(legId);
  }

  it('names whom to call at the peer’s domain and us as who asks, and is told of until the new call has answered', async () => {
    const request = await refer({ status: 202 });
    assert.equal(request.get('refer-to'), '<sip:+554830303030@carrier.example>');
    assert.equal(request.get('referred-by'), '<sip:+554831210110@carrier.example>');
    assert.match(request.get('contact'), new RegExp(`^<sip:${address}`));
    assert.equal((await notify('SIP/2.0 100 Trying')).status, 200);
    assert.equal((await notify('SIP/2.0 180 Ringing')).status, 200);
    assert.deepEqual(rig.recorder.types(legId), ['dialled', 'trying', 'answered']);
    assert.equal((await notify('SIP/2.0 200 OK', 'terminated;reason=noresource')).status, 200);
    assert.equal(await referred(), 'transferred 200');
    await hangUp();
    assert.equal(call.count('BYE'), 1);
  });

  it('ends by our BYE where neither the peer nor anybody here hangs up', async () => {
    await refer({ status: 202 });
    await notify('SIP/2.0 200 OK', 'terminated;reason=noresource');
    assert.match((await call.waitFor('BYE')).get('reason'), /cause=16;text="Transferred"/);
    await rig.recorder.last(legId);
  });

  it('may name an extension of ours, as this peer sees us, or a SIP URI', async () => {
    const extension = await refer({ status: 603 }, { target: { kind: 'extension', extension: '200' } });
    assert.equal(extension.get('refer-to'), `<sip:200@${address}:${rig.port}>`);
    assert.equal(await referred(), 'failed 603');
    const uri = 'sip:desk@far.example;transport=tcp';
    rig.sip.refer(legId, 'r2', { target: { kind: 'uri', uri }, timeoutSeconds: 5 });
    const second = await call.waitFor(
      (message) => message.method === 'REFER' && message.get('refer-to').includes('desk'),
    );
    assert.equal(second.get('refer-to'), `<${uri}>`);
    await hangUp();
  });

  it('that nobody can write as a header is not sent', async () => {
    for (const uri of ['sip:a@b>\r\nX: y', 'sip:a b@c', 'http://x/', 'sip:a@b<c>'])
      rig.sip.refer(legId, 'r1', { target: { kind: 'uri', uri }, timeoutSeconds: 5 });
    const events = rig.recorder.events.filter((event) => event.type === 'referred');
    assert.deepEqual(
      events.map((event) => [event.result, event.status]),
      Array(4).fill(['failed', 400]),
    );
    assert.equal(call.count('REFER'), 0);
    await hangUp();
  });

  for (const status of [403, 405, 481, 501, 603])
    it(`that the peer answers with ${status} has failed, and the call goes on`, async () => {
      await refer({ status });
      assert.equal(await referred(), status === 481 ? 'failed 408' : `failed ${status}`);
      assert.equal(call.count('BYE'), 0);
      await hangUp();
    });

  it('fails with the status of the new call, and the call goes on', async () => {
    await refer({ status: 202 });
    await notify('SIP/2.0 486 Busy Here', 'terminated;reason=noresource');
    assert.equal(await referred(), 'failed 486');
    assert.equal((await call.info('application/dtmf', '5')).status, 200);
    assert.equal((await rig.recorder.of(legId, 'digit')).digit, '5');
    assert.equal(call.count('BYE'), 0);
    await hangUp();
  });

  it('is told of by a NOTIFY that overtakes its 202', async () => {
    const request = await refer(null);
    await notify('SIP/2.0 100 Trying');
    await notify('SIP/2.0 200 OK', 'terminated;reason=noresource');
    assert.equal(await referred(), 'transferred 200');
    call.respondTo(request, 202);
    await hangUp();
    assert.equal(rig.recorder.types(legId).filter((type) => type === 'referred').length, 1);
  });

  it('has succeeded where the peer takes the call over and hangs up without a word', async () => {
    await refer({ status: 202 });
    await rig.recorder.until('the 202', () => rig.recorder.ladder.find(({ summary }) => summary.startsWith('202')));
    await call.hangUp();
    assert.equal(await referred(), 'transferred 202');
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'ended' && last.by, 'remote');
    assert.deepEqual(rig.recorder.types(legId).slice(-2), ['referred', 'ended']);
  });

  it('has been taken over by a peer whose 202 was lost, once it has told that it tries', async () => {
    await refer(null);
    await notify('SIP/2.0 100 Trying');
    await call.hangUp();
    assert.equal(await referred(), 'transferred 202');
    await rig.recorder.last(legId);
  });

  it('has not where the peer hangs up before it has accepted it', async () => {
    const request = await refer(null);
    await call.hangUp();
    await rig.recorder.last(legId);
    call.respondTo(request, 202);
    assert.ok(!rig.recorder.types(legId).includes('referred'));
  });

  it('has succeeded at once where the peer says that it will tell nothing (Refer-Sub: false)', async () => {
    await refer({ status: 202, headers: [['Refer-Sub', 'false']] });
    assert.equal(await referred(), 'transferred 202');
    await hangUp();
  });

  it('fails where no NOTIFY ever comes, or the last one says nothing and no BYE follows', async () => {
    await refer({ status: 202 }, { timeoutSeconds: 0.3 });
    assert.equal(await referred(), 'failed 408');
    // What comes too late changes nothing
    assert.equal((await notify('SIP/2.0 200 OK', 'terminated')).status, 200);
    rig.sip.refer(legId, 'r2', { target: { kind: 'number', number: '1' }, timeoutSeconds: 60 });
    await call.waitFor((message) => message.method === 'REFER' && message.get('refer-to').includes('sip:1@'));
    await notify('SIP/2.0 100 Trying', 'terminated;reason=timeout');
    const find = () => rig.recorder.events.find((event) => event.type === 'referred' && event.referId === 'r2');
    const second = await rig.recorder.until('its end', find);
    assert.equal(second.type === 'referred' && `${second.result} ${second.status}`, 'failed 408');
    assert.equal(call.count('BYE'), 0);
    await hangUp();
  });

  it('is one at a time', async () => {
    await refer({ status: 202 });
    rig.sip.refer(legId, 'r2', { target: { kind: 'number', number: '1' }, timeoutSeconds: 5 });
    const event = await rig.recorder.of(legId, 'referred');
    assert.deepEqual([event.referId, event.result, event.status], ['r2', 'failed', 491]);
    assert.equal(call.count('REFER'), 1);
    await hangUp();
  });

  it('of a caller who came by a trunk names that trunk’s domain, and of one who did not, us', async () => {
    for (const [source, domain] of [
      ['carrier', 'carrier.example'],
      [null, `${address}:${rig.port}`],
    ] as const) {
      const inbound = phone.call({ to: rig.uri('100') });
      const offered = await rig.recorder.until('a call', () => rig.recorder.calls[source === null ? 1 : 0]);
      rig.sip.answer(offered.legId, source);
      await rig.recorder.of(offered.legId, 'answered');
      inbound.onRequest = () => ({ status: 603 });
      rig.sip.refer(offered.legId, 'r1', { target: { kind: 'number', number: '1' }, timeoutSeconds: 5 });
      const request = await inbound.waitFor('REFER');
      assert.equal(request.get('refer-to'), `<sip:1@${domain}>`);
      assert.equal(request.get('referred-by'), `<${rig.uri('100')}>`);
      rig.sip.hangUp(offered.legId, { cause: 16, text: '' });
      await rig.recorder.last(offered.legId);
    }
    await hangUp();
  });

  it('survives whatever a NOTIFY says', async () => {
    await refer({ status: 202 });
    const texts = fc.sample(fc.string({ maxLength: 60 }), { numRuns: 30, seed: 7 });
    for (const text of ['', 'SIP/2.0', 'SIP/2.0 99 x', 'SIP/2.0 700 x', 'SIP/2.0 2000 x', 'HTTP/1.1 200 OK', ...texts])
      assert.equal((await notify(text)).status, 200);
    assert.ok(!rig.recorder.types(legId).includes('referred'));
    await hangUp();
  });
});
