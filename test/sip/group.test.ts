import assert from 'node:assert/strict';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig } from './sip-rig.ts';

const address = '127.0.65.20';

describe('sip: a group of extensions', () => {
  let rig: Rig;
  let phones: SipPhone[];
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 50 });
    phones = await Promise.all(['127.0.65.21', '127.0.65.22', '127.0.65.23'].map((one) => rig.phone(one)));
    rig.configuration = configuration(
      [],
      [
        { number: '200', contact: phones[0]!.uri, password: null },
        { number: '201', contact: null, password: 'x' },
        { number: '202', contact: null, password: 'x' },
      ],
    );
    const put = phones.slice(1).map(({ uri }, i) => ({
      extension: '201',
      contact: uri,
      reachedAt: uri,
      path: [],
      q: 500 + i,
      callId: 'x',
      cseq: 1,
      registeredAt: i,
      expiresAt: Date.now() + 60_000,
      userAgent: null,
    }));
    await rig.registrations.update('201', { put, remove: [], now: 0 });
  });
  afterEach(() => rig.close());

  const group = { kind: 'group', extensions: ['200', '202', '201'] } as const;
  const dial = () => rig.dial({ ...group, extensions: [...group.extensions] });

  it('rings each at its best contact, is one leg, says who has answered, and tells the others', async () => {
    const legId = dial();
    // Of 201 the phone with the higher q; 202 is not there
    const [one, other] = await Promise.all([phones[0]!.nextCall(), phones[2]!.nextCall()]);
    one.ring();
    other.ring();
    await other.answer();
    const answered = await rig.recorder.of(legId, 'answered');
    assert.equal(answered.extension, '201');
    assert.equal((await one.waitFor('CANCEL')).get('reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    assert.equal(phones[1]!.received('INVITE').length, 0);
    assert.equal(rig.recorder.types(legId).filter((type) => type === 'dialled').length, 1);
    await other.hangUp();
    await rig.recorder.last(legId);
    assert.equal(one.count('BYE'), 0);
  });

  it('goes on ringing the others when one of them declines for all of his phones', async () => {
    const legId = dial();
    const [one, other] = await Promise.all([phones[0]!.nextCall(), phones[2]!.nextCall()]);
    other.ring();
    one.reject(603);
    await other.answer();
    assert.equal((await rig.recorder.of(legId, 'answered')).extension, '201');
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await rig.recorder.last(legId);
  });

  it('ends with the most telling failure', async () => {
    const legId = dial();
    (await phones[0]!.nextCall()).reject(404);
    (await phones[2]!.nextCall()).reject(480);
    (await phones[1]!.nextCall()).reject(486);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.status, 486);
  });

  it('of whom nobody can be reached is not reachable', async () => {
    const last = await rig.recorder.last(rig.dial({ kind: 'group', extensions: ['202', '999'] }));
    assert.equal(last.type === 'rejected' && last.result.kind, 'notReachable');
    assert.match(last.type === 'rejected' ? last.result.text : '', /202.*999/);
  });

  it('rings a contact that two of them share for both', async () => {
    rig.configuration = configuration(
      [],
      [
        { number: '200', contact: phones[0]!.uri, password: null },
        { number: '203', contact: phones[0]!.uri, password: null },
      ],
    );
    const legId = rig.dial({ kind: 'group', extensions: ['200', '203', '200'] });
    const calls = [await phones[0]!.nextCall(), await phones[0]!.nextCall()];
    assert.notEqual(calls[0]!.callId, calls[1]!.callId);
    for (const call of calls) call.reject(486);
    await rig.recorder.last(legId);
    assert.equal(phones[0]!.received('INVITE').length, 2);
  });
});

describe('sip: a SIP URI of the configuration', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 50 });
    phone = await rig.phone('127.0.65.24');
  });
  afterEach(() => rig.close());

  it('is called as it is written', async () => {
    const uri = `sip:desk@127.0.65.24:${phone.port};transport=udp`;
    const legId = rig.dial({ kind: 'uri', uri });
    const call = await phone.nextCall();
    assert.equal(call.invite.uri, uri);
    assert.equal(call.invite.get('to'), `<${uri}>`);
    assert.match(call.invite.get('from'), /^"Sapers" <sip:\+554831210110@127\.0\.65\.20>/);
    await call.answer();
    assert.deepEqual(await rig.recorder.of(legId, 'answered'), { type: 'answered', legId });
    await call.hangUp();
    await rig.recorder.last(legId);
  });

  it('whose host is a name is found by it', async () => {
    const near = await rig.phone('127.0.0.1');
    const legId = rig.dial({ kind: 'uri', uri: `sip:desk@localhost:${near.port}` });
    (await near.nextCall()).reject(486);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.status, 486);
  });

  it('that leads back here, or is none, is not called', async () => {
    for (const uri of [
      `sip:100@${address}:${rig.port}`,
      `sip:100@${address}:${rig.port};transport=tcp`,
      `sip:${address}:${rig.port}`,
      'sip:a@b>;x=<y',
      'sip:a@b\r\nX: y',
      'tel:+5548',
      'http://a/',
    ]) {
      const last = await rig.recorder.last(rig.dial({ kind: 'uri', uri }));
      assert.equal(last.type === 'rejected' && last.result.kind, 'transport', uri);
    }
    assert.equal(rig.recorder.calls.length, 0);
  });

  it('that leads back here by a name of ours is not called', async () => {
    await rig.close();
    rig = await Rig.open({ address, t1Ms: 50, sip: { advertise: 'pbx.invalid' } });
    for (const uri of [`sip:100@pbx.invalid:${rig.port}`, `sip:100@PBX.invalid:${rig.port}`]) {
      const last = await rig.recorder.last(rig.dial({ kind: 'uri', uri }));
      assert.match(last.type === 'rejected' ? last.result.text : '', /loop/, uri);
    }
  });
});
