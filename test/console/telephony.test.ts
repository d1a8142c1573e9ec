/** Trunks, outgoing rules, phones and numbers that are not called: each by hand in a browser, and true on the wire. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { digestProof } from '../support/digest-proof.ts';
import { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders } from '../support/sip-text.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const [ADDRESS, PHONES, PROVIDER] = ['127.0.35.20', '127.0.35.21', '127.0.35.22'];
const TRUNK = 'trunk-80092037';
const PERSON = '(48) 99199-6260';
const PERSON_E164 = '+5548991996260';

describe('trunks, outgoing rules, phones and barred numbers in a browser', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  let provider: SipPhone;
  before(async () => {
    rig = await ConsoleRig.open({
      address: ADDRESS,
      phones: PHONES,
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: 'Callback geral', trunk: TRUNK, delaySeconds: 0 }],
      },
    });
    provider = await SipPhone.open({ address: PROVIDER, port: 5080 });
    page = await rig.signedIn();
  });
  after(async () => {
    provider?.close();
    await rig?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`);
    assert.deepEqual(rig.offences, []);
  });

  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const stored = async (path: string) => (await rig.server.api(`/api/v1/${path}`)).body as Record<string, unknown>;
  const choose = async (label: string, option: string) => {
    await page.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
    await page.keyboard.press('Escape');
  };
  /** What a caller is answered, and whether he is promised anything. */
  const callFrom = async (number: string) => {
    const call = rig.trunk.call({ to: `sip:${INBOUND}@${ADDRESS}:5060`, from: `<sip:${number}@${PHONES}>` });
    const final = await call.final();
    return { status: final.status, isPromised: final.get('x-callback-id') !== '' };
  };

  describe('a number', () => {
    it('is promised nothing while it is on the do-not-call list, and called back when it is released', async () => {
      await page.goto(`${rig.url}/suppressions`);
      await page.getByText('No number is barred').waitFor();
      await page.getByRole('button', { name: 'Add number' }).first().click();
      const form = page.getByRole('dialog', { name: 'Add number' });
      await form.getByRole('textbox', { name: 'Number' }).fill('(48) 99199-0001');
      await form.getByRole('textbox', { name: 'Reason' }).fill('asked us by letter');
      await form.getByRole('button', { name: 'Add', exact: true }).click();
      await row('+5548991990001').getByText('asked us by letter').waitFor();
      await rig.shot(page, 'suppressed');
      assert.equal((await callFrom('+5548991990001')).isPromised, false);
      await page.getByRole('button', { name: 'Allow +5548991990001 again' }).click();
      const dialog = page.getByRole('dialog', { name: 'Call +5548991990001 again?' });
      await dialog.getByRole('button', { name: 'Allow +5548991990001 again' }).click();
      await page.getByText('No number is barred').waitFor();
      assert.equal((await callFrom('+5548991990001')).isPromised, true);
    });

    it('is barred by its own phone, and the list says by what', async () => {
      // Its callback is on its way: the phone says that it does not want any.
      (await rig.trunk.nextCall()).reject(607);
      await rig.server.until((all) => all.every(({ state }) => state === 'done'), 5_000, 'the callback is over');
      await page.reload();
      await row('+5548991990001').getByText('does not want to be called from here').waitFor();
      await row('+5548991990001').getByRole('link', { name: 'The phone itself (607)' }).click();
      await page.getByRole('heading', { level: 1, name: 'Callback to +5548991990001' }).waitFor();
    });
  });

  describe('a trunk', () => {
    it('is saved from its form, registers, and is shown as down while it is silent', async () => {
      // Registers whoever asks, and does not say a word to OPTIONS.
      provider.onOther = (request, respond) => (request.method === 'REGISTER' ? respond(200) : undefined);
      await page.goto(`${rig.url}/trunks`);
      await page.getByRole('button', { name: 'Add trunk' }).first().click();
      const form = page.getByRole('dialog', { name: 'New trunk' });
      await form.getByRole('textbox', { name: 'Name', exact: true }).fill('backup');
      await form.getByRole('textbox', { name: 'Next hop' }).fill(`sip:${PROVIDER}:5080;transport=udp`);
      await form.getByRole('textbox', { name: 'User name' }).fill('sapers');
      await form.getByLabel('Password', { exact: true }).fill('secret');
      await form.getByRole('switch', { name: 'Register at the provider' }).click({ force: true });
      await form.getByRole('textbox', { name: 'Calls at once' }).fill('4');
      await form.getByRole('textbox', { name: 'Ask for a sign of life every (sec)' }).fill('1');
      await form.getByRole('button', { name: 'Health and sharing' }).click();
      await form.getByRole('textbox', { name: 'Down after so many failures' }).fill('1');
      await form.getByRole('textbox', { name: 'Up again after so many answers' }).fill('1');
      assert.deepEqual(await rig.barriers(page), []);
      await rig.shot(page, 'trunk-form', { screen: true });
      await form.getByRole('button', { name: 'Save' }).click();
      await row('backup').getByText('Down: it does not answer').waitFor();
      await row('backup').getByText('Registered', { exact: true }).waitFor();
      await rig.shot(page, 'trunk-down');
      const { proxy, maxConcurrentCalls, auth, register, health } = await stored('trunks/backup');
      assert.deepEqual(
        [proxy, maxConcurrentCalls, auth, (register as { expiresSeconds: number }).expiresSeconds],
        [`sip:${PROVIDER}:5080;transport=udp`, 4, { username: 'sapers', password: '********' }, 300],
      );
      const { optionsSeconds, downAfter, upAfter } = health as Record<string, number>;
      assert.deepEqual([optionsSeconds, downAfter, upAfter], [1, 1, 1]);
    });

    it('is shown as up again by itself when it answers, with its round trip', async () => {
      provider.onOther = (_request, respond) => respond(200);
      await row('backup').getByText('Up', { exact: true }).waitFor();
      await row('backup')
        .getByRole('cell', { name: /^\d+ ms$/ })
        .waitFor();
    });

    it('keeps its password when its form is saved without one', async () => {
      await page.getByRole('button', { name: 'Edit: backup' }).click();
      const form = page.getByRole('dialog', { name: 'Trunk backup' });
      await form.getByRole('textbox', { name: 'Calls at once' }).fill('6');
      await form.getByRole('textbox', { name: 'New calls per second' }).fill('2.5');
      await form.getByRole('button', { name: 'Save' }).click();
      await form.waitFor({ state: 'detached' });
      const { maxConcurrentCalls, maxCallsPerSecond } = await stored('trunks/backup');
      assert.deepEqual([maxConcurrentCalls, maxCallsPerSecond], [6, 2.5]);
      // Asked for its credentials it still gives those that were typed.
      const challenged = provider.nextCall();
      const body = { number: PERSON };
      assert.equal((await rig.server.api('/api/v1/trunks/backup/test-call', { method: 'POST', body })).status, 201);
      const first = await challenged;
      const proven = provider.nextCall();
      first.reject(401, { headers: [['WWW-Authenticate', 'Digest realm="provider", nonce="n0nce"']] });
      const call = await proven;
      const proof = call.invite.get('authorization');
      assert.equal(parameter(proof, 'response'), responseTo(proof, 'sapers', 'secret'));
      call.reject(486);
      await rig.server.until((all) => all.every(({ state }) => state === 'done'), 5_000, 'the test call is over');
    });

    it('is not saved over what somebody else has changed while its form was open', async () => {
      await page.getByRole('button', { name: 'Edit: backup' }).click();
      const form = page.getByRole('dialog', { name: 'Trunk backup' });
      await form.getByRole('textbox', { name: 'Calls at once' }).fill('9');
      const path = '/api/v1/trunks/backup';
      const heard = page.waitForResponse((answer) => answer.url().endsWith(path));
      const body = { ...(await stored('trunks/backup')), maxCallsPerSecond: 3 };
      assert.equal((await rig.server.api(path, { method: 'PUT', body })).status, 200);
      await heard;
      await form.getByRole('button', { name: 'Save' }).click();
      await form.getByRole('alert').getByText('Somebody else changed this').waitFor();
      const { maxConcurrentCalls, maxCallsPerSecond } = await stored('trunks/backup');
      assert.deepEqual([maxConcurrentCalls, maxCallsPerSecond], [6, 3]);
      await form.getByRole('button', { name: 'Cancel' }).click();
    });

    it('is not dialled through while that is stopped, and is dialled when it goes on', async () => {
      await row(TRUNK).getByRole('button', { name: 'Stop dialling through it' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Stop dialling through it' }).click();
      await row(TRUNK).getByText('Switched off').waitFor();
      await rig.shot(page, 'trunk-stopped');
      const before = rig.trunk.received('INVITE').length;
      assert.deepEqual(await callFrom(PERSON_E164), { status: 486, isPromised: true });
      await rig.server.until((all) => all.some(({ state }) => state === 'queued'), 5_000, 'it waits for a line');
      assert.equal(rig.trunk.received('INVITE').length, before);
      const person = rig.trunk.nextCall();
      await row(TRUNK).getByRole('button', { name: 'Dial through it again' }).click();
      const call = await person;
      await row(TRUNK).getByText('Up', { exact: true }).waitFor();
      // Too much for it: it asks to be left alone.
      call.reject(503, { headers: [['Retry-After', '60']] });
      await row(TRUNK).getByText('Parked').waitFor();
    });
  });

  describe('an outgoing rule', () => {
    it('is saved from its form with its routes in the order in which they are asked', async () => {
      await page.goto(`${rig.url}/outgoing-rules`);
      await page.getByRole('button', { name: 'Add outgoing rule' }).first().click();
      const form = page.getByRole('dialog', { name: 'New outgoing rule' });
      const routes = form.locator('.panel');
      await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Interurbano');
      await routes.nth(0).getByRole('textbox', { name: 'Pattern' }).fill('^(55\\d+)$');
      await routes.nth(0).getByRole('combobox', { name: 'Trunks, in order' }).fill('backup');
      await routes.nth(0).getByRole('combobox', { name: 'Trunks, in order' }).press('Enter');
      await form.getByRole('button', { name: 'Add route' }).click();
      await routes.nth(1).getByRole('textbox', { name: 'Pattern' }).fill('^5548(\\d{8,9})$');
      await routes.nth(1).getByRole('textbox', { name: 'Dials' }).fill('048$1');
      await routes.nth(1).getByRole('combobox', { name: 'Trunks, in order' }).fill(TRUNK);
      await routes.nth(1).getByRole('combobox', { name: 'Trunks, in order' }).press('Enter');
      await form.getByRole('button', { name: 'Move route 2 up' }).click();
      await rig.shot(page, 'outgoing-rule-form', { screen: true });
      await form.getByRole('button', { name: 'Save' }).click();
      await row('Interurbano').getByText('^5548(\\d{8,9})$ → 048$1').waitFor();
      const saved = (await stored('outgoing-rules/Interurbano'))['routes'] as Array<{ match: string }>;
      assert.deepEqual(
        saved.map(({ match }) => match),
        ['^5548(\\d{8,9})$', '^(55\\d+)$'],
      );
    });

    it('says in its tester which route takes a number, and what is dialled', async () => {
      const tester = page.getByRole('region', { name: 'Tester' });
      await choose('Outgoing rule', 'Interurbano');
      const tried = async (number: string) => {
        await tester.getByRole('textbox', { name: 'Number', exact: true }).fill(number);
        const answered = page.waitForResponse((answer) => answer.url().includes('/api/v1/route'));
        await tester.getByRole('button', { name: 'Try it' }).click();
        await answered;
        const items = tester.getByTestId('trial').getByRole('listitem');
        return { dials: tester.getByTestId('trial').locator('p').allInnerTexts(), items };
      };
      const own = await tried(PERSON);
      await tester.getByText(`Dials 048991996260 through ${TRUNK}`).waitFor();
      assert.deepEqual(await own.items.allInnerTexts(), ['^5548(\\d{8,9})$ · Takes it', '^(55\\d+)$ · Not asked']);
      await rig.shot(page, 'outgoing-rule-tried');
      const other = await tried('(11) 98765-4321');
      await tester.getByText('Dials 11987654321 through backup').waitFor();
      assert.deepEqual(await other.items.allInnerTexts(), [
        '^5548(\\d{8,9})$ · Does not match',
        '^(55\\d+)$ · Takes it',
      ]);
      await tried('+12025550123');
      await tester.getByText('Dials', { exact: false }).waitFor({ state: 'detached' });
    });

    it('says at the field that a pattern is none, and saves nothing', async () => {
      await page.getByRole('button', { name: 'Edit: Interurbano' }).click();
      const form = page.getByRole('dialog', { name: 'Outgoing rule Interurbano' });
      const pattern = form.getByRole('textbox', { name: 'Pattern' }).first();
      await pattern.fill('^5548(\\d{8,9}$');
      await form.getByRole('button', { name: 'Save' }).click();
      await form.locator('[name="routes.match"][aria-invalid="true"]').waitFor();
      assert.equal(await pattern.getAttribute('aria-invalid'), 'true');
      await form.getByRole('button', { name: 'Cancel' }).click();
      const saved = (await stored('outgoing-rules/Interurbano'))['routes'] as Array<{ match: string }>;
      assert.equal(saved[0]?.match, '^5548(\\d{8,9})$');
    });
  });

  describe('a phone', () => {
    it('appears when it registers, and is forgotten when that is wanted', async () => {
      const phone = await SipPhone.open({ address: PROVIDER, user: '201' });
      try {
        await page.goto(`${rig.url}/extensions`);
        await row('201').getByText('No phone is registered').waitFor();
        await register(phone);
        const shown = page.getByTestId('phones-201');
        await shown.getByText('Test phone 1.0').waitFor();
        await shown.getByText(phone.uri).waitFor();
        await shown.getByText(`from sip:${PROVIDER}:${phone.port}`, { exact: false }).waitFor();
        await rig.shot(page, 'phone-registered');
        await shown.getByRole('button', { name: 'Forget all phones' }).click();
        const dialog = page.getByRole('dialog', { name: 'Forget the phones of 201?' });
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        assert.equal((await stored('extensions/201/registrations'))['total'], 1);
        await shown.getByRole('button', { name: 'Forget all phones' }).click();
        await dialog.getByRole('button', { name: 'Forget all phones' }).click();
        await row('201').getByText('No phone is registered').waitFor();
        assert.equal((await stored('extensions/201/registrations'))['total'], 0);
      } finally {
        phone.close();
      }
    });
  });
});

/** As extension 201, with the password of the configuration. */
async function register(phone: SipPhone): Promise<void> {
  const aor = `<sip:201@${ADDRESS}>`;
  const send = (cseq: number, more: SipHeaders) =>
    phone.requestOnce('REGISTER', `sip:${ADDRESS}:5060`, {
      headers: [
        ['From', `${aor};tag=${phone.port}`],
        ['To', aor],
        ['Call-ID', 'registers-201'],
        ['CSeq', `${cseq} REGISTER`],
        ['Contact', `<${phone.uri}>`],
        ['User-Agent', 'Test phone 1.0'],
        ...more,
      ],
    });
  const login = { method: 'REGISTER', uri: `sip:${ADDRESS}`, user: '201', password: 'demo201' };
  assert.equal((await send(2, [digestProof(await send(1, []), login)])).status, 200);
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const parameter = (proof: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(proof)?.[1] ?? '';

/** What the digest has to be for a challenge without qop (RFC 2617 3.2.2.1). */
function responseTo(proof: string, user: string, password: string): string {
  const secret = md5(`${user}:provider:${password}`);
  return md5(`${secret}:n0nce:${md5(`INVITE:${parameter(proof, 'uri')}`)}`);
}
