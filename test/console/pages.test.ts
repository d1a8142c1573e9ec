/** Every page, in both colours, narrow and wide: nothing that keeps somebody out, nothing that is wider than the screen. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ADMINISTRATION } from './addresses.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { closed, opened, openingsOf } from './openings.ts';

const PAGES = [
  'dashboard',
  'callbacks',
  'recordings',
  'callback-rules',
  'callback-rules/Callback%20geral',
  'new-callback-rule',
  'inbound-numbers',
  'trunks',
  'outgoing-rules',
  'extensions',
  'flows',
  'flows/reception',
  'flows/reception/edit',
  'new-flow',
  'limits',
  'suppressions',
  ...ADMINISTRATION,
] as const;

const OPENINGS = openingsOf({
  rule: 'número específico',
  inboundNumber: INBOUND,
  trunk: 'trunk-80092037',
  outgoingRule: 'Operação',
  extension: '201',
  suppressed: '+5548991112222',
  user: 'bea',
  apiKey: 'crm',
  webhook: 'crm',
  origin: 'https://intranet.example',
  held: '+5548991990009',
  flow: 'after-hours',
});

type Scheme = 'light' | 'dark';

const PASSWORD = 'correct horse battery';
const soon = () => new Date(Date.now() + 5 * 86_400_000).toISOString();

const addressOf = (name: string) => `/${name === 'dashboard' ? '' : name}`;
const nameOf = (address: string) => address.replace(/\/.*/, '-one');
const afterHours = {
  name: 'after-hours',
  start: 'sorry',
  components: { sorry: { type: 'announce', prompt: 'tone:beep', next: 'bye' }, bye: { type: 'hangup' } },
};

