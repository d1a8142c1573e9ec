/** The configuration as a file, who changed what, and what went wrong, in a browser. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { parse, stringify } from 'yaml';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const NUMBER = '+5548991990001';

interface Shown {
  callbackRules: Array<{ delaySeconds: number | string; outgoingRule: string }>;
}

describe('the configuration as a file, in the console', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.34.20',
      phones: '127.0.34.21',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: 'Callback geral', outgoingRule: 'Operação', delaySeconds: 3600 }],
      },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  beforeEach(() => page.goto(`${rig.url}/settings`));
  afterEach(() => assert.deepEqual(rig.offences, []));

  const stored = async () => (await rig.server.api('/api/v1/configuration')).body as Shown;
  const downloaded = async (format: 'YAML' | 'JSON') => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download ${format}` }).click(),
    ]);
    assert.match(download.suggestedFilename(), new RegExp(`^callback-\\d{4}-\\d\\d-\\d\\d\\.${format.toLowerCase()}$`));
    return readFileSync((await download.path())!, 'utf8');
  };
  const choose = async (name: string, text: string) => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
    await page.getByRole('button', { name: 'Compare' }).click();
  };
  const apply = () => page.getByRole('button', { name: 'Apply these changes' });

  it('is what is stored: downloaded and chosen again it changes nothing', async () => {
    for (const format of ['YAML', 'JSON'] as const) {
      await choose(`mine.${format.toLowerCase()}`, await downloaded(format));
      await page.getByText('nothing would change').waitFor();
      assert.equal(await apply().count(), 0, format);
      await page.reload();
    }
  });

  it('that has mistakes is said to have them, each with its place, and nothing of it is applied', async () => {
    const before = await stored();
    const text = parse(await downloaded('YAML')) as Shown;
    text.callbackRules[0] = { ...text.callbackRules[0]!, delaySeconds: 'soon', outgoingRule: 'nobody' };
    await choose('wrong.yaml', stringify(text));
    await apply().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply these changes' }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'The file has mistakes, and nothing was changed' });
    await alert.getByText('callbackRules[0].delaySeconds').waitFor();
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'settings-mistakes');
    assert.deepEqual(await stored(), before);
  });

  it('that is none is said to be none, before anything is asked of the server', async () => {
    await choose('picture.yaml', 'a: [');
    await page.getByText('This is neither YAML nor JSON').waitFor();
    assert.equal(await apply().count(), 0);
  });

  it('is applied as it was chosen; who changed what is found by what it was about, before and after', async () => {
    const text = parse(await downloaded('YAML')) as Shown;
    text.callbackRules[0]!.delaySeconds = 1800;
    await choose('mine.yaml', stringify(text));
    await apply().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply these changes' }).click();
    await page.getByText('Applied as revision').waitFor();
    assert.equal((await stored()).callbackRules[0]!.delaySeconds, 1800);
    const rule = '/api/v1/callback-rules/Callback%20geral';
    const { body } = await rig.server.api(rule);
    await rig.server.api(rule, { method: 'PUT', body: { ...(body as object), delaySeconds: 60 } });

    await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
    const row = (words: string) => page.getByRole('row').filter({ hasText: words });
    await row('configuration').filter({ hasText: 'admin' }).first().waitFor();
    const search = page.getByLabel('Search the audit');
    await search.fill('callback-rules/');
    const entry = row('callback-rules/Callback geral');
    await entry.getByText('delaySeconds: 1800 → 60').waitFor();
    await entry.getByText('replaced').waitFor();
    await page.getByRole('row').filter({ hasText: 'signed in' }).waitFor({ state: 'detached' });
    await rig.shot(page, 'audit-changes');
    await search.fill('nobody has done this');
    await page.getByText('nobody has done this', { exact: false }).first().waitFor();
    await entry.waitFor({ state: 'detached' });
  });

  it('and an error is found by the number that it was shown with', async () => {
    await rig.server.api('/api/v1/holds', { method: 'POST', body: { number: NUMBER, reason: 'a dispute' } });
    await page.goto(`${rig.url}/retention`);
    const form = page.getByRole('region', { name: 'Erase a number' });
    await form.getByRole('textbox', { name: 'Number' }).fill(NUMBER);
    await form.getByRole('textbox', { name: 'Reason' }).fill('asked us to');
    await form.getByRole('button', { name: 'Erase' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
    const shown = (await form.getByRole('alert').textContent()) ?? '';
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(shown)?.[0] ?? assert.fail(shown);
    await page.getByRole('navigation').getByRole('link', { name: 'Errors' }).click();
    await page.getByRole('cell', { name: id }).waitFor();
    const search = page.getByLabel('Search errors');
    await search.fill(id.toUpperCase());
    const row = page.getByRole('row').filter({ hasText: id });
    for (const words of ['admin', 'erasures', '409 on-hold']) await row.getByText(words).waitFor();
    // the heads are a row, too
    await page.getByRole('row').filter({ hasNotText: id }).nth(1).waitFor({ state: 'detached' });
    await rig.shot(page, 'errors-found');
    await search.fill('00000000-0000-0000-0000-000000000000');
    await row.waitFor({ state: 'detached' });
  });
});
