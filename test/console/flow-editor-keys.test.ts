/** The same flow, written with the keyboard alone: nothing here ever clicks. */

import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { ConsoleRig } from './console-rig.ts';
import { callThrough, FlowEditing, told } from './flow-rig.ts';

const MOST_TABS = 60;

describe('the editor of flows, by its keyboard', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  let editing: FlowEditing;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.64.20', phones: '127.0.64.21' });
    page = await rig.signedIn();
    editing = new FlowEditing(rig, page);
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, 'failed-flow-keys', { screen: true });
    assert.deepEqual(rig.offences, []);
  });

  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const hasFocus = (locator: Locator) => locator.evaluate((one) => one === one.ownerDocument.activeElement);
  /** Forwards or back, as somebody does who knows where it is. */
  const tabTo = async (target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab') => {
    await target.waitFor();
    for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
      if (await hasFocus(target)) return;
      await press(key);
    }
    assert.fail(`${MOST_TABS} times ${key} do not lead to ${target}`);
  };
  const add = async (kind: string) => {
    await tabTo(editing.add(kind), 'Shift+Tab');
    await press('Enter');
  };
  const choose = async (label: string, option: string) => {
    const box = editing.box(label);
    await tabTo(box);
    await press('ArrowDown');
    const wanted = page.getByRole('option', { name: option, exact: true });
    await wanted.waitFor();
    for (let pressed = 0; pressed < 10; pressed += 1) {
      if ((await wanted.getAttribute('data-combobox-selected')) === 'true') break;
      await press('ArrowDown');
    }
    await press('Enter');
    await wanted.waitFor({ state: 'hidden' });
    assert.equal(await box.inputValue(), option);
  };
  const component = async (name: string) => {
    await tabTo(editing.box('Component'), 'Shift+Tab');
    await choose('Component', name);
    await editing.text('Name of the component').waitFor();
  };

  it('writes the demo menu from nothing, saves it, and a call runs through it', async () => {
    await rig.visit(page, '/flows');
    await tabTo(editing.button('Add flow').first());
    await press('Enter');
    const item = page.getByRole('menuitem', { name: 'From nothing' });
    await item.waitFor();
    for (let pressed = 0; pressed < 5 && !(await hasFocus(item)); pressed += 1) await press('ArrowDown');
    await press('Enter');
    await tabTo(editing.text('Name of the flow'));
    await page.keyboard.type('typed');
    await add('Dial');
    await choose('Extension', '200');
    await add('Announcement');
    await tabTo(editing.text('Name of the component'));
    await press('Control+A');
    await page.keyboard.type('goodbye');
    await press('Enter');
    await add('Hang up');
    await component('goodbye');
    await choose('then', 'hangup');
    await component('dial');
    await choose('not reached', 'goodbye');
    await add('Menu');
    await tabTo(editing.button('Add a key'));
    await press('Enter');
    await choose('Leads to (key 1)', 'dial');
    await choose('otherwise', 'goodbye');
    await tabTo(editing.button('Begin here'));
    await press('Enter');
    await editing.verdict('No mistakes');
    await tabTo(editing.button('Save'), 'Shift+Tab');
    await press('Enter');
    await page.waitForURL('**/flows/typed/edit');
    const { start, components } = await editing.stored('typed');
    assert.equal(start, 'menu');
    assert.deepEqual(
      {
        menu: told(components['menu']!, 'choices', 'otherwise'),
        dial: told(components['dial']!, 'extension', 'otherwise'),
      },
      {
        menu: { type: 'menu', choices: { '1': 'dial' }, otherwise: 'goodbye' },
        dial: { type: 'dial', extension: '200', otherwise: 'goodbye' },
      },
    );
    assert.deepEqual(told(components['goodbye']!, 'next'), { type: 'announce', next: 'hangup' });
    await callThrough(rig, 'typed', '1');
  });

  it('goes from box to box in the picture, moves one, and removes one', async () => {
    await editing.open('typed');
    const box = (name: string) => page.locator(`.react-flow__node[data-id="${name}"]`);
    await tabTo(box('dial'));
    await press('Enter');
    await editing.text('Name of the component').waitFor();
    assert.equal(await editing.text('Name of the component').inputValue(), 'dial');
    const before = (await box('dial').boundingBox())!;
    await box('dial').focus();
    await press('Shift+ArrowDown', 'Shift+ArrowDown');
    const after = (await box('dial').boundingBox())!;
    assert.ok(after.y > before.y, `${before.y} -> ${after.y}`);
    await press('Delete');
    await box('dial').waitFor({ state: 'detached' });
    await press('Control+Z');
    await box('dial').waitFor();
  });

  it('plays a call through it with keys', async () => {
    await editing.open('typed');
    await tabTo(page.getByRole('tab', { name: 'Form' }));
    await press('ArrowRight');
    await tabTo(editing.button('Begin'));
    await press('Enter');
    const now = page.getByTestId('simulated-now');
    await now.getByText('The person hears callback-menu').waitFor();
    await tabTo(editing.button('Key 1'));
    await press('Enter');
    await now.getByText('Rings 200').waitFor();
  });
});
