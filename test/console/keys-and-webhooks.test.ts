/** What other systems come in by, and what they are told: API keys, CORS origins, webhooks, in a browser. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { Page } from 'playwright-core';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const RECEIVER = '127.0.81.15';

interface Received {
  signature: string;
  body: string;
}

/** A CRM that takes webhooks, or does not. */
class Receiver {
  readonly received: Received[] = [];
  status = 204;
  readonly #server: HttpServer;

  private constructor(server: HttpServer) {
    this.#server = server;
  }

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', async (request: IncomingMessage, response) => {
      let body = '';
      for await (const piece of request.setEncoding('utf8')) body += piece;
      receiver.received.push({ signature: String(request.headers['x-callback-signature']), body });
      response.writeHead(receiver.status, { connection: 'close' }).end();
    });
    server.listen(9090, RECEIVER);
    await once(server, 'listening');
    return receiver;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function isSigned({ signature, body }: Received, secret: string): boolean {
  const [, at, mac] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(signature) ?? [];
  return mac === createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
}

describe('what other systems use, in the console', function () {
  this.timeout(90_000);
  let rig: ConsoleRig;
  let receiver: Receiver;
  let page: Page;
  let key = '';
  let secret = '';

  before(async () => {
    receiver = await Receiver.open();
    rig = await ConsoleRig.open({
      address: '127.0.81.14',
      phones: '127.0.81.16',
      configuration: {
        inboundNumbers: [{ number: INBOUND, callback: true, flow: 'reception' }],
        callbackRules: [{ name: 'Callback geral', outgoingRule: 'Operação', delaySeconds: 3600, expiresSeconds: 7200 }],
      },
    });
    page = await rig.signedIn();
  });
  after(async () => {
    await rig?.close();
    await receiver?.close();
  });
  afterEach(() => assert.deepEqual(rig.offences, []));

  const link = (name: string) => page.getByRole('navigation').getByRole('link', { name });
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const withKey = async (path: string) => {
    const answer = await fetch(`${rig.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    await answer.body?.cancel();
    return answer.status;
  };

  it('keys: an empty page says what they are for', async () => {
    await link('API keys').click();
    await page.getByText('No key yet').waitFor();
    await rig.shot(page, 'api-keys-empty');
  });

  it('keys: are made with what they may and an end, and shown once', async () => {
    await page.getByRole('button', { name: 'Make a key' }).first().click();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('needs at least 1', { exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('crm');
    await page.getByRole('checkbox', { name: 'See callbacks, their attempts' }).check();
    await rig.shot(page, 'api-key-form');
    assert.deepEqual(await rig.barriers(page), []);
    await page.getByRole('button', { name: 'Make it' }).click();
    const dialog = page.getByRole('dialog', { name: 'The key “crm”' });
    key = await dialog.getByRole('textbox', { name: 'API key' }).inputValue();
    assert.match(key, /^cbk_/);
    await rig.shot(page, 'api-key');
    assert.deepEqual(await rig.barriers(page), []);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    assert.deepEqual([await withKey('/api/v1/callbacks'), await withKey('/api/v1/users')], [200, 403]);
    const [made] = ((await rig.server.api('/api/v1/api-keys')).body as { items: Array<Record<string, string>> }).items;
    const days = (Date.parse(made!['expiresAt']!) - Date.now()) / 86_400_000;
    assert.ok(days > 89.9 && days < 90.1, String(days));
    await page.reload();
    await row('crm').getByText('callbacks:read').waitFor();
    assert.equal(await row('crm').getByText('never').count(), 0, 'it was used, and has an end');
    assert.ok(!(await page.content()).includes(key));
  });

  it('keys: are revoked after a question, and worth nothing then', async () => {
    await page.getByRole('button', { name: 'Revoke: crm' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('No key yet').waitFor();
    assert.equal(await withKey('/api/v1/callbacks'), 401);
  });

  it('origins: are added, noted, refused where they are none, and removed', async () => {
    await link('CORS origins').click();
    await page.getByText('No page of others may use the API').waitFor();
    await page.getByRole('button', { name: 'Add origin' }).first().click();
    await page.getByRole('textbox', { name: 'Origin', exact: true }).fill('https://intranet.example/path');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('is not an origin alone: `https://intranet.example`?', { exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Origin', exact: true }).fill('https://intranet.example');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await row('https://intranet.example').waitFor();
    await page.getByRole('button', { name: 'Edit: https://intranet.example' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('the pages of sales');
    await page.getByRole('button', { name: 'Save' }).click();
    await row('the pages of sales').waitFor();
    await page.getByRole('button', { name: 'Delete: https://intranet.example' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No page of others may use the API').waitFor();
  });

  it('webhooks: are added with a secret that is shown once, and a test arrives with its signature', async () => {
    await link('Webhooks').click();
    await page.getByText('Nobody is told yet').waitFor();
    await page.getByRole('button', { name: 'Add webhook' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('crm');
    await page.getByRole('textbox', { name: 'Address' }).fill(`http://${RECEIVER}:9090/hook`);
    await page.getByRole('combobox', { name: 'Events' }).click();
    await page.getByRole('option', { name: 'Call taken; callback written down' }).click();
    await page.keyboard.press('Escape');
    await rig.shot(page, 'webhook-form');
    assert.deepEqual(await rig.barriers(page), []);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'The webhook “crm”' });
    secret = await dialog.getByRole('textbox', { name: 'Secret' }).inputValue();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('link', { name: 'crm' }).click();
    await page.getByText('Nothing was delivered yet').waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await row('a test').getByText('204').waitFor();
    assert.ok(isSigned(receiver.received[0]!, secret));
    assert.match(receiver.received[0]!.body, /webhook\.test/);
  });

  it('webhooks: show what was not taken, when it is tried again, and that it was taken then', async () => {
    receiver.status = 500;
    await rig.call('+5548991990001');
    await row('500').first().waitFor();
    await page.getByText('Not taken', { exact: true }).first().waitFor();
    await page.getByText('Away since').waitFor();
    await rig.shot(page, 'webhook-failing');
    assert.deepEqual(await rig.barriers(page), []);
    receiver.status = 204;
    await row('1 event').getByText('204').waitFor({ timeout: 30_000 });
    await page.getByText('Delivering', { exact: true }).waitFor();
    assert.match(receiver.received.at(-1)!.body, /callback\.accepted/);
  });

  it('webhooks: send once more what was sent', async () => {
    const before = receiver.received.length;
    const sent = receiver.received.at(-1)!.body;
    await row('1 event').first().getByRole('button', { name: 'Send again' }).click();
    await page
      .getByText(/Taken: 204/)
      .first()
      .waitFor();
    assert.equal(receiver.received.length, before + 1);
    assert.equal(receiver.received.at(-1)!.body, sent);
  });

  it('webhooks: keep what happens while they are paused, and go on where they stopped', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    const before = receiver.received.length;
    await rig.call('+5548991990002');
    await page.getByRole('link', { name: 'Webhooks' }).last().click();
    const turn = page.getByRole('switch', { name: 'Deliver to crm', checked: false });
    await turn.waitFor();
    assert.equal(receiver.received.length, before);
    await turn.click({ force: true });
    await page.getByText('crm is resumed').waitFor();
    await page.getByRole('link', { name: 'crm' }).click();
    await page.getByText('Delivering', { exact: true }).waitFor();
    await row('204').nth(3).waitFor();
    assert.ok(receiver.received.length > before);
    await rig.shot(page, 'webhook');
  });

  it('webhooks: say in words why nobody took it', async () => {
    const body = { name: 'deaf', url: `http://${RECEIVER}:9091/hook` };
    assert.equal((await rig.server.api('/api/v1/webhooks', { method: 'POST', body })).status, 201);
    await page.goto(`${rig.url}/webhooks/deaf`);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await row('a test').getByText('Nobody listens at this address (ECONNREFUSED).').waitFor();
    assert.equal((await rig.server.api('/api/v1/webhooks/deaf', { method: 'DELETE' })).status, 204);
    await page.goto(`${rig.url}/webhooks/crm`);
  });

  it('webhooks: keep their secret when they are edited, and are deleted after a question', async () => {
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Waits for an answer' }).fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('5 s', { exact: true }).waitFor();
    const before = receiver.received.length;
    await page.getByRole('button', { name: 'Send a test' }).click();
    await row('a test').nth(1).waitFor();
    assert.equal(receiver.received.length, before + 1);
    assert.ok(isSigned(receiver.received.at(-1)!, secret));
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nobody is told yet').waitFor();
  });
});
