import assert from 'node:assert/strict';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.14.30';
const toTrunk = { kind: 'trunk', trunk: 'carrier', user: '100' } as const;
const t1Ms = 20;
const giveUp = { cause: 19, text: 'No answer' };

describe('sip: messages that cross (RFC 3261 9 and 13, RFC 5407)', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms });
    phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []);
  });
  afterEach(() => rig.close());

  async function cancelledResult(legId: string) {
    const last = await rig.recorder.last(legId);
    if (last.type !== 'rejected') assert.fail(JSON.stringify(last));
    assert.equal(last.result.kind, 'cancelled');
    assert.ok(!rig.recorder.types(legId).includes('answered'));
    return last.result;
  }

  it('a ringing call that is hung up gets CANCEL with its Reason and ends with the 487', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    rig.sip.hangUp(legId, giveUp);
    rig.sip.hangUp(legId, { cause: 16, text: 'again' });
    const cancel = await call.waitFor('CANCEL');
    assert.equal(cancel.get('reason'), 'Q.850;cause=19;text="No answer"');
    assert.equal((await cancelledResult(legId)).status, 487);
    assert.equal(call.count('CANCEL'), 1);
  });

  it('CANCEL waits for a provisional response, however late, and the INVITE is not repeated meanwhile', async () => {
    phone.sendsTrying = false;
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    await call.waitFor(() => call.count('INVITE') === 2);
    rig.sip.hangUp(legId, giveUp);
    // The third one would be due after 3 * T1. What answers here has the hang-up before it.
    for (const end = performance.now() + 10 * t1Ms; performance.now() < end; )
      assert.equal((await phone.requestOnce('OPTIONS', rig.uri('100'))).status, 200);
    assert.equal(call.count('CANCEL'), 0);
    assert.ok(call.count('INVITE') <= 3, 'one may have been on its way');
    const repeats = call.count('INVITE');
    call.provisional(100);
    await call.waitFor('CANCEL');
    await cancelledResult(legId);
    assert.equal(call.count('INVITE'), repeats);
  });

  it('a 200 that crosses our CANCEL is acknowledged and hung up, and never answered for the core', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.obeysCancel = false;
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    rig.sip.hangUp(legId, giveUp);
    await call.waitFor('CANCEL');
    await call.answer();
    await call.waitFor('BYE');
    await cancelledResult(legId);
    assert.ok(
      phone.log.findIndex(({ message }) => message.method === 'ACK') <
        phone.log.findIndex(({ message }) => message.method === 'BYE'),
    );
  });

  it('a 200 that comes at once, without any provisional, after the hang-up is treated the same', async () => {
    phone.sendsTrying = false;
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    rig.sip.hangUp(legId, giveUp);
    await call.answer();
    await call.waitFor('BYE');
    await cancelledResult(legId);
    assert.equal(call.count('CANCEL'), 0);
  });

  it('a refusal that crosses our CANCEL ends the call as cancelled', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.obeysCancel = false;
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    rig.sip.hangUp(legId, giveUp);
    call.reject(486);
    assert.equal((await cancelledResult(legId)).status, 486);
  });

  it('a challenge that crosses our CANCEL is not answered', async () => {
    const auth = { username: 'u', password: 'p' };
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`, { auth })], []);
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.obeysCancel = false;
    rig.sip.hangUp(legId, giveUp);
    call.reject(407, { headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n"']] });
    await cancelledResult(legId);
    assert.equal(phone.calls.length, 1);
  });

  it('a call that never gets a final response after CANCEL is over after 64*T1', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.obeysCancel = false;
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    rig.sip.hangUp(legId, giveUp);
    await cancelledResult(legId);
    void call.answer();
    await call.waitFor('BYE');
    assert.ok(phone.received('ACK').length >= 1);
  });

  it('nothing at all from the peer is no response, not a failure of its own', async () => {
    phone.drop = (_message, direction) => direction === 'in';
    const legId = rig.dial(toTrunk);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.kind, 'noResponse');
    assert.equal(last.type === 'rejected' && last.result.status, 408);
    assert.deepEqual(rig.recorder.types(legId), ['dialled', 'rejected']);
  });

  it('a 408 that the peer sends is final', async () => {
    const legId = rig.dial(toTrunk);
    (await phone.nextCall()).reject(408);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.kind, 'final');
  });

  it('of two forks that answer the first is connected, the other acknowledged and hung up', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.provisional(180, { tag: 'a' });
    call.provisional(180, { tag: 'b' });
    void call.answer({ tag: 'a' });
    await rig.recorder.of(legId, 'answered');
    void call.answer({ tag: 'b' });
    const bye = await call.waitFor('BYE');
    assert.match(bye.get('to'), /tag=b/);
    await call.waitFor((message) => message.method === 'ACK' && /tag=b/.test(message.get('to')));
    assert.deepEqual(
      rig.recorder.types(legId).filter((type) => type === 'ended'),
      [],
    );
    rig.sip.hangUp(legId, giveUp);
    await call.waitFor((message) => message.method === 'BYE' && /tag=a/.test(message.get('to')));
    await rig.recorder.last(legId);
  });

  it('a repeated 200 is acknowledged again and answers nothing twice', async () => {
    let lost = 0;
    phone.drop = (message, direction) => direction === 'in' && message.method === 'ACK' && lost++ < 2;
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    await call.answer();
    assert.equal(phone.received('ACK').length, 3);
    assert.deepEqual(rig.recorder.types(legId).filter((type) => type === 'answered').length, 1);
    await call.hangUp();
    await rig.recorder.last(legId);
  });

  it('our BYE that nobody answers ends the call after 64*T1', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    call.answersBye = false;
    rig.sip.hangUp(legId, giveUp);
    assert.equal((await rig.recorder.last(legId)).type, 'ended');
    assert.ok(call.count('BYE') > 1);
  });

  it('BYE and BYE cross and the call ends once on both sides', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    const theirs = call.hangUp();
    rig.sip.hangUp(legId, giveUp);
    assert.ok([200, 481].includes((await theirs).status));
    await rig.recorder.last(legId);
    assert.equal(rig.recorder.types(legId).filter((type) => type === 'ended').length, 1);
  });

  it('an UPDATE before the answer is asked to come later', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    const response = await call.send('UPDATE');
    assert.equal(response.status, 500);
    assert.equal(response.get('retry-after'), '5');
    call.reject(486);
    await rig.recorder.last(legId);
  });

  it('a hundred calls, some messages lost, half hung up at any moment, leave nothing', async () => {
    let seen = 0;
    phone.drop = () => seen++ % 13 === 0;
    // By the first hexadecimal digit of the Call-ID: a quarter answers, half refuses, the rest rings for ever
    phone.onCall = (call) => {
      call.obeysCancel = call.callId < '8';
      call.ring();
      if (call.callId < '4') call.answer().catch(() => {});
      else if (call.callId < 'c') call.reject(486);
    };
    const legs = Array.from({ length: 100 }, () => rig.dial(toTrunk));
    for (const [index, legId] of legs.entries()) {
      if (index % 3 === 0) await rig.recorder.of(legId, 'dialled');
      if (index % 2 === 0) rig.sip.hangUp(legId, giveUp);
    }
    const heard = (legId: string) => rig.recorder.types(legId).length > 1;
    await rig.recorder.until('a sign of each', () => (legs.every(heard) ? true : undefined), 9000);
    for (const legId of legs) rig.sip.hangUp(legId, giveUp);
    for (const legId of legs) {
      await rig.recorder.last(legId, 9000);
      const ends = rig.recorder.types(legId).filter((type) => type === 'rejected' || type === 'ended');
      assert.equal(ends.length, 1);
      assert.equal(rig.recorder.types(legId).at(-1), ends[0]);
    }
  }).timeout(20_000);
});
