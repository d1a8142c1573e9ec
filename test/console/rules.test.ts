/** The form of a rule with the fields of the component's manual, and the list of many rules, by hand in a browser. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const SPECIFIC = '(48) 99199-6260';
const SECOND = '(48) 99199-0002';
/** Of the component `Call Back`, in the order of its manual. */
const MANUAL = ['method', 'trunk', 'number', 'extension', 'callerId.number', 'delaySeconds', 'timeoutSeconds'];
const PAGE_SIZE = 20;

interface Rule {
  name: string;
  method: string;
  trunk: string | null;
  outgoingRule: string | null;
  number: string | null;
  extension: string | null;
  delaySeconds: number;
  timeoutSeconds: number;
}

describe('callback rules in a browser', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.35.30',
      phones: '127.0.35.31',
      configuration: { inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }] },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`);
    assert.deepEqual(rig.offences, []);
  });

  const text = (name: string) => page.getByRole('textbox', { name, exact: true });
  const choice = (name: string) => page.getByRole('combobox', { name, exact: true });
  const radio = (name: string) => page.getByRole('radio', { name });
  const cell = (name: string) => page.getByRole('cell', { name, exact: true });
  const save = () => page.getByRole('button', { name: 'Save' }).click();
  const choose = async (label: string, option: string) => {
    await choice(label).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const origin = async (number: string) => {
    await radio('Specific number').check();
    await choice('Origin numbers').fill(number);
    await choice('Origin numbers').press('Enter');
  };
  const stored = async (name: string) =>
    (await rig.server.api(`/api/v1/callback-rules/${encodeURIComponent(name)}`)).body as Rule;

  describe('the form', () => {
    before(() => page.goto(`${rig.url}/new-callback-rule`));

    it('has the fields of the manual in its order, the methods too', async () => {
      await text('Name').waitFor();
      const names = await page
        .locator('form [name]')
        .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('name') ?? ''));
      assert.deepEqual(
        [...new Set(names)].filter((name) => MANUAL.includes(name)),
        MANUAL,
      );
      const methods = await page
        .locator('form [name="method"]')
        .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('value')));
      assert.deepEqual(methods, ['caller', 'number', 'extension']);
    });

    for (const [method, active] of [
      ['Call to caller', { trunk: true, number: false, extension: false }],
      ['Call to number', { trunk: true, number: true, extension: false }],
      ['Call extension', { trunk: false, number: false, extension: true }],
    ] as const)
      it(`has of trunk, number and extension those active that ${method} needs`, async () => {
        await radio(method).check();
        assert.deepEqual(
          {
            trunk: await choice('Trunk').isEnabled(),
            number: await text('Number').isEnabled(),
            extension: await choice('Extension').isEnabled(),
          },
          active,
        );
        assert.equal(await choice('Outgoing rule').isEnabled(), active.trunk);
      });
  });

  describe('a rule', () => {
    it('for a certain number calls that number when the advice is taken', async () => {
      await page.goto(`${rig.url}/new-callback-rule`);
      await text('Name').fill('número específico');
      await origin(SPECIFIC);
      await page.getByRole('button', { name: `Call ${SPECIFIC} instead` }).click();
      assert.ok(await radio('Call to number').isChecked());
      assert.equal(await text('Number').inputValue(), SPECIFIC);
      // Taken, it is not given any more.
      await page.getByText('For security, and to prevent misuse').waitFor({ state: 'detached' });
      await choose('Outgoing rule', 'Operação');
      await text('Delay (sec)').fill('0');
      await text('Timeout (sec)').fill('7');
      assert.match(
        (await page.getByTestId('sentence').textContent()) ?? '',
        /\(48\) 99199-6260 is called as the outgoing/,
      );
      await save();
      await cell('número específico').waitFor();
      const { method, outgoingRule, extension, delaySeconds, timeoutSeconds } = await stored('número específico');
      assert.deepEqual(
        [method, outgoingRule, extension, delaySeconds, timeoutSeconds],
        ['number', 'Operação', null, 0, 7],
      );
      const person = rig.trunk.nextCall();
      await rig.call('+5548991996260');
      const call = await person;
      assert.match(call.invite.uri, /^sip:048991996260@/);
      call.reject(486);
    });

    it('rings an extension, and keeps nothing that its method has no use for', async () => {
      await page.getByRole('link', { name: 'Add rule' }).first().click();
      await text('Name').fill('para o ramal');
      await origin(SECOND);
      await choose('Trunk', 'trunk-80092037');
      await radio('Call to number').check();
      await text('Number').fill('(48) 3121-0000');
      await radio('Call extension').check();
      await choose('Extension', '200');
      await text('Delay (sec)').fill('0');
      await save();
      await cell('para o ramal').waitFor();
      const { method, trunk, number, extension } = await stored('para o ramal');
      assert.deepEqual([method, trunk, number, extension], ['extension', null, null, '200']);
      const ringing = rig.extension.nextCall();
      await rig.call('+5548991990002');
      (await ringing).reject(486);
    });

    it('is copied with all that it says, and told that the copy is for the same callers', async () => {
      await page.getByRole('button', { name: 'More actions: para o ramal' }).click();
      await page.getByRole('menuitem', { name: 'Duplicate' }).click();
      await page.getByRole('heading', { level: 1, name: 'New callback rule' }).waitFor();
      const name = await text('Name').inputValue();
      assert.match(name, /para o ramal/);
      assert.notEqual(name, 'para o ramal');
      assert.ok(await radio('Call extension').isChecked());
      await save();
      await page.locator('form').getByRole('alert').waitFor();
      assert.equal(await choice('Origin numbers').getAttribute('aria-invalid'), 'true');
      await choice('Origin numbers').press('Backspace');
      await choice('Origin numbers').fill('(48) 99199-0003');
      await choice('Origin numbers').press('Enter');
      await save();
      await cell(name).waitFor();
      const [original, copy] = [await stored('para o ramal'), await stored(name)];
      assert.deepEqual(copy, { ...original, name, origin: '(48) 99199-0003' });
    });

    it('is not saved over what somebody else has changed while its form was open', async () => {
      await page.getByRole('link', { name: SECOND }).click();
      await text('Delay (sec)').fill('30');
      const rule = await stored('para o ramal');
      const path = `/api/v1/callback-rules/${encodeURIComponent(rule.name)}`;
      // Heard of live: the page has read the rule again, and its form says what it said.
      const heard = page.waitForResponse((answer) => answer.url().endsWith(path));
      const body = { ...rule, timeoutSeconds: 9 };
      assert.equal((await rig.server.api(path, { method: 'PUT', body })).status, 200);
      await heard;
      await save();
      await page.locator('form').getByRole('alert').getByText('Somebody else changed this').waitFor();
      const { delaySeconds, timeoutSeconds } = await stored(rule.name);
      assert.deepEqual([delaySeconds, timeoutSeconds], [0, 9]);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    });

    it('for any number is refused beside another one, and the form says so where the origin is chosen', async () => {
      const body = { name: 'Callback geral', outgoingRule: 'Operação' };
      assert.equal((await rig.server.api('/api/v1/callback-rules', { method: 'POST', body })).status, 201);
      await page.getByRole('link', { name: 'Add rule' }).first().click();
      await text('Name').fill('outra geral');
      await save();
      await page.getByRole('radiogroup', { name: 'Origin' }).locator('..').getByText('Callback geral').waitFor();
      await rig.shot(page, 'rule-tie');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    });
  });

  describe('more than a page of them', () => {
    const names = Array.from({ length: PAGE_SIZE - 3 }, (_, at) => `regra ${String(at).padStart(2, '0')}`);
    before(async () => {
      const { body } = await rig.server.api('/api/v1/configuration');
      const whole = body as { callbackRules: object[] };
      assert.equal(whole.callbackRules.length, 4);
      const more = names.map((name, at) => ({
        name,
        origin: `+55119870000${String(at).padStart(2, '0')}`,
        outgoingRule: 'Operação',
      }));
      const callbackRules = [...whole.callbackRules, ...more];
      const put = await rig.server.api('/api/v1/configuration', { method: 'PUT', body: { ...whole, callbackRules } });
      assert.equal(put.status, 200);
      await page.goto(`${rig.url}/callback-rules?sort=name`);
    });

    it('are shown page by page, each once, and the address says which page', async () => {
      await page.getByText('Page 1 of 2').waitFor();
      const shown = () => page.getByRole('row').locator('td:nth-child(2)').allInnerTexts();
      const first = await shown();
      assert.equal(first.length, PAGE_SIZE);
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('Page 2 of 2').waitFor();
      await cell(names.at(-1)!).waitFor();
      assert.match(page.url(), /page=2/);
      const all = [...first, ...(await shown())];
      assert.equal(new Set(all).size, PAGE_SIZE + 1);
      assert.ok(await page.getByRole('button', { name: 'Next' }).isDisabled());
      await page.reload();
      await cell(names.at(-1)!).waitFor();
    });

    it('are looked for from their first page', async () => {
      await page.getByLabel('Search rules').fill('regra');
      await page.getByText('Page 1 of 1').waitFor();
      await cell(names[0]!).waitFor();
      await page.getByLabel('Search rules').fill('');
      await page.getByText('Page 1 of 2').waitFor();
    });

    it('are shown from a page that is there when the last one of a page is deleted', async () => {
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: `More actions: ${names.at(-1)}` }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('Page 1 of 1').waitFor();
      assert.equal(await page.getByRole('row').count(), PAGE_SIZE + 1);
    });
  });
});
