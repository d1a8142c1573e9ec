/** More callbacks than the server changes or reads in one portion: what a person sees meanwhile, and how he stops it. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { parseCsv } from '../../lib/http/csv.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance } from '../store/callback-sample.ts';
import { silentLog } from '../support/silent-log.ts';
import { dayOfNextMonth, openCalendar, takeDay } from './calendar.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { created, inDays, RULE } from './created.ts';
import { filledCallback } from './filled-store.ts';

const TOTAL = 1_200;
const DAY_MS = 86_400_000;
/** What 1,200 of them take on a slow machine. */
const LONG_MS = 40_000;
/** Of an export of some 300 kB. */
const SLOW_BYTES_PER_SECOND = 150_000;

/** All of them wait for a day that is far. */
async function fillWaiting(directory: string): Promise<void> {
  const store = await openSqliteStore({ directory, log: silentLog() });
  const now = Date.now();
  const dueAt = now + 5 * DAY_MS;
  const waits = { state: 'scheduled', outcome: null, reason: null, attempts: 0, doneAt: null } as const;
  await Promise.all(
    Array.from({ length: TOTAL }, (_, serial) =>
      store.callbacks.insert(
        acceptance({ ...filledCallback(serial, TOTAL, now), ...waits, dueAt, expiresAt: dueAt + DAY_MS }),
        null,
      ),
    ),
  );
  await store.close();
}

describe(`${TOTAL} callbacks at once in the console`, function () {
  this.timeout(90_000);
  let directory: string;
  let rig: ConsoleRig;
  let page: Page;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-many-'));
    await fillWaiting(directory);
    rig = await ConsoleRig.open({
      address: '127.0.33.30',
      phones: '127.0.33.31',
      dataDirectory: directory,
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: RULE, outgoingRule: 'Operação' }],
      },
    });
    page = await rig.signedIn();
  });
  after(async () => {
    await rig?.close();
    rmSync(directory, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 12)}`);
    assert.deepEqual(rig.offences, []);
  });

  const waiting = async (filter = '') =>
    ((await rig.server.api(`/api/v1/callbacks?state=scheduled&pageSize=1${filter}`)).body as { total: number }).total;
  const chooseAll = async () => {
    await rig.visit(page, '/callbacks?state=scheduled&sort=dueAt');
    await page.getByRole('checkbox', { name: 'Select', exact: true }).check();
    await page.getByRole('button', { name: `Take all ${TOTAL} that the filters find` }).click();
  };

  it('are exported in portions, and how far it is stands there', async () => {
    await rig.visit(page, '/callbacks?state=scheduled');
    const line = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: SLOW_BYTES_PER_SECOND, uploadThroughput: -1 };
    await line.send('Network.enable');
    await line.send('Network.emulateNetworkConditions', slow);
    const saved = page.waitForEvent('download', { timeout: LONG_MS });
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    await page.getByRole('button', { name: new RegExp(`^[1-9]\\d* of ${TOTAL} rows$`) }).waitFor();
    const text = readFileSync(await (await saved).path(), 'utf8').slice(1);
    await line.send('Network.emulateNetworkConditions', { ...slow, downloadThroughput: -1 });
    const ids = parseCsv(text).map(({ cells }) => cells['id']);
    assert.equal(ids.length, TOTAL);
    assert.equal(new Set(ids).size, TOTAL);
    await page.getByText(`${TOTAL} rows exported`).waitFor();
    await page.getByRole('button', { name: 'Export as CSV' }).waitFor();
  });

  it('are changed in portions, which is seen and can be stopped; what was not come to is said and left alone', async () => {
    await chooseAll();
    await page.getByRole('button', { name: 'Another time…' }).click();
    const dialog = page.getByRole('dialog', { name: `Call ${TOTAL} persons at another time` });
    const day = dayOfNextMonth(22);
    await takeDay(await openCalendar(page, 'New time'), day);
    // The second portion sets out when this says so.
    const second = Promise.withResolvers<void>();
    let portions = 0;
    await page.route('**/api/v1/callbacks/bulk', async (route) => {
      portions += 1;
      if (portions === 2) await second.promise;
      await route.continue();
    });
    await dialog.getByRole('button', { name: 'Another time…' }).click();
    const bar = page.getByRole('region', { name: `All ${TOTAL} that the filters find` });
    await bar.getByText(`Working: 500 of ${TOTAL}`).waitFor({ timeout: LONG_MS });
    const done = Number(await bar.getByRole('progressbar').getAttribute('aria-valuenow'));
    assert.equal(Math.round(done), Math.round((100 * 500) / TOTAL));
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'bulk-progress');
    await bar.getByRole('button', { name: 'Stop' }).click();
    second.resolve();
    const result = page.getByTestId('bulk-result');
    await result.getByText('1000 callbacks were changed.').waitFor({ timeout: LONG_MS });
    await result.getByText('200 were not come to.').waitFor();
    await page.unroute('**/api/v1/callbacks/bulk');
    assert.equal(portions, 2);
    const { body } = await rig.server.api('/api/v1/callbacks?sort=dueAt&pageSize=500');
    const dues = (body as { items: Array<{ dueAt: string }> }).items.map(({ dueAt }) => dueAt);
    assert.equal(dues.filter((dueAt) => dueAt !== day.toISOString()).length, 200, 'the last ones stay as they are');
    await result.getByRole('button', { name: 'Close' }).click();
    await bar.waitFor({ state: 'detached' });
  });

  it('are changed to the last one where nobody stops it, those that come meanwhile apart', async () => {
    await chooseAll();
    await page.getByRole('button', { name: 'Cancel them' }).click();
    const dialog = page.getByRole('dialog', { name: `Cancel ${TOTAL} callbacks?` });
    await dialog.getByRole('button', { name: 'Keep' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await waiting(), TOTAL);
    await page.getByRole('button', { name: 'Cancel them' }).click();
    let late: string | undefined;
    await page.route('**/api/v1/callbacks/bulk', async (route) => {
      const answer = await route.fetch();
      late ??= await created(rig.server, { number: '+5511987650001', dueAt: inDays(1) });
      await route.fulfill({ response: answer });
    });
    await dialog.getByRole('button', { name: 'Cancel them' }).click();
    const result = page.getByTestId('bulk-result');
    await result.getByText(`${TOTAL} callbacks were changed.`).waitFor({ timeout: LONG_MS });
    await page.unroute('**/api/v1/callbacks/bulk');
    assert.equal(await result.getByText('not come to').count(), 0);
    assert.equal(await waiting(), 1);
    assert.equal((await rig.server.callback(late!)).state, 'scheduled');
  });
});
