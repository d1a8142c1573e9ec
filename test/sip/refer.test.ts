import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MessageHead } from '../../lib/sip/message/message-head.ts';
import { readReferTo } from '../../lib/sip/message/refer-to.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { type SipHeaders, type SipText, tagOf } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.53.40';

interface Side {
  legId: string;
  call: PhoneCall;
}

describe('sip: what a REFER asks for', () => {
  const read = (...lines: string[]) =>
    readReferTo(new MessageHead(['REFER sip:a SIP/2.0', ...lines, '', ''].join('\r\n')));

  it('is a user part, whatever the host; with Replaces another dialog', () => {
    const plain = { type: 'call', user: '201', replaces: null, wantsNotify: true };
    assert.deepEqual(read('Refer-To: <sip:201@evil.example>'), plain);
    assert.deepEqual(read('r: "Ana" <sips:201@h;transport=tcp>;x'), plain);
    assert.deepEqual(read('Refer-To: tel:201', 'Refer-Sub: false'), { ...plain, wantsNotify: false });
    assert.deepEqual(read('Refer-To: <sip:200@h?Replaces=a%40b%3Bto-tag%3Dt%3Bfrom-tag%3Df&Require=replaces>'), {
      ...plain,
      user: '200',
      replaces: { callId: 'a@b', toTag: 't', fromTag: 'f' },
    });
  });

  it('is refused where it is something else', () => {
    for (const lines of [
      [],
      ['Refer-To: <sip:h>'],
      ['Refer-To: <http://x>'],
      ['Refer-To: <sip:1@h>, <sip:2@h>'],
      ['Refer-To: <sip:1@h>', 'Refer-To: <sip:2@h>'],
      ['Refer-To: <sip:1@h?Replaces=x>'],
      ['Refer-To: <sip:1@h?Replaces=%>'],
      [`Refer-To: <sip:${'1'.repeat(65)}@h>`],
    ])
      assert.deepEqual(read(...lines), { type: 'invalid', status: 400 }, lines.join());
    assert.deepEqual(read('Refer-To: <sip:1@h;method=BYE>'), { type: 'invalid', status: 603 });
  });

  it('is read whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void read(`Refer-To: ${text}`)));
  });
});

