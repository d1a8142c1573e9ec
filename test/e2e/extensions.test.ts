import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { digestProof } from '../support/digest-proof.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { type SipHeaders, type SipText, tagOf } from '../support/sip-text.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(141);
const [TRUNK, RECEPTION, SALES] = [loopback(142), loopback(143), loopback(144)];
const CALLBACK_DID = '+554831210110';
const DIRECT_DID = '+554831210111';

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'carrier', proxy: `sip:${TRUNK}:5070`, maxCallsPerSecond: 50 }],
  extensions: [
    { number: '200', contact: `sip:200@${RECEPTION}:5071` },
    { number: '201', contact: `sip:201@${SALES}:5072` },
    { number: '210', password: 's3cret' },
  ],
  inboundNumbers: [
    { number: CALLBACK_DID, callback: true },
    { number: DIRECT_DID, flow: 'consult' },
    { number: '+554831210112', flow: 'reception' },
  ],
  callbackRules: [
    { name: 'any', trunk: 'carrier', inboundNumbers: [CALLBACK_DID], delaySeconds: 0.2, next: 'reception' },
  ],
  flows: [
    { name: 'reception', start: 'dial', components: { dial: { type: 'dial', extension: '200' } } },
    { name: 'consult', start: 'dial', components: { dial: { type: 'dial', extension: '201' } } },
  ],
});

