/** The dashboard while calls come and go: it stays open all the time, and each figure is that of what really happened. */

import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { PhoneCall } from '../support/phone-call.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { created, inDays, RULE } from './created.ts';
import { dialledBy, PATIENCE_MS, talk } from './talk.ts';

const TRUNK = 'trunk-80092037';

/** The numbers of a chart, as who can't see its bars gets them: without its heads. */
async function numbersOf(table: Locator): Promise<number[][]> {
  const rows = (await table.locator('tbody tr').allInnerTexts()).map((row) => row.split('\t').slice(1).map(Number));
  assert.ok(rows.flat().every(Number.isInteger), JSON.stringify(rows));
  return rows;
}
const sums = (rows: readonly number[][]) =>
  rows.reduce((all, row) => all.map((sum, index) => sum + row[index]!), [0, 0, 0]);

describe('the dashboard', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  let talking: PhoneCall;

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.33.20',
      phones: '127.0.33.21',
      configuration: {
        trunks: [{ name: TRUNK, proxy: 'sip:127.0.33.21:5070', accept: ['127.0.33.21/32'], maxConcurrentCalls: 2 }],
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: RULE, outgoingRule: 'Operação', delaySeconds: 0, next: 'reception' }],
      },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 12)}`);
    assert.deepEqual(rig.offences, []);
  });

  const panel = (name: string) => page.getByRole('region', { name, exact: true });
  const is = (locator: Locator, text: string) =>
    locator.getByText(text, { exact: true }).waitFor({ timeout: PATIENCE_MS });
  const tiles = async (figures: Record<string, number>) => {
    const now = panel('Now');
    for (const [name, figure] of Object.entries(figures))
      await is(now.getByRole('link').filter({ hasText: name }), String(figure));
  };
  /** The phone behind the trunk rings for this number. */
  const rung = async (number: string, ask: () => Promise<unknown>) => {
    await ask();
    const call = await rig.trunk.nextCall(PATIENCE_MS);
    assert.equal(dialledBy(call), number);
    return call;
  };

  it('shows a day on which nothing has happened as one', async () => {
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await tiles({
      'promised, not due yet': 0,
      'due, no line free yet': 0,
      'being called now': 0,
      'answered or connected': 0,
    });
    await panel('Trunks').getByText('0 of 2 lines · 0 of 5 calls/s').waitFor();
    await panel('Today').getByText('No callback today yet.').waitFor();
    await panel('Live').getByText('Nothing has happened since you opened this page.').waitFor();
  });

  it('counts who waits, who is called, who talks and who waits for a line, while it happens', async () => {
    const busy = await rung('048991990001', () => rig.call('+5548991990001'));
    busy.ring();
    await panel('Trunks')
      .getByText(/of 2 lines · (?:0\.[1-9]|[1-9][\d.]*) of 5 calls\/s/)
      .waitFor();
    busy.reject(486);
    const reached = await rung('048991990002', () => rig.call('+5548991990002'));
    await talk(rig, reached);
    await reached.hangUp();
    talking = await rung('048991990003', () => created(rig.server, { number: '+5548991990003' }));
    await talk(rig, talking);
    (await rung('048991990004', () => created(rig.server, { number: '+5548991990004' }))).ring();
    await created(rig.server, { number: '+5548991990005' });
    await created(rig.server, { number: '+5548991990006', dueAt: inDays(3) });
    await tiles({
      'promised, not due yet': 1,
      'due, no line free yet': 1,
      'being called now': 1,
      'answered or connected': 1,
    });
    await panel('Trunks').getByText('2 of 2 lines · 1 waiting').waitFor({ timeout: PATIENCE_MS });
    const lines = panel('Trunks').getByRole('progressbar', { name: '2 of 2 lines' });
    assert.equal(await lines.getAttribute('aria-valuenow'), '100');
    await rig.shot(page, 'dashboard-busy');
  });

  it('sums up today: accepted, reached, not reached and why, and how late', async () => {
    const today = panel('Today');
    await is(today.getByTestId('today-accepted'), '6');
    await today.getByText('50% of those that are done').waitFor({ timeout: PATIENCE_MS });
    const { body } = await rig.server.api('/api/v1/statistics');
    const { p50, p99 } = (body as { latenessMs: { p50: number; p99: number } }).latenessMs;
    await today.getByText(`half at most ${p50} ms, 99 % at most ${p99} ms`).waitFor({ timeout: PATIENCE_MS });
    assert.deepEqual(await today.locator('.tile-value').allInnerTexts(), ['6', '1', `${p99.toLocaleString('en')} ms`]);
    const reasons = (await today.locator('.reason-row').allInnerTexts()).map((row) => row.split('\n').filter(Boolean));
    assert.deepEqual(reasons, [['The line is busy.', '1']]);
  });

  it('draws bars as high as the figures are, and gives the same ones as a table', async () => {
    const today = panel('Today');
    const perHour = await numbersOf(today.getByRole('table', { name: 'Accepted and reached per hour' }));
    assert.deepEqual(sums(perHour).slice(0, 2), [6, 1]);
    const live = panel('Live');
    const perSlot = await numbersOf(
      live.getByRole('table', { name: 'Callbacks accepted, dialled and answered per 10 seconds' }),
    );
    assert.deepEqual(sums(perSlot), [6, 4, 2]);
    for (const [place, rows] of [
      [today, perHour],
      [live, perSlot],
    ] as const) {
      const heights = await place
        .locator('svg rect')
        .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('height'))));
      // Series by series, as they are drawn; nothing is drawn of a nought.
      const values = rows[0]!.flatMap((_, series) => rows.map((row) => row[series]!)).filter((value) => value > 0);
      assert.equal(heights.length, values.length);
      const unit = heights[0]! / values[0]!;
      for (const [index, height] of heights.entries())
        assert.ok(Math.abs(height - unit * values[index]!) < 0.01, `${height} of ${values[index]}`);
    }
  });

  it('goes on with whoever waited for a line as soon as one is free', async () => {
    await talking.hangUp();
    const next = await rig.trunk.nextCall(PATIENCE_MS);
    assert.equal(dialledBy(next), '048991990005');
    next.ring();
    await tiles({
      'promised, not due yet': 1,
      'due, no line free yet': 0,
      'being called now': 2,
      'answered or connected': 0,
    });
    await panel('Today').getByText('67% of those that are done').waitFor({ timeout: PATIENCE_MS });
    await panel('Now').getByRole('link').filter({ hasText: 'being called now' }).click();
    await page.getByRole('link', { name: 'Callback to +5548991990005' }).waitFor();
    const links = await page.getByRole('link', { name: /^Callback to/ }).allInnerTexts();
    assert.deepEqual(links.sort(), ['+5548991990004', '+5548991990005']);
    next.reject(480);
    await page.getByRole('link', { name: 'Callback to +5548991990005' }).waitFor({ state: 'detached' });
    await page.getByRole('navigation').getByRole('link', { name: 'Dashboard' }).click();
    await is(panel('Today').locator('.reason-row').filter({ hasText: 'nobody picked up' }), '1');
  });

  it('asks before callers are promised nothing any more, and shows that they are not', async () => {
    const switches = async () => (await rig.server.api('/api/v1/switches')).body as { accept: boolean; dial: boolean };
    await page.getByRole('button', { name: 'Stop promising' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop promising callbacks?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await switches()).accept, true);
    await page.getByRole('button', { name: 'Stop promising' }).click();
    await dialog.getByRole('button', { name: 'Stop promising' }).click();
    await panel('Switches').getByText('Nobody is promised a callback').waitFor();
    const { accept, dial } = await switches();
    assert.deepEqual([accept, dial], [false, true]);
    await page.getByRole('button', { name: 'Promise again' }).click();
    await panel('Switches').getByText('Callers are promised callbacks.').waitFor();
    assert.equal((await switches()).accept, true);
  });
});
