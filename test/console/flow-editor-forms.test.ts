/** Nothing that is written in the editor of flows gets lost by how it is written, and nothing is shown that is not so. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ConsoleRig } from './console-rig.ts';
import { FlowEditing } from './flow-rig.ts';

const ASKING = {
  name: 'asking',
  start: 'ask',
  components: {
    ask: { type: 'collect', prompt: 'tone:beep', max: 8, next: 'ring', otherwise: 'bye' },
    ring: { type: 'dial', extension: '200', busy: 'bye', otherwise: 'bye' },
    hook: { type: 'webhook', url: 'https://example.com/next', secret: 'stored-secret', otherwise: 'bye' },
    bye: { type: 'hangup' },
  },
};

describe('the forms of the editor of flows', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  let editing: FlowEditing;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.74.10', phones: '127.0.74.11' });
    page = await rig.signedIn();
    editing = new FlowEditing(rig, page);
    const put = await rig.server.api('/api/v1/flows', { method: 'POST', body: ASKING });
    assert.equal(put.status, 201, JSON.stringify(put.body));
  });
  after(() => rig?.close());
  beforeEach(() => editing.open('asking'));
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await rig.shot(page, `failed-forms-${this.currentTest.title.slice(0, 24)}`, { screen: true });
    assert.deepEqual(rig.offences, []);
  });

  const staysWhenAsked = async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'SIP trunks' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click();
  };

  it('bring a box that was removed back with all its lines, in one step', async () => {
    const lines = page.locator('.react-flow__edge');
    const before = await lines.count();
    await editing.node('ring').click();
    await page.keyboard.press('Delete');
    await editing.node('ring').waitFor({ state: 'detached' });
    await editing.button('Take back').click();
    await editing.node('ring').waitFor();
    assert.ok(await editing.button('Take back').isDisabled(), 'it was one change');
    assert.ok(await editing.button('Save').isDisabled(), 'all is as it is stored');
    assert.equal(await lines.count(), before);
  });

  it('keep what is written as text while the forms are looked at, and ask before it is left', async () => {
    await page.getByRole('tab', { name: 'Text' }).click();
    const area = editing.text('Flow (YAML)');
    await area.fill('name: asking\nstart: end\ncomponents:\n  end: { type: hangup }\n');
    await editing.node('ring').click();
    await editing.text('Name of the component').waitFor();
    await staysWhenAsked();
    await page.getByRole('tab', { name: 'Text' }).click();
    assert.match(await area.inputValue(), /start: end/);
    await editing.button('Cancel').click();
    assert.match(await area.inputValue(), /start: ask/);
  });

  it('lose no variable while the name of another one is typed', async () => {
    await editing.add('Set').click();
    const names = editing.forms.getByRole('textbox', { name: 'Variable', exact: true });
    const add = editing.button('Add a variable');
    await add.click();
    await names.nth(0).fill('queue');
    await editing.text('Value of queue').fill('sales');
    await add.click();
    await names.nth(1).fill('');
    await names.nth(1).pressSequentially('queue2');
    await editing.text('Value of queue2').fill('support');
    await add.click();
    await editing.button('Remove: name3').click();
    await page.getByRole('tab', { name: 'Text' }).click();
    assert.match(await editing.text('Flow (YAML)').inputValue(), /queue: sales\n\s+queue2: support\n/);
  });

  it('do not show a secret, and keep the stored one', async () => {
    await editing.select('hook');
    const secret = editing.forms.locator('input[name="secret"]');
    assert.equal(await secret.getAttribute('type'), 'password');
    assert.equal(await secret.inputValue(), '********');
    await editing.verdict('No mistakes');
  });

  it('say of a dial that it records as the callback rule says, or does, or does not', async () => {
    await editing.select('ring');
    await editing.forms.getByRole('button', { name: 'Fine tuning' }).click();
    const record = editing.box('Record the talk');
    assert.equal(await record.inputValue(), '');
    assert.equal(await record.getAttribute('placeholder'), 'As the callback rule says');
    await editing.choose('Record the talk', 'No');
    await editing.verdict('No mistakes');
    await editing.save();
    assert.equal((await editing.stored('asking')).components['ring']!['record'], false);
    await editing.clear('Record the talk');
    await editing.save();
    assert.equal((await editing.stored('asking')).components['ring']!['record'], null);
  });

  it('leave the focus at the key that is pressed while a call is played', async () => {
    await page.getByRole('tab', { name: 'Play' }).click();
    await editing.button('Begin').click();
    await editing.button('Key 4').focus();
    for (const digits of ['4', '44', '444']) {
      await page.keyboard.press('Enter');
      await page
        .getByTestId('simulated-now')
        .getByText(new RegExp(`\\b${digits}$`))
        .waitFor();
    }
  });

  it('do not say that there are no mistakes when nobody has looked', async () => {
    await page.route('**/api/v1/flows/validate', (route) => route.fulfill({ status: 503, body: '{}' }));
    await editing.add('Hang up').click();
    await editing.verdict('Not checked yet');
    await page.unroute('**/api/v1/flows/validate');
  });

  it('come into view with the mistake that is chosen, whatever was looked at', async () => {
    await editing.select('ring');
    await editing.clear('Extension');
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByTestId('verdict').getByText('1 mistake').click();
    await page.getByRole('menuitem', { name: /ring/ }).click();
    await editing.text('Name of the component').waitFor();
  });

  it('save upon what was saved here, not upon what somebody else has saved since', async () => {
    await editing.select('bye');
    await editing.text('Reason text').fill('first');
    const address = '**/api/v1/flows/asking';
    let theirs: Promise<unknown> | null = null;
    await page.route(address, async (route) => {
      if (route.request().method() !== 'PUT' || theirs !== null) return route.fallback();
      const answer = await route.fetch();
      const stored = await editing.stored('asking');
      const components = { ...stored.components, bye: { type: 'hangup', reason: 'theirs' } };
      theirs = rig.server.api('/api/v1/flows/asking', { method: 'PUT', body: { ...stored, components } });
      await theirs;
      await route.fulfill({ response: answer });
    });
    await editing.save();
    await page.unroute(address);
    await editing.text('Reason text').fill('second');
    await editing.button('Save').click();
    await page.getByRole('alert').getByText('Somebody else changed this').waitFor();
    assert.equal((await editing.stored('asking')).components['bye']!['reason'], 'theirs');
  });
});
