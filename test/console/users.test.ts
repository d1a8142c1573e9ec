/** Users and roles, administered in a browser; and what each of them then finds. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { PERMISSIONS_OF_ROLE, type Permission, ROLES } from '../../lib/core/access/role.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const OWN = 'the sea is green in june';

describe('users in the console', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  let oneTime = '';

  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.81.10', phones: '127.0.81.11' });
    page = await rig.signedIn();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const menu = async (name: string, item: string) => {
    await page.getByRole('button', { name: `More actions: ${name}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  const confirmed = async (button: string) => {
    await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();
  };
  const lockOut = async (username: string) => {
    for (let i = 0; i < 15; i++) {
      const answer = await fetch(`${rig.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: 'wrong' }),
      });
      await answer.body?.cancel();
      if (answer.status === 429) return;
    }
    assert.fail('nobody is locked out');
  };

  it('are added with a role in words, and a password that is shown once', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Users' }).click();
    await row('admin').waitFor();
    await page.getByRole('button', { name: 'Add user' }).click();
    await page.getByRole('textbox', { name: 'User name' }).fill('bea');
    await page.getByRole('textbox', { name: 'Full name' }).fill('Beatriz Lima');
    await page.getByRole('combobox', { name: 'Role' }).click();
    await page.getByRole('option', { name: 'Agent' }).click();
    await page.getByText('Works on callbacks: creates, cancels, calls now.').first().waitFor();
    await page.getByRole('combobox', { name: 'Inbound numbers' }).click();
    await page.getByRole('option', { name: INBOUND }).click();
    await page.keyboard.press('Escape');
    await rig.shot(page, 'user-form');
    assert.deepEqual(await rig.barriers(page), []);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Password for bea' });
    oneTime = await dialog.getByRole('textbox', { name: 'One-time password' }).inputValue();
    assert.match(oneTime, /^[A-Za-z2-9]{20}$/);
    await dialog.getByRole('button', { name: 'Copy: One-time password' }).click();
    assert.equal(await page.evaluate<string>('navigator.clipboard.readText()'), oneTime);
    await rig.shot(page, 'user-password');
    assert.deepEqual(await rig.barriers(page), []);
    await page.keyboard.press('Escape');
    assert.ok(await dialog.isVisible(), 'it does not go by a slip');
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await row('Beatriz Lima').getByText('Has to choose a password').waitFor();
    assert.ok(!(await page.content()).includes(oneTime));
  });

  it('of a name that is taken are refused, and the form keeps what was typed', async () => {
    await page.getByRole('button', { name: 'Add user' }).click();
    await page.getByRole('textbox', { name: 'User name' }).fill('Bea');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('alert').getByText('There is another one of this name.').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'User name' }).inputValue(), 'Bea');
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('choose a password of their own before anything else', async () => {
    const bea = await rig.page();
    await rig.enter(bea, 'bea', oneTime);
    await bea.getByRole('heading', { name: 'Choose a password' }).waitFor();
    await bea.goto(`${rig.url}/callbacks`);
    await bea.getByRole('heading', { name: 'Choose a password' }).waitFor();
    assert.equal(await bea.getByRole('navigation').count(), 0);
    await rig.shot(bea, 'fresh-password');
    assert.deepEqual(await rig.barriers(bea), []);
    const fill = async (current: string, next: string, again: string) => {
      await bea.getByLabel('One-time password').fill(current);
      await bea.getByLabel('New password', { exact: false }).first().fill(next);
      await bea.getByLabel('New password once more').fill(again);
      await bea.getByRole('button', { name: 'Change password' }).click();
    };
    await fill(oneTime, OWN, `${OWN}!`);
    await bea.getByText('The two are not the same.').waitFor();
    await fill('not the one', OWN, OWN);
    await bea.getByText('is wrong', { exact: true }).waitFor();
    await fill(oneTime, OWN, OWN);
    await bea.getByRole('heading', { level: 1, name: 'Callbacks' }).waitFor();
    await bea.context().close();
  });

  it('see the pages of their role and no others, and are told so where an address leads further', async () => {
    const bea = await rig.page();
    await rig.enter(bea, 'bea', OWN);
    await bea.getByRole('navigation').first().waitFor();
    const links = (await bea.getByRole('navigation').first().getByRole('link').allInnerTexts()).map((text) =>
      text.trim(),
    );
    assert.deepEqual(links, ['Dashboard', 'Callbacks']);
    for (const path of ['users', 'webhooks/crm', 'new-callback-rule', 'retention']) {
      await bea.goto(`${rig.url}/${path}`);
      await bea.getByText('This page is not for your role').waitFor();
    }
    await rig.shot(bea, 'not-for-your-role');
    assert.deepEqual(await rig.barriers(bea), []);
    await bea.context().close();
  });

  it('without a role are told whom to ask', async () => {
    const body = { username: 'nobody', password: OWN };
    assert.equal((await rig.server.api('/api/v1/users', { method: 'POST', body })).status, 201);
    const nobody = await rig.page();
    await rig.enter(nobody, 'nobody', OWN);
    await nobody.getByText('You have no role yet').waitFor();
    assert.equal(await nobody.getByRole('navigation').getByRole('link').count(), 0);
    await nobody.context().close();
  });

  it('who are locked out are shown so, and let in again', async () => {
    await lockOut('bea');
    const bea = await rig.page();
    await rig.enter(bea, 'bea', OWN);
    await bea.getByRole('alert').waitFor();
    await page.reload();
    await row('bea').getByText('Locked').waitFor();
    await menu('bea', 'Unlock after wrong passwords');
    await page.getByText('bea may try again').waitFor();
    await row('bea').getByText('Locked').waitFor({ state: 'detached' });
    await bea.locator('button[type="submit"]').click();
    await bea.getByRole('navigation').first().waitFor();
    await bea.context().close();
  });

  it('are switched off after a question, which can be answered with no', async () => {
    const bea = await rig.page();
    await rig.enter(bea, 'bea', OWN);
    await bea.getByRole('navigation').first().waitFor();
    await menu('bea', 'Switch off');
    await page.getByRole('dialog').getByText('He is signed out everywhere').waitFor();
    await confirmed('Cancel');
    assert.equal(((await rig.server.api('/api/v1/users/bea')).body as { enabled: boolean }).enabled, true);
    await menu('bea', 'Switch off');
    await confirmed('Switch off');
    await row('bea').getByText('Off', { exact: true }).waitFor();
    await bea.goto(`${rig.url}/callbacks`);
    await bea.getByRole('heading', { name: 'Sign in' }).waitFor();
    await menu('bea', 'Switch on');
    await row('bea').getByText('On', { exact: true }).waitFor();
    await bea.context().close();
  });

  it('whose password is reset get a new one for one sign-in; the old one is worth nothing', async () => {
    await menu('bea', 'Reset the password');
    await confirmed('Reset it');
    const dialog = page.getByRole('dialog', { name: 'Password for bea' });
    const next = await dialog.getByRole('textbox', { name: 'One-time password' }).inputValue();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    const bea = await rig.page();
    await rig.enter(bea, 'bea', OWN);
    await bea.getByText('User name or password is wrong.').waitFor();
    await rig.enter(bea, 'bea', next);
    await bea.getByRole('heading', { name: 'Choose a password' }).waitFor();
    await bea.context().close();
  });

  it('are edited without losing what is not in the form, and deleted after a question', async () => {
    await page.getByRole('button', { name: 'Edit: bea' }).click();
    await page.getByRole('textbox', { name: 'Full name' }).fill('Bea L.');
    await page.getByRole('button', { name: 'Save' }).click();
    await row('Bea L.').waitFor();
    const { name, role, mustChangePassword } = (await rig.server.api('/api/v1/users/bea')).body as Record<
      string,
      unknown
    >;
    assert.deepEqual([name, role, mustChangePassword], ['Bea L.', 'agent', true]);
    await rig.shot(page, 'users');
    await menu('bea', 'Delete');
    await confirmed('Delete');
    await row('Bea L.').waitFor({ state: 'detached' });
    assert.equal((await rig.server.api('/api/v1/users/bea')).status, 404);
  });

  it('always leave somebody who can administer, and the page says why', async () => {
    await menu('admin', 'Delete');
    await confirmed('Delete');
    await page.getByText('Nobody could administer the system any more.').waitFor();
    await row('admin').waitFor();
  });

  it('have roles whose table is the one that the server keeps to', async () => {
    await page.goto(`${rig.url}/roles`);
    const rows = page.getByRole('table').locator('tbody').getByRole('row');
    await rows.first().waitFor();
    const shown = new Map<string, string[]>();
    for (const cells of await rows.all()) {
      const permission = await cells.locator('th .mono').innerText();
      shown.set(
        permission,
        (await cells.getByRole('cell').allInnerTexts()).map((text) => text.replace('·', '').trim()),
      );
    }
    const wanted = (permission: Permission) =>
      ROLES.map((role) => (PERMISSIONS_OF_ROLE[role].includes(permission) ? 'Yes' : 'No'));
    assert.equal(shown.size, PERMISSIONS_OF_ROLE.administrator.length);
    for (const [permission, marks] of shown) assert.deepEqual(marks, wanted(permission as Permission), permission);
  });
});
