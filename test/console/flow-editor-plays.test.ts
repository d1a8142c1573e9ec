/** A call played through a flow, what the flow has been, its text; for every eye, in every language, on every screen. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { parse } from 'yaml';
import { simulateCall } from '../../lib/core/flow/simulated-call.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { callThrough, FlowEditing } from './flow-rig.ts';

describe('the editor of flows, beside the drawing', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  let editing: FlowEditing;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.64.30', phones: '127.0.64.31' });
    page = await rig.signedIn();
    editing = new FlowEditing(rig, page);
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await rig.shot(page, `failed-${this.currentTest.title.slice(0, 24)}`, { screen: true });
    assert.deepEqual(rig.offences, []);
  });

  const now = () => page.getByTestId('simulated-now');
  const steps = () => page.getByTestId('simulated-steps').locator('> li');

  it('plays a call step by step as the core would decide it, and shows where it is', async () => {
    await editing.open('reception');
    await page.getByRole('tab', { name: 'Play' }).click();
    await editing.box('To inbound number').click();
    await page.getByRole('option', { name: INBOUND }).click();
    await editing.button('Begin').click();
    await now().getByText('The person hears tone:beep').waitFor();
    await page.locator('[data-testid="node-menu"][data-here]').waitFor();
    await editing.button('The prompt ends').click();
    await now().getByText('Waits for the first key until 10 s').waitFor();
    await editing.text('Seconds').fill('4');
    await editing.button('Wait').click();
    await now().getByText('4 s', { exact: true }).waitFor();
    await editing.button('Key 1').click();
    await now().getByText('Rings 200 (extension)').waitFor();
    await now().getByText('Rings until 24 s').waitFor();
    await page.locator('[data-testid="node-sales"][data-here]').waitFor();
    await rig.shot(page, 'flow-played', { screen: true });
    await editing.button('The target answers').click();
    await now().getByText('Talks with 200 (extension)').waitFor();
    await editing.button('One step back').click();
    await now().getByText('Rings 200 (extension)').waitFor();
    await editing.button('The timer runs out').click();
    await now().getByText('The call is over').waitFor();
    const shown = await steps().locator('strong').allInnerTexts();
    const read = parseConfiguration(
      String(
        (await rig.server.api('/api/v1/configuration')).body &&
          JSON.stringify((await rig.server.api('/api/v1/configuration')).body),
      ),
    );
    assert.ok(read.ok);
    const call = {
      caller: { received: '+5548991996260', e164: '+5548991996260' },
      callerName: null,
      inboundNumber: INBOUND,
      source: null,
    };
    const start = { flow: 'reception', component: null, call, answered: false, timeoutSeconds: null, at: 0 };
    const same = simulateCall(read.configuration, start, [
      { type: 'promptEnded' },
      { type: 'wait', seconds: 4 },
      { type: 'key', key: '1' },
      { type: 'timer' },
    ]);
    assert.deepEqual(
      shown.map((line) => line.split(' s')[0]),
      same.steps.map(({ at }) => String(at / 1000)),
    );
    assert.deepEqual(same.end?.type === 'over' && [same.end.outcome, same.end.reason], ['connected', 'flow-ended']);
  });

  it('plays what is in the editor, not what is stored, and goes on when it is changed', async () => {
    await editing.open('reception');
    await page.getByRole('tab', { name: 'Play' }).click();
    await editing.button('Begin').click();
    await editing.button('Key 1').click();
    await now().getByText('Rings 200 (extension)').waitFor();
    await editing.select('sales');
    await editing.choose('Extension', '201');
    await page.getByRole('tab', { name: 'Play' }).click();
    await now().getByText('Rings 201 (extension)').waitFor();
    assert.equal((await editing.stored('reception')).components['sales']!['extension'], '200');
  });

  it('plays on after a callback component, at the person who was called back', async () => {
    await rig.visit(page, '/new-flow?sample=snooze');
    await page.getByRole('tab', { name: 'Play' }).click();
    await page.getByText('An answered callback').click();
    await editing.button('Begin').click();
    await editing.button('Key 2').click();
    await now().getByText('a callback is promised for 900 s (Call to caller)').waitFor();
    await editing.button('The person answers the callback').click();
    await now().getByText('The person hears snooze-menu').waitFor();
    await now().getByText('900 s', { exact: true }).waitFor();
  });

  it('brings an earlier version back, and says what that changes', async () => {
    await editing.open('reception');
    const first = await editing.stored('reception');
    await editing.add('Announcement').click();
    await editing.select('menu');
    await editing.choose('otherwise', 'announce');
    await editing.save();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByRole('button', { name: /^Version 2 .*admin/ }).waitFor();
    await page.getByRole('button', { name: /^Version 1/ }).click();
    const difference = page.getByTestId('version-difference');
    await difference.getByText('Goes: announce').waitFor();
    await difference.getByText('Changes: menu').waitFor();
    await editing.button('Restore version 1').click();
    await editing.node('announce').waitFor({ state: 'detached' });
    assert.ok('announce' in (await editing.stored('reception')).components, 'not before it is saved');
    await editing.save();
    assert.deepEqual(await editing.stored('reception'), first);
    await page.getByRole('button', { name: /^Version 3/ }).waitFor();
    await callThrough(rig, 'reception', '1');
  });

  it('shows the flow as the file has it, and takes what is written there', async () => {
    await editing.open('reception');
    await page.getByRole('tab', { name: 'Text' }).click();
    const area = editing.text('Flow (YAML)');
    assert.deepEqual(parse(await area.inputValue()), {
      name: 'reception',
      start: 'menu',
      components: {
        menu: { type: 'menu', choices: { '1': 'sales' }, otherwise: 'bye' },
        sales: { type: 'dial', extension: '200', otherwise: 'bye' },
        bye: { type: 'hangup' },
      },
    });
    await area.fill('name: [');
    await editing.button('Take over').click();
    await editing.forms.getByRole('alert').getByText('This is neither YAML nor JSON').waitFor();
    await area.fill('name: reception\nstart: end\ncomponents:\n  end: { type: hangup, reason: Até logo }\n');
    await editing.button('Take over').click();
    await editing.node('end').waitFor();
    await editing.node('menu').waitFor({ state: 'detached' });
    await editing.button('Take back').click();
    await editing.node('menu').waitFor();
  });

  it('has the form of the manual for a callback, in its order', async () => {
    await editing.open('reception');
    await editing.add('Callback').click();
    const manual = ['method', 'trunk', 'number', 'extension', 'callerId.number', 'delaySeconds', 'timeoutSeconds'];
    await editing.forms.locator('[name="method"]').first().waitFor();
    const names = await editing.forms
      .locator('[name]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('name')));
    assert.deepEqual(
      [...new Set(names)].filter((name) => manual.includes(String(name))),
      manual,
    );
    assert.ok(await editing.text('Number').isDisabled());
    await editing.forms.getByRole('radio', { name: 'Call to number' }).check();
    assert.ok(await editing.text('Number').isEnabled());
    await editing.forms.getByText('is missing: method `number` needs it', { exact: true }).waitFor();
    await rig.shot(page, 'flow-callback', { screen: true });
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`keeps nobody out, in ${scheme}`, async () => {
      const theirs = await rig.signedIn({ scheme });
      const one = new FlowEditing(rig, theirs);
      await one.open('reception');
      await one.select('sales');
      assert.deepEqual(await rig.barriers(theirs), []);
      await one.clear('Extension');
      await one.verdict('1 mistake');
      for (const tab of ['Play', 'Text', 'Versions', 'Form']) {
        await theirs.getByRole('tab', { name: tab }).click();
        if (tab === 'Versions') await theirs.getByRole('button', { name: /^Version 1/ }).click();
        if (tab === 'Versions') await theirs.getByTestId('version-difference').waitFor();
        assert.deepEqual(await rig.barriers(theirs), [], tab);
      }
      await rig.shot(theirs, `flow-editor-${scheme}`, { screen: true });
      await theirs.context().close();
    });

  for (const [language, add, save] of [
    ['pt-BR', 'Adicionar: Discar', 'Salvar'],
    ['es', 'Añadir: Marcar', 'Guardar'],
  ] as const)
    it(`speaks ${language}`, async () => {
      const theirs = await rig.signedIn({ language });
      await rig.visit(theirs, '/flows/reception/edit');
      await theirs.getByRole('button', { name: add, exact: true }).click();
      await theirs.getByTestId('node-dial').waitFor();
      assert.ok(await theirs.getByRole('button', { name: save, exact: true }).isEnabled());
      await rig.shot(theirs, `flow-editor-${language}`, { screen: true });
      await theirs.context().close();
    });

  it('is read and written on a telephone, by its forms', async () => {
    const theirs = await rig.signedIn({ width: 360, height: 740 });
    const one = new FlowEditing(rig, theirs);
    await one.open('reception');
    const more = await theirs.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    assert.ok(more <= 0, `${more} pixels wider than the screen`);
    await one.choose('Component', 'sales');
    await one.text('Ring for (sec)').fill('12');
    await one.save();
    assert.equal((await one.stored('reception')).components['sales']!['ringTimeoutSeconds'], 12);
    await rig.shot(theirs, 'flow-editor-phone');
    await theirs.context().close();
  });
});
