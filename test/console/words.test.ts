/** Language and colours are chosen by a click, and what the server finds wrong is read in the language of the reader. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ptBr } from '../../console/src/i18n/pt-br/index.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const file = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

describe('the words and the colours of the console', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;

  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.32.20',
      phones: '127.0.32.21',
      configuration: { inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }] },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const open = async (path: string) => {
    await page.goto(`${rig.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const chosen = async (menu: string, item: string) => {
    await page.getByRole('button', { name: menu, exact: true }).click();
    await page.getByRole('menuitem', { name: item, exact: true }).click();
  };
  const link = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true });
  const language = () => page.evaluate<string>('document.documentElement.lang');
  const scheme = () => page.evaluate<string>("document.documentElement.getAttribute('data-mantine-color-scheme')");
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');

  it('are in the language that is clicked, at once, and again when the page is opened', async () => {
    await chosen('Language', 'Português (Brasil)');
    await link('Regras de callback').waitFor();
    assert.equal(await language(), 'pt-BR');
    await page.reload();
    await link('Regras de callback').waitFor();
    await chosen('Idioma', 'Español');
    await link('Reglas de callback').waitFor();
    assert.equal(await language(), 'es');
    await page.reload();
    await chosen('Idioma', 'English');
    await link('Callback rules').waitFor();
    const elsewhere = await rig.signedIn({ language: 'es' });
    assert.equal(await elsewhere.evaluate<string>('document.documentElement.lang'), 'es');
    await elsewhere.context().close();
  });

  it('are in the colours that are clicked, and follow the system again when they are told to', async () => {
    const light = await background();
    await chosen('Appearance', 'Dark');
    assert.equal(await scheme(), 'dark');
    const dark = await background();
    assert.notEqual(dark, light);
    await page.reload();
    await link('Callback rules').waitFor();
    assert.deepEqual([await scheme(), await background()], ['dark', dark]);
    await chosen('Appearance', 'Light');
    assert.deepEqual([await scheme(), await background()], ['light', light]);
    await chosen('Appearance', 'As the system');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    assert.equal(await background(), dark);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator('html[data-mantine-color-scheme="light"]').waitFor();
  });

  it('say at a field what is wrong with it, and say it again in another language', async () => {
    await chosen('Language', 'Português (Brasil)');
    await link('Regras de callback').click();
    await page.getByRole('link', { name: 'Cadastrar' }).first().click();
    await page.getByRole('textbox', { name: 'Nome', exact: true }).fill('a um número');
    await page.getByRole('radio', { name: 'Ligar para um número' }).check();
    await page.getByRole('button', { name: 'Salvar' }).click();
    await page.getByText('falta: o método `number` precisa disto', { exact: true }).waitFor();
    await page
      .getByText('Alguns campos não estão certos: number: falta: o método `number` precisa disto', { exact: true })
      .waitFor();
    await rig.shot(page, 'mistake-pt-BR');
    await chosen('Idioma', 'Español');
    await page.getByText('falta: el método `number` lo necesita', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancelar' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Salir' }).click();
    await chosen('Idioma', 'Português (Brasil)');
  });

  it('say it in the drawers and dialogs too', async () => {
    await open('/suppressions');
    await page.getByRole('button', { name: 'Adicionar número' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Número' }).fill('abc');
    await dialog.getByRole('button', { name: 'Adicionar', exact: true }).click();
    await dialog.getByText('não é um número de telefone', { exact: true }).waitFor();
    await open('/trunks');
    await page.getByRole('button', { name: 'Adicionar tronco' }).first().click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('textbox', { name: 'Nome', exact: true }).fill('dois');
    await drawer.getByRole('textbox', { name: 'Próximo salto' }).fill('sip:1.2.3');
    await drawer.getByRole('button', { name: 'Salvar' }).click();
    await drawer.getByText('não é uma URI SIP: o host não é um endereço IPv4', { exact: true }).first().waitFor();
    await rig.shot(page, 'trunk-mistake-pt-BR');
    await open('/users');
    await page.getByRole('button', { name: 'Adicionar usuário' }).click();
    await page.getByRole('textbox', { name: 'Nome de usuário' }).fill('admin');
    await page.getByRole('button', { name: 'Adicionar', exact: true }).click();
    await page.getByRole('alert').getByText('Já existe outro com este nome.').waitFor();
  });

  it('say why an outgoing rule takes a number to nobody', async () => {
    await open('/outgoing-rules');
    const tester = page.getByRole('region', { name: 'Testador' });
    await tester.getByRole('textbox', { name: 'Número' }).fill('+12025550123');
    await tester.getByRole('button', { name: 'Testar' }).click();
    const why = ptBr.decision.sentence['route-no-match-then'].replace('{{rule}}', 'Operação');
    await tester.getByTestId('trial').getByText(why, { exact: true }).waitFor();
  });

  it('say of a configuration what is wrong in it, and change nothing', async () => {
    await open('/settings');
    const { body } = await rig.server.api('/api/v1/configuration');
    const whole = body as { trunks: object[]; defaultOutgoingRule: string };
    const wrong = {
      ...whole,
      defaultOutgoingRule: 'Operacao',
      trunks: [{ ...whole.trunks[0], maxConcurrentCalls: 0 }],
    };
    await page.getByLabel('Configuração (YAML ou JSON)').fill(JSON.stringify(wrong));
    await page.getByRole('button', { name: 'Comparar' }).click();
    await page.getByRole('button', { name: 'Aplicar estas mudanças' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Aplicar estas mudanças' }).click();
    const said = page.getByRole('alert').filter({ hasText: 'O arquivo tem erros, e nada foi mudado' });
    await said.waitFor();
    assert.deepEqual(
      (await said.getByRole('listitem').allInnerTexts()).map((line) => line.replaceAll(/\s+/g, ' ').trim()).sort(),
      [
        'defaultOutgoingRule não existe regra de saída `Operacao`; quis dizer `Operação`?',
        'trunks[0].maxConcurrentCalls tem de ser no mínimo 1',
      ],
    );
    await rig.shot(page, 'settings-mistakes-pt-BR');
    assert.deepEqual((await rig.server.api('/api/v1/configuration')).body, body);
  });

  it('say of a file which of its lines are wrong, and why', async () => {
    await chosen('Idioma', 'Español');
    await open('/callback-rules');
    await page.getByRole('button', { name: 'Importar CSV' }).click();
    const input = page.locator('input[type="file"]');
    await input.setInputFiles(file('rules.csv', 'name,origin,method\nUna,+5511*,caller\nOtra,+5512*,phone\n'));
    await page
      .getByTestId('import-lines')
      .getByText('method: valor desconocido `phone`; se conocen: `caller`, `number`, `extension`', { exact: true })
      .waitFor();
    await input.setInputFiles(file('rules.csv', 'name,name\na,b\n'));
    await page
      .getByText('Algunos campos no son correctos: línea 1: `name` aparece aquí dos veces', { exact: true })
      .waitFor();
    await rig.shot(page, 'import-mistakes-es');
  });
});
