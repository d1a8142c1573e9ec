/** Everything that is done often is done with the keyboard alone: nothing here ever clicks. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const NAME = 'número específico';
const MOST_TABS = 80;

const hasFocus = (locator: Locator) => locator.evaluate((element) => element === element.ownerDocument.activeElement);
const focusIsIn = (locator: Locator) =>
  locator.evaluate((element) => element.contains(element.ownerDocument.activeElement));
const focused = (page: Page) => page.evaluate<string>('document.activeElement.outerHTML.slice(0, 160)');

/** As somebody goes who can't point: one thing after the other. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor();
  for (let pressed = 0; pressed < MOST_TABS; pressed++) {
    await page.keyboard.press('Tab');
    if (await hasFocus(target.first())) return;
  }
  assert.fail(`${MOST_TABS} times Tab do not lead to ${target}; the focus is at ${await focused(page)}`);
}

/** A dialog takes the focus, and gives it back, a moment after it is shown and gone. */
async function untilFocused(page: Page, locator: Locator, { within = false } = {}): Promise<void> {
  const isThere = () => (within ? focusIsIn(locator) : hasFocus(locator));
  for (const end = Date.now() + 3_000; !(await isThere()); await delay(20))
    assert.ok(Date.now() < end, `the focus is not at ${locator} but at ${await focused(page)}`);
}

describe('the console by its keyboard', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.35.50',
      phones: '127.0.35.51',
      configuration: { inboundNumbers: [{ number: INBOUND, callback: true }] },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`);
    assert.deepEqual(rig.offences, []);
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** In its list by the arrow keys, from wherever it begins. */
  const choose = async (label: string, option: string) => {
    const box = page.getByRole('combobox', { name: label, exact: true });
    await tabTo(page, box);
    await press('ArrowDown');
    const wanted = page.getByRole('option', { name: option, exact: true });
    await wanted.waitFor();
    for (let pressed = 0; pressed < 10; pressed++) {
      if ((await wanted.getAttribute('data-combobox-selected')) === 'true') break;
      await press('ArrowDown');
    }
    await press('Enter');
    assert.equal(await box.inputValue(), option);
  };
  const stored = async () =>
    (await rig.server.api('/api/v1/callback-rules')).body as { items: Record<string, unknown>[] };

  const openDeletion = async (menu: Locator) => {
    await tabTo(page, menu);
    await press('Enter');
    const item = page.getByRole('menuitem', { name: 'Delete' });
    await item.waitFor();
    for (let pressed = 0; pressed < 5 && !(await hasFocus(item)); pressed++) await press('ArrowDown');
    await press('Enter');
    // The way out has the focus, not the deed.
    await untilFocused(page, page.getByRole('dialog').getByRole('button', { name: 'Cancel' }));
  };

  it('leads to a page, and from there into it', async () => {
    await tabTo(page, page.getByRole('navigation').getByRole('link', { name: 'Callback rules' }));
    await press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Callback rules' }).waitFor();
    const main = page.getByRole('main', { name: 'Callback rules' });
    await untilFocused(page, main);
    await press('Tab');
    assert.ok(await focusIsIn(main), await focused(page));
  });

  it('sets up a rule', async () => {
    await tabTo(page, page.getByRole('main').getByRole('link', { name: 'Add rule' }));
    await press('Enter');
    await tabTo(page, page.getByRole('textbox', { name: 'Name', exact: true }));
    await page.keyboard.type(NAME);
    await tabTo(page, page.getByRole('radio', { name: 'Any origin number' }));
    await press('ArrowUp');
    await tabTo(page, page.getByRole('combobox', { name: 'Origin numbers' }));
    await page.keyboard.type('(48) 99199-6260');
    await press('Enter');
    await tabTo(page, page.getByRole('radio', { name: 'Call to caller' }));
    await press('ArrowDown');
    assert.ok(await page.getByRole('radio', { name: 'Call to number' }).isChecked());
    await choose('Trunk', 'trunk-80092037');
    // Too early: what is missing is gone to by itself.
    await tabTo(page, button('Save'));
    await press('Enter');
    await untilFocused(page, page.getByRole('textbox', { name: 'Number', exact: true }));
    await page.keyboard.type('48991996260');
    await tabTo(page, page.getByRole('textbox', { name: 'Delay (sec)' }));
    await press('Control+A');
    await page.keyboard.type('0');
    await choose('Goes on at', 'reception');
    await tabTo(page, button('Save'));
    await press('Enter');
    await page.getByRole('cell', { name: NAME, exact: true }).waitFor();
    const [rule] = (await stored()).items;
    assert.deepEqual(
      ['name', 'origin', 'method', 'trunk', 'number', 'delaySeconds', 'next'].map((field) => rule?.[field]),
      [NAME, '(48) 99199-6260', 'number', 'trunk-80092037', '48991996260', 0, 'reception'],
    );
  });

  it('opens a message of the ladder, and is back where it was when that is closed', async () => {
    const person = rig.trunk.nextCall();
    await rig.call('+5548991996260');
    (await person).reject(486);
    await rig.server.until((all) => all.every(({ state }) => state === 'done'), 5_000, 'done');
    const [callback] = await rig.server.callbacks();
    await page.goto(`${rig.url}/callbacks/${callback!.id}`);
    const arrow = page
      .getByTestId('ladder')
      .getByRole('button', { name: /^INVITE/ })
      .first();
    await tabTo(page, arrow);
    await press('Enter');
    const message = page.getByRole('dialog', { name: 'SIP message' });
    await message.getByTestId('message-text').waitFor();
    await untilFocused(page, message, { within: true });
    await press('Escape');
    await message.waitFor({ state: 'detached' });
    await untilFocused(page, arrow);
  });

  it('stays inside of a question, and is back at the menu that led to it', async () => {
    await page.goto(`${rig.url}/callback-rules`);
    const menu = button(`More actions: ${NAME}`);
    await openDeletion(menu);
    const dialog = page.getByRole('dialog');
    for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
      await press(key);
      assert.ok(await focusIsIn(dialog), `${key}: ${await focused(page)}`);
    }
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await untilFocused(page, menu);
    assert.equal((await stored()).items.length, 1);
  });

  it('is in the page, not at its top, when what had the focus was deleted', async () => {
    await openDeletion(button(`More actions: ${NAME}`));
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
    await press('Enter');
    await page.getByText('No rule yet').waitFor();
    await untilFocused(page, page.getByRole('main'));
  });

  for (const [path, opener] of [
    ['trunks', 'Add trunk'],
    ['suppressions', 'Add number'],
    ['prompts', 'Upload'],
    ['users', 'Add user'],
  ] as const)
    it(`is given back by the form that ${opener} opens`, async () => {
      await page.goto(`${rig.url}/${path}`);
      const add = page.getByRole('main').getByRole('button', { name: opener }).first();
      await tabTo(page, add);
      await press('Enter');
      const form = page.getByRole('dialog');
      await form.getByRole('textbox').first().waitFor();
      await untilFocused(page, form, { within: true });
      await press('Escape');
      await form.waitFor({ state: 'detached' });
      await untilFocused(page, add);
    });

  it('chooses in a menu by its arrows, and is back at its button', async () => {
    const appearance = button('Appearance');
    await tabTo(page, appearance);
    await press('Enter');
    const dark = page.getByRole('menuitem', { name: 'Dark' });
    await dark.waitFor();
    for (let pressed = 0; pressed < 5 && !(await hasFocus(dark)); pressed++) await press('ArrowDown');
    await press('Enter');
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await dark.waitFor({ state: 'detached' });
    await untilFocused(page, appearance);
  });
});
