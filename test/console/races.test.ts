/** Two people at once: what one has changed the other neither overwrites nor removes without having seen it. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const TRUNK = 'trunk-80092037';
const RULE = 'Callback geral';
const NUMBER = '+5548991990007';
const CHANGED = 'Somebody else has changed or removed this meanwhile';
const BYE = { start: 'bye', components: { bye: { type: 'hangup' } } };

interface Shared {
  /** Where it is shown. */
  page: string;
  /** Under `/api/v1/`. */
  list: string;
  name: string;
  body: Record<string, unknown>;
  /** What somebody else makes of it; `shows` is then to be seen on the page. */
  changed: Record<string, unknown>;
  shows: string;
  /** The buttons that ask for its removal, one after the other, and the one that answers the question. */
  buttons: string[];
  answer: string;
}

const hook = (host: string) => ({ name: 'crm', url: `https://${host}.example/hook` });
const SHARED: Shared[] = [
  {
    page: 'callback-rules',
    list: 'callback-rules',
    name: 'Paris',
    body: { name: 'Paris', origin: '+331*', trunk: TRUNK, next: 'reception' },
    changed: { name: 'Paris', origin: '+332*', trunk: TRUNK, next: 'reception' },
    shows: '+332',
    buttons: ['More actions: Paris', 'Delete'],
    answer: 'Delete',
  },
  {
    page: 'outgoing-rules',
    list: 'outgoing-rules',
    name: 'Paris',
    body: { name: 'Paris', routes: [{ match: '^331', trunks: [TRUNK] }] },
    changed: { name: 'Paris', routes: [{ match: '^332', trunks: [TRUNK] }] },
    shows: '^332',
    buttons: ['More actions: Paris', 'Delete'],
    answer: 'Delete',
  },
  {
    page: 'users',
    list: 'users',
    name: 'bea',
    body: { username: 'bea', role: 'agent', password: 'the sea is green in june' },
    changed: { username: 'bea', role: 'agent', name: 'Beatriz Lima' },
    shows: 'Beatriz Lima',
    buttons: ['More actions: bea', 'Delete'],
    answer: 'Delete',
  },
  {
    page: 'webhooks/crm',
    list: 'webhooks',
    name: 'crm',
    body: { ...hook('a'), enabled: false },
    changed: { ...hook('b'), enabled: false },
    shows: 'https://b.example/hook',
    buttons: ['Delete'],
    answer: 'Delete',
  },
  {
    page: 'cors-origins',
    list: 'cors-origins',
    name: 'https://shop.example',
    body: { origin: 'https://shop.example', note: 'the shop' },
    changed: { origin: 'https://shop.example', note: 'the new shop' },
    shows: 'the new shop',
    buttons: ['Delete: https://shop.example'],
    answer: 'Delete',
  },
  {
    page: 'retention',
    list: 'holds',
    name: NUMBER,
    body: { number: NUMBER, reason: 'a complaint' },
    changed: { number: NUMBER, reason: 'judgement 0815' },
    shows: 'judgement 0815',
    buttons: [`Release: ${NUMBER}`],
    answer: 'Release',
  },
  {
    page: 'suppressions',
    list: 'suppressions',
    name: NUMBER,
    body: { number: NUMBER, reason: 'a letter' },
    changed: { number: NUMBER, reason: 'judgement 0815' },
    shows: 'judgement 0815',
    buttons: [`Allow ${NUMBER} again`],
    answer: `Allow ${NUMBER} again`,
  },
];

