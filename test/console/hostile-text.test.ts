/** Text that would be markup or code, in every field that takes text, from the API and from the telephone: shown, never run. */

import assert from 'node:assert/strict';
import type { Page, Request } from 'playwright-core';
import { digestProof } from '../support/digest-proof.ts';
import type { SipHeaders } from '../support/sip-text.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';
import { ADDRESS, HEADERS, IMAGE, PHONES, PLANTED, SCRIPT, VECTOR } from './hostile-texts.ts';
import { closed, type Opening, opened, openingsOf } from './openings.ts';

const at = (page: string, name: string) => `/${page}/${encodeURIComponent(name)}`;
const PAGES = [
  '/',
  '/callbacks',
  '/callback-rules',
  at('callback-rules', `R ${IMAGE}`),
  '/new-callback-rule',
  '/inbound-numbers',
  '/trunks',
  '/outgoing-rules',
  '/extensions',
  '/suppressions',
  '/flows',
  at('flows', `F ${IMAGE}`),
  `${at('flows', `F ${IMAGE}`)}/edit`,
  '/limits',
  '/users',
  '/roles',
  '/api-keys',
  '/webhooks',
  at('webhooks', `W ${SCRIPT}`),
  '/cors-origins',
  '/retention',
  '/account',
  '/settings',
  '/audit',
  '/errors',
  `/callbacks?q=${encodeURIComponent(IMAGE)}`,
  `/callbacks?state=${encodeURIComponent(SCRIPT)}`,
  at('callbacks', IMAGE),
  at('callback-rules', SCRIPT),
  `/${encodeURIComponent(IMAGE)}`,
  `/?${encodeURIComponent(SCRIPT)}#${encodeURIComponent(IMAGE)}`,
];

/** What is planted, and the page that shows it. The roles and the limits have no text of anybody's. */
const SEEN = [
  ['/callback-rules', `R ${IMAGE}`],
  ['/trunks', `T ${IMAGE}`],
  ['/outgoing-rules', `O ${SCRIPT}`],
  ['/suppressions', `S ${IMAGE}`],
  ['/flows', `F ${IMAGE}`],
  [at('flows', `F ${IMAGE}`), SCRIPT],
  [`${at('flows', `F ${IMAGE}`)}/edit`, SCRIPT],
  ['/users', IMAGE],
  ['/api-keys', `K ${IMAGE}`],
  ['/webhooks', `W ${SCRIPT}`],
  [at('webhooks', `W ${SCRIPT}`), `W ${SCRIPT}`],
  ['/cors-origins', SCRIPT],
  ['/retention', VECTOR],
  ['/account', IMAGE],
  ['/audit', IMAGE],
] as const;

const OPENINGS = openingsOf({
  rule: `R ${IMAGE}`,
  inboundNumber: INBOUND,
  trunk: `T ${IMAGE}`,
  outgoingRule: `O ${SCRIPT}`,
  extension: '299',
  suppressed: '+5548991990009',
  user: 'eve',
  apiKey: `K ${IMAGE}`,
  webhook: `W ${SCRIPT}`,
  origin: 'https://a.example',
  held: '200',
  flow: `F ${IMAGE}`,
});
/** What is to be read in what opens; the others are about a number or a name that can't be markup. */
const READ_IN: Readonly<Record<string, string>> = {
  'rule-delete': `R ${IMAGE}`,
  'trunk-edit': `T ${IMAGE}`,
  'trunk-delete': `T ${IMAGE}`,
  'trunk-test-call': `T ${IMAGE}`,
  'outgoing-rule-edit': `O ${SCRIPT}`,
  'outgoing-rule-delete': `O ${SCRIPT}`,
  'flow-delete': `F ${IMAGE}`,
  'user-edit': IMAGE,
  'api-key-revoke': `K ${IMAGE}`,
  'webhook-edit': `W ${SCRIPT}`,
  'webhook-delete': `W ${SCRIPT}`,
  'origin-edit': SCRIPT,
};

