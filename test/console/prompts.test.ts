/** Recordings in a browser: heard, uploaded, covered, deleted. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { sine, sixteenBits, waveFile } from '../support/wave-file.ts';
import { ConsoleRig } from './console-rig.ts';

const RECORDED = waveFile(sixteenBits(sine(440, { rate: 44_100, seconds: 1 })), { rate: 44_100 });
const FLOWS = [
  {
    name: 'reception',
    start: 'hello',
    components: {
      hello: { type: 'announce', prompt: 'welcome&tone:beep', next: 'bye' },
      bye: { type: 'announce', prompt: 'goodbye' },
    },
  },
];

describe('prompts in the console', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let page: Page;
  let directory: string;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prompts-'));
    writeFileSync(join(directory, 'Saudação final.wav'), RECORDED);
    writeFileSync(join(directory, 'other.wav'), RECORDED);
    writeFileSync(join(directory, 'song.wav'), 'ID3 it is none');
    rig = await ConsoleRig.open({
      address: '127.0.63.10',
      phones: '127.0.63.11',
      configuration: { flows: FLOWS },
    });
    page = await rig.signedIn();
    await page.getByRole('navigation').getByRole('link', { name: 'Prompts' }).click();
  });
  after(async () => {
    await rig?.close();
    rmSync(directory, { recursive: true });
  });
  afterEach(() => assert.deepEqual(rig.offences, []));

  const dialog = () => page.getByRole('dialog');
  const row = (name: string, language: string) =>
    page.getByRole('row').filter({ hasText: name }).filter({ hasText: language });
  const search = async (text: string) => page.getByRole('textbox', { name: 'Search prompts' }).fill(text);
  const uploaded = async () => {
    const { items } = (await rig.server.api('/api/v1/prompts?origin=uploaded')).body as {
      items: Array<{ language: string; name: string }>;
    };
    return items.map(({ language, name }) => `${language}/${name}`).sort();
  };
  const fileField = () => dialog().locator('input[type="file"]');
  const upload = async (files: string | string[], language = 'es') => {
    await page.getByRole('button', { name: 'Upload' }).first().click();
    await fileField().setInputFiles([files].flat().map((file) => join(directory, file)));
    await dialog().locator('input[name="language"]').fill(language);
    await page.keyboard.press('Tab');
  };
  const send = () =>
    dialog()
      .getByRole('button', { name: /^Upload/ })
      .click();

  it('lists what came with the program in three languages, and who names it', async () => {
    await search('goodbye');
    for (const language of ['English', 'Spanish', 'Portuguese'])
      await row('goodbye', language).getByText('the program').waitFor();
    const use = row('goodbye', 'English').getByRole('link', { name: 'reception/bye' });
    assert.match((await use.getAttribute('href')) ?? '', /\/flows\/reception$/);
    await rig.shot(page, 'prompts-found');
  });

  it('plays one in the page', async () => {
    await page.getByRole('button', { name: 'Listen to goodbye (es)' }).click();
    const sound = page.locator('audio');
    await sound.waitFor({ state: 'attached' });
    await page.waitForFunction('document.querySelector("audio")?.readyState > 0');
    const seconds = await page.evaluate('document.querySelector("audio").duration');
    assert.ok(Number(seconds) > 0.5 && Number(seconds) < 8, String(seconds));
    // It is over by itself, or stopped
    await page
      .getByRole('button', { name: 'Stop goodbye (es)' })
      .click()
      .catch(() => undefined);
    await sound.waitFor({ state: 'detached' });
  });

  it('uploads a recording under a name, in a language, and says what is wrong with another', async () => {
    await upload('song.wav');
    await send();
    await dialog().getByText('is not a WAV file').first().waitFor();
    await fileField().setInputFiles(join(directory, 'Saudação final.wav'));
    const name = dialog().getByRole('textbox', { name: 'Name' });
    assert.equal(await name.inputValue(), 'Saudação final');
    await name.fill('../x');
    await send();
    await dialog().getByText('is not the name of a recording').first().waitFor();
    await name.fill('welcome');
    await rig.shot(page, 'prompts-upload');
    await send();
    await dialog().waitFor({ state: 'detached' });
    await page.getByText('Uploaded: it is played from the next call on').waitFor();
    assert.deepEqual(await uploaded(), ['es/welcome']);
    await search('welcome');
    await row('welcome', 'Spanish').getByText('uploaded by admin').waitFor();
    await row('welcome', 'Spanish').getByRole('link', { name: 'reception/hello' }).waitFor();
  });

  it('replaces one that was uploaded before only when that is wanted', async () => {
    await upload('other.wav');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('welcome');
    await send();
    const replace = dialog().getByRole('checkbox', { name: 'Replace the one that was uploaded before' });
    await replace.check();
    await send();
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual(await uploaded(), ['es/welcome']);
  });

  it('takes several that are dropped on the page, and tells those that it does not take', async () => {
    const files = await page.evaluateHandle(
      `(() => {
        const bytes = Uint8Array.from(atob(${JSON.stringify(RECORDED.toString('base64'))}), (one) => one.charCodeAt(0));
        const files = new DataTransfer();
        for (const name of ['one.wav', 'two.wav']) files.items.add(new File([bytes], name, { type: 'audio/wav' }));
        files.items.add(new File(['no sound'], 'three.wav', { type: 'audio/wav' }));
        return files;
      })()`,
    );
    const place = page.getByTestId('prompt-drop');
    await place.dispatchEvent('dragover', { dataTransfer: files });
    await place.dispatchEvent('drop', { dataTransfer: files });
    await dialog().getByText('Their names: one, two, three').waitFor();
    await dialog().locator('input[name="language"]').fill('en');
    await page.keyboard.press('Tab');
    await send();
    await dialog()
      .getByText(/three\.wav: .*is not a WAV file/)
      .waitFor();
    assert.deepEqual(await uploaded(), ['en/one', 'en/two', 'es/welcome']);
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'detached' });
  });

  it('asks before one is deleted, and says who names it', async () => {
    await search('welcome');
    await page.getByRole('button', { name: 'Delete welcome (es)' }).click();
    await dialog().getByText('It is used by reception/hello.').waitFor();
    await rig.shot(page, 'prompts-delete');
    await dialog().getByRole('button', { name: 'Delete welcome (es)' }).click();
    await page.getByText('“welcome” is deleted').waitFor();
    assert.deepEqual(await uploaded(), ['en/one', 'en/two']);
    assert.equal(await page.getByRole('button', { name: /^Delete goodbye/ }).count(), 0);
  });

  it('is reached from the flow that names a recording', async () => {
    await page.goto(`${rig.url}/flows/reception`);
    await page.getByTestId('flow-words').getByRole('link', { name: 'goodbye' }).click();
    await page.getByRole('heading', { level: 1, name: 'Prompts' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Search prompts' }).inputValue(), 'goodbye');
    await row('goodbye', 'Spanish').waitFor();
    assert.equal(await page.getByRole('row').count(), 4, 'the head, and one in each language');
  });

  it('keeps nobody out: by the rules for all eyes and hands, in every colour and width', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      for (const width of [1440, 390]) {
        const other = await rig.signedIn({ scheme, width, height: 900 });
        await rig.visit(other, '/prompts');
        await rig.shot(other, `prompts-${scheme}-${width}`);
        assert.deepEqual(await rig.barriers(other), []);
        const wider = await other.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(wider, 0);
        await other.getByRole('button', { name: 'Upload' }).first().click();
        await other.getByRole('dialog').waitFor();
        assert.deepEqual(await rig.barriers(other), []);
        await other.context().close();
      }
    }
  });

  it('shows them to who may only look, without what he may not', async () => {
    const user = { username: 'sue', role: 'supervisor', password: 'correct horse battery' };
    await rig.server.api('/api/v1/users', { method: 'POST', body: user });
    const other = await rig.page();
    await rig.enter(other, 'sue', user.password);
    await other.getByRole('navigation').getByRole('link', { name: 'Prompts' }).click();
    await other
      .getByRole('button', { name: /^Listen to / })
      .first()
      .waitFor();
    assert.equal(await other.getByRole('button', { name: 'Upload' }).count(), 0);
    assert.equal(await other.getByRole('button', { name: /^Delete / }).count(), 0);
  });
});