describe('two people at once in the console', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  /** Hears of nothing that happens: it shows what it has read, as one on a slow line does. */
  let page: Page;
  /** Of each DELETE that it has sent: the list, and the version that it named. */
  const removals: Array<[list: string, ifMatch: string | undefined]> = [];

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.31.10',
      phones: '127.0.31.11',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: RULE, trunk: TRUNK, next: 'reception' }],
      },
    });
    page = await rig.page();
    await page.route(/\/api\/v1\/events(\?|$)/, (route) => route.abort());
    page.on('request', (request) => {
      const [, list = ''] = /\/api\/v1\/([^/]+)\//.exec(request.url()) ?? [];
      if (request.method() === 'DELETE') removals.push([list, request.headers()['if-match']]);
    });
    await rig.enter(page, 'admin', rig.password);
    await page.locator('nav').first().waitFor();
  });
  after(() => rig?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await rig.shot(page, `failed-${this.currentTest.title.slice(0, 30)}`);
    assert.deepEqual(rig.offences, []);
  });

  const write = async (method: string, path: string, body?: unknown) => {
    const { status, body: told } = await rig.server.api(`/api/v1/${path}`, { method, body });
    assert.ok(status < 300, `${method} ${path}: ${JSON.stringify(told)}`);
  };
  const read = async (path: string) => {
    const { status, body } = await rig.server.api(`/api/v1/${path}`);
    return status === 200 ? (body as Record<string, unknown>) : status;
  };
  const addressOf = ({ list, name }: Pick<Shared, 'list' | 'name'>) => `${list}/${encodeURIComponent(name)}`;
  const dialog = () => page.getByRole('dialog');
  const ask = async (buttons: readonly string[]) => {
    for (const name of buttons)
      await page
        .getByRole('button', { name, exact: true })
        .or(page.getByRole('menuitem', { name, exact: true }))
        .click();
  };
  const answered = (answer: string) => dialog().getByRole('button', { name: answer, exact: true }).click();

  /** Some have no PUT: they are taken away and made again. */
  const changeElsewhere = async (shared: Shared) => {
    if (shared.list === 'holds') await write('DELETE', addressOf(shared));
    if (shared.list === 'holds' || shared.list === 'suppressions') return write('POST', shared.list, shared.changed);
    return write('PUT', addressOf(shared), shared.changed);
  };

  for (const shared of SHARED)
    it(`${shared.list}: nothing is removed that was changed since it was shown, before or after the question`, async () => {
      await write('POST', shared.list, shared.body);
      await page.goto(`${rig.url}/${shared.page}`);
      await page.getByRole('button', { name: shared.buttons[0]!, exact: true }).waitFor();
      await ask(shared.buttons);
      await dialog().waitFor();
      await changeElsewhere(shared);
      await answered(shared.answer);
      await page.getByText(CHANGED).waitFor();
      await page.getByText(shared.shows).first().waitFor();
      assert.notEqual(await read(addressOf(shared)), 404);
      await rig.shot(page, `race-${shared.list}`, { screen: true });
      // What is shown now may go.
      await ask(shared.buttons);
      await answered(shared.answer);
      await dialog().waitFor({ state: 'hidden' });
      await page.getByText(shared.shows).first().waitFor({ state: 'hidden' });
      assert.equal(await read(addressOf(shared)), 404);
    });

  it('nobody is even asked about what was changed before the click', async () => {
    const [shared] = SHARED as [Shared];
    await write('POST', shared.list, shared.body);
    await page.goto(`${rig.url}/${shared.page}`);
    await page.getByRole('button', { name: shared.buttons[0]!, exact: true }).waitFor();
    await changeElsewhere(shared);
    await ask(shared.buttons);
    await page.getByText(CHANGED).waitFor();
    await page.getByText(shared.shows).first().waitFor();
    assert.equal(await dialog().count(), 0);
    assert.notEqual(await read(addressOf(shared)), 404);
  });

  it('a key that somebody else has revoked is said to be gone', async () => {
    await write('POST', 'api-keys', { name: 'crm', scopes: ['callbacks:read'] });
    await write('POST', 'api-keys', { name: 'erp', scopes: ['callbacks:read'] });
    const keys = (await read('api-keys?sort=name')) as unknown as { items: Array<{ id: string }> };
    const [crm, erp] = keys.items.map(({ id }) => `api-keys/${id}`);
    await page.goto(`${rig.url}/api-keys`);
    await ask(['Revoke: crm']);
    await dialog().waitFor();
    await write('DELETE', crm!);
    await answered('Revoke');
    await page.getByText('It is not there any more.').waitFor();
    await page.getByRole('button', { name: 'Revoke: crm' }).waitFor({ state: 'detached' });
    await ask(['Revoke: erp']);
    await answered('Revoke');
    await page.getByRole('button', { name: 'Revoke: erp' }).waitFor({ state: 'detached' });
    assert.equal(await read(erp!), 404);
  });

  it('every removal names the version that was shown', () => {
    const lists = [...new Set(removals.map(([list]) => list))];
    assert.deepEqual(lists.toSorted(), [...new Set([...SHARED.map(({ list }) => list), 'api-keys'])].toSorted());
    assert.deepEqual(
      removals.filter(([, ifMatch]) => ifMatch === undefined || !/^"[^"]+"$/.test(ifMatch)),
      [],
    );
  });

  it('the switch of a number turns itself alone: a flow that was set since the list was read stays', async () => {
    const number = addressOf({ list: 'inbound-numbers', name: INBOUND });
    await write('POST', 'flows', { name: 'other', ...BYE });
    await page.goto(`${rig.url}/inbound-numbers`);
    const turn = page.getByRole('switch', { name: `Callback for ${INBOUND}` });
    await turn.waitFor();
    await write('PUT', number, { number: INBOUND, callback: true, flow: 'other' });
    await turn.click({ force: true });
    await page.getByText(`Callback is off for ${INBOUND}`).waitFor();
    const { callback, flow } = (await read(number)) as Record<string, unknown>;
    assert.deepEqual([callback, flow], [false, 'other']);
    await page.getByRole('cell', { name: 'other', exact: true }).waitFor();
  });

  it('a form that is open is not saved over what came meanwhile, though its page has heard of that', async () => {
    const hearing = await rig.signedIn();
    const readAgain = (path: string) =>
      hearing.waitForResponse(
        (response) => response.request().method() === 'GET' && response.url().endsWith(`/api/v1/${path}`),
      );
    const refused = hearing.getByText('Somebody else changed this while you were editing').first();

    const number = addressOf({ list: 'inbound-numbers', name: INBOUND });
    await hearing.goto(`${rig.url}/inbound-numbers`);
    await hearing.getByRole('button', { name: `Edit: ${INBOUND}` }).click();
    await hearing.getByRole('dialog').getByRole('switch').first().click({ force: true });
    let again = readAgain(number);
    await write('PUT', number, { number: INBOUND, callback: false, flow: 'reception' });
    await again;
    await hearing.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await refused.waitFor();
    const { callback, flow } = (await read(number)) as Record<string, unknown>;
    assert.deepEqual([callback, flow], [false, 'reception']);

    const rule = addressOf({ list: 'callback-rules', name: RULE });
    await hearing.goto(`${rig.url}/callback-rules/${encodeURIComponent(RULE)}`);
    await hearing.getByRole('textbox', { name: 'Delay (sec)' }).fill('99');
    again = readAgain(rule);
    await write('PUT', rule, { name: RULE, trunk: TRUNK, next: 'reception', timeoutSeconds: 8 });
    await again;
    await hearing.getByRole('button', { name: 'Save' }).click();
    await refused.waitFor();
    const { delaySeconds, timeoutSeconds } = (await read(rule)) as Record<string, unknown>;
    assert.deepEqual([delaySeconds, timeoutSeconds], [5, 8]);
  });

  it('two windows of one person keep their views beside each other', async () => {
    const windows = [await rig.signedIn(), await rig.signedIn()];
    for (const window of windows) {
      const loaded = window.waitForResponse((response) => response.url().endsWith('/session/preferences'));
      await window.goto(`${rig.url}/callbacks`);
      await (await loaded).finished();
    }
    for (const [index, window] of windows.entries()) {
      await window.getByRole('button', { name: 'Views' }).click();
      await window.getByRole('menuitem', { name: 'Save this view…' }).click();
      await window.getByRole('textbox', { name: 'Name of the view' }).fill(`window ${index}`);
      const kept = window.waitForResponse(
        (response) => response.url().endsWith('/session/preferences') && response.request().method() === 'PUT',
      );
      await window.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      assert.equal((await kept).status(), 200);
    }
    const third = await rig.signedIn();
    await third.goto(`${rig.url}/callbacks`);
    await third.getByRole('button', { name: 'Views' }).click();
    for (const index of windows.keys())
      await third.getByRole('menuitem', { name: `window ${index}`, exact: true }).waitFor();
  });
});

