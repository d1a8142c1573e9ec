/** A flow drawn from nothing with the mouse, and a call that goes through it; what is wrong is said as the server says it. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { mistake } from '../../console/src/i18n/en/mistakes.ts';
import { ConsoleRig } from './console-rig.ts';
import { callThrough, FlowEditing, told } from './flow-rig.ts';

describe('the editor of flows, by mouse', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  let editing: FlowEditing;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.64.10', phones: '127.0.64.11' });
    page = await rig.signedIn();
    editing = new FlowEditing(rig, page);
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`, { screen: true });
    assert.deepEqual(rig.offences, []);
  });

  it('draws the demo menu from nothing, saves it, and a call runs through it', async () => {
    await rig.visit(page, '/flows');
    await editing.button('Add flow').first().click();
    await page.getByRole('menuitem', { name: 'From nothing' }).click();
    await editing.add('Menu').waitFor();
    await editing.text('Name of the flow').fill('drawn');
    await editing.add('Menu').click();
    for (const _ of ['1', '2']) await editing.button('Add a key').click();
    for (const extension of ['200', '201']) {
      await editing.add('Dial').click();
      await editing.choose('Extension', extension);
    }
    await editing.add('Announcement').click();
    await editing.text('Name of the component').fill('goodbye');
    await editing.text('Name of the component').press('Enter');
    await editing.add('Hang up').click();
    await editing.draw('menu', 'choices/1', 'dial');
    await editing.draw('menu', 'choices/2', 'dial-2');
    await editing.draw('menu', 'otherwise', 'goodbye');
    await editing.draw('dial', 'otherwise', 'goodbye');
    await editing.draw('dial-2', 'otherwise', 'goodbye');
    await editing.draw('goodbye', 'next', 'hangup');
    await editing.verdict('No mistakes');
    await rig.shot(page, 'flow-editor', { screen: true });
    await editing.save();
    await page.waitForURL('**/flows/drawn/edit');
    const { start, components } = await editing.stored('drawn');
    assert.equal(start, 'menu');
    assert.deepEqual(Object.keys(components), ['menu', 'dial', 'dial-2', 'goodbye', 'hangup']);
    assert.deepEqual(told(components['menu']!, 'choices', 'otherwise'), {
      type: 'menu',
      choices: { '1': 'dial', '2': 'dial-2' },
      otherwise: 'goodbye',
    });
    assert.deepEqual(told(components['dial']!, 'extension', 'otherwise'), {
      type: 'dial',
      extension: '200',
      otherwise: 'goodbye',
    });
    assert.deepEqual(told(components['goodbye']!, 'prompt', 'next'), {
      type: 'announce',
      prompt: 'goodbye',
      next: 'hangup',
    });
    await callThrough(rig, 'drawn', '1');
  });

  it('takes back and does again, step by step, letters of one field as one', async () => {
    await editing.open('reception');
    assert.ok(await editing.button('Take back').isDisabled());
    await editing.add('Announcement').click();
    await editing.text('Prompt').fill('');
    await editing.text('Prompt').pressSequentially('welcome');
    await editing.draw('announce', 'next', 'bye');
    await editing.node('announce').getByText('plays welcome').waitFor();
    await editing.button('Take back').click();
    await editing.button('Take back').click();
    await editing.node('announce').getByText('plays goodbye').waitFor();
    await editing.button('Take back').click();
    await editing.node('announce').waitFor({ state: 'detached' });
    assert.ok(await editing.button('Take back').isDisabled());
    assert.ok(await editing.button('Save').isDisabled(), 'nothing is changed any more');
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('Control+Shift+Z');
    await editing.node('announce').getByText('plays welcome').waitFor();
    assert.ok(await editing.button('Do again').isDisabled());
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('Control+Z');
    await editing.node('announce').waitFor({ state: 'detached' });
  });

  it('duplicates and removes components, and removes lines; exits that led there lead nowhere', async () => {
    await editing.open('reception');
    await editing.select('sales');
    await editing.button('Duplicate').click();
    await editing.node('sales-2').waitFor();
    assert.equal(await editing.box('Extension').inputValue(), '200');
    await editing.node('bye').click();
    await page.keyboard.press('Delete');
    await editing.node('bye').waitFor({ state: 'detached' });
    await page.locator('[aria-label="From menu to sales"]').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Delete');
    await page.locator('[aria-label="From menu to sales"]').waitFor({ state: 'detached' });
    await editing.select('menu');
    assert.equal(await editing.box('otherwise').inputValue(), '');
    await editing.verdict('1 mistake');
  });

  it('says what the server would say of it, at the box and at the field, while it is being written', async () => {
    await editing.open('reception');
    await editing.select('sales');
    await editing.clear('Extension');
    await editing.verdict('1 mistake');
    await editing.forms.getByRole('alert').getByText(mistake['extension-or-number']).waitFor();
    await editing.node('sales').locator('.flow-node-mark[data-kind="mistake"]').waitFor();
    await editing.select('menu');
    await editing.text('Wait for the first key (sec)').fill('7200');
    await editing.verdict('2 mistakes');
    await editing.forms.getByText('has to be at most 3600').waitFor();
    await page.getByTestId('verdict').click();
    await page.getByRole('menuitem', { name: /sales/ }).click();
    assert.equal(await editing.text('Name of the component').inputValue(), 'sales');
    // Saved all the same, it is refused with the same words, and nothing is changed.
    await editing.button('Save').click();
    await page.getByRole('alert').getByText(mistake['extension-or-number']).first().waitFor();
    assert.equal((await editing.stored('reception')).components['sales']!['extension'], '200');
  });

  it('does not let what was written go by a slip', async () => {
    await editing.open('reception');
    await editing.add('Hang up').click();
    await page.getByRole('navigation').getByRole('link', { name: 'SIP trunks' }).click();
    const question = page.getByRole('dialog', { name: 'Leave without saving?' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await editing.node('hangup').waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'SIP trunks' }).click();
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { level: 1, name: 'SIP trunks' }).waitFor();
    assert.equal(Object.keys((await editing.stored('reception')).components).length, 3);
  });

  it('does not overwrite what somebody else has saved meanwhile, and reads it when told to', async () => {
    await editing.open('reception');
    const theirs = await editing.stored('reception');
    const { sales } = theirs.components;
    const components = { ...theirs.components, sales: { ...sales, ringTimeoutSeconds: 33 } };
    const put = await rig.server.api('/api/v1/flows/reception', { method: 'PUT', body: { ...theirs, components } });
    assert.equal(put.status, 200);
    await editing.add('Hang up').click();
    await editing.button('Save').click();
    await page.getByRole('alert').getByText('Somebody else changed this').waitFor();
    assert.deepEqual(Object.keys((await editing.stored('reception')).components), ['menu', 'sales', 'bye']);
    await editing.button('Read what is stored now, and lose my changes').click();
    await editing.node('sales').getByText('rings extension 200 for 33 s').waitFor();
    await editing.node('hangup').waitFor({ state: 'detached' });
  });

  it('keeps where boxes are put, for everybody, and arranges them by itself again', async () => {
    await editing.open('reception');
    const before = (await editing.node('bye').boundingBox())!;
    await page.mouse.move(before.x + 100, before.y + 15);
    await page.mouse.down();
    await page.mouse.move(before.x + 160, before.y + 120, { steps: 6 });
    await page.mouse.up();
    await editing.save();
    const { layout } = await editing.stored('reception');
    assert.deepEqual(Object.keys(layout ?? {}), ['menu', 'sales', 'bye']);
    const other = new FlowEditing(rig, await rig.signedIn());
    await other.open('reception');
    const [mine, theirs] = [
      await editing.node('bye').getAttribute('data-testid'),
      await other.node('bye').boundingBox(),
    ];
    assert.ok(mine !== null && theirs !== null);
    const placeOf = (one: FlowEditing) => one.page.locator('.react-flow__node[data-id="bye"]').getAttribute('style');
    const translated = async (one: FlowEditing) => /translate\([^)]*\)/.exec((await placeOf(one)) ?? '')?.[0];
    assert.equal(await translated(other), `translate(${layout!['bye']!.map((at) => `${at}px`).join(', ')})`);
    await editing.button('Arrange by itself').click();
    await editing.save();
    assert.equal((await editing.stored('reception')).layout, null);
    await other.page.context().close();
  });

  it('begins with a sample, or with another flow', async () => {
    await rig.visit(page, '/flows');
    await editing.button('Add flow').first().click();
    await page.getByRole('menuitem', { name: /press 2 for later/ }).click();
    await editing.node('later').waitFor();
    await editing.verdict('No mistakes');
    await editing.save();
    const { components } = await editing.stored('snooze');
    assert.deepEqual(told(components['later']!, 'method', 'delaySeconds', 'next'), {
      type: 'callback',
      method: 'caller',
      delaySeconds: 900,
      next: 'menu',
    });
    await rig.visit(page, '/flows');
    await editing.button('More actions: snooze').click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await editing.node('later').waitFor();
    assert.equal(await editing.text('Name of the flow').inputValue(), 'snooze (copy)');
  });

  it('gives a flow another name; one that is used says by whom it is', async () => {
    await editing.open('snooze');
    await editing.text('Name of the flow').fill('later');
    await editing.save();
    await page.waitForURL('**/flows/later/edit');
    assert.equal((await rig.server.api('/api/v1/flows/snooze')).status, 404);
    await editing.open('drawn');
    await editing.text('Name of the flow').fill('other');
    await editing.verdict('1 mistake');
    await page.getByTestId('verdict').click();
    await page.getByRole('menuitem', { name: /inboundNumbers/ }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('is for looking and playing only, to who may not write', async () => {
    const person = { username: 'mona', role: 'monitor', password: 'correct horse battery', mustChangePassword: false };
    assert.equal((await rig.server.api('/api/v1/users', { method: 'POST', body: person })).status, 201);
    const theirs = await rig.page();
    await rig.enter(theirs, 'mona', person.password);
    await theirs.locator('nav').first().waitFor();
    await rig.visit(theirs, '/flows/reception');
    await theirs.getByRole('link', { name: 'Open in the editor' }).click();
    const looking = new FlowEditing(rig, theirs);
    await looking.node('menu').waitFor();
    assert.equal(await looking.add('Menu').count(), 0);
    assert.equal(await looking.button('Save').count(), 0);
    await looking.node('sales').click();
    assert.ok(await looking.text('Name of the component').isDisabled());
    assert.ok(await looking.box('not reached').isDisabled());
    await theirs.keyboard.press('Delete');
    await looking.node('sales').waitFor();
    await theirs.getByRole('tab', { name: 'Play' }).click();
    await looking.button('Begin').click();
    await theirs.getByTestId('simulated-now').getByText('The person hears tone:beep').waitFor();
    await theirs.context().close();
  });
});