describe('hostile text in the console', function () {
  this.timeout(120_000);
  let rig: ConsoleRig;
  let page: Page;
  let callbackUrl = '';
  /** What the page waits for. */
  const open = new Set<Request>();

  before(async () => {
    rig = await ConsoleRig.open({ address: ADDRESS, phones: PHONES });
    const shown = await rig.server.api(`/api/v1/inbound-numbers/${encodeURIComponent(INBOUND)}`, {
      method: 'PUT',
      body: { number: INBOUND, callback: true, flow: 'reception' },
    });
    assert.equal(shown.status, 200);
    for (const [path, body] of PLANTED) {
      const { status, body: answer } = await rig.server.api(`/api/v1/${path}`, { method: 'POST', body });
      assert.equal(status, 201, `${path}: ${JSON.stringify(answer)}`);
    }
    await register();
    await called();
    await signInAs(IMAGE);
    page = await rig.signedIn();
    page.on('request', (request) => {
      if (!request.url().includes('/api/v1/events')) open.add(request);
    });
    for (const end of ['requestfinished', 'requestfailed'] as const)
      page.on(end as 'requestfinished', (request) => void open.delete(request));
    page.on('dialog', (dialog) => {
      rig.offences.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    // what goes wrong is kept with the path that was asked for
    await page.evaluate(
      (paths) => Promise.all(paths.map((path) => fetch(`/api/v1/${path}`))),
      [IMAGE, SCRIPT].map((text) => `trunks/${encodeURIComponent(text)}`),
    );
  });
  after(() => rig?.close());

  /** Another session of the administrator, from a program that calls itself that. */
  async function signInAs(program: string): Promise<void> {
    const { status } = await fetch(`${rig.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': program },
      body: JSON.stringify({ username: 'admin', password: rig.password }),
    });
    assert.equal(status, 201);
  }

  /** A phone that calls itself by a script, at an address that is one. */
  async function register(): Promise<void> {
    const aor = `<sip:201@${ADDRESS}>`;
    const send = (cseq: number, more: SipHeaders) =>
      rig.extension.requestOnce('REGISTER', `sip:${ADDRESS}:5060`, {
        headers: [
          ['From', `"${IMAGE}" ${aor};tag=a`],
          ['To', aor],
          ['Call-ID', 'hostile'],
          ['CSeq', `${cseq} REGISTER`],
          ['Contact', `"${IMAGE}" <sip:201@${PHONES}:5071;x=%3Cimg%3E>`],
          ['User-Agent', SCRIPT],
          ...more,
        ],
      });
    const login = { method: 'REGISTER', uri: `sip:${ADDRESS}`, user: '201', password: 'demo201' };
    const { status } = await send(2, [digestProof(await send(1, []), login)]);
    assert.equal(status, 200);
  }

  /** By SIPp; the trunk rejects what comes back with a phrase and headers that are markup. */
  async function called(): Promise<void> {
    rig.trunk.onCall = (call) => {
      const headers: SipHeaders = [
        ['Reason', `Q.850;cause=17;text="${IMAGE}"`],
        ['Server', SCRIPT],
        ['Warning', `399 x "${VECTOR}"`],
      ];
      call.reject(486, { headers });
    };
    await rig.call('+5548991990000', `${IMAGE}${SCRIPT.replaceAll('"', '')}`, HEADERS);
    const [callback] = await rig.server.until(([one]) => one?.state === 'done', 10_000, 'the callback is over');
    callbackUrl = `/callbacks/${callback!.id}`;
  }

  /** What a page may not have: something of the text that has become an element, and what it would have done. */
  async function injected(): Promise<string[]> {
    return page.evaluate(() => {
      const { document, broken } = globalThis as unknown as {
        document: { querySelectorAll(selector: string): Iterable<{ outerHTML: string }> };
        broken?: number;
      };
      const wrong = [
        'img[src="x"]',
        'script:not([src])',
        'iframe',
        'object, embed',
        'a[href^="javascript:" i]',
        '[onerror], [onload], [onclick], [onmouseover]',
        'form[action^="javascript:" i]',
      ].flatMap((selector) =>
        [...document.querySelectorAll(selector)].map((element) => element.outerHTML.slice(0, 200)),
      );
      return broken === undefined ? wrong : [...wrong, 'a script has run'];
    });
  }

  /** The page has all that it asked the server for. The stream of what happens never ends. */
  async function settled(): Promise<void> {
    await page.locator('main').filter({ hasText: /\S/ }).waitFor();
    const frame = () =>
      page.evaluate(() => {
        const { requestAnimationFrame: next } = globalThis as unknown as {
          requestAnimationFrame(then: () => void): void;
        };
        return new Promise<void>((resolve) => next(() => setTimeout(resolve)));
      });
    do await frame();
    while (open.size > 0);
    await frame();
    assert.equal(open.size, 0);
  }

  async function visited(path: string): Promise<string> {
    await page.goto(`${rig.url}${path}`);
    await settled();
    assert.deepEqual(await injected(), [], path);
    assert.deepEqual(rig.offences, [], path);
    return (await page.locator('body').innerText()) ?? '';
  }

  /** What each page has been seen to say. */
  const said = new Map<string, string>();

  async function lookedInto(opening: Opening): Promise<void> {
    await opened(page, opening);
    await settled();
    assert.deepEqual(await injected(), [], opening.name);
    const dialog = page.getByRole('dialog');
    const values = await dialog
      .locator('input, textarea')
      .evaluateAll((fields) => fields.map((field) => (field as unknown as { value: string }).value));
    const text = [await dialog.innerText(), ...values].join('\n');
    assert.ok(text.includes(READ_IN[opening.name] ?? ''), `${opening.name}: ${text}`);
    await closed(page);
    assert.deepEqual(rig.offences, [], opening.name);
  }

  for (const path of PAGES) {
    const openings = OPENINGS.get(path) ?? [];
    it(`is text on ${path}${openings.map(({ name }) => `, ${name}`).join('')}`, async () => {
      said.set(path, await visited(path));
      for (const opening of openings) await lookedInto(opening);
    });
  }

  it('is there to be seen: these tests look at pages that hold it', () => {
    for (const [path, text] of SEEN) assert.ok(said.get(path)?.includes(text), path);
    assert.deepEqual(
      [...OPENINGS.keys()].filter((path) => !said.has(path)),
      [],
      'nobody opens what opens there',
    );
  });

  it('is text in what the gates and the changes of the limits are asked with', async () => {
    await visited('/limits');
    const tester = page.getByRole('region', { name: 'Try a number' });
    await tester.getByText('Whom a rule dials').click();
    await tester.getByRole('textbox', { name: 'Number', exact: true }).fill('+5548991990001');
    await tester.getByRole('button', { name: 'Ask the gates' }).click();
    await tester.getByText(`R ${IMAGE}`).first().waitFor();
    const blocked = page.getByRole('combobox', { name: 'Blocked numbers' });
    await blocked.fill(SCRIPT);
    await blocked.press('Enter');
    await page.getByRole('button', { name: 'Look at the changes' }).click();
    await page.getByTestId('diff').getByText(SCRIPT).waitFor();
    assert.deepEqual(await injected(), []);
    await page.getByRole('button', { name: 'Save these changes' }).click();
    await settled();
    assert.deepEqual(await injected(), []);
    await page.getByRole('button', { name: 'Discard' }).click();
    assert.deepEqual(rig.offences, []);
  });

  it('is text in a callback, its ladder and each of its messages, whoever wrote it', async () => {
    await visited(callbackUrl);
    const arrows = page.getByTestId('ladder').getByRole('button');
    await arrows.first().waitFor();
    const texts: string[] = [];
    for (let index = 0; index < (await arrows.count()); index++) {
      await arrows.nth(index).click();
      const text = page.getByTestId('message-text');
      await text.waitFor();
      texts.push((await text.textContent()) ?? '');
      assert.deepEqual(await injected(), []);
      await page.keyboard.press('Escape');
      await text.waitFor({ state: 'detached' });
    }
    const all = texts.join('\n');
    for (const header of [...HEADERS, `Server: ${SCRIPT}`, `text="${IMAGE}"`]) assert.ok(all.includes(header), header);
    assert.deepEqual(rig.offences, []);
  });

  it('is text in what is searched for, explained and refused', async () => {
    for (const [path, label] of [
      ['/callback-rules', /^Search/],
      ['/trunks', /^Search/],
      ['/suppressions', /^Search/],
    ] as const) {
      await visited(path);
      const field = page.getByLabel(label).first();
      if ((await field.count()) === 0) continue;
      await field.fill(IMAGE);
      await page.keyboard.press('Enter');
      assert.deepEqual(await injected(), [], path);
    }
    await visited('/settings');
    const configuration = page.getByLabel('Configuration (YAML or JSON)');
    await configuration.fill(`version: 1\n${IMAGE}: '${SCRIPT}'\n`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await settled();
    assert.deepEqual(await injected(), []);
    assert.deepEqual(rig.offences, []);
  });

  it('is text in the window in which the API itself is opened', async () => {
    const { id } = { id: callbackUrl.split('/').at(-1)! };
    for (const path of [
      `/api/v1/callbacks/${id}`,
      `/api/v1/callbacks/${id}/messages`,
      `/api/v1/trunks/${encodeURIComponent(IMAGE)}`,
    ]) {
      await page.goto(`${rig.url}${path}`);
      assert.deepEqual(await injected(), [], path);
      assert.ok((await page.locator('body').innerText()).startsWith('{'), path);
    }
  });
});