describe('the pages of the console', function () {
  this.timeout(240_000);
  let rig: ConsoleRig;

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.66.20',
      phones: '127.0.66.21',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [
          { name: 'número específico', origin: '(48) 99199-6260', trunk: 'trunk-80092037', outgoingRule: 'Operação' },
          {
            name: 'Callback geral',
            outgoingRule: 'Operação',
            delaySeconds: 3600,
            expiresSeconds: 7200,
            next: 'reception',
          },
        ],
      },
    });
    await rig.server.api('/api/v1/suppressions', {
      method: 'POST',
      body: { number: '+5548991112222', reason: 'asked us' },
    });
    const added: Array<[string, object]> = [
      [
        'users',
        { username: 'bea', name: 'Beatriz Lima', role: 'agent', password: PASSWORD, inboundNumbers: [INBOUND] },
      ],
      ['users', { username: 'caio', role: 'monitor', password: PASSWORD, enabled: false, mustChangePassword: true }],
      ['api-keys', { name: 'crm', scopes: ['callbacks:read', 'status:read'], expiresAt: soon() }],
      ['webhooks', { name: 'crm', url: 'http://127.0.66.21:5079/hook', events: ['callback.done'] }],
      ['webhooks/crm/test', {}],
      ['flows', afterHours],
      ['cors-origins', { origin: 'https://intranet.example', note: 'the intranet' }],
      ['holds', { number: '+5548991990009', reason: 'a dispute' }],
    ];
    for (const [path, body] of added) {
      const { status } = await rig.server.api(`/api/v1/${path}`, { method: 'POST', body });
      assert.ok(status < 300, path);
    }
    await rig.call('+5548991990001');
    await rig.call('+5548991990002');
    const [callback] = await rig.server.callbacks();
    await rig.server.api(`/api/v1/callbacks/${callback!.id}/cancel`, { method: 'POST' });
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const visit = async (page: Page, name: string) => {
    await page.goto(`${rig.url}${addressOf(name)}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
  };
  const overflow = (page: Page) =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  const found = async (page: Page, name: string, part?: string) =>
    (await rig.barriers(page, part)).map((finding) => `${name}: ${finding}`);

  const turn = async (page: Page, scheme: Scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: 'attached' });
  };

  /** As it stands: nothing that keeps somebody out, and in the given widths nowhere wider than the screen. */
  async function looked(page: Page, name: string, widths: readonly number[]): Promise<string[]> {
    const wrong = await found(page, name);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const more = await overflow(page);
      if (more > 0) wrong.push(`${name}: ${more} pixels wider than ${width}`);
      if (!rig.keepsPictures) continue;
      for (const scheme of ['light', 'dark'] as const) {
        await turn(page, scheme);
        await rig.shot(page, `${nameOf(name)}-${scheme}-${width}`);
      }
    }
    return wrong;
  }

  // Portuguese words are longer than English ones, and the narrow screen has to take them.
  for (const [language, scheme, widths] of [
    ['en-US', 'light', [1920, 1440]],
    ['pt-BR', 'dark', [360]],
  ] as const)
    it(`keep nobody out and fit into the screen, in ${scheme} at ${widths.join(' and ')} pixels, in ${language}`, async () => {
      const page = await rig.signedIn({ width: widths.at(-1)!, language });
      const wrong: string[] = [];
      for (const name of [...PAGES, `callbacks/${(await rig.server.callbacks())[0]!.id}`]) {
        await visit(page, name);
        await turn(page, scheme);
        wrong.push(...(await looked(page, name, widths)));
      }
      const menu = page.getByRole('button', { name: 'Abrir o menu' });
      if (await menu.isVisible()) {
        await menu.click();
        await page.getByRole('link', { name: 'Regras de callback' }).waitFor();
        wrong.push(...(await looked(page, 'menu', widths)));
      }
      await page.context().close();
      assert.deepEqual(wrong, []);
    });

  for (const [scheme, width] of [
    ['dark', 360],
    ['light', 1920],
  ] as const)
    it(`keep nobody out of what opens above them either, and it fits, in ${scheme} at ${width} pixels`, async () => {
      const page = await rig.signedIn({ scheme, width });
      const dialog = page.getByRole('dialog');
      const wrong: string[] = [];
      for (const [path, openings] of OPENINGS) {
        await visit(page, path.slice(1));
        for (const opening of openings) {
          await opened(page, opening);
          wrong.push(...(await found(page, opening.name, '[role="dialog"]')));
          const more = await dialog.evaluate((it) => {
            const { scrollWidth, clientWidth } = it as unknown as { scrollWidth: number; clientWidth: number };
            return scrollWidth - clientWidth;
          });
          if (more > 0) wrong.push(`${opening.name}: ${more} pixels wider than its frame`);
          await rig.shot(page, `open-${opening.name}-${scheme}-${width}`, { screen: true });
          await closed(page);
        }
      }
      await page.context().close();
      assert.deepEqual(wrong, []);
    });

  it('would be found out with a button that says nothing', async () => {
    const page = await rig.signedIn();
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))");
    const found = await rig.barriers(page);
    assert.match(found.join(), /button-name/);
    await page.context().close();
  });

  it('are found by the keyboard alone', async () => {
    const page = await rig.signedIn();
    await page.locator('body').press('Tab');
    assert.match(await page.evaluate<string>('document.activeElement.textContent'), /Skip to the content/);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate<string>('document.activeElement.id'), 'content');
    await page.goto(`${rig.url}/callback-rules`);
    await page.getByLabel('Search rules').focus();
    await page.keyboard.type('geral');
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Any origin number' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Callback geral' }).waitFor();
    await page.context().close();
  });

  it('speak Portuguese to a browser that does, with the words of the manual', async () => {
    const page = await rig.signedIn({ language: 'pt-BR' });
    await page.getByRole('link', { name: 'Regras de callback' }).click();
    await page.getByRole('cell', { name: 'Callback geral', exact: true }).waitFor();
    const heads = (await page.getByRole('columnheader').allInnerTexts()).map((text) => text.trim());
    assert.deepEqual(heads.slice(0, 4), ['Callback', 'Nome', 'Sip Trunk', 'Regra de saída']);
    await page.getByRole('cell', { name: 'Qualquer número de origem', exact: true }).waitFor();
    await page.getByText('Página 1 de 1').waitFor();
    await page.getByRole('link', { name: 'Cadastrar' }).waitFor();
    assert.equal(await page.evaluate<string>('document.documentElement.lang'), 'pt-BR');
    await rig.shot(page, 'rules-pt-BR');
    await page.getByRole('link', { name: 'Qualquer número de origem' }).click();
    assert.match((await page.getByTestId('sentence').textContent()) ?? '', /^Quem liga para qualquer número/);
    await rig.shot(page, 'rule-pt-BR');
    await page.context().close();
  });

  it('ask before all dialling is stopped, and show that it is', async () => {
    const page = await rig.signedIn();
    await page.getByRole('button', { name: 'Stop all dialling' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('No callback leaves any more').waitFor();
    await rig.shot(page, 'stop-dialling');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.deepEqual((await rig.server.api('/api/v1/switches')).body, {
      accept: true,
      dial: true,
      trunks: [{ name: 'trunk-80092037', accept: true, dial: true }],
    });
    await page.getByRole('button', { name: 'Stop all dialling' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop all dialling' }).click();
    await page.getByText('Nobody is dialled.').waitFor();
    await rig.shot(page, 'dialling-stopped');
    await page.getByRole('button', { name: 'Dial again' }).click();
    await page.getByText('Callbacks are dialled when they are due.').waitFor();
    await page.context().close();
  });

  it('bring back what was deleted by mistake', async () => {
    const page = await rig.signedIn();
    await page.goto(`${rig.url}/callback-rules`);
    await page.getByRole('button', { name: 'More actions: número específico' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor();
    await page.context().close();
  });

  it('show what a configuration would change before it is applied', async () => {
    const page = await rig.signedIn();
    await page.goto(`${rig.url}/settings`);
    const { body } = await rig.server.api('/api/v1/configuration');
    const text = JSON.stringify(body).replace('"delaySeconds":3600', '"delaySeconds":1800');
    await page.getByLabel('Configuration (YAML or JSON)').fill(text);
    await page.getByRole('button', { name: 'Compare' }).click();
    const lines = await page.getByTestId('diff').locator('[data-kind]:not([data-kind="same"])').allInnerTexts();
    assert.deepEqual(
      lines.map((line) => line.replaceAll(/\s+/g, ' ').trim()),
      ['− delaySeconds: 3600', '+ delaySeconds: 1800'],
    );
    await rig.shot(page, 'settings-diff');
    await page.getByRole('button', { name: 'Apply these changes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply these changes' }).click();
    await page.getByText('Applied as revision').waitFor();
    const after = (await rig.server.api('/api/v1/callback-rules/Callback%20geral')).body as { delaySeconds: number };
    assert.equal(after.delaySeconds, 1800);
    await page.context().close();
  });
});
