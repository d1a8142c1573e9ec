/** A page that stays open while the server, or the way to it, goes away and comes back. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { created, inDays, RULE } from './created.ts';

const LOST = 'Not live: the connection is lost';
/** The page waits up to 15 s between two tries. */
const BACK_MS = 30_000;
/** More than twice as long as the server is ever still. */
const SILENCE_MS = 45_000;

describe('the connection of the console', function () {
  this.timeout(90_000);
  let directory: string;
  let rig: ConsoleRig;
  let password: string;
  let page: Page;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-connection-'));
    rig = await ConsoleRig.open({
      address: '127.0.33.50',
      phones: '127.0.33.51',
      dataDirectory: directory,
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: RULE, outgoingRule: 'Operação' }],
      },
    });
    password = rig.password;
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

  const says = (text: string, on = page) =>
    on.getByRole('status').getByText(text, { exact: true }).waitFor({ timeout: BACK_MS });
  const callback = (number: string) => page.getByRole('link', { name: `Callback to ${number}` });

  it('is said to be lost when it is, with all that was read still there, and goes on after the last event', async () => {
    await created(rig.server, { number: '+5548991990001', dueAt: inDays(3) });
    await rig.visit(page, '/callbacks');
    await callback('+5548991990001').waitFor();
    await says('Live');
    // It comes back only when what happened in between has happened.
    await page.route('**/api/v1/events', (route) => route.abort());
    await rig.restart(async () => {
      await says(LOST);
      assert.ok(await callback('+5548991990001').isVisible());
      await rig.shot(page, 'connection-lost');
    });
    await created(rig.server, { number: '+5548991990002', dueAt: inDays(3) });
    await says(LOST);
    assert.equal(await callback('+5548991990002').count(), 0);
    await page.unroute('**/api/v1/events');
    await says('Live');
    await callback('+5548991990002').waitFor();
    await callback('+5548991990001').waitFor();
  });

  it('has what could not be read meanwhile read again when it is back, without a click', async () => {
    await callback('+5548991990001').click();
    await page.getByRole('heading', { level: 1, name: 'Callback to +5548991990001' }).waitFor();
    await page.goBack();
    await callback('+5548991990002').waitFor();
    await rig.restart(async () => {
      await says(LOST);
      await callback('+5548991990002').click();
      await page.getByRole('alert').getByText('The server does not answer').waitFor({ timeout: BACK_MS });
    });
    await page.getByRole('heading', { level: 1, name: 'Callback to +5548991990002' }).waitFor({ timeout: BACK_MS });
    await page.getByText('The server does not answer').waitFor({ state: 'detached' });
    await says('Live');
  });

  it('is lost as well where nothing comes any more and nobody says why, as of a network that went away', async () => {
    const other = await rig.page();
    await other.clock.install();
    await rig.enter(other, 'admin', password);
    await says('Live', other);
    const { pid } = rig.server;
    process.kill(pid, 'SIGSTOP');
    try {
      await other.clock.fastForward(SILENCE_MS);
      await says(LOST, other);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await says('Live', other);
    await other.context().close();
  });
});
