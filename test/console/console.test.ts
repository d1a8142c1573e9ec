/** A newcomer's first hour with the console, in a browser, by hand. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { PhoneCall } from '../support/phone-call.ts';
import { ConsoleRig, HOSTILE, HOSTILE_READ, INBOUND } from './console-rig.ts';

const NUMBER = '(48) 99199-6260';

const link = (page: Page, name: string | RegExp) => page.getByRole('navigation').getByRole('link', { name });
const choose = async (page: Page, label: string, option: string) => {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option }).click();
};

describe('the console in a browser', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;

  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.66.10', phones: '127.0.66.11' });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  it('lets nobody in with a wrong password, and says so', async () => {
    const stranger = await rig.page();
    await stranger.goto(rig.url);
    await stranger.locator('input[autocomplete="current-password"]').fill('wrong');
    await stranger.getByRole('button', { name: 'Sign in', exact: true }).click();
    await stranger.getByRole('alert').getByText('User name or password is wrong.').waitFor();
    await rig.shot(stranger, 'sign-in');
    assert.deepEqual(await rig.barriers(stranger), []);
    await stranger.context().close();
  });

  it('shows a newcomer what comes first: no rule, and callback switched off', async () => {
    await link(page, 'Callback rules').click();
    await page.getByText('No rule yet').waitFor();
    await page.getByText('No inbound number has callback switched on').waitFor();
    await rig.shot(page, 'rules-empty');
    await page.getByRole('link', { name: 'Switch it on' }).click();
    await page.getByRole('switch', { name: `Callback for ${INBOUND}` }).click({ force: true });
    await page.getByText(`Callback is on for ${INBOUND}`).waitFor();
  });

  it('takes the rule for a specific number, whose method decides which fields are active', async () => {
    await link(page, 'Callback rules').click();
    await page.getByRole('link', { name: 'Add rule' }).first().click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('número específico');
    await page.getByRole('radio', { name: 'Specific number' }).check();
    await page.getByRole('combobox', { name: 'Origin numbers' }).fill(NUMBER);
    await page.getByRole('combobox', { name: 'Origin numbers' }).press('Enter');
    assert.ok(await page.getByRole('textbox', { name: 'Number', exact: true }).isDisabled());
    await page.getByRole('radio', { name: 'Call extension' }).check();
    assert.ok(await page.getByRole('combobox', { name: 'Trunk', exact: true }).isDisabled());
    await page.getByRole('radio', { name: 'Call to caller' }).check();
    await page.getByText('For security, and to prevent misuse').waitFor();
    await choose(page, 'Trunk', 'trunk-80092037');
    await choose(page, 'Outgoing rule', 'Operação');
    const sentence = await page.getByTestId('sentence').textContent();
    assert.match(
      sentence ?? '',
      /calls from \(48\) 99199-6260 to any number .* reshaped by “Operação” and sent through trunk-80092037/,
    );
    await rig.shot(page, 'rule-form');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor();
  });

  it('takes the rule for any number, and shows both as the manual does', async () => {
    await page.getByRole('link', { name: 'Add rule' }).first().click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Callback geral');
    await choose(page, 'Outgoing rule', 'Operação');
    await page.getByRole('textbox', { name: 'Caller ID', exact: true }).fill(INBOUND);
    await page.getByRole('textbox', { name: 'Delay (sec)' }).fill('1');
    await choose(page, 'Goes on at', 'reception');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'Callback geral', exact: true }).waitFor();
    const rows = await page.getByRole('row').allInnerTexts();
    assert.deepEqual(
      rows.map((row) =>
        row
          .split('\t')
          .slice(0, 4)
          .map((cell) => cell.trim()),
      ),
      [
        ['Callback', 'Name', 'SIP trunk', 'Outgoing rule'],
        [NUMBER, 'número específico', 'trunk-80092037', 'Operação'],
        ['Any origin number', 'Callback geral', '', 'Operação'],
      ],
    );
    await page.getByText('Page 1 of 1').waitFor();
    await rig.shot(page, 'rules');
  });

  it('finds rules by a word, and tells where there is none', async () => {
    await page.getByLabel('Search rules').fill('geral');
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor({ state: 'detached' });
    await page.getByLabel('Search rules').fill('nothing like it');
    await page.getByText('No rule has “nothing like it” in it.').waitFor();
    await page.getByLabel('Search rules').fill('');
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor();
  });

  it('explains with a number which rule takes the call, and what is dialled', async () => {
    await page.getByRole('link', { name: NUMBER }).click();
    await page.getByRole('button', { name: 'Explain' }).click();
    const explanation = page.getByTestId('explanation');
    await explanation.getByText('Called back by “número específico”').waitFor();
    await explanation.getByText('Dials 048991996260 through trunk-80092037').waitFor();
    await rig.shot(page, 'rule-tried');
  });

  it('keeps what was entered when the server refuses it, and says at the field what is wrong', async () => {
    await page.getByRole('radio', { name: 'Call to number' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('is missing: method `number` needs it', { exact: true }).waitFor();
    assert.equal(await page.getByRole('radio', { name: 'Call to number' }).isChecked(), true);
    await rig.shot(page, 'rule-mistake');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('cell', { name: 'Callback geral', exact: true }).waitFor();
  });

  it('shows a call as it happens, and its ladder, whatever the caller calls himself', async () => {
    await link(page, 'Callbacks').click();
    await page.getByText('No callback yet').waitFor();
    const person = rig.trunk.nextCall();
    const target = rig.extension.nextCall();
    await rig.call('+5548991990000', HOSTILE);
    await page.getByRole('link', { name: 'Callback to +5548991990000' }).waitFor();
    await page.getByRole('link', { name: 'Callback to +5548991990000' }).click();
    await page.getByText(HOSTILE_READ, { exact: true }).waitFor();
    await answer(await person, target);
    await page.getByTestId('time-line').getByText('The person answered').waitFor();
    const ladder = page.getByTestId('ladder');
    await ladder.getByRole('button', { name: /^486/ }).waitFor();
    await ladder
      .getByRole('button', { name: /^INVITE/ })
      .nth(2)
      .waitFor();
    await rig.shot(page, 'callback');
    await rig.shot(page, 'ladder', { part: page.locator('.panel', { has: ladder }) });
    await ladder
      .getByRole('button', { name: /^INVITE/ })
      .first()
      .click();
    const text = (await page.getByTestId('message-text').textContent()) ?? '';
    assert.match(text, /^INVITE sip:/);
    assert.ok(text.includes(HOSTILE), text);
    await rig.shot(page, 'message');
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => (globalThis as { broken?: number }).broken), undefined);
  });
});

/** The person answers and presses 1; the extension answers too. */
async function answer(person: PhoneCall, target: Promise<PhoneCall>): Promise<void> {
  person.ring();
  await person.answer();
  await person.info('application/dtmf-relay', 'Signal=1\r\nDuration=160\r\n');
  await (await target).answer();
}
