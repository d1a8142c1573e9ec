/** What `make run` opens: the demo configuration. A newcomer finds no rule of anybody's in the way of his own two. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { DEMO_CONFIGURATION } from '../../lib/schema/demo.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const [ADDRESS, PHONES] = ['127.0.35.10', '127.0.35.11'];
const SPECIFIC = '(48) 99199-6260';

const ENGLISH = {
  language: 'en-US',
  rules: 'Callback rules',
  none: 'No rule yet',
  isOff: 'No inbound number has callback switched on',
  turnOn: 'Switch it on',
  switch: `Callback for ${INBOUND}`,
  isOn: `Callback is on for ${INBOUND}`,
  add: 'Add rule',
  name: 'Name',
  specific: 'Specific number',
  numbers: 'Origin numbers',
  trunk: 'Trunk',
  outgoing: 'Outgoing rule',
  callerId: 'Caller ID',
  delay: 'Delay (sec)',
  next: 'Goes on at',
  save: 'Save',
  heads: ['Callback', 'Name', 'SIP trunk', 'Outgoing rule'],
  anyOrigin: 'Any origin number',
  explain: 'Explain',
  byFlow: 'Called back by the flow of this number',
  bySpecific: 'Called back by “número específico”',
};

const PORTUGUESE: typeof ENGLISH = {
  language: 'pt-BR',
  rules: 'Regras de callback',
  none: 'Nenhuma regra ainda',
  isOff: 'Nenhum número de entrada está com o callback ligado',
  turnOn: 'Ligar',
  switch: `Callback para ${INBOUND}`,
  isOn: `O callback está ligado para ${INBOUND}`,
  add: 'Cadastrar',
  name: 'Nome',
  specific: 'Número específico',
  numbers: 'Números de origem',
  trunk: 'Tronco',
  outgoing: 'Regra de saída',
  callerId: 'Caller ID',
  delay: 'Atraso (s)',
  next: 'Continua em',
  save: 'Salvar',
  heads: ['Callback', 'Nome', 'Sip Trunk', 'Regra de saída'],
  anyOrigin: 'Qualquer número de origem',
  explain: 'Explicar',
  byFlow: 'Retornada pelo fluxo deste número',
  bySpecific: 'Retornada por “número específico”',
};

describe('the console that the demo configuration opens', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  before(async () => {
    // At addresses of the test; all else as it is.
    const configuration = DEMO_CONFIGURATION.replaceAll('127.0.0.1', PHONES);
    rig = await ConsoleRig.open({ address: ADDRESS, phones: PHONES, configuration });
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  for (const words of [ENGLISH, PORTUGUESE])
    it(`has both rules of the manual set up by hand, and calls back by them, in ${words.language}`, async () => {
      const page = await rig.signedIn({ language: words.language });
      assert.equal(new URL(page.url()).pathname, '/');
      await turnOn(page, words);
      await addSpecific(page, words);
      await addGeneral(page, words);
      const rows = (await page.getByRole('row').allInnerTexts()).map((row) => row.split('\t').slice(0, 4));
      assert.deepEqual(
        rows.map((row) => row.map((cell) => cell.trim())),
        [
          words.heads,
          [SPECIFIC, 'número específico', 'demo-trunk', 'Operação'],
          [words.anyOrigin, 'Callback geral', '', 'Operação'],
        ],
      );
      await rig.shot(page, `demo-rules-${words.language}`);
      await page.getByRole('link', { name: SPECIFIC }).click();
      await page.getByRole('button', { name: words.explain }).click();
      await page.getByTestId('explanation').getByText(words.bySpecific).waitFor();
      await assertCalledBack(rig);
      await page.context().close();
      await clearAway(rig);
    });

  it('calls back before there is any rule, by the component of the number’s flow, and says so', async () => {
    const page = await rig.signedIn();
    await page.goto(`${rig.url}/limits`);
    const tester = page.getByRole('region', { name: 'Try a number' });
    await tester.getByRole('textbox', { name: 'Number', exact: true }).fill(SPECIFIC);
    await tester.getByRole('button', { name: 'Ask the gates' }).click();
    await tester.getByText(ENGLISH.byFlow).waitFor();
    await rig.call('+5548991990007');
    const [callback] = await rig.server.callbacks();
    assert.deepEqual([callback?.number, callback?.rule], ['+5548991990007', null]);
    await page.context().close();
  });
});

async function turnOn(page: Page, words: typeof ENGLISH): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: words.rules, exact: true }).click();
  await page.getByText(words.none).waitFor();
  await page.getByText(words.isOff).waitFor();
  await page.getByRole('link', { name: words.turnOn, exact: true }).click();
  await page.getByRole('switch', { name: words.switch }).click({ force: true });
  await page.getByText(words.isOn).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: words.rules, exact: true }).click();
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

async function addSpecific(page: Page, words: typeof ENGLISH): Promise<void> {
  await page.getByRole('link', { name: words.add }).first().click();
  await page.getByRole('textbox', { name: words.name, exact: true }).fill('número específico');
  await page.getByRole('radio', { name: words.specific }).check();
  await page.getByRole('combobox', { name: words.numbers }).fill(SPECIFIC);
  await page.getByRole('combobox', { name: words.numbers }).press('Enter');
  await choose(page, words.trunk, 'demo-trunk');
  await choose(page, words.outgoing, 'Operação');
  await page.getByRole('button', { name: words.save }).click();
  await page.getByRole('cell', { name: 'número específico', exact: true }).waitFor();
}

async function addGeneral(page: Page, words: typeof ENGLISH): Promise<void> {
  await page.getByRole('link', { name: words.add }).first().click();
  await page.getByRole('textbox', { name: words.name, exact: true }).fill('Callback geral');
  await choose(page, words.outgoing, 'Operação');
  await page.getByRole('textbox', { name: words.callerId, exact: true }).fill(INBOUND);
  await page.getByRole('textbox', { name: words.delay }).fill('0');
  await choose(page, words.next, 'reception');
  await page.getByRole('button', { name: words.save }).click();
  await page.getByRole('cell', { name: 'Callback geral', exact: true }).waitFor();
}

/** Whom the specific rule is not for is dialled by the general one, as the dial plan writes it. */
async function assertCalledBack(rig: ConsoleRig): Promise<void> {
  const caller = '+5548991990000';
  const person = rig.trunk.nextCall();
  await rig.call(caller);
  const call = await person;
  assert.match(call.invite.uri, /^sip:048991990000@/);
  call.reject(486);
  const all = await rig.server.until((some) => some.every(({ state }) => state === 'done'), 5_000, 'all are done');
  assert.equal(all.find(({ number }) => number === caller)?.rule, 'Callback geral');
}

/** As it was, for the next one. */
async function clearAway(rig: ConsoleRig): Promise<void> {
  for (const name of ['número específico', 'Callback geral'])
    await rig.server.api(`/api/v1/callback-rules/${encodeURIComponent(name)}`, { method: 'DELETE' });
  const path = `/api/v1/inbound-numbers/${encodeURIComponent(INBOUND)}`;
  const { body } = await rig.server.api(path);
  await rig.server.api(path, { method: 'PUT', body: { ...(body as object), callback: false } });
}
