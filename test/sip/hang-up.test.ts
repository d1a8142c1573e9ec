import assert from 'node:assert/strict';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.65.50';

describe('sip: why a call ends', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 20 });
    phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []);
  });
  afterEach(() => rig.close());

  async function offered(nth: number) {
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.until('a call', () => rig.recorder.calls[nth]);
    return { call, legId };
  }

  it('says an unanswered caller by status and Reason', async () => {
    const wanted = [
      [16, 480],
      [17, 486],
      [19, 480],
      [21, 403],
      [27, 502],
      [34, 503],
      [127, 500],
    ] as const;
    for (const [nth, [cause, status]] of wanted.entries()) {
      const { call, legId } = await offered(nth);
      rig.sip.hangUp(legId, { cause, text: 'Not now' });
      const response = await call.final();
      assert.equal(response.status, status, String(cause));
      assert.equal(response.get('reason'), `Q.850;cause=${cause};text="Not now"`);
      await rig.recorder.last(legId);
    }
  });

  it('is rejected with whatever final status and Reason were asked for', async () => {
    const wanted = [
      [404, 'Q.850', 1],
      [480, 'Q.850', 20],
      [486, 'SIP', 486],
      [503, 'Q.850', 42],
      [603, 'Q.850', 21],
      [607, 'SIP', 607],
    ] as const;
    for (const [nth, [status, protocol, cause]] of wanted.entries()) {
      const { call, legId } = await offered(nth);
      await rig.sip.reject(legId, { status, reason: { protocol, cause, text: 'As told' }, callbackId: null });
      const response = await call.final();
      assert.equal(response.status, status);
      assert.equal(response.get('reason'), `${protocol};cause=${cause};text="As told"`);
      await rig.recorder.last(legId);
    }
  });

  it('says an answered one by BYE, once', async () => {
    const { call, legId } = await offered(0);
    rig.sip.answer(legId);
    await rig.recorder.of(legId, 'answered');
    rig.sip.hangUp(legId, { cause: 31, text: 'Said "so"' });
    rig.sip.hangUp(legId, { cause: 16, text: 'and again' });
    assert.equal((await call.waitFor('BYE')).get('reason'), 'Q.850;cause=31;text="Said \\"so\\""');
    const last = await rig.recorder.last(legId);
    assert.deepEqual(last.type === 'ended' && [last.by, last.text], ['local', 'Said "so"']);
    assert.equal(call.count('BYE'), 1);
  });

  it('says one that rings by CANCEL, and one that is answered in the same moment by BYE', async () => {
    const ringing = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' });
    const call = await phone.nextCall();
    call.ring();
    await rig.recorder.of(ringing, 'ringing');
    rig.sip.hangUp(ringing, { cause: 19, text: 'No answer' });
    assert.equal((await call.waitFor('CANCEL')).get('reason'), 'Q.850;cause=19;text="No answer"');
    await rig.recorder.last(ringing);

    const late = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '2' });
    const second = await phone.nextCall();
    second.obeysCancel = false;
    second.ring();
    await rig.recorder.of(late, 'ringing');
    rig.sip.hangUp(late, { cause: 26, text: 'Too late' });
    await second.waitFor('CANCEL');
    await second.answer();
    assert.equal((await second.waitFor('BYE')).get('reason'), 'Q.850;cause=26;text="Too late"');
    await rig.recorder.last(late);
  });
});
