/** Limits with their tester, test calls and flows, in a browser against the real server. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const PERSON = '(48) 99199-6260';
const TRUNK = 'trunk-80092037';

interface Limits {
  limits: { perNumber: { max: number }; blockedNumbers: string[]; specialNumbers: Record<string, boolean> };
}

describe('limits, test calls and flows in a browser', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.84.20',
      phones: '127.0.84.21',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: 'Callback geral', trunk: TRUNK, next: 'reception' }],
      },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`);
    assert.deepEqual(rig.offences, []);
  });

  const stored = async () => (await rig.server.api('/api/v1/configuration')).body as unknown as Limits;
  const itemsOf = async <T>(path: string) => ((await rig.server.api(path)).body as { items: T[] }).items;
  const answerOf = (gate: string) => page.locator(`[data-gate="${gate}"]`).getAttribute('data-answer');

  it('show what changes of the limits before it is saved, and save that alone', async () => {
    const before = await stored();
    await page.goto(`${rig.url}/limits`);
    await page.getByRole('group', { name: 'Of one number' }).getByLabel('Callbacks at most').fill('3');
    await page.getByRole('combobox', { name: 'Blocked numbers' }).fill('+1900*');
    await page.getByRole('combobox', { name: 'Blocked numbers' }).press('Enter');
    await page.getByRole('switch', { name: 'Satellite' }).click({ force: true });
    await page.getByRole('button', { name: 'Look at the changes' }).click();
    const dialog = page.getByRole('dialog');
    const lines = await dialog.getByTestId('diff').locator('[data-kind]:not([data-kind="same"])').allInnerTexts();
    const signs = lines.map((line) => line.replaceAll(/\s+/g, ' ').trim());
    for (const line of ['− max: 10', '+ max: 3', '− satellite: false', '+ satellite: true', '+ - +1900*'])
      assert.ok(signs.includes(line), `${line} is not in ${signs.join(' | ')}`);
    await rig.shot(page, 'limits-diff', { screen: true });
    assert.deepEqual(await stored(), before, 'looking has changed something');
    await dialog.getByRole('button', { name: 'Save these changes' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const after = await stored();
    assert.deepEqual(after, {
      ...before,
      limits: {
        ...before.limits,
        perNumber: { ...before.limits.perNumber, max: 3 },
        blockedNumbers: ['+1900*'],
        specialNumbers: { ...before.limits.specialNumbers, satellite: true },
      },
    });
    await page.getByRole('button', { name: 'Look at the changes', disabled: true }).waitFor();
  });

  it('say at the field what is wrong with it, and change nothing', async () => {
    const before = await stored();
    await page.getByRole('combobox', { name: 'When people may be called' }).fill('always');
    await page.getByRole('combobox', { name: 'When people may be called' }).press('Enter');
    await page.getByRole('button', { name: 'Look at the changes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save these changes' }).click();
    await page.getByText('is not as in `Mon-Fri 08:00-18:00`').first().waitFor();
    assert.deepEqual(await stored(), before);
    await page.getByRole('button', { name: 'Discard' }).click();
  });

  it('are not saved over what somebody else has changed meanwhile', async () => {
    await page.getByRole('group', { name: 'Of one number' }).getByLabel('Callbacks at most').fill('4');
    const whole = (await stored()) as unknown as Record<string, unknown>;
    const limits = whole['limits'] as object;
    const put = await rig.server.api('/api/v1/configuration', {
      method: 'PUT',
      body: { ...whole, limits: { ...limits, unwantedSeconds: 86_400 } },
    });
    assert.equal(put.status, 200);
    await page.getByRole('button', { name: 'Look at the changes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save these changes' }).click();
    await page.getByText('Somebody else changed this').waitFor();
    assert.equal((await stored()).limits.perNumber.max, 3);
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByRole('textbox', { name: 'A person who said' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'A person who said' }).inputValue(), '86400');
  });

  it('tell of a caller what each gate says, up to the one that refuses him', async () => {
    const tester = page.getByRole('region', { name: 'Try a number' });
    await tester.getByRole('textbox', { name: 'Number', exact: true }).fill('+12025550123');
    await tester.getByRole('button', { name: 'Ask the gates' }).click();
    await tester.getByText('Refused: its country is not among those').first().waitFor();
    assert.deepEqual(
      [await answerOf('emergency'), await answerOf('country'), await answerOf('suppressed')],
      ['passed', 'refused', 'unasked'],
    );
    await page.evaluate('scrollTo(0, 0)');
    await rig.shot(page, 'limits-refused', { screen: true });
    await tester.getByRole('textbox', { name: 'Number', exact: true }).fill('+19005550123');
    await tester.getByRole('button', { name: 'Ask the gates' }).click();
    await tester.getByText('Refused: it is on the list of blocked numbers').first().waitFor();
  });

  it('ask the store as well: who is on the do-not-call list is refused', async () => {
    await rig.server.api('/api/v1/suppressions', { method: 'POST', body: { number: PERSON, reason: 'asked us' } });
    const tester = page.getByRole('region', { name: 'Try a number' });
    await tester.getByRole('textbox', { name: 'Number', exact: true }).fill(PERSON);
    await tester.getByRole('button', { name: 'Ask the gates' }).click();
    await tester.getByText('Refused: it is on the do-not-call list').first().waitFor();
    assert.equal(await answerOf('suppressed'), 'refused');
    await rig.server.api(`/api/v1/suppressions/${encodeURIComponent('+5548991996260')}`, { method: 'DELETE' });
  });

  it('tell of a number that a rule would dial what each gate says', async () => {
    const tester = page.getByRole('region', { name: 'Try a number' });
    await tester.getByText('Whom a rule dials').click();
    await tester.getByRole('button', { name: 'Ask the gates' }).click();
    await tester.getByText('Called back by “Callback geral”').waitFor();
    assert.deepEqual(
      [await answerOf('country'), await answerOf('limits'), await answerOf('spend')],
      Array(3).fill('passed'),
    );
    await page.evaluate('scrollTo(0, 0)');
    await rig.shot(page, 'limits-tested', { screen: true });
  });

  it('ring a phone of one’s own through a trunk, and show what becomes of it while it does', async () => {
    await page.goto(`${rig.url}/trunks`);
    const person = rig.trunk.nextCall();
    await page.getByRole('button', { name: `Test call through ${TRUNK}` }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Number of your phone' }).fill(PERSON);
    await rig.shot(page, 'test-call-asked');
    await dialog.getByRole('button', { name: 'Call this phone now' }).click();
    const call = await person;
    call.ring();
    const watched = dialog.getByTestId('watched-call');
    await watched.getByTestId('time-line').getByText('It rings').waitFor();
    await watched.getByRole('button', { name: /^180/ }).waitFor();
    call.reject(486);
    await watched.getByText('The line is busy.').first().waitFor();
    await watched.getByText('SIP 486').waitFor();
    await rig.shot(page, 'test-call-busy');
    assert.deepEqual(await rig.barriers(page), []);
    await dialog.getByRole('button', { name: 'Close' }).click();
    const [callback] = await itemsOf<{ origin: string }>('/api/v1/callbacks');
    assert.equal(callback?.origin, `test:${TRUNK}`);
    const [entry] = await itemsOf<{ action: string; actor: string }>('/api/v1/audit?pageSize=1');
    assert.deepEqual([entry?.action, entry?.actor], ['test-call', 'admin']);
  });

  it('say why a test call is not placed, and ring nobody', async () => {
    await page.getByRole('button', { name: `Test call through ${TRUNK}` }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Number of your phone' }).fill('190');
    await dialog.getByRole('button', { name: 'Call this phone now' }).click();
    await dialog.getByRole('alert').getByText('Emergency and short numbers are never dialled').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  it('show flows with what they do, who uses them, and do not delete one that is used', async () => {
    await page.goto(`${rig.url}/flows`);
    await page.getByRole('cell', { name: /plays tone:beep and waits for keys/ }).waitFor();
    await page.getByRole('link', { name: 'reception' }).click();
    await page.getByRole('link', { name: 'Rule “Callback geral”: answered callbacks go on here' }).waitFor();
    await page.getByRole('link', { name: `${INBOUND}: calls that no rule takes go here` }).waitFor();
    const words = await page.getByTestId('flow-words').innerText();
    assert.match(words, /menu plays tone:beep[\s\S]*key 1: sales[\s\S]*otherwise: bye[\s\S]*sales rings extension 200/);
    assert.equal(await page.getByTestId('flow-picture').locator('.flow-box').count(), 3);
    await rig.shot(page, 'flow');
    // It can be reached, and says why it does nothing.
    await page.getByRole('button', { name: 'Delete' }).click({ force: true });
    await page.getByText('It is used by 2 others: change those first.').first().waitFor();
    assert.equal((await rig.server.api('/api/v1/flows/reception')).status, 200);
  });

  it('delete a flow that nobody uses, and bring it back', async () => {
    const flow = { name: 'unused', start: 'bye', components: { bye: { type: 'hangup' } } };
    assert.equal((await rig.server.api('/api/v1/flows', { method: 'POST', body: flow })).status, 201);
    await page.goto(`${rig.url}/flows/unused`);
    await page.getByText('Nobody', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Flows' }).waitFor();
    assert.equal((await rig.server.api('/api/v1/flows/unused')).status, 404);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('link', { name: 'unused' }).waitFor();
  });

  it('set up a softphone by a code whose address gives the password once, and by nothing else on the page', async () => {
    await page.goto(`${rig.url}/extensions`);
    await page.getByRole('button', { name: 'Set up a phone for 201' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Server, as the phone reaches it' }).fill(`${rig.server.address}:5060`);
    await dialog.getByRole('button', { name: 'Show the code' }).click();
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    const address = await dialog.getByRole('textbox', { name: 'Address of the settings' }).inputValue();
    assert.ok(!(await page.content()).includes('demo201'));
    await rig.shot(page, 'set-up-phone');
    assert.deepEqual(await rig.barriers(page), []);
    const settings = await (await fetch(address)).text();
    assert.match(settings, /<entry name="passwd" overwrite="true">demo201<\/entry>/);
    assert.ok(settings.includes(`&lt;sip:${rig.server.address}:5060;transport=udp&gt;`), settings);
    assert.equal((await fetch(address)).status, 404);
    await dialog.getByRole('button', { name: 'Close' }).click();
    assert.equal(await page.getByRole('button', { name: 'Set up a phone for 200' }).count(), 0);
  });
});
