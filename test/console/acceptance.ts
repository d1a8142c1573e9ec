/** Both rules of the manual, set up by hand, and a call that is watched in grid, page and ladder: in a language other than English. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { en } from '../../console/src/i18n/en/index.ts';
import type { Translation } from '../../console/src/i18n/translation.ts';
import { ADMINISTRATION } from './addresses.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { foreignWords } from './foreign-words.ts';

const SPECIFIC = '(48) 99199-6260';
const PASSWORD = 'correct horse battery';

/** What is read on the pages, as it is read there. */
export interface AcceptanceWords {
  rules: string;
  noRules: string;
  turnOn: string;
  callbackOf: (number: string) => string;
  isOn: (number: string) => string;
  add: string;
  name: string;
  specific: string;
  origins: string;
  trunk: string;
  outgoingRule: string;
  callerId: string;
  delay: string;
  next: string;
  save: string;
  heads: [string, string, string, string];
  anyOrigin: string;
  noCallbacks: string;
  callbackTo: (number: string) => string;
  answered: string;
}

export interface AcceptanceOptions {
  /** As the browser names it. */
  language: string;
  texts: Translation;
  words: AcceptanceWords;
  address: string;
  phones: string;
}

const AROUND_CALLS = [
  '',
  'trunks',
  'outgoing-rules',
  'extensions',
  'flows',
  'flows/reception',
  'flows/reception/edit',
  'new-flow',
  'prompts',
  'inbound-numbers',
  'callback-rules',
  'new-callback-rule',
  'callbacks',
  'limits',
  'suppressions',
];

/** Something to read on each page of the administration, named as somebody there would name it. */
async function fill(rig: ConsoleRig): Promise<void> {
  const soon = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const added: Array<[string, object]> = [
    ['users', { username: 'bea', name: 'Beatriz Lima', role: 'agent', password: PASSWORD, inboundNumbers: [INBOUND] }],
    ['users', { username: 'caio', role: 'monitor', password: PASSWORD, enabled: false, mustChangePassword: true }],
    ['users/caio/unlock', {}],
    ['api-keys', { name: 'crm', scopes: ['callbacks:read', 'status:read'], expiresAt: soon }],
    ['webhooks', { name: 'crm', url: 'http://127.0.32.99:5079/hook', events: ['callback.done'] }],
    ['webhooks/crm/test', {}],
    ['cors-origins', { origin: 'https://intranet.example', note: 'a intranet' }],
    ['holds', { number: '+5548991990009', reason: 'disputa' }],
    ['suppressions', { number: '+5548991990008', reason: 'disputa' }],
  ];
  for (const [path, body] of added) {
    const { status } = await rig.server.api(`/api/v1/${path}`, { method: 'POST', body });
    assert.ok(status < 300, `${path}: ${status}`);
  }
  // what the book of errors holds: one of each kind of sentence
  await rig.server.api('/api/v1/users/none');
  await rig.server.api('/api/v1/trunks', { method: 'POST', body: { name: 'a' } });
  await rig.server.api('/api/v1/trunks/trunk-80092037', { method: 'DELETE' });
}

export function describeAcceptance({ language, texts, words, address, phones }: AcceptanceOptions): void {
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({ address, phones });
    page = await rig.signedIn({ language });
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const link = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true });
  const choose = async (label: string, option: string) => {
    await page.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: option }).click();
  };
  const save = () => page.getByRole('button', { name: words.save }).click();
  const add = () => page.getByRole('link', { name: words.add }).first().click();

  it('sets up the rule for a number, and the one for any number', async () => {
    await link(words.rules).click();
    await page.getByText(words.noRules).waitFor();
    await page.getByRole('link', { name: words.turnOn, exact: true }).click();
    await page.getByRole('switch', { name: words.callbackOf(INBOUND) }).click({ force: true });
    await page.getByText(words.isOn(INBOUND)).waitFor();

    await link(words.rules).click();
    await add();
    await page.getByRole('textbox', { name: words.name, exact: true }).fill('número específico');
    await page.getByRole('radio', { name: words.specific }).check();
    await page.getByRole('combobox', { name: words.origins }).fill(SPECIFIC);
    await page.getByRole('combobox', { name: words.origins }).press('Enter');
    await choose(words.trunk, 'trunk-80092037');
    await choose(words.outgoingRule, 'Operação');
    await save();
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor();

    await add();
    await page.getByRole('textbox', { name: words.name, exact: true }).fill('Callback geral');
    await choose(words.outgoingRule, 'Operação');
    await page.getByRole('textbox', { name: words.callerId, exact: true }).fill(INBOUND);
    await page.getByRole('textbox', { name: words.delay }).fill('1');
    await choose(words.next, 'reception');
    await save();
    await page.getByRole('cell', { name: 'Callback geral', exact: true }).waitFor();
    const rows = (await page.getByRole('row').allInnerTexts()).map((row) =>
      row
        .split('\t')
        .slice(0, 4)
        .map((cell) => cell.trim()),
    );
    assert.deepEqual(rows, [
      words.heads,
      [SPECIFIC, 'número específico', 'trunk-80092037', 'Operação'],
      [words.anyOrigin, 'Callback geral', '', 'Operação'],
    ]);
  });

  it('watches a call in the grid, on its page and in its ladder while it happens', async () => {
    await link('Callbacks').click();
    await page.getByText(words.noCallbacks).waitFor();
    const person = rig.trunk.nextCall();
    const target = rig.extension.nextCall();
    await rig.call('+5548991990000');
    const row = page.getByRole('link', { name: words.callbackTo('+5548991990000') });
    await row.waitFor();
    await row.click();
    const call = await person;
    call.ring();
    await call.answer();
    await page.getByTestId('time-line').getByText(words.answered).waitFor();
    await call.info('application/dtmf-relay', 'Signal=1\r\nDuration=160\r\n');
    await (await target).answer();
    const ladder = page.getByTestId('ladder');
    await ladder.getByRole('button', { name: /^486/ }).waitFor();
    await ladder
      .getByRole('button', { name: /^INVITE/ })
      .nth(2)
      .waitFor();
    await rig.shot(page, `callback-${language}`);
  });

  const assertForeign = async (paths: readonly string[]) => {
    const found: string[] = [];
    for (const path of paths) {
      await page.goto(`${rig.url}/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      await rig.shot(page, `${language}-${path.replace('/', '-') || 'dashboard'}`);
      const english = await foreignWords(page, { english: en, other: texts });
      found.push(...english.map((text) => `/${path}: ${text}`));
    }
    assert.deepEqual(found, []);
  };

  it('has no word of English on any of the pages around calls', () => assertForeign(AROUND_CALLS));

  it('has none on the pages of the administration', async () => {
    await fill(rig);
    await assertForeign(ADMINISTRATION);
  });

  it('would be found out with a word of English', async () => {
    for (const markup of [
      '<p>Nobody is dialled.</p>',
      '<p>Save</p>',
      '<p>o usuário and the password</p>',
      '<button aria-label="Delete"></button>',
    ]) {
      await page.evaluate(
        `document.querySelector('main').insertAdjacentHTML('beforeend', ${JSON.stringify(`<div id="planted">${markup}</div>`)})`,
      );
      assert.equal((await foreignWords(page, { english: en, other: texts })).length, 1, markup);
      await page.evaluate("document.querySelector('#planted').remove()");
    }
  });
}
