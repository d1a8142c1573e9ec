/** What an administrator does by hand with one callback, at its page, and with some that he has chosen in the grid. */

import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { callbacks as words } from '../../console/src/i18n/en/callbacks.ts';
import { dayOfNextMonth, openCalendar, takeDay } from './calendar.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { created, inDays, RULE } from './created.ts';
import { dialledBy, PATIENCE_MS, talk } from './talk.ts';

interface Shown {
  id: string;
  number: string;
  state: string;
  outcome: string | null;
  dueAt: string;
  attempts: Array<{ outcome: string; status: number | null }>;
  events: Array<{ type: string }>;
}

describe('one callback, by hand', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.33.10',
      phones: '127.0.33.11',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: RULE, outgoingRule: 'Operação', delaySeconds: 3600, next: 'reception' }],
      },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 12)}`);
    assert.deepEqual(rig.offences, []);
  });

  const button = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true });
  const waits = (number: string) => created(rig.server, { number, dueAt: inDays(3) });
  const shown = async (id: string) => (await rig.server.callback(id)) as unknown as Shown;
  const idOnPage = () => page.url().split('/').at(-1)!;
  /** What is offered there: the buttons beside the heading, once the state stands beside it too. */
  const offered = async (state: string) => {
    await page.getByRole('status').getByText(state, { exact: true }).waitFor({ timeout: PATIENCE_MS });
    const names = ['Call now', 'Reschedule', 'Cancel'];
    const counts = await Promise.all(names.map((name) => button(name).count()));
    return names.filter((_, index) => counts[index]! > 0);
  };
  const attempt = (number: number) => page.getByTestId('attempts').getByText(`Attempt ${number} ·`).locator('..');

  it('is created with a number as people write it and a day of the calendar, and refused with the reason', async () => {
    await rig.visit(page, '/callbacks');
    await button('New callback').click();
    const dialog = page.getByRole('dialog', { name: 'New callback' });
    const number = dialog.getByLabel('Number to call back');
    await number.fill('190');
    await button('Create', dialog).click();
    await dialog.getByText('Emergency and short numbers are never dialled').waitFor();
    assert.deepEqual(await rig.server.callbacks(), []);
    await number.fill('(48) 99199-6260');
    const day = dayOfNextMonth(20);
    await takeDay(await openCalendar(page, 'When'), day);
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'new-callback');
    await button('Create', dialog).click();
    await page.getByText('Callback created').waitFor();
    const [callback, ...others] = await rig.server.callbacks();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [callback!.rule, callback!.number, callback!.state, callback!.dueAt],
      [RULE, '48991996260', 'scheduled', day.toISOString()],
    );
    await page.getByRole('link', { name: 'Callback to 48991996260' }).click();
    assert.deepEqual(await offered('Scheduled'), ['Call now', 'Reschedule', 'Cancel']);
    await page.getByText('Nobody was dialled yet.').waitFor();
  });

  it('is called now, long before it is due, and what became of it stands there in words', async () => {
    await button('Call now').click();
    await page.getByText('On its way').waitFor();
    const call = await rig.trunk.nextCall(PATIENCE_MS);
    assert.equal(dialledBy(call), '048991996260');
    call.ring();
    assert.deepEqual(await offered('Ringing'), ['Cancel']);
    call.reject(486);
    await attempt(1).getByText('Busy. The line is busy. (SIP 486)').waitFor();
    await attempt(1).getByText('048991996260 through trunk-80092037').waitFor();
    const { state, outcome, attempts } = await shown(idOnPage());
    assert.deepEqual([state, outcome], ['done', 'busy']);
    assert.deepEqual(
      attempts.map(({ outcome, status }) => [outcome, status]),
      [['busy', 486]],
    );
    await rig.shot(page, 'callback-busy');
  });

  it('is called once more after it reached nobody, and not any more when it did', async () => {
    assert.deepEqual(await offered('Busy'), ['Call now']);
    await button('Call now').click();
    const call = await rig.trunk.nextCall(PATIENCE_MS);
    await talk(rig, call);
    assert.deepEqual(await offered('Talking'), ['Cancel']);
    await call.hangUp();
    assert.deepEqual(await offered('Connected'), []);
    await attempt(2)
      .getByText(/^Connected\. /)
      .waitFor();
    await attempt(2)
      .getByText(/talked /)
      .waitFor();
    await attempt(1).getByText('Busy. The line is busy. (SIP 486)').waitFor();
    const { outcome, attempts } = await shown(idOnPage());
    assert.equal(outcome, 'connected');
    assert.deepEqual(
      attempts.map(({ outcome, status }) => [outcome, status]),
      [
        ['busy', 486],
        ['connected', null],
      ],
    );
    await rig.shot(page, 'callback-called-again');
  });

  it('has every event of its life at the end of its page, in words and with what was written down', async () => {
    const { id, events } = await shown(idOnPage());
    await rig.visit(page, `/callbacks/${id}`);
    const rows = page.getByRole('region', { name: 'All events' }).getByRole('row');
    const cells = (await rows.allInnerTexts()).map((row) => row.split('\t').map((cell) => cell.trim()));
    assert.deepEqual(
      cells.map(([, event]) => event),
      events.filter(({ type }) => type !== 'sip').map(({ type }) => words.event[type as keyof typeof words.event]),
    );
    const detailsOf = (event: string) => cells.filter(([, word]) => word === event).map(([, , detail]) => detail ?? '');
    assert.equal(detailsOf('Somebody asked to call now').length, 2);
    assert.match(detailsOf('Not answered')[0]!, /status=486/);
    assert.match(detailsOf('Line free: about to dial').join('\n'), /via=trunk-80092037 +dialled=048991996260/);
  });

  it('is moved to another day at its page', async () => {
    const id = await waits('+5548991990001');
    await rig.visit(page, `/callbacks/${id}`);
    await button('Reschedule').click();
    const dialog = page.getByRole('dialog', { name: 'Call back at another time' });
    assert.ok(await button('Reschedule', dialog).isDisabled(), 'nothing is chosen yet');
    const day = dayOfNextMonth(21);
    await takeDay(await openCalendar(page, 'New time'), day);
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'reschedule-one');
    await button('Reschedule', dialog).click();
    const whole = new Intl.DateTimeFormat('en', { dateStyle: 'full' }).format(day);
    await page.getByText(`Moved to ${whole}`).waitFor();
    await page.getByTestId('time-line').getByText('Moved to another time').waitFor();
    assert.equal((await shown(id)).dueAt, day.toISOString());
  });

  it('is cancelled after a question that can not be misread, also while the phone rings, which stops', async () => {
    await button('Call now').click();
    const call = await rig.trunk.nextCall(PATIENCE_MS);
    call.ring();
    assert.deepEqual(await offered('Ringing'), ['Cancel']);
    await button('Cancel').click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this callback?' });
    await dialog.getByText('+5548991990001 is not called back').waitFor();
    await rig.shot(page, 'cancel-asked');
    await button('Keep', dialog).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await shown(idOnPage())).state, 'dialing');
    await button('Cancel').click();
    await button('Cancel the callback', dialog).click();
    await call.waitFor('CANCEL', PATIENCE_MS);
    assert.deepEqual(await offered('Cancelled'), ['Call now']);
    const { state, outcome } = await shown(idOnPage());
    assert.deepEqual([state, outcome], ['done', 'cancelled']);
  });

  it('is called now with others that were chosen in the grid, and nobody else is', async () => {
    const [one, two, other] = [
      await waits('+5548991990011'),
      await waits('+5548991990012'),
      await waits('+5548991990013'),
    ];
    await rig.visit(page, '/callbacks?state=scheduled');
    for (const number of ['+5548991990011', '+5548991990012'])
      await page.getByRole('checkbox', { name: number }).check();
    await button('Call them now').click();
    const dialog = page.getByRole('dialog', { name: 'Call 2 persons now?' });
    await button('Call them now', dialog).click();
    const calls = [await rig.trunk.nextCall(PATIENCE_MS), await rig.trunk.nextCall(PATIENCE_MS)];
    assert.deepEqual(calls.map(dialledBy).sort(), ['048991990011', '048991990012']);
    for (const call of calls) call.reject(480);
    const result = page.getByTestId('bulk-result');
    await result.getByText('2 callbacks were changed.').waitFor();
    await button('Close', result).click();
    await rig.server.until(
      (all) => all.filter(({ state }) => state === 'done').length >= 4,
      PATIENCE_MS,
      'two are done',
    );
    assert.deepEqual(await Promise.all([one, two, other].map(async (id) => (await shown(id)).state)), [
      'done',
      'done',
      'scheduled',
    ]);
  });
});
