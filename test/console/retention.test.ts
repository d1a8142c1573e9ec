/** How long what is kept, holds and erasure, in a browser. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const NUMBER = '+5548991990001';

describe('retention in the console', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.81.17',
      phones: '127.0.81.18',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: 'Callback geral', outgoingRule: 'Operação', delaySeconds: 3600, expiresSeconds: 7200 }],
      },
    });
    await rig.call(NUMBER);
    await rig.call('+5548991990002');
    page = await rig.signedIn();
    await page.getByRole('navigation').getByRole('link', { name: 'Retention' }).click();
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const days = async () => (await rig.server.api('/api/v1/retention')).body as Record<string, number>;
  const numbers = async () => (await rig.server.callbacks()).map(({ number }) => number).sort();
  const section = (name: string) => page.getByRole('region', { name });

  it('asks before less is kept than now, and names what', async () => {
    const field = page.getByRole('textbox', { name: 'Callbacks' });
    assert.match(await field.inputValue(), /^0 · for ever$/);
    await field.fill('365');
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('For a shorter time than now: Callbacks.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await days())['callbacksDays'], 0);
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('button', { name: 'Keep less' }).click();
    await page.getByText('Saved').waitFor();
    assert.deepEqual([(await days())['callbacksDays'], (await days())['errorsDays']], [365, 30]);
  });

  it('asks nothing where more is kept', async () => {
    await page.getByRole('textbox', { name: 'Errors' }).fill('60');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').first().waitFor();
    await page.getByRole('button', { name: 'Save', disabled: true }).waitFor();
    assert.equal((await days())['errorsDays'], 60);
  });

  it('overwrites nothing that somebody else has changed meanwhile', async () => {
    const body = { ...(await days()), auditDays: 400 };
    assert.equal((await rig.server.api('/api/v1/retention', { method: 'PUT', body })).status, 200);
    await page.getByRole('textbox', { name: 'Deliveries' }).fill('90');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else changed this while you were editing.').waitFor();
    assert.equal((await days())['auditDays'], 400);
    await page.reload();
    assert.match(await page.getByRole('textbox', { name: 'Audit' }).inputValue(), /^400 days$/);
  });

  it('holds a number, of which nothing is erased then', async () => {
    await section('On hold').getByText('No number is held').waitFor();
    await page.getByRole('button', { name: 'Hold a number' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Number' }).fill('(48) 99199-0001');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('a dispute');
    await page.getByRole('button', { name: 'Hold it' }).click();
    await section('On hold').getByRole('cell', { name: NUMBER, exact: true }).waitFor();
    await erase(NUMBER);
    await section('Erase a number').getByText('This number is held').waitFor();
    assert.equal((await numbers()).length, 2);
    await rig.shot(page, 'retention-on-hold');
    assert.deepEqual(await rig.barriers(page), []);
  });

  const erase = async (number: string) => {
    const form = section('Erase a number');
    await form.getByRole('textbox', { name: 'Number' }).fill(number);
    await form.getByRole('textbox', { name: 'Reason' }).fill('asked us to');
    await form.getByRole('button', { name: 'Erase' }).click();
    await page.getByRole('dialog').getByText('This can not be taken back.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
  };

  it('erases a number that was released, and says what went', async () => {
    await page.getByRole('button', { name: `Release: ${NUMBER}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await section('On hold').getByText('No number is held').waitFor();
    await erase(NUMBER);
    await section('Erase a number').getByText(`1 callback of ${NUMBER} is erased`).waitFor();
    await section('Erase a number')
      .getByText(/^In \d+ entries and call records the number is hidden\.$/)
      .waitFor();
    await rig.shot(page, 'retention-erased');
    assert.deepEqual(await numbers(), ['+5548991990002']);
    await erase(NUMBER);
    await section('Erase a number').getByText('nothing was erased').waitFor();
  });
});
