/** What an administrator does with many callbacks, and with one, in a browser. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { parseCsv } from '../../lib/http/csv.ts';
import { API_KEY } from '../support/server.ts';
import { dayOfNextMonth, openCalendar, takeDay } from './calendar.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { created, inDays } from './created.ts';

const numberOf = (serial: number) => `+55489919900${String(serial).padStart(2, '0')}`;

describe('callbacks in the console', function () {
  this.timeout(120_000);
  let rig: ConsoleRig;
  let page: Page;

  const create = (serial: number) => created(rig.server, { number: numberOf(serial), dueAt: inDays(3) });
  const count = async (filter: string) =>
    ((await rig.server.api(`/api/v1/callbacks?${filter}`)).body as { total: number }).total;
  const file = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.82.40',
      phones: '127.0.82.41',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [
          {
            name: 'Callback geral',
            outgoingRule: 'Operação',
            delaySeconds: 3600,
            expiresSeconds: 7200,
            next: 'reception',
          },
          { name: 'Vendas', origin: ['+5511*'], outgoingRule: 'Operação', delaySeconds: 3600 },
        ],
      },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 12)}`);
    assert.deepEqual(rig.offences, []);
  });

  const open = (address = '/callbacks', on = page) => rig.visit(on, address);

  it('are imported from a file: first is shown what would come of each line, then it is done', async () => {
    await create(1);
    await open();
    await page.getByRole('button', { name: 'Import CSV' }).click();
    const lines = [
      'rule,number,dueAt',
      `Callback geral,${numberOf(2)},2027-01-15T10:00:00Z`,
      `Callback geral,${numberOf(1)},`,
      'Callback geral,190,',
      `nobody knows it,${numberOf(3)},`,
      'Callback geral,+14155550100,',
    ];
    await page.locator('input[type="file"]').setInputFiles(file('callbacks.csv', lines.join('\n')));
    const table = page.getByTestId('import-lines');
    await table.getByText('Emergency and short numbers are never dialled.').waitFor();
    const rows = (await table.getByRole('row').allInnerTexts()).slice(1);
    const fates = rows.map((row) => row.split('\t')[1]?.trim().toLowerCase());
    assert.deepEqual(fates, ['new', 'stays', 'refused', 'refused', 'refused']);
    assert.match(rows[2]!, /Emergency and short numbers/);
    assert.match(rows[3]!, /There is no such callback rule/);
    assert.match(rows[4]!, /can not be read as a number/);
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'import-callbacks');
    assert.equal(await count('q=9002'), 0, 'nothing was done yet');
    await page.getByRole('button', { name: 'Take 1 line' }).click();
    await page.getByRole('button', { name: 'Take 1 line' }).waitFor({ state: 'detached' });
    assert.equal(await count(`number=${encodeURIComponent(numberOf(2))}`), 1);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('link', { name: `Callback to ${numberOf(2)}` }).waitFor();
  });

  it('are exported as the filters find them, all of them and not just the page', async () => {
    for (let serial = 10; serial < 70; serial += 1) await create(serial);
    await open('/callbacks?state=scheduled');
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    const text = readFileSync(await (await saved).path(), 'utf8');
    assert.equal(text.charCodeAt(0), 0xfeff, 'spreadsheets take it for UTF-8');
    assert.equal(parseCsv(text.slice(1)).length, await count('state=scheduled'));
    await page.getByText('62 rows exported').waitFor();
  });

  it('are changed all at once, also those that are on no page, and what was refused is said with the reason', async () => {
    await open('/callbacks?rule=Callback%20geral');
    const [busy] = await rig.server.callbacks();
    await page.getByRole('checkbox', { name: 'Select', exact: true }).check();
    await page.getByRole('button', { name: 'Take all 62 that the filters find' }).click();
    // Somebody else is faster with one of them.
    await rig.server.api(`/api/v1/callbacks/${busy!.id}/cancel`, { method: 'POST' });
    await page.getByRole('button', { name: 'Cancel them' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel 62 callbacks?' });
    await dialog.getByText('The promise is withdrawn').waitFor();
    await dialog.getByRole('button', { name: 'Cancel them' }).click();
    const result = page.getByTestId('bulk-result');
    await result.getByText('61 callbacks were changed.').waitFor();
    await result.getByText('1 was not: it is done already').waitFor();
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'bulk-result');
    assert.equal(await count('state=scheduled'), 0);
    await result.getByRole('button', { name: 'Close' }).click();
  });

  it('are moved to another time out of the grid, by a calendar that says whose clock it means', async () => {
    const ids = [await create(80), await create(81)];
    await open('/callbacks?state=scheduled');
    await page.getByRole('checkbox', { name: 'Select', exact: true }).check();
    await page.getByRole('button', { name: 'Another time…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Call 2 persons at another time' });
    const zone = await page.evaluate<string>('Intl.DateTimeFormat().resolvedOptions().timeZone');
    await dialog.getByText(zone).waitFor();
    const calendar = await openCalendar(page, 'New time');
    // What happens meanwhile is shown behind it, and takes it away from nobody.
    const other = await create(82);
    await page.locator(`[aria-label="Callback to ${numberOf(82)}"]`).waitFor();
    const day = dayOfNextMonth(15);
    await takeDay(calendar, day);
    await rig.shot(page, 'reschedule');
    await dialog.getByRole('button', { name: 'Another time…' }).click();
    await page.getByTestId('bulk-result').getByText('2 callbacks were changed.').waitFor();
    const dueAt = async (id: string) =>
      Date.parse(((await rig.server.api(`/api/v1/callbacks/${id}`)).body as { dueAt: string }).dueAt);
    for (const id of ids) assert.equal(await dueAt(id), day.getTime());
    assert.notEqual(await dueAt(other), day.getTime());
    await page.getByTestId('bulk-result').getByRole('button', { name: 'Close' }).click();
  });

  it('keep the views and columns of a person, in whatever browser he signs in', async () => {
    await open('/callbacks?outcome=busy');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Save this view…' }).click();
    await page.getByLabel('Name of the view').fill('Busy ones');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitem', { name: 'Came by' }).click();
    await page.waitForFunction(`fetch('/api/v1/session/preferences').then((answer) => answer.json())
      .then(({ preferences }) => preferences.grid?.columns?.includes('source') && preferences.grid?.views?.length === 1)`);
    const elsewhere = await rig.signedIn();
    await open('/callbacks', elsewhere);
    await elsewhere.getByRole('columnheader', { name: 'Came by' }).waitFor();
    await elsewhere.getByRole('button', { name: 'Views' }).click();
    await elsewhere.getByRole('menuitem', { name: 'Busy ones', exact: true }).click();
    await elsewhere.waitForURL(/outcome=busy/);
    await elsewhere.context().close();
  });

  it('show what was decided when the call came, and what would be today, in the language of the reader', async () => {
    await rig.call('+5548991997777');
    const [callback] = (await rig.server.callbacks()).filter(({ number }) => String(number).endsWith('7777'));
    await open(`/callbacks/${callback!.id}`);
    const then = page.getByTestId('decision-then');
    await then.getByText('Callback geral').waitFor();
    await page.getByText('Today the same would be decided.').waitFor();
    const rule = await rig.server.api('/api/v1/callback-rules/Callback%20geral');
    const changed = { ...(rule.body as object), delaySeconds: 60 };
    await rig.server.api('/api/v1/callback-rules/Callback%20geral', { method: 'PUT', body: changed });
    await page.getByText('Today something else would be decided.').waitFor();
    await page.getByText('changed since: 60 s').waitFor();
    await then.getByText('3600 s').waitFor();
    await rig.shot(page, 'decision', { part: page.locator('.panel', { has: then }) });
    await page.getByRole('button', { name: 'Every step' }).click();
    await page.getByText("'+5548991997777' is read as +5548991997777").waitFor();
    assert.deepEqual(await rig.barriers(page), []);
    for (const [language, steps, text] of [
      ['pt-BR', 'Todos os passos', "'+5548991997777' é lido como +5548991997777"],
      ['es', 'Todos los pasos', "'+5548991997777' se lee como +5548991997777"],
    ] as const) {
      const other = await rig.signedIn({ language });
      await open(`/callbacks/${callback!.id}`, other);
      await other.getByRole('button', { name: steps }).click();
      await other.getByText(text).waitFor();
      await rig.shot(other, `decision-${language}`);
      await other.context().close();
    }
  });

  it('rules and numbers come from files too: every line with what would change, and nothing where one is wrong', async () => {
    await open('/callback-rules');
    await page.getByRole('button', { name: 'Import CSV' }).click();
    const head = 'name,origin,method,outgoingRule,delaySeconds';
    const wrong = `${head}\nVendas,+5511*,caller,Operação,30\nNova,+5521*,nonsense,Operação,5\n`;
    await page.locator('input[type="file"]').setInputFiles(file('rules.csv', wrong));
    const table = page.getByTestId('import-lines');
    await table.getByText('delaySeconds: 3600 → 30').waitFor();
    await table.getByText(/^method: /).waitFor();
    await page.getByText('taken as a whole or not at all').waitFor();
    assert.ok(await page.getByRole('button', { name: /^Take / }).isDisabled());
    await rig.shot(page, 'import-rules-refused');
    await page.locator('input[type="file"]').setInputFiles(file('rules.csv', wrong.replace('nonsense', 'caller')));
    await page.getByRole('button', { name: 'Take 2 lines' }).click();
    await page.getByRole('button', { name: 'Take 2 lines' }).waitFor({ state: 'detached' });
    const { body } = await rig.server.api('/api/v1/callback-rules/Vendas');
    assert.equal((body as { delaySeconds: number }).delaySeconds, 30);
    await open('/inbound-numbers');
    await page.getByRole('button', { name: 'Import CSV' }).click();
    const numbers = `number,callback,flow\n${INBOUND},true,reception\n+554831210199,false,reception\n`;
    await page.locator('input[type="file"]').setInputFiles(file('numbers.csv', numbers));
    await page.getByRole('button', { name: 'Take 1 line' }).click();
    await page.getByRole('button', { name: 'Take 1 line' }).waitFor({ state: 'detached' });
    const answer = await fetch(`${rig.url}/api/v1/inbound-numbers`, { headers: { 'x-api-key': API_KEY } });
    assert.equal(((await answer.json()) as { total: number }).total, 2);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  });
});