describe('sip: REFER within a bridge', () => {
  let rig: Rig;
  let phone: SipPhone;
  let person: Side;
  let extension: Side;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 20 });
    phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []);
    person = await dialled();
    extension = await dialled();
    rig.sip.bridge(person.legId, extension.legId);
  });
  afterEach(() => rig.close());

  async function dialled(): Promise<Side> {
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' });
    const call = await phone.nextCall();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    return { legId, call };
  }

  const refer = (side: Side, to = '<sip:201@x>', more: SipHeaders = []) =>
    side.call.send('REFER', { headers: [['Refer-To', to], ...more] });
  const asked = (side: Side) => rig.recorder.of(side.legId, 'transferAsked');
  const notify = (side: Side, body: RegExp) =>
    side.call.waitFor((message: SipText) => message.method === 'NOTIFY' && body.test(message.body));

  async function hangUpAll(...sides: Side[]): Promise<void> {
    for (const { legId } of sides) rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    for (const { legId } of sides) await rig.recorder.last(legId);
  }

  it('is accepted when whoever decides has done so, and told how it goes, until the phone is hung up', async () => {
    const response = refer(extension);
    const { transferId, target } = await asked(extension);
    assert.deepEqual(target, { kind: 'user', user: '201' });
    const tell = (type: 'trying' | 'ringing' | 'answered') => rig.sip.transfer(extension.legId, transferId, { type });
    tell('trying');
    assert.equal((await response).status, 202);
    const first = await notify(extension, /^SIP\/2\.0 100 Trying\r\n$/);
    assert.equal(first.get('event'), 'refer');
    assert.match(first.get('subscription-state'), /^active/);
    assert.equal(first.get('content-type'), 'message/sipfrag;version=2.0');
    tell('ringing');
    await notify(extension, /^SIP\/2\.0 180/);
    assert.equal(person.call.count('BYE') + extension.call.count('BYE'), 0);
    const fresh = await dialled();
    rig.sip.bridge(person.legId, fresh.legId);
    tell('answered');
    const last = await notify(extension, /^SIP\/2\.0 200/);
    assert.match(last.get('subscription-state'), /^terminated/);
    assert.match((await extension.call.waitFor('BYE')).get('reason'), /Transferred/);
    await rig.recorder.last(extension.legId);
    assert.equal(rig.media.of(person.legId)?.bridgedTo, rig.media.of(fresh.legId));
    await hangUpAll(person, fresh);
  });

  it('is refused with what whoever decides says, and nothing is told', async () => {
    const response = refer(extension);
    const { transferId } = await asked(extension);
    rig.sip.transfer(extension.legId, transferId, { type: 'refused', status: 603 });
    assert.equal((await response).status, 603);
    assert.equal(extension.call.count('NOTIFY'), 0);
    await hangUpAll(person, extension);
  });

  it('that fails leaves both on the line, and another one may follow', async () => {
    const all = () => rig.recorder.events.filter((event) => event.type === 'transferAsked');
    for (const [count, status] of [486, 404].entries()) {
      const response = refer(extension);
      const { transferId } = await rig.recorder.until('the question', () => all()[count]);
      rig.sip.transfer(extension.legId, transferId, { type: 'trying' });
      rig.sip.transfer(extension.legId, transferId, { type: 'failed', status });
      assert.equal((await response).status, 202);
      assert.match((await notify(extension, new RegExp(`SIP/2.0 ${status}`))).get('subscription-state'), /^terminated/);
    }
    assert.equal(person.call.count('BYE') + extension.call.count('BYE'), 0);
    await hangUpAll(person, extension);
  });

  it('tells nothing to one that wants nothing (RFC 4488), and lives with one that refuses to hear', async () => {
    extension.call.onRequest = () => ({ status: 481 });
    const quiet = refer(extension, '<sip:201@x>', [['Refer-Sub', 'false']]);
    rig.sip.transfer(extension.legId, (await asked(extension)).transferId, { type: 'trying' });
    const response = await quiet;
    assert.equal(`${response.status} ${response.get('refer-sub')}`, '202 false');
    rig.sip.transfer(extension.legId, (await asked(extension)).transferId, { type: 'failed', status: 480 });
    const loud = refer(person);
    const { transferId } = await asked(person);
    person.call.onRequest = () => ({ status: 481 });
    rig.sip.transfer(person.legId, transferId, { type: 'trying' });
    rig.sip.transfer(person.legId, transferId, { type: 'failed', status: 480 });
    assert.equal((await loud).status, 202);
    await notify(person, /480/);
    assert.equal(extension.call.count('NOTIFY'), 0);
    assert.equal(rig.recorder.types(person.legId).at(-1), 'transferAsked');
    await hangUpAll(person, extension);
  });

  it('is refused at once outside of a bridge, and while another one is under way; a broken one is broken', async () => {
    const alone = await dialled();
    assert.equal((await refer(alone)).status, 603);
    assert.equal((await extension.call.send('REFER')).status, 400);
    const first = refer(extension);
    const { transferId } = await asked(extension);
    assert.equal((await refer(extension)).status, 603);
    rig.sip.transfer(extension.legId, transferId, { type: 'refused', status: 603 });
    await first;
    await hangUpAll(alone, person, extension);
  });

  it('of a phone that hangs up while it waits is over', async () => {
    const response = refer(extension);
    const { transferId } = await asked(extension);
    rig.sip.transfer(extension.legId, transferId, { type: 'trying' });
    await response;
    await extension.call.hangUp();
    await rig.recorder.last(extension.legId);
    rig.sip.transfer(extension.legId, transferId, { type: 'answered' });
    await hangUpAll(person);
  });

  describe('with Replaces', () => {
    let consult: Side;
    let other: Side;
    beforeEach(async () => {
      consult = await dialled();
      other = await dialled();
      rig.sip.bridge(consult.legId, other.legId);
    });

    /** The dialog as the phone names it: its own tag is the from-tag. */
    const replacing = ({ call }: Side, more = '') =>
      `<sip:200@x?Replaces=${encodeURIComponent(
        `${call.callId};to-tag=${tagOf(call.invite.get('from'))};from-tag=${call.localTag}`,
      )}${more}>`;

    it('makes one of the two calls of a phone: the others talk to each other, under the first call’s names', async () => {
      const response = refer(extension, replacing(consult));
      const { transferId, target } = await asked(extension);
      assert.deepEqual(target, { kind: 'call' });
      const media = rig.media.of(other.legId);
      rig.sip.transfer(extension.legId, transferId, { type: 'join' });
      assert.equal((await response).status, 202);
      await notify(extension, /^SIP\/2\.0 200/);
      for (const { call } of [extension, consult])
        assert.match((await call.waitFor('BYE')).get('reason'), /Transferred/);
      // Whoever had the second call sees both its legs end
      for (const { legId } of [consult, other]) assert.equal((await rig.recorder.last(legId)).type, 'ended');
      const heirs = [consult, other].map(({ legId }) =>
        rig.recorder.events.filter((one) => one.legId === legId).at(-1),
      );
      assert.deepEqual(
        heirs.map((last) => (last?.type === 'ended' ? (last.continuesAs ?? null) : last?.type)),
        [null, extension.legId],
      );
      assert.equal(other.call.count('BYE') + person.call.count('BYE'), 0);
      assert.equal(rig.media.of(person.legId)?.bridgedTo, media);
      assert.equal(rig.recorder.types(extension.legId).includes('ended'), false);
      // The other one is what the extension was
      await other.call.info('application/dtmf', '7');
      assert.equal((await rig.recorder.of(extension.legId, 'digit')).digit, '7');
      assert.match((await person.call.waitFor('INFO')).body, /7/);
      await other.call.hangUp();
      await rig.recorder.last(extension.legId);
      await hangUpAll(person);
    });

    it('of a dialog that is not the phone’s, not ours, or its own, replaces nothing', async () => {
      const stranger = await rig.phone('127.0.53.41');
      rig.configuration = {
        ...rig.configuration,
        trunks: [...rig.configuration.trunks, trunk('far', `sip:127.0.53.41:${stranger.port}`)],
      };
      const legId = rig.dial({ kind: 'trunk', trunk: 'far', user: '1' });
      const call = await stranger.nextCall();
      await call.answer();
      await rig.recorder.of(legId, 'answered');
      const far = { legId, call };
      const near = await dialled();
      rig.sip.bridge(far.legId, near.legId);
      for (const to of [replacing(far), replacing(extension), '<sip:1@x?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>'])
        assert.equal((await refer(extension, to)).status, 481);
      await hangUpAll(person, extension, consult, other, far, near);
    });

    it('that comes when the other call is over fails, and leaves the first as it was', async () => {
      const response = refer(extension, replacing(consult));
      const { transferId } = await asked(extension);
      await hangUpAll(other, consult);
      rig.sip.transfer(extension.legId, transferId, { type: 'join' });
      assert.equal((await response).status, 202);
      await notify(extension, /^SIP\/2\.0 481/);
      assert.equal(extension.call.count('BYE'), 0);
      await hangUpAll(person, extension);
    });
  });
});
