import assert from 'node:assert/strict';
import { Rig } from './sip-rig.ts';

const address = '127.0.54.80';
const DID = '+554831210110';
const PROMISE = {
  ...{ status: 486, callbackId: 'cb-1' },
  reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' },
};

describe('a call that rings here', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open({ address });
  });
  afterEach(() => rig.close());

  const offer = async (headers: Array<[string, string]> = []) => {
    const phone = await rig.phone();
    rig.recorder.calls.length = 0;
    const call = phone.call({ to: rig.uri(DID), from: `<sip:+5548991996260@${address}>`, headers });
    return { call, offered: await rig.recorder.call() };
  };

  it('hears one 180 with our Contact, and the rejection in the same dialog', async () => {
    const { call, offered } = await offer();
    rig.sip.ring(offered.legId);
    rig.sip.ring(offered.legId);
    const ringing = await call.waitFor(180);
    assert.match(ringing.get('contact'), /^<sip:127\.0\.54\.80:\d+/);
    assert.equal(ringing.get('x-callback-id'), '');
    assert.equal((await rig.sip.reject(offered.legId, PROMISE)).result, 'sent');
    const rejection = await call.final();
    const tagOf = (to: string) => /;tag=(\S+)/.exec(to)?.[1];
    assert.ok(tagOf(ringing.get('to')));
    assert.equal(tagOf(rejection.get('to')), tagOf(ringing.get('to')));
    assert.equal(call.count(180), 1);
    assert.deepEqual(rig.recorder.types(offered.legId), ['rejected']);
  });

  it('ends by a CANCEL, which says why; a rejection after it is not sent', async () => {
    for (const [reason, expected] of [
      ['SIP;cause=487;text="gave up"', { text: 'gave up' }],
      ['Q.850;cause=16;text="Normal"', { text: 'Normal', q850Cause: 16 }],
      ['SIP;cause=200;text="Call completed elsewhere"', { text: 'Call completed elsewhere', elsewhere: true }],
      ['Q.850;cause=26, SIP;cause=603', { text: 'cancelled by the caller', q850Cause: 26, elsewhere: true }],
    ] as const) {
      const { call, offered } = await offer();
      rig.sip.ring(offered.legId);
      await call.waitFor(180);
      call.cancel([['Reason', reason]]);
      assert.equal((await call.final()).status, 487);
      const last = await rig.recorder.last(offered.legId);
      assert.deepEqual(last, { type: 'ended', legId: offered.legId, by: 'remote', ...expected });
      assert.equal((await rig.sip.reject(offered.legId, PROMISE)).result, 'cancelled');
    }
  });

  it('that insists on reliable provisional responses, or can not be answered, hears none, and is rejected all the same', async () => {
    for (const headers of [[['Require', '100rel']], [['Require', 'teapot']]] as Array<Array<[string, string]>>) {
      const { call, offered } = await offer(headers);
      rig.sip.ring(offered.legId);
      await rig.sip.reject(offered.legId, PROMISE);
      assert.equal((await call.final()).status, 486);
      assert.equal(call.count(180), 0);
    }
  });

  it('may be answered after it rang', async () => {
    const { call, offered } = await offer();
    rig.sip.ring(offered.legId);
    await call.waitFor(180);
    rig.sip.answer(offered.legId);
    assert.equal((await call.final()).status, 200);
    await rig.recorder.of(offered.legId, 'answered');
    rig.sip.ring(offered.legId);
    await call.hangUp();
    assert.equal(call.count(180), 1);
  });
});

describe('a call that is sent on', () => {
  it('gets the dialled number at the other host, and nothing that could break out of the Contact', async () => {
    const rig = await Rig.open({ address });
    const users: Array<[user: string, contact: string]> = [
      ['+554831210110', '<sip:+554831210110@192.0.2.5:5080>'],
      ['%2b55;phone-context=x', '<sip:%2b55@192.0.2.5:5080>'],
      ['123%3e%0d%0aX:1', '<sip:123%3e%0d%0aX@192.0.2.5:5080>'],
      ["a'b(c)*", "<sip:a'b(c)*@192.0.2.5:5080>"],
      ['1#2', '<sip:1%232@192.0.2.5:5080>'],
    ];
    for (const [user, contact] of users) {
      const phone = await rig.phone();
      rig.recorder.calls.length = 0;
      const call = phone.call({ to: rig.uri(user), from: `<sip:1@${address}>` });
      const { legId } = await rig.recorder.call();
      const redirectTo = 'sip:192.0.2.5:5080';
      await rig.sip.reject(legId, { status: 302, reason: null, callbackId: null, redirectTo });
      const answer = await call.final();
      assert.deepEqual([answer.status, answer.get('contact')], [302, contact]);
    }
    await rig.close();
  });
});
