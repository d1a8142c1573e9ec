import assert from 'node:assert/strict';
import { Rig } from './sip-rig.ts';

const address = '127.0.14.10';
const promise = {
  status: 486,
  reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' },
  callbackId: 'cb-42',
};

describe('sip: an inbound call that is not answered', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open({ address });
  });
  afterEach(() => rig.close());

  it('is offered once with its numbers, and gets status, Reason and X-Callback-ID', async () => {
    const phone = await rig.phone();
    const before = Date.now();
    const call = phone.call({ to: rig.uri('+554831210110'), from: '"Ana" <sip:+5548991996260@127.0.14.10>' });
    const offered = await rig.recorder.call();
    const result = await rig.sip.reject(offered.legId, promise);
    const response = await call.final();

    assert.equal(response.status, 486);
    assert.equal(response.phrase, 'Busy Here');
    assert.equal(response.get('reason'), 'Q.850;cause=17;text="Callback scheduled"');
    assert.equal(response.get('x-callback-id'), 'cb-42');
    assert.ok(result.result === 'sent' && result.at >= before && result.at <= Date.now() + 1, JSON.stringify(result));
    assert.equal(rig.recorder.calls.length, 1);
    assert.deepEqual(rig.recorder.types(offered.legId), ['rejected']);
    assert.equal(offered.dialledUser, '+554831210110');
    assert.equal(offered.fromUser, '+5548991996260');
    assert.equal(offered.fromName, 'Ana');
    assert.equal(offered.callId, call.callId);
    assert.deepEqual(offered.source, { address, port: phone.port, protocol: 'udp', localPort: rig.port });
    assert.ok(offered.hasOffer);
    assert.equal(phone.received(486).length, 1, phone.summary());
  });

  it('is told to the ladder line by line', async () => {
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    await rig.sip.reject(legId, promise);
    await call.final();
    const peer = `udp/${address}:${phone.port}`;
    assert.deepEqual(
      rig.recorder.ladder.map(({ at, text, ...line }) => ({ ...line, isNow: Math.abs(at - Date.now()) < 5000 })),
      [
        { legId, direction: 'received', summary: 'INVITE', peer, isNow: true },
        { legId, direction: 'sent', summary: '486 Busy Here', peer, isNow: true },
      ],
    );
    const texts = rig.recorder.ladder.map(({ text }) => text?.().split('\n') ?? []);
    assert.deepEqual(
      texts.map(([first]) => first),
      [`INVITE ${rig.uri('100')} SIP/2.0`, 'SIP/2.0 486 Busy Here'],
    );
    for (const text of texts) assert.ok(text.includes(`Call-ID: ${call.callId}`), text.join('\n'));
  });

  it('cannot have its Reason broken open by what stands in it', async () => {
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    const reason = { protocol: 'Q.850', cause: 17, text: 'a "quoted" \\ text\r\nX-Evil: 1' };
    await rig.sip.reject(legId, { status: 480, reason, callbackId: null });
    const response = await call.final();
    assert.equal(response.get('reason'), 'Q.850;cause=17;text="a \\"quoted\\" \\\\ textX-Evil: 1"');
    assert.equal(response.get('x-evil'), '');
    assert.equal(response.get('x-callback-id'), '');
  });

  it('is told when to come again by who is overloaded, and by nobody else (RFC 3261 20.33)', async () => {
    const phone = await rig.phone();
    for (const [retryAfterSeconds, expected] of [
      [7, '7'],
      [undefined, ''],
    ] as const) {
      const rejection = { status: 503, reason: null, callbackId: null };
      rig.recorder.onOffered = ({ legId }) =>
        rig.sip.reject(legId, { ...rejection, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
      const response = await phone.call({ to: rig.uri('100') }).final();
      assert.deepEqual([response.status, response.get('retry-after')], [503, expected]);
    }
  });

  it('gets any status that a rule may name, with its phrase', async () => {
    const phone = await rig.phone();
    for (const [status, phrase] of [
      [433, 'Anonymity Disallowed'],
      [484, 'Address Incomplete'],
      [603, 'Decline'],
      [607, 'Unwanted'],
      [608, 'Rejected'],
    ] as const) {
      rig.recorder.onOffered = ({ legId }) => rig.sip.reject(legId, { status, reason: null, callbackId: null });
      const response = await phone.call({ to: rig.uri('100') }).final();
      assert.equal(`${response.status} ${response.phrase}`, `${status} ${phrase}`);
    }
  });

  it('counts as cancelled when the caller was faster, and no promise goes out', async () => {
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    call.cancel([['Reason', 'SIP;cause=200;text="answered elsewhere"']]);
    const ended = await rig.recorder.last(legId);
    assert.deepEqual(ended, { type: 'ended', legId, by: 'remote', text: 'answered elsewhere', elsewhere: true });
    assert.deepEqual(await rig.sip.reject(legId, promise), { result: 'cancelled' });
    const response = await call.final();
    assert.equal(response.status, 487);
    assert.equal(phone.received(486).length, 0);
  });

  it('settles a rejection and a CANCEL that cross either way, the same for both sides', async () => {
    const phone = await rig.phone();
    rig.recorder.onOffered = ({ legId }) => {
      results.set(legId, rig.sip.reject(legId, promise));
    };
    const results = new Map<string, ReturnType<Rig['sip']['reject']>>();
    const calls = Array.from({ length: 30 }, () => {
      const call = phone.call({ to: rig.uri('100') });
      call.cancel();
      return call;
    });
    const finals = await Promise.all(calls.map((call) => call.final()));
    for (const [index, call] of rig.recorder.calls.entries()) {
      const final = finals[calls.findIndex(({ callId }) => callId === call.callId)];
      const result = await results.get(call.legId);
      assert.equal(result?.result, final?.status === 486 ? 'sent' : 'cancelled', `call ${index}`);
      assert.equal(rig.recorder.types(call.legId).length, 1);
    }
  });

  it('is not cancelled by a CANCEL of a stranger with the same Call-ID', async () => {
    const phone = await rig.phone();
    const stranger = await rig.phone();
    phone.call({ to: rig.uri('100'), callId: 'same' });
    const first = await rig.recorder.call();
    const other = stranger.call({ to: rig.uri('100'), callId: 'same' });
    const second = await rig.recorder.until('a second call', () => rig.recorder.calls[1]);
    other.cancel();
    assert.equal((await rig.recorder.last(second.legId)).type, 'ended');
    assert.deepEqual(rig.recorder.types(first.legId), []);
    assert.equal((await rig.sip.reject(first.legId, promise)).result, 'sent');
  });

  it('is one call however often its INVITE is repeated', async () => {
    const phone = await rig.phone();
    let lost = 0;
    phone.drop = (message, direction) => direction === 'in' && message.status > 0 && lost++ < 2;
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    await rig.sip.reject(legId, promise);
    assert.equal((await call.final()).status, 486);
    assert.equal(rig.recorder.calls.length, 1);
  });

  it('gets the status of the cause when it is hung up', async () => {
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    rig.sip.hangUp(legId, { cause: 17, text: 'Nobody there' });
    const response = await call.final();
    assert.equal(response.status, 486);
    assert.equal(response.get('reason'), 'Q.850;cause=17;text="Nobody there"');
    assert.equal((await rig.recorder.last(legId)).type, 'rejected');
  });

  it('is gone for every later command', async () => {
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    await rig.sip.reject(legId, promise);
    await call.final();
    rig.sip.answer(legId);
    rig.sip.play(legId, 'p', 'tone:beep');
    rig.sip.stopPlay(legId);
    rig.sip.bridge(legId, 'nobody');
    rig.sip.hangUp(legId, { cause: 16, text: '' });
    assert.deepEqual(await rig.sip.reject(legId, promise), { result: 'gone' });
    assert.deepEqual(await rig.sip.reject('nobody', promise), { result: 'gone' });
    assert.deepEqual(rig.recorder.types(legId), ['rejected']);
  });

  it('shows identities, privacy and headers as they came', async () => {
    const phone = await rig.phone();
    phone.call({
      to: `sip:+5548;ext=1@${address}:${rig.port};tgrp=a`,
      hop: { address, port: rig.port },
      from: '"Anonymous" <sip:anonymous@anonymous.invalid>',
      sdp: null,
      headers: [
        ['P-Asserted-Identity', '"Bob, Jr." <sip:example.com>, "Carl \\"C\\"" <tel:+5548991996260;phone-context=br>'],
        ['Privacy', 'ID; Header'],
        ['X-Trunk', 'a'],
        ['X-Trunk', 'b'],
      ],
    });
    const call = await rig.recorder.call();
    assert.equal(call.dialledUser, '+5548');
    assert.equal(call.dialledHost, address);
    assert.equal(call.fromUser, 'anonymous');
    assert.equal(call.fromHost, 'anonymous.invalid');
    assert.equal(call.assertedUser, '+5548991996260');
    assert.equal(call.assertedName, 'Carl "C"');
    assert.deepEqual(call.privacy, ['id', 'header']);
    assert.equal(call.headers['x-trunk'], 'a');
    assert.equal(call.hasOffer, false);
    await rig.sip.reject(call.legId, promise);
  });

  it('takes the number of two asserted identities, whichever stands first', async () => {
    const phone = await rig.phone();
    phone.call({
      to: `sip:+5548@${address}:${rig.port}`,
      headers: [['P-Asserted-Identity', '<sip:ana@example.com>, <tel:+5548991996260>']],
    });
    const call = await rig.recorder.call();
    assert.equal(call.assertedUser, '+5548991996260');
    await rig.sip.reject(call.legId, promise);
  });
});
