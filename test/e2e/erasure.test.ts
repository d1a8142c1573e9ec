/** A person asks to be forgotten: what a server and its files know of him afterwards, though it was killed in the middle. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CSV_HEADER, cdrLine } from '../../lib/records/cdr-line.ts';
import { aRecord, NOON, until } from '../records/cdr-sample.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

const ADDRESS = '127.0.34.10';
const PHONE = '127.0.34.11';
const DIALLED = '+554831210110';
const ANA = '+5548991996260';
const BEA = '+5511988887777';
/** Every form of hers. */
const ANAS = /99199\D{0,2}6260/;
/** So many lines that there is time to be killed in. */
const LINES = 30_000;

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk', proxy: `sip:${PHONE}:5070` }],
  inboundNumbers: [{ number: DIALLED, callback: true }],
  callbackRules: [{ name: 'any', trunk: 'trunk', delaySeconds: 3600, next: 'bye' }],
  flows: [{ name: 'bye', start: 'bye', components: { bye: { type: 'hangup' } } }],
  cdr: { formats: ['ndjson', 'csv'], webhook: { url: `http://${PHONE}:9/never` } },
  // the machine of the test may be busy with others
  limits: { overload: false },
});

describe('a number that is erased', function () {
  this.timeout(60_000);
  let directory: string;
  let server: Server;
  let phone: SipPhone;

  const file = (...names: string[]) => join(directory, ...names);
  const start = async () => {
    server = await Server.start({ address: ADDRESS, configuration, dataDirectory: directory });
  };
  /** Of a month ago, as a former process left them. */
  const former = () => {
    const record = (serial: number) =>
      aRecord(`c${serial}.1.1`, { callee: serial % 2 === 0 ? ANA : BEA, caller: DIALLED, assertedCaller: null });
    const lines = (format: 'ndjson' | 'csv') =>
      Array.from({ length: LINES }, (_, serial) => cdrLine(record(serial), format));
    writeFileSync(file('cdr/cdr-2026-10-26.ndjson'), lines('ndjson').join(''));
    writeFileSync(file('cdr/cdr-2026-10-26.csv'), CSV_HEADER + lines('csv').slice(0, 4).join(''));
    const explanation = { from: { received: '048 99199-6260', e164: ANA } };
    writeFileSync(file('shadow/shadow-2026-10-26.ndjson'), `${JSON.stringify({ id: 's', at: NOON, explanation })}\n`);
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-erasure-'));
    for (const folder of ['cdr', 'shadow']) mkdirSync(file(folder));
    former();
    phone = await SipPhone.open({ address: PHONE, port: 5070 });
    await start();
  });
  after(async () => {
    await server.stop('SIGKILL');
    phone.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const calls = async (from: string) => {
    const call = phone.call({ to: `sip:${DIALLED}@${ADDRESS}:5060`, from: `<sip:${from}@x>` });
    const final = await call.final();
    return final.get('x-callback-id');
  };
  const asked = async (path: string, body?: object) =>
    server.api(`/api/v1${path}`, body === undefined ? {} : { method: 'POST', body });
  /** Everything that people can read, and every file but the database. */
  const known = async (): Promise<string> => {
    const answers = await Promise.all(
      ['/callbacks', '/audit', '/errors', '/holds'].map(async (path) => JSON.stringify((await asked(path)).body)),
    );
    const texts = ['cdr', 'cdr/webhook', 'shadow'].flatMap((folder) =>
      readdirSync(file(folder), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => readFileSync(file(folder, name), 'utf8')),
    );
    return [...answers, ...texts].join('\n');
  };
  /** The first and the last lines: whether her number is in them. */
  const ends = async () => {
    const handle = await open(file('cdr/cdr-2026-10-26.ndjson'), 'r');
    const { size } = await handle.stat();
    const at = async (position: number) =>
      (await handle.read(Buffer.alloc(4_000), 0, 4_000, position)).buffer.toString();
    const texts = [await at(0), await at(size - 4_000)];
    await handle.close();
    return texts.map((text) => ANAS.test(text));
  };

  it('is known by its calls, by what people did with it, and by its records', async () => {
    assert.ok(await calls(ANA));
    assert.ok(await calls(BEA));
    await asked('/suppressions', { number: ANA, reason: 'asked' });
    assert.equal((await server.api('/api/v1/holds/48%2099199-6260')).status, 404);
    await asked('/holds', { number: ANA, reason: 'a complaint' });
    assert.equal((await asked('/erasures', { number: ANA, reason: 'asked' })).status, 409);
    assert.equal((await server.api(`/api/v1/holds/${ANA}`, { method: 'DELETE' })).status, 204);
    const today = () => readdirSync(file('cdr')).find((name) => /^cdr-.*\.csv$/.test(name) && !name.includes('10-26'));
    await until('both calls have their records', () => {
      const name = today();
      return name !== undefined && readFileSync(file('cdr', name), 'utf8').split('\r\n').length > 3;
    });
    for (const name of ['cdr/webhook/0000000001.ndjson', 'cdr/cdr-2026-10-26.csv'])
      assert.match(readFileSync(file(name), 'utf8'), ANAS);
  });

  it('is erased by the next start where the process was killed in the middle of it', async () => {
    const erasing = asked('/erasures', { number: ANA, reason: `she asked, from ${ANA}` }).catch(() => null);
    await until('the first lines are done', async () => !(await ends())[0]);
    await server.stop('SIGKILL');
    assert.equal(await erasing, null);
    assert.deepEqual(await ends(), [false, true], 'it was killed in the middle');
    await start();
    await until('the last lines are done', async () => !(await ends())[1], 20_000);
    await until('nothing is left', async () => !ANAS.test(await known()), 20_000);
  });

  it('is in nothing that people can read, and nothing else is lost', async () => {
    const text = await known();
    assert.match(text, /"subject":"holds\/\+\*{13}"/);
    assert.match(text, /"subject":"erasures","correlationId":"[0-9a-f-]{36}","action":"erased"/);
    assert.match(text, /she asked, from \+\*{13}/);
    const lines = readFileSync(file('cdr/cdr-2026-10-26.ndjson'), 'utf8').split('\n').slice(0, -1);
    const records = lines.map((line) => JSON.parse(line));
    assert.equal(records.length, LINES);
    assert.equal(records.filter(({ callee }) => callee === BEA).length, LINES / 2);
    assert.equal(records.filter(({ callee }) => callee === '+*************').length, LINES / 2);
    const callbacks = (await server.callbacks()).map(({ number }) => number);
    assert.deepEqual(callbacks, [BEA]);
  });

  it('that is on the do-not-call list goes on being protected by it', async () => {
    assert.equal((await asked(`/suppressions/${ANA}`)).status, 200);
    assert.equal(await calls(ANA), '', 'nothing is promised');
    assert.equal((await server.callbacks()).length, 1);
  });
});
