import assert from 'node:assert/strict';
import type { Registration } from '../../lib/ports/store.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig } from './sip-rig.ts';

const address = '127.0.53.10';

describe('sip: an extension with several contacts', () => {
  let rig: Rig;
  let phones: SipPhone[];
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 50 });
    rig.configuration = configuration([], [{ number: '201', contact: null, password: 'x' }]);
    phones = [await rig.phone('127.0.53.11'), await rig.phone('127.0.53.12')];
    await register(phones.map(({ uri }) => ({ contact: uri, reachedAt: `${uri};transport=udp` })));
  });
  afterEach(() => rig.close());

  function register(contacts: Array<Pick<Registration, 'contact' | 'reachedAt'> & { q?: number }>): Promise<void> {
    const put = contacts.map((contact, i) => ({
      extension: '201',
      path: [],
      q: 1000,
      callId: 'x',
      cseq: 1,
      registeredAt: i,
      expiresAt: Date.now() + 60_000,
      userAgent: null,
      ...contact,
    }));
    return rig.registrations.update('201', { put, remove: [], now: 0 });
  }

  const dial = () => rig.dial({ kind: 'extension', extension: '201' });

  it('rings at all of them, is one leg to whoever dials, and tells the other phones that it was answered elsewhere', async () => {
    const legId = dial();
    const [one, other] = await Promise.all(phones.map((phone) => phone.nextCall()));
    assert.notEqual(one!.callId, other!.callId);
    one!.ring();
    other!.ring();
    await rig.recorder.of(legId, 'ringing');
    await other!.answer();
    await rig.recorder.of(legId, 'answered');
    const cancel = await one!.waitFor('CANCEL');
    assert.equal(cancel.get('reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    assert.equal(rig.recorder.types(legId).filter((type) => type === 'dialled').length, 1);
    const bye = other!.hangUp();
    const last = await rig.recorder.last(legId);
    assert.equal((await bye).status, 200);
    assert.equal(last.type === 'ended' && last.by, 'remote');
    assert.equal(one!.count('BYE'), 0);
  });

  it('plays to, hears, and hangs up the phone that answered', async () => {
    const legId = dial();
    const [one, other] = await Promise.all(phones.map((phone) => phone.nextCall()));
    await one!.answer();
    await rig.recorder.of(legId, 'answered');
    rig.sip.play(legId, 'p', 'tone:beep');
    const endpoint = rig.media.endpoints.find(({ played }) => played.length > 0);
    assert.deepEqual(endpoint?.played, ['tone:beep']);
    assert.equal((await one!.info('application/dtmf-relay', 'Signal=5\r\nDuration=100\r\n')).status, 200);
    assert.equal((await rig.recorder.of(legId, 'digit')).digit, '5');
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await one!.waitFor('BYE');
    await rig.recorder.last(legId);
    await other!.waitFor('CANCEL');
  });

  it('acknowledges and ends the 200 of a phone that was answered while its CANCEL was under way', async () => {
    const legId = dial();
    const [one, other] = await Promise.all(phones.map((phone) => phone.nextCall()));
    other!.obeysCancel = false;
    await one!.answer();
    await other!.waitFor('CANCEL');
    await other!.answer();
    await other!.waitFor('BYE');
    assert.deepEqual(rig.recorder.types(legId).filter((type) => type === 'answered').length, 1);
    assert.equal(one!.count('BYE'), 0);
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await rig.recorder.last(legId);
  });

  it('takes a 6xx of one for the word of the person, and a busy phone for more than one that is not there', async () => {
    const declined = dial();
    let calls = await Promise.all(phones.map((phone) => phone.nextCall()));
    calls[1]!.ring();
    calls[0]!.reject(603);
    await calls[1]!.waitFor('CANCEL');
    let last = await rig.recorder.last(declined);
    assert.equal(last.type === 'rejected' && last.result.status, 603);

    const busy = dial();
    calls = await Promise.all(phones.map((phone) => phone.nextCall()));
    calls[0]!.reject(486);
    calls[1]!.reject(404);
    last = await rig.recorder.last(busy);
    assert.equal(last.type === 'rejected' && last.result.status, 486);
  });

  it('cancels every phone when it is given up', async () => {
    const legId = dial();
    const calls = await Promise.all(phones.map((phone) => phone.nextCall()));
    rig.sip.hangUp(legId, { cause: 19, text: 'No answer' });
    for (const call of calls) assert.match((await call.waitFor('CANCEL')).get('reason'), /^Q\.850;cause=19/);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.kind, 'cancelled');
  });

  it('that is given up while its contacts are looked up calls nobody', async () => {
    const legId = dial();
    rig.sip.hangUp(legId, { cause: 16, text: 'Gone' });
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.kind, 'cancelled');
    assert.equal(phones[0]!.received('INVITE').length + phones[1]!.received('INVITE').length, 0);
  });

  it('rings at the contact of the higher q first, and at the next when that one has failed', async () => {
    await register(phones.map(({ uri }, i) => ({ contact: uri, reachedAt: uri, q: i === 0 ? 500 : 1000 })));
    const legId = dial();
    const first = await phones[1]!.nextCall();
    assert.equal(phones[0]!.received('INVITE').length, 0);
    first.reject(480);
    (await phones[0]!.nextCall()).reject(486);
    await rig.recorder.last(legId);
  });

  it('repeats the very same INVITEs after a crash, so that no phone rings twice', async () => {
    const legId = dial();
    const calls = await Promise.all(phones.map((phone) => phone.nextCall()));
    await rig.recorder.of(legId, 'dialled');
    rig.sip.hangUp(legId, { cause: 16, text: '' });
    await rig.recorder.last(legId);
    const again = rig.dial(
      { kind: 'extension', extension: '201' },
      { legId: 'again', idempotencyKey: `attempt ${legId}` },
    );
    await rig.recorder.last(again, 10_000);
    for (const call of calls)
      assert.equal(new Set(call.phone.received('INVITE').map((one) => one.get('call-id'))).size, 1);
  });

  it('is gone with the control connection: nobody knows how it ended', async () => {
    const legId = dial();
    await Promise.all(phones.map((phone) => phone.nextCall()));
    await rig.recorder.of(legId, 'dialled');
    await rig.engine.stop();
    await rig.recorder.until('the loss', () => rig.recorder.engine.find((what) => what === 'lost'));
    assert.deepEqual(
      rig.recorder.types(legId).filter((type) => type === 'rejected' || type === 'ended'),
      [],
    );
    assert.equal(rig.sip.stats().legs, 0);
    await rig.startEngine();
  });
});
