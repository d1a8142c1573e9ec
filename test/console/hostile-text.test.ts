/** Text that would be markup or code, in every field that takes text, from the API and from the telephone: shown, never run. */

import assert from 'node:assert/strict';
import type { Page, Request } from 'playwright-core';
import { digestProof } from '../support/digest-proof.ts';
import type { SipHeaders } from '../support/sip-text.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const ADDRESS = '127.0.83.20';
const PHONES = '127.0.83.21';
const IMAGE = '<img src=x onerror=window.broken=1>';
const SCRIPT = '"><script>window.broken=1</script>';
const VECTOR = "'><svg/onload=window.broken=1>";
const TEMPLATE = "{{constructor.constructor('window.broken=1')()}}";
const LINK = 'javascript:window.broken=1';
const FRAME = '</textarea><iframe srcdoc=x>';

/** By the API, each in the fields that take it. */
const PLANTED: Array<[path: string, body: Record<string, unknown>]> = [
  ['trunks', { name: `T ${IMAGE}`, proxy: `sip:${PHONES}:5079`, auth: { username: SCRIPT, password: VECTOR } }],
  ['outgoing-rules', { name: `O ${SCRIPT}`, routes: [{ match: '^1', rewrite: '0', trunks: [`T ${IMAGE}`] }] }],
  ['hours', { name: `H ${VECTOR}`, timezone: 'America/Sao_Paulo', regular: ['Mon-Fri 08:00-18:00'] }],
  [
    'flows',
    {
      name: `F ${IMAGE}`,
      start: SCRIPT,
      components: { [SCRIPT]: { type: 'dial', extension: '200', otherwise: VECTOR }, [VECTOR]: { type: 'hangup' } },
    },
  ],
  [
    'callback-rules',
    {
      name: `R ${IMAGE}`,
      origin: 'any',
      inboundNumbers: [INBOUND],
      method: 'caller',
      trunk: 'trunk-80092037',
      callerId: { number: INBOUND, name: `N ${VECTOR}` },
      delaySeconds: 0.5,
      reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
      next: 'reception',
    },
  ],
  ['extensions', { number: '299', password: SCRIPT }],
  ['users', { username: 'eve', name: IMAGE, role: 'administrator', password: 'correct horse battery' }],
  ['api-keys', { name: `K ${IMAGE}`, scopes: ['callbacks:read'] }],
  ['cors-origins', { origin: 'https://a.example', note: SCRIPT }],
  ['webhooks', { name: `W ${SCRIPT}`, url: `http://${PHONES}:9/${encodeURIComponent(IMAGE)}` }],
  ['holds', { number: '200', reason: VECTOR }],
  ['suppressions', { number: '+5548991990009', reason: `S ${IMAGE} ${LINK}` }],
];

const PAGES = [
  '/',
  '/callbacks',
  '/callback-rules',
  `/callback-rules/${encodeURIComponent(`R ${IMAGE}`)}`,
  '/new-callback-rule',
  '/inbound-numbers',
  '/trunks',
  '/outgoing-rules',
  '/extensions',
  '/suppressions',
  '/settings',
  '/audit',
  '/errors',
  `/callbacks?q=${encodeURIComponent(IMAGE)}`,
  `/callbacks?state=${encodeURIComponent(SCRIPT)}`,
  `/callbacks/${encodeURIComponent(IMAGE)}`,
  `/callback-rules/${encodeURIComponent(SCRIPT)}`,
  `/${encodeURIComponent(IMAGE)}`,
  `/?${encodeURIComponent(SCRIPT)}#${encodeURIComponent(IMAGE)}`,
];

/** The headers of an INVITE that somebody can write what he likes into. */
const HEADERS = [
  `User-Agent: ${IMAGE}`,
  `Subject: ${SCRIPT}`,
  `Organization: ${VECTOR}`,
  `X-Custom: ${TEMPLATE}`,
  `X-Link: ${LINK}`,
  `Reason: SIP;cause=200;text="${IMAGE}"`,
  `P-Asserted-Identity: "${IMAGE}" <sip:+5548991990000@${PHONES}>`,
  `Diversion: "${VECTOR}" <sip:+554832210000@${PHONES}>;reason=unknown`,
  `X-Frame: ${FRAME}`,
  `Alert-Info: <http://${PHONES}/${LINK}>`,
];

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

  for (const path of PAGES) it(`is text on ${path}`, () => visited(path));

  it('is there to be seen: these tests look at pages that hold it', async () => {
    for (const [path, text] of [
      ['/callback-rules', `R ${IMAGE}`],
      ['/trunks', `T ${IMAGE}`],
      ['/outgoing-rules', `O ${SCRIPT}`],
      ['/suppressions', `S ${IMAGE}`],
      ['/audit', IMAGE],
    ] as const)
      assert.ok((await visited(path)).includes(text), path);
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