describe('what was deleted in the console', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.31.12', phones: '127.0.31.13' });
    const proxy = 'sip:127.0.31.13:5070';
    const trunks = [
      { name: 'with-digest', proxy, auth: { username: 'u', password: 'p4ssw0rd' } },
      { name: 'without', proxy, domain: 'pbx.example' },
    ];
    for (const body of trunks)
      assert.equal((await rig.server.api('/api/v1/trunks', { method: 'POST', body })).status, 201);
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const status = async (path: string) => (await rig.server.api(`/api/v1/${path}`)).status;
  const dialog = () => page.getByRole('dialog');
  const asked = async (name: string) => {
    await page.getByRole('button', { name: `More actions: ${name}`, exact: true }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await dialog().waitFor();
  };
  const deleted = async (name: string) => {
    await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText(`${name} is deleted`).waitFor();
  };
  const undo = () => page.getByRole('button', { name: 'Undo' });

  for (const [list, name] of [
    ['trunks', 'with-digest'],
    ['extensions', '201'],
  ] as const)
    it(`can not be brought back with a password that nobody sees (${list}): that is said before, and no Undo offered`, async () => {
      await page.goto(`${rig.url}/${list}`);
      await asked(name);
      await dialog().getByText('You can not undo this: nobody sees its password').waitFor();
      assert.equal(await dialog().getByText('You can undo this').count(), 0);
      assert.deepEqual(await rig.barriers(page), []);
      await rig.shot(page, `delete-for-good-${list}`, { screen: true });
      await dialog().getByRole('button', { name: 'Cancel' }).click();
      await dialog().waitFor({ state: 'hidden' });
      assert.equal(await status(`${list}/${name}`), 200);
      await asked(name);
      await deleted(name);
      assert.equal(await undo().count(), 0);
      assert.equal(await status(`${list}/${name}`), 404);
    });

  for (const [list, name] of [
    ['trunks', 'without'],
    ['extensions', '300'],
  ] as const)
    it(`is brought back as it was where it had no password (${list})`, async () => {
      if (list === 'extensions') {
        const body = { number: '300', contact: 'sip:300@127.0.31.13:5071' };
        assert.equal((await rig.server.api('/api/v1/extensions', { method: 'POST', body })).status, 201);
      }
      const before = (await rig.server.api(`/api/v1/${list}/${name}`)).body;
      await page.goto(`${rig.url}/${list}`);
      await asked(name);
      await dialog().getByText('You can undo this for some seconds.').waitFor();
      await deleted(name);
      assert.equal(await status(`${list}/${name}`), 404);
      await undo().click();
      await page.getByText(`${name} is back`, { exact: true }).waitFor();
      assert.deepEqual((await rig.server.api(`/api/v1/${list}/${name}`)).body, before);
    });
});
