/** Both rules of the manual, set up by hand in its own language, and a call that is watched in grid, page and ladder. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const SPECIFIC = '(48) 99199-6260';

describe('the console in Portuguese, by hand', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({ address: '127.0.84.40', phones: '127.0.84.41' });
    page = await rig.signedIn({ language: 'pt-BR' });
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const link = (name: string | RegExp) => page.getByRole('navigation').getByRole('link', { name, exact: true });
  const choose = async (label: string, option: string) => {
    await page.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: option }).click();
  };
  const save = () => page.getByRole('button', { name: 'Salvar' }).click();

  it('sets up the rule for a number, and the one for any number', async () => {
    await link('Regras de callback').click();
    await page.getByText('Nenhuma regra ainda').waitFor();
    await page.getByRole('link', { name: 'Ligar', exact: true }).click();
    await page.getByRole('switch', { name: `Callback para ${INBOUND}` }).click({ force: true });
    await page.getByText(`O callback está ligado para ${INBOUND}`).waitFor();

    await link('Regras de callback').click();
    await page.getByRole('link', { name: 'Cadastrar' }).first().click();
    await page.getByRole('textbox', { name: 'Nome', exact: true }).fill('número específico');
    await page.getByRole('radio', { name: 'Número específico' }).check();
    await page.getByRole('combobox', { name: 'Números de origem' }).fill(SPECIFIC);
    await page.getByRole('combobox', { name: 'Números de origem' }).press('Enter');
    await choose('Tronco', 'trunk-80092037');
    await choose('Regra de saída', 'Operação');
    await save();
    await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor();

    await page.getByRole('link', { name: 'Cadastrar' }).first().click();
    await page.getByRole('textbox', { name: 'Nome', exact: true }).fill('Callback geral');
    await choose('Regra de saída', 'Operação');
    await page.getByRole('textbox', { name: 'Caller ID', exact: true }).fill(INBOUND);
    await page.getByRole('textbox', { name: 'Atraso (s)' }).fill('1');
    await choose('Continua em', 'reception');
    await save();
    await page.getByRole('cell', { name: 'Callback geral', exact: true }).waitFor();
    const rows = (await page.getByRole('row').allInnerTexts()).map((row) =>
      row
        .split('\t')
        .slice(0, 4)
        .map((cell) => cell.trim()),
    );
    assert.deepEqual(rows, [
      ['Callback', 'Nome', 'Sip Trunk', 'Regra de saída'],
      [SPECIFIC, 'número específico', 'trunk-80092037', 'Operação'],
      ['Qualquer número de origem', 'Callback geral', '', 'Operação'],
    ]);
  });

  it('watches a call in the grid, on its page and in its ladder while it happens', async () => {
    await link('Callbacks').click();
    await page.getByText('Nenhum callback ainda').waitFor();
    const person = rig.trunk.nextCall();
    const target = rig.extension.nextCall();
    await rig.call('+5548991990000');
    const row = page.getByRole('link', { name: 'Callback para +5548991990000' });
    await row.waitFor();
    await row.click();
    const call = await person;
    call.ring();
    await call.answer();
    await page.getByTestId('time-line').getByText('A pessoa atendeu').waitFor();
    await call.info('application/dtmf-relay', 'Signal=1\r\nDuration=160\r\n');
    await (await target).answer();
    const ladder = page.getByTestId('ladder');
    await ladder.getByRole('button', { name: /^486/ }).waitFor();
    await ladder
      .getByRole('button', { name: /^INVITE/ })
      .nth(2)
      .waitFor();
    await rig.shot(page, 'callback-pt-BR');
  });

  it('has no word of English on any of the pages around calls', async () => {
    const english = /\b(?:the|and|with|yet|which|calls?|number|never|save|add)\b/i;
    for (const path of [
      '',
      'trunks',
      'outgoing-rules',
      'extensions',
      'flows',
      'flows/reception',
      'inbound-numbers',
      'limits',
    ]) {
      await page.goto(`${rig.url}/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      await rig.shot(page, `pt-BR-${path.replace('/', '-') || 'dashboard'}`);
      const text = await page.locator('main').innerText();
      const found = text.split('\n').filter((line) => english.test(line) && !/^\+?[\w:.-]+$/.test(line));
      assert.deepEqual(found, [], path);
    }
  });
});
