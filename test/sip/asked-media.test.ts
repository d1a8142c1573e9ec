import assert from 'node:assert/strict';
import type { MediaEndpointEvents, MediaEndpointOptions } from '../../lib/ports/media.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.61.60';

/** An engine on another machine, as rtpengine: it has the answer to an offer only after it was asked for it. */
describe('sip: media that has to be asked over the network', () => {
  let rig: Rig;
  let phone: SipPhone;
  /** Offers that it has been asked about, in order, and how it gives the answer to the last one. */
  let asked: string[];
  let give: () => void;
  let wasAsked: () => void;
  beforeEach(async () => {
    rig = await Rig.open({ address });
    asked = [];
    give = () => {};
    wasAsked = () => {};
    const create = rig.media.createEndpoint.bind(rig.media);
    rig.media.createEndpoint = async (options: MediaEndpointOptions, events: MediaEndpointEvents) => {
      const known = new Set([options.remoteOffer]);
      const prepareAnswer = (offer: string) =>
        new Promise<void>((resolve) => {
          asked.push(offer);
          give = () => {
            known.add(offer);
            resolve();
          };
          wasAsked();
        });
      const endpoint = await create(options, events);
      const answer = endpoint.answer.bind(endpoint);
      return Object.assign(endpoint, {
        prepareAnswer,
        answer: (offer: string) => (known.has(offer) ? answer(offer) : null),
      });
    };
    phone = await rig.phone();
    rig.recorder.onOffered = ({ legId }) => rig.sip.answer(legId);
  });
  afterEach(() => rig.close());

  async function answered(): Promise<{ call: PhoneCall; legId: string }> {
    const call = phone.call({ to: rig.uri('100') });
    const { legId } = await rig.recorder.call();
    await rig.recorder.of(legId, 'answered');
    return { call, legId };
  }

  const isAsked = (count: number) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`there was no question ${count}`)), 5000);
      wasAsked = () => {
        if (asked.length < count) return;
        clearTimeout(timer);
        resolve();
      };
      wasAsked();
    });

  it('knows the offer of a caller before it is answered', async () => {
    const { call, legId } = await answered();
    assert.match((await call.final()).body, /m=audio/);
    assert.match(rig.media.of(legId)?.options.remoteOffer ?? '', /^v=0/);
    assert.deepEqual(asked, []);
    await call.hangUp();
    await rig.recorder.last(legId);
  });

  it('answers a re-INVITE when it has been asked, and is given no second offer meanwhile', async () => {
    const { call } = await answered();
    const held = call.reinvite(phone.sdp({ direction: 'sendonly' }));
    await isAsked(1);
    assert.equal(asked.length, 1);
    const second = await call.send('UPDATE', { headers: [['Content-Type', 'application/sdp']], body: phone.sdp() });
    assert.equal(second.status, 500);
    assert.ok(Number(second.get('retry-after')) > 0);
    assert.equal((await call.send('UPDATE')).status, 200, 'one without an offer is answered at once');
    give();
    const response = await held;
    assert.equal(response.status, 200);
    assert.match(response.body, /a=recvonly/);
    const resumed = call.reinvite(phone.sdp());
    await isAsked(2);
    give();
    assert.match((await resumed).body, /a=sendrecv/);
    await call.hangUp();
  });

  it('is not asked where the re-INVITE is refused all the same', async () => {
    const { call } = await answered();
    const headers = [
      ['Content-Type', 'application/sdp'],
      ['Require', 'telepathy'],
    ] as const;
    assert.equal((await call.send('UPDATE', { headers, body: phone.sdp({ direction: 'sendonly' }) })).status, 420);
    assert.deepEqual(asked, []);
    await call.hangUp();
  });

  it('keeps us from no re-INVITE of ours where the peer has taken its own back', async () => {
    const { call, legId } = await answered();
    const held = call.reinvite(phone.sdp({ direction: 'sendonly' }));
    await isAsked(1);
    call.cancelReinvite();
    assert.equal((await held).status, 487);
    give();
    await new Promise(setImmediate);
    // Its answer, which nobody wants any more, is on its way to the engine and back
    await call.send('OPTIONS');
    rig.media.of(legId)?.events.dead('no RTP');
    assert.match((await call.waitFor('INVITE')).get('to'), /;tag=/);
    await call.hangUp();
  });

  it('is not waited for where a BYE comes', async () => {
    const { call, legId } = await answered();
    const held = call.reinvite(phone.sdp({ direction: 'sendonly' }));
    await isAsked(1);
    assert.equal((await call.hangUp()).status, 200);
    assert.equal((await rig.recorder.last(legId)).type, 'ended');
    give();
    const { status } = await held;
    assert.ok(status >= 400, `${status}`);
  });

  it('that has lost a call for good ends it at once, with the reason', async () => {
    const { call, legId } = await answered();
    const reason = 'rtpengine 10.0.0.7:22222 does not answer';
    rig.media.of(legId)?.events.dead(reason, true);
    assert.match((await call.waitFor('BYE')).get('reason'), /cause=41/);
    assert.equal(call.count('INVITE'), 0, 'nobody is asked whether he is there');
    assert.deepEqual(await rig.recorder.last(legId), { type: 'ended', legId, by: 'system', text: reason });
  });

  it('that has lost a call which still rings takes it back', async () => {
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port};transport=udp`)], []);
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '048991996260' });
    const call = await phone.nextCall();
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    rig.media.of(legId)?.events.dead('rtpengine 10.0.0.7:22222 has been started anew', true);
    assert.match((await call.waitFor('CANCEL')).get('reason'), /cause=41;text="Media lost"/);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.kind, 'cancelled');
  });
});
