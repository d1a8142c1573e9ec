/** One's own account in a browser: the password, a second factor with its QR code, other sessions. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import { codeAt } from '../../lib/http/access/totp.ts';
import { ConsoleRig } from './console-rig.ts';

const PASSWORD = 'correct horse battery';
const NEXT = 'the sea is green in june';
const NARROW = { width: 360, height: 740 };

/** What a camera would read on the page. */
async function scanned(rig: ConsoleRig, page: Page, label: string): Promise<string> {
  const png = (await page.getByRole('img', { name: label }).screenshot()).toString('base64');
  // Another page, whose policy lets a picture be looked into.
  const eye = await rig.page();
  const { width, height, data } = await eye.evaluate<{ width: number; height: number; data: number[] }>(`(async () => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(png)}), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const { width, height } = picture;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(picture, 0, 0);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
  })()`);
  await eye.context().close();
  return decodeQR({ width, height, data: Uint8Array.from(data) });
}

describe("one's account in the console", function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  let password = PASSWORD;

  const signedInAs = async (username: string, options: Parameters<ConsoleRig['page']>[0] = {}) => {
    const other = await rig.page(options);
    await rig.enter(other, username, password);
    await other.getByRole('banner').waitFor();
    return other;
  };

  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.81.12', phones: '127.0.81.13' });
    const body = { username: 'ana', role: 'supervisor', password: PASSWORD };
    assert.equal((await rig.server.api('/api/v1/users', { method: 'POST', body })).status, 201);
    page = await signedInAs('ana');
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  it('is found at the sign of the person, and says what he may', async () => {
    await page.getByRole('button', { name: 'Signed in as ana' }).click();
    await page.getByRole('menuitem', { name: 'My account' }).click();
    await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
    await page.getByText('Turn the switches “accept” and “dial”').waitFor();
    assert.equal(await page.getByText('Change users and their roles').count(), 0);
    await rig.shot(page, 'account-supervisor');
  });

  it('changes the password, and ends the other sessions with it', async () => {
    const other = await signedInAs('ana');
    await page.getByLabel('Present password').fill(PASSWORD);
    await page.getByLabel('New password', { exact: false }).first().fill('short');
    await page.getByLabel('New password once more').fill('short');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('has to be at least 10 characters long', { exact: true }).waitFor();
    await page.getByLabel('New password', { exact: false }).first().fill(NEXT);
    await page.getByLabel('New password once more').fill(NEXT);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed').waitFor();
    password = NEXT;
    await other.reload();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
    await other.context().close();
  });

  it('sets up a second factor by a QR code that a camera reads, and recovery codes that are shown once', async () => {
    await page.getByRole('button', { name: 'Set up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Your password').fill('wrong');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Your password').fill(password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    const uri = await scanned(rig, page, 'QR code for the authenticator app');
    const secret = await dialog.getByRole('textbox', { name: 'Or type this into it' }).inputValue();
    assert.equal(new URL(uri).searchParams.get('secret'), secret);
    assert.match(uri, /^otpauth:\/\/totp\/drachtio-callback:ana\?/);
    await rig.shot(page, 'second-factor');
    assert.deepEqual(await rig.barriers(page), []);
    await dialog.getByRole('textbox', { name: 'Code', exact: true }).fill('000000');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByText('is wrong', { exact: true }).waitFor();
    await dialog
      .getByRole('textbox', { name: 'Code', exact: true })
      .fill(codeAt(secret, Math.floor(Date.now() / 30_000)));
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    const codes = dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await codes.first().waitFor();
    const [recovery] = await codes.allInnerTexts();
    assert.equal(await codes.count(), 10);
    await rig.shot(page, 'recovery-codes');
    assert.deepEqual(await rig.barriers(page), []);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await page.getByText('In force').waitFor();
    const other = await rig.page();
    await rig.enter(other, 'ana', password);
    await other.getByLabel('Code of your authenticator').fill(recovery!);
    await other.locator('button[type="submit"]').click();
    await other.getByRole('banner').waitFor();
    await other.context().close();
  });

  it('shows where the person is signed in, and ends what he does not know', async () => {
    await page.reload();
    const table = page.getByRole('table', { name: 'Where I am signed in' });
    await table.getByText('this one').waitFor();
    assert.equal(await table.locator('tbody').getByRole('row').count(), 2);
    await page.getByRole('button', { name: 'End my other sessions' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End my other sessions' }).click();
    await page.getByText('1 other session is ended').waitFor();
    await table.locator('tbody').getByRole('row').nth(1).waitFor({ state: 'detached' });
  });

  it('takes the second factor away with the password alone', async () => {
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const dialog = page.getByRole('dialog');
    assert.deepEqual(await rig.barriers(page), []);
    await dialog.getByLabel('Your password').fill(password);
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Not set up').waitFor();
    const { totp } = (await rig.server.api('/api/v1/users/ana')).body as { totp: boolean };
    assert.equal(totp, false);
  });

  it('fits into a telephone, the QR code too', async () => {
    const narrow = await signedInAs('ana', { ...NARROW, scheme: 'dark' });
    await narrow.goto(`${rig.url}/account`);
    await narrow.getByRole('button', { name: 'Set up' }).click();
    await narrow.getByRole('dialog').getByLabel('Your password').fill(password);
    await narrow.getByRole('dialog').getByRole('button', { name: 'Go on' }).click();
    assert.match(await scanned(rig, narrow, 'QR code for the authenticator app'), /^otpauth:/);
    await rig.shot(narrow, 'second-factor-360');
    const wider = await narrow.getByRole('dialog').evaluate((dialog) => {
      const { scrollWidth, clientWidth } = dialog as unknown as { scrollWidth: number; clientWidth: number };
      return scrollWidth - clientWidth;
    });
    assert.equal(wider, 0);
    await narrow.context().close();
  });

  it('is nothing that a key has', async () => {
    const key = await rig.page();
    await key.goto(rig.url);
    await key.getByRole('button', { name: 'Sign in with an API key' }).click();
    await key.getByLabel('API key').fill('test-key-0123456789');
    await key.getByRole('button', { name: 'Sign in', exact: true }).click();
    await key.getByRole('banner').waitFor();
    await key.goto(`${rig.url}/account`);
    await key.getByText('You are signed in with an API key.').waitFor();
    assert.equal(await key.getByRole('button', { name: 'Change password' }).count(), 0);
    await key.context().close();
  });
});
