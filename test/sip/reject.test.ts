import assert from 'node:assert/strict';
import { Rig } from './sip-rig.ts';

const address = '127.0.14.10';
const promise = {
  status: 486,
  reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' },
  callbackId: 'cb-42',
};

describe('sip: an inbound call that is rejected', () => {
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
});
