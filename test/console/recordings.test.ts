import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordingLabel } from '../../lib/ports/recording-files.ts';
import { recordingKeys } from '../../lib/records/recordings/recording-keys.ts';
import { RecordingVault } from '../../lib/records/recordings/recording-vault.ts';
import { MemoryLog } from '../support/outside-world.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

const ANA = { received: '48991990001', e164: '+5548991990001' };
const BEA = { received: '48991990002', e164: '+5548991990002' };

/** As a process leaves them that died: the server makes them whole, and puts them into its list. */
async function leaveRecordings(data: string): Promise<void> {
  const keys = recordingKeys(join(data, 'keys', 'recordings.key'), null);
  const files = new RecordingVault({ directory: join(data, 'recordings'), keys, log: new MemoryLog() });
  const label: RecordingLabel = {
    ...{ recordingId: 'a1.recording1', node: files.node, legId: 'leg', kind: 'message', callbackId: 'c1' },
    ...{ attemptId: 'a1', otherLegId: null, caller: ANA, inboundNumber: INBOUND, flow: 'reception' },
    ...{ component: 'message', startedAt: Date.now() - 60_000, channels: 1 },
  };
  for (const changes of [{}, { recordingId: 'a2.recording1', caller: BEA, kind: 'talk', callbackId: null } as const]) {
    const file = await files.create({ ...label, ...changes });
    const samples = Int16Array.from({ length: 16_000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 500 * i) / 8000));
    await file.write(samples);
    // Without its row: that the process has died before.
    await file.end();
  }
}

describe('the recordings of the console', function () {
  this.timeout(120_000);
  let data: string;
  let rig: ConsoleRig;
  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'callback-console-'));
    await leaveRecordings(data);
    const { renameSync, readdirSync } = await import('node:fs');
    for (const name of readdirSync(join(data, 'recordings'), { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.rec')) renameSync(join(data, 'recordings', name), join(data, 'recordings', `${name}.part`));
    rig = await ConsoleRig.open({ address: '127.0.68.20', phones: '127.0.68.21', dataDirectory: data });
  });
  after(async () => {
    await rig?.close();
    rmSync(data, { recursive: true, force: true });
  });
  afterEach(() => assert.deepEqual(rig.offences, []));

  it('are listed, found, heard and deleted; who has listened stands in the audit log', async () => {
    const page = await rig.signedIn({ width: 1440 });
    await page.goto(`${rig.url}/recordings`);
    await page.getByText(ANA.received).waitFor();
    await page.getByText(BEA.received).waitFor();
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'recordings');
    await page.getByLabel('Search by number').fill('990001');
    await page.getByText(BEA.received).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: new RegExp(`^Listen to ${ANA.received}`) }).click();
    const player = page.locator('audio');
    await player.waitFor();
    await page.waitForFunction('document.querySelector("audio").duration === 2');
    assert.deepEqual(await rig.barriers(page), []);
    await rig.shot(page, 'recordings-player');
    const { body } = await rig.server.api('/api/v1/audit?q=recordings');
    const [entry] = (body as { items: Array<{ action: string; subject: string; actor: string }> }).items;
    assert.deepEqual([entry?.action, entry?.subject, entry?.actor], ['listened', 'recordings/a1.recording1', 'admin']);
    await page.getByRole('button', { name: `Delete the recording of ${ANA.received}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The recording is gone').waitFor();
    assert.equal((await rig.server.api('/api/v1/recordings/a1.recording1')).status, 404);
  });

  it('speak the reader’s language, and fit into a telephone', async () => {
    for (const [language, heading] of [
      ['pt-BR', 'Gravações'],
      ['es-ES', 'Grabaciones'],
    ] as const) {
      const page = await rig.signedIn({ width: 360, language });
      await page.goto(`${rig.url}/recordings`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.getByText(BEA.received).waitFor();
      assert.deepEqual(await rig.barriers(page), []);
      const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      assert.ok((await page.evaluate<number>(over)) <= 0);
      await rig.shot(page, `recordings-${language}`);
      await page.context().close();
    }
  });

  it('are there for who looks after some numbers, and nothing is asked for that is not his', async () => {
    const person = {
      ...{ username: 'eva', role: 'supervisor', password: 'correct horse battery' },
      ...{ mustChangePassword: false, inboundNumbers: [INBOUND] },
    };
    const made = await rig.server.api('/api/v1/users', { method: 'POST', body: person });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const page = await rig.page();
    const refused: string[] = [];
    page.on('response', (answer) => {
      if (answer.status() === 403) refused.push(new URL(answer.url()).pathname);
    });
    await rig.enter(page, 'eva', person.password);
    const open = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
    await open('Recordings');
    await page.getByText(BEA.received).waitFor();
    await open('Prompts');
    await page
      .getByRole('button', { name: /^Listen to / })
      .first()
      .waitFor();
    assert.deepEqual(
      refused.filter((path) => path === '/api/v1/configuration'),
      [],
    );
    await page.context().close();
  });

  it('stand on the page of their callback', async () => {
    const answer = await rig.server.api('/api/v1/callback-rules', {
      method: 'POST',
      body: { name: 'any', trunk: 'trunk-80092037', delaySeconds: 3600 },
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const { body } = await rig.server.api('/api/v1/callbacks', {
      method: 'POST',
      body: { rule: 'any', number: '+5548991990003', dueAt: new Date(Date.now() + 1800_000).toISOString() },
    });
    const page = await rig.signedIn({ width: 1440 });
    await page.goto(`${rig.url}/callbacks/${(body as { id: string }).id}`);
    await page
      .getByRole('region', { name: 'Recordings' })
      .getByText('Nothing was recorded of this callback.')
      .waitFor();
    assert.deepEqual(await rig.barriers(page), []);
  });
});
