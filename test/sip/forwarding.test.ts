import assert from 'node:assert/strict';
import { USUAL_CALLS } from '../../lib/core/settings.ts';
import type { PhoneCall, RequestAnswer } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders, SipText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.53.30';

interface Side {
  legId: string;
  call: PhoneCall;
}

describe('sip: what one side of a bridge says to the other', () => {
  let rig: Rig;
  let phone: SipPhone;
  let a: Side;
  let b: Side;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 20 });
    phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []);
    a = await dialled();
    b = await dialled();
    rig.sip.bridge(a.legId, b.legId);
  });
  afterEach(async () => {
    for (const { legId } of [a, b]) {
      rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
      await rig.recorder.last(legId);
    }
    await rig.close();
  });

  async function dialled(): Promise<Side> {
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' });
    const call = await phone.nextCall();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    return { legId, call };
  }

  const answering = (side: Side, answer: RequestAnswer) => {
    side.call.onRequest = () => answer;
  };

  it('arrives there with its body and its kind, and the answer comes back', async () => {
    answering(b, { status: 202, headers: [['Content-Type', 'text/plain']], body: 'seen' });
    const headers: SipHeaders = [
      ['Content-Type', 'application/media_control+xml'],
      ['Info-Package', 'x'],
    ];
    for (const method of ['INFO', 'MESSAGE', 'NOTIFY']) {
      const more: SipHeaders =
        method === 'NOTIFY'
          ? [
              ['Event', 'talk'],
              ['Subscription-State', 'active'],
            ]
          : [];
      const response = await a.call.send(method, { headers: [...headers, ...more], body: `<${method}/>` });
      assert.equal(`${response.status} ${response.get('content-type')} ${response.body}`, '202 text/plain seen');
      const there = await b.call.waitFor(method);
      assert.equal(there.body, `<${method}/>`);
      assert.equal(there.get('content-type'), 'application/media_control+xml');
      assert.equal(there.get('info-package'), 'x');
      assert.equal(there.get('event'), method === 'NOTIFY' ? 'talk' : '');
    }
    answering(a, { status: 488 });
    assert.equal((await b.call.send('MESSAGE', { headers: [['Content-Type', 'text/html']], body: 'x' })).status, 488);
  });

  it('takes nothing along that is the dialog’s own, or a secret of the one side', async () => {
    const secrets: SipHeaders = [
      ['Content-Type', 'text/plain'],
      ['Route', '<sip:evil;lr>'],
      ['Record-Route', '<sip:evil;lr>'],
      ['Contact', '<sip:evil>'],
      ['Authorization', 'Digest username="x"'],
      ['P-Asserted-Identity', '<sip:private@x>'],
      ['X-Callback-ID', 'evil'],
      ['Via', 'SIP/2.0/UDP evil;branch=z9hG4bKevil'],
    ];
    await a.call.send('MESSAGE', { headers: secrets, body: 'hello' });
    const { raw } = await b.call.waitFor('MESSAGE');
    assert.doesNotMatch(raw, /evil|Digest|private/);
    assert.match(raw, /\r\n\r\nhello$/);
  });

  it('is heard here too where it is a key, and pressed by RTP where the other side takes no INFO', async () => {
    assert.equal((await a.call.press('5')).status, 200);
    assert.match((await b.call.waitFor('INFO')).body, /Signal=5/);
    assert.equal((await rig.recorder.of(a.legId, 'digit')).digit, '5');
    assert.deepEqual(rig.media.of(b.legId)?.digits, []);
    answering(b, { status: 415 });
    assert.equal((await a.call.press('7')).status, 200);
    assert.deepEqual(rig.media.of(b.legId)?.digits, ['7']);
  });

  it('that is the end of the other side’s dialog ends that leg, and is no word of this one’s', async () => {
    answering(b, { status: 481 });
    assert.equal((await a.call.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body: 'x' })).status, 480);
    const last = await rig.recorder.last(b.legId);
    assert.equal(last.type === 'ended' && `${last.by}: ${last.text}`, 'system: MESSAGE got 481');
    assert.equal((await a.call.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body: 'x' })).status, 200);
  });

  it('is bounded: in size, and in what waits for an answer', async () => {
    const send = (body: string) => a.call.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body });
    assert.equal((await send('x'.repeat(4097))).status, 413);
    const held: SipText[] = [];
    b.call.onRequest = (request) => {
      held.push(request);
      return null;
    };
    const sent = Array.from({ length: 6 }, (_, i) => send(String(i)));
    const refusals = await Promise.all(sent.slice(4));
    assert.deepEqual(
      refusals.map((one) => `${one.status} ${one.get('retry-after')}`),
      ['500 2', '500 2'],
    );
    for (const request of await Promise.all(
      ['0', '1', '2', '3'].map((body) => b.call.waitFor((one) => one.body === body)),
    ))
      b.call.respondTo(request, 200);
    for (const { status } of await Promise.all(sent.slice(0, 4))) assert.equal(status, 200);
  });

  it('on hold is silence, or the music that is configured, until it is taken back', async () => {
    const holding = () => rig.media.of(b.legId)?.played;
    const hold = (direction: 'sendonly' | 'inactive') => a.call.reinvite(phone.sdp({ direction }));
    assert.match((await hold('sendonly')).body, /a=recvonly/);
    assert.deepEqual(holding(), []);
    rig.configuration = { ...rig.configuration, calls: { ...USUAL_CALLS, holdMusic: 'tone:hold' } };
    await hold('sendonly');
    assert.deepEqual(holding(), ['tone:hold']);
    assert.deepEqual(rig.media.of(b.legId)?.languages.at(-1), 'pt-BR', 'of our country: nothing was played there yet');
    assert.deepEqual(rig.media.of(a.legId)?.played, []);
    await a.call.reinvite(phone.sdp());
    await hold('inactive');
    assert.deepEqual(holding(), ['tone:hold', 'tone:hold']);
    const ended = rig.recorder.types(b.legId).includes('playEnded');
    assert.equal(ended, false, 'it is no play of the flow');
    await a.call.reinvite(phone.sdp());
    rig.sip.play(b.legId, 'p', 'hello', 'es');
    await hold('sendonly');
    assert.equal(rig.media.of(b.legId)?.languages.at(-1), 'es', 'as whoever hears it was spoken to');
  });

  it('is not passed on before the bridge, after it, or where it is only a keep-alive', async () => {
    const c = await dialled();
    assert.equal((await c.call.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body: 'x' })).status, 200);
    assert.equal((await a.call.send('NOTIFY', { headers: [['Event', 'keep-alive']] })).status, 200);
    assert.equal((await a.call.send('OPTIONS')).status, 200);
    // A new bridge ends the one before
    rig.sip.bridge(a.legId, c.legId);
    assert.equal((await b.call.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body: 'x' })).status, 200);
    assert.equal(a.call.count('MESSAGE'), 0);
    await c.call.hangUp();
    await rig.recorder.last(c.legId);
    assert.equal((await a.call.info('application/dtmf', '1')).status, 200);
    assert.equal(b.call.count('NOTIFY') + b.call.count('INFO') + b.call.count('OPTIONS'), 0);
  });
});
