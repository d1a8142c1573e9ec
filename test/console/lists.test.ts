/** The do-not-call list, the audit and the errors: searched, narrowed and sorted in a browser. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { ConsoleRig } from './console-rig.ts';

const PASSWORD = 'the sea is green in june';
const DAY_MS = 86_400_000;

/** As a date field has it, in the zone of this machine, which is the browser’s too. */
function dayOf(at: number): string {
  const day = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

describe('long lists in the console', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.31.14', phones: '127.0.31.15' });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`);
    assert.deepEqual(rig.offences, []);
  });

  const post = async (path: string, body: object) => {
    const { status, body: told } = await rig.server.api(`/api/v1/${path}`, { method: 'POST', body });
    assert.equal(status, 201, JSON.stringify(told));
  };
  /** Resolves when the rows are these, by what stands in the column. */
  const rows = async (column: number, expected: readonly string[]) => {
    const cells = page.locator(`tbody tr td:nth-child(${column})`);
    const until = Date.now() + 10_000;
    for (;;) {
      const texts = await cells.allTextContents();
      if (isDeepStrictEqual(texts, expected)) return;
      if (Date.now() > until) assert.deepEqual(texts, expected);
      await delay(50);
    }
  };
  /** As the page has asked for them, by one who may sign in; undoes nothing. */
  const switches = async (username: string, dial: boolean) => {
    const answer = await fetch(`${rig.url}/api/v1/switches`, {
      method: 'PATCH',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${PASSWORD}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ dial }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };

  it('the do-not-call list is searched by a piece of number or reason, and sorted', async () => {
    await post('suppressions', { number: '(48) 99199-6261', reason: 'asked by letter' });
    await post('suppressions', { number: '(48) 99199-6262', reason: 'a court' });
    await post('suppressions', { number: '(11) 98888-0000', reason: 'asked on the phone' });
    const [letter, court, phone] = ['+5548991996261', '+5548991996262', '+5511988880000'] as const;
    await page.goto(`${rig.url}/suppressions`);
    await rows(1, [phone, court, letter]);
    const search = page.getByRole('textbox', { name: 'Search by number or reason' });
    await search.fill('ASKED');
    await rows(1, [phone, letter]);
    await search.fill('48 99199');
    await rows(1, [court, letter]);
    await search.fill('nobody');
    await page.getByText('Nothing has “nobody” in it').waitFor();
    await search.fill('');
    await page.getByRole('button', { name: 'Number', exact: true }).click();
    await rows(1, [phone, letter, court]);
    await page.getByRole('button', { name: 'Number', exact: true }).click();
    await rows(1, [court, letter, phone]);
    await page.getByRole('button', { name: 'Since' }).click();
    await rows(1, [letter, court, phone]);
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'suppressions-sorted');
  });

  it('the audit is narrowed to a person and to days, and read from its beginning', async () => {
    await post('users', { username: 'ana', role: 'administrator', password: PASSWORD });
    await post('users', { username: 'bob', role: 'administrator', password: PASSWORD });
    await switches('ana', false);
    await switches('bob', true);
    await switches('ana', false);
    await switches('ana', true);
    await page.goto(`${rig.url}/audit`);
    await page.getByRole('textbox', { name: 'Search the audit' }).fill('switches');
    await rows(2, ['ana', 'ana', 'bob', 'ana']);
    await page.getByRole('button', { name: 'When' }).click();
    await rows(2, ['ana', 'bob', 'ana', 'ana']);
    const person = page.getByRole('combobox', { name: 'Person' });
    await person.click();
    await page.getByRole('option', { name: 'bob' }).click();
    await rows(2, ['bob']);
    await person.fill('ANA');
    await rows(2, ['ana', 'ana', 'ana']);
    await page.keyboard.press('Escape');
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'audit-of-a-person');
    const [from, to] = [page.getByLabel('From day'), page.getByLabel('To day')];
    const now = Date.now();
    await from.fill(dayOf(now - DAY_MS));
    await to.fill(dayOf(now));
    await rows(2, ['ana', 'ana', 'ana']);
    await to.fill(dayOf(now - DAY_MS));
    await page.getByText('Nothing fits these filters').waitFor();
    await from.fill('');
    await to.fill('');
    await person.fill('');
    await rows(2, ['ana', 'bob', 'ana', 'ana']);
  });

  it('errors are narrowed to a person, too', async () => {
    for (const username of ['ana', 'bob']) {
      const answer = await fetch(`${rig.url}/api/v1/callback-rules/none-of-${username}`, {
        headers: { authorization: `Basic ${Buffer.from(`${username}:${PASSWORD}`).toString('base64')}` },
      });
      assert.equal(answer.status, 404);
      await answer.body?.cancel();
    }
    await page.goto(`${rig.url}/errors`);
    await page.getByRole('textbox', { name: 'Search errors' }).fill('none-of-');
    await rows(2, ['bob', 'ana']);
    await page.getByRole('combobox', { name: 'Person' }).fill('ana');
    await rows(2, ['ana']);
    await page.getByLabel('From day').fill(dayOf(Date.now() + DAY_MS));
    await page.getByText('Nothing fits these filters').waitFor();
  });
});