describe('extensions, from the phone to the other phone', function () {
  this.timeout(20_000);
  let server: Server;
  let phones: SipPhone[] = [];
  before(async () => {
    server = await Server.start({ address: APPLICATION, configuration });
  });
  after(async () => {
    const until = Date.now() + 5000;
    const legs = async () => /^callback_legs (\d+)$/m.exec(String((await server.api('/metrics')).body))?.[1];
    while ((await legs()) !== '0' && Date.now() < until) await delay(50);
    assert.equal(await legs(), '0');
    assert.doesNotMatch(server.output, /"level":50/);
    await server.stop();
  });
  afterEach(() => {
    for (const phone of phones) phone.close();
    phones = [];
  });

  async function phoneAt(address: string, port = 0): Promise<SipPhone> {
    const phone = await SipPhone.open({ address, port });
    phones.push(phone);
    return phone;
  }

  const uri = (user: string) => `sip:${user}@${APPLICATION}:5060`;

  async function register(phone: SipPhone, contact = phone.uri): Promise<SipText> {
    const aor = `<sip:210@${APPLICATION}>`;
    const send = (cseq: number, more: SipHeaders) =>
      phone.requestOnce('REGISTER', `sip:${APPLICATION}:5060`, {
        headers: [
          ['From', `${aor};tag=${phone.port}`],
          ['To', aor],
          ['Call-ID', `registers-${phone.address}-${phone.port}`],
          ['CSeq', `${cseq} REGISTER`],
          ['Contact', `<${contact}>`],
          ...more,
        ],
      });
    const challenge = await send(1, []);
    assert.equal(challenge.status, 401);
    const login = { method: 'REGISTER', uri: `sip:${APPLICATION}`, user: '210', password: 's3cret' };
    return send(2, [digestProof(challenge, login)]);
  }

  it('that calls the callback number is called back at all its contacts, and put through by the first that answers', async () => {
    const [desk, mobile] = [await phoneAt(loopback(145)), await phoneAt(loopback(146))];
    // Behind NAT: what it says of itself leads nowhere
    assert.equal((await register(desk, 'sip:210@10.1.2.3:5060')).status, 200);
    assert.equal((await register(mobile)).status, 200);
    const listed = await server.api('/api/v1/extensions/210/registrations');
    assert.equal((listed.body as { total: number }).total, 2);

    const reception = await phoneAt(RECEPTION, 5071);
    const from = `<sip:210@${APPLICATION}>`;
    const to = uri(CALLBACK_DID);
    const challenge = await desk.call({ to, from }).final();
    assert.equal(challenge.status, 401);
    const login = { method: 'INVITE', uri: to, user: '210', password: 's3cret' };
    const promise = await desk.call({ to, from, headers: [digestProof(challenge, login)] }).final();
    assert.equal(promise.status, 486);

    const [atDesk, atMobile] = await Promise.all([desk.nextCall(), mobile.nextCall()]);
    assert.equal(atDesk.invite.uri, 'sip:210@10.1.2.3:5060');
    atDesk.ring();
    await atMobile.answer();
    assert.match((await atDesk.waitFor('CANCEL')).get('reason'), /Call completed elsewhere/);
    const put = await reception.nextCall();
    assert.match(put.invite.get('from'), /sip:210@/);
    await put.answer();
    await put.hangUp();
    await atMobile.waitFor('BYE');
    const id = promise.get('x-callback-id');
    await server.until((all) => all.some((one) => one.id === id && one.outcome === 'connected'), 5000, 'connected');
  });

  describe('transfers', () => {
    let person: PhoneCall;
    let reception: SipPhone;
    let desk: PhoneCall;
    beforeEach(async () => {
      const carrier = await phoneAt(TRUNK, 5070);
      reception = await phoneAt(RECEPTION, 5071);
      person = carrier.call({ to: uri('+554831210112'), from: '<sip:+5548991996260@x>' });
      desk = await reception.nextCall();
      await desk.answer();
      assert.equal((await person.final()).status, 200);
    });

    const notified = (call: PhoneCall, text: string) =>
      call.waitFor((message) => message.method === 'NOTIFY' && message.body.startsWith(text), 8000);

    async function talkTo(sales: PhoneCall): Promise<void> {
      await desk.waitFor('BYE', 8000);
      assert.equal(person.count('BYE'), 0);
      const said = await sales.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body: 'hello' });
      assert.equal(said.status, 200);
      assert.equal((await person.waitFor('MESSAGE')).body, 'hello');
      await sales.hangUp();
      await person.waitFor('BYE');
    }

    it('blind: the person stays on the line until the other extension answers, and talks to it then', async () => {
      const sales = await phoneAt(SALES, 5072);
      const refer = await desk.send('REFER', { headers: [['Refer-To', '<sip:201@anywhere>']] });
      assert.equal(refer.status, 202);
      const target = await sales.nextCall();
      target.ring();
      await notified(desk, 'SIP/2.0 180');
      assert.equal(person.count('BYE') + desk.count('BYE'), 0);
      await target.answer();
      await notified(desk, 'SIP/2.0 200');
      await talkTo(target);
    });

    it('blind, to one that is busy: the two go on talking', async () => {
      const sales = await phoneAt(SALES, 5072);
      assert.equal((await desk.send('REFER', { headers: [['Refer-To', '<sip:201@x>']] })).status, 202);
      (await sales.nextCall()).reject(486);
      await notified(desk, 'SIP/2.0 486');
      assert.equal((await desk.info('application/dtmf', '1')).status, 200);
      assert.equal((await person.waitFor('INFO')).body, '1');
      await desk.hangUp();
      await person.waitFor('BYE');
    });

    it('to a number, or of somebody behind a trunk, are not to be had', async () => {
      for (const to of ['+5548999990000', '0048999990000', '999', CALLBACK_DID])
        assert.equal((await desk.send('REFER', { headers: [['Refer-To', `<sip:${to}@x>`]] })).status, 404, to);
      assert.equal((await person.send('REFER', { headers: [['Refer-To', '<sip:201@x>']] })).status, 603);
      await person.hangUp();
      await desk.waitFor('BYE');
    });

    it('attended: the extension calls the other one itself, and its two calls become one', async () => {
      const sales = await phoneAt(SALES, 5072);
      const consult = reception.call({ to: uri(DIRECT_DID), from: `<sip:200@${APPLICATION}>` });
      const target = await sales.nextCall();
      await target.answer();
      const answer = await consult.final();
      assert.equal(answer.status, 200);
      await target.send('OPTIONS');
      const names = `${consult.callId};to-tag=${tagOf(answer.get('to'))};from-tag=${consult.localTag}`;
      const refer = await desk.send('REFER', {
        headers: [['Refer-To', `<sip:201@x?Replaces=${encodeURIComponent(names)}>`]],
      });
      assert.equal(refer.status, 202);
      await notified(desk, 'SIP/2.0 200');
      await consult.waitFor('BYE');
      assert.equal(target.count('BYE'), 0);
      await talkTo(target);
    });
  });
});
