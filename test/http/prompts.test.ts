import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PromptShelf } from '../../lib/media/prompts/prompt-shelf.ts';
import { StoredPrompts } from '../../lib/media/prompts/stored-prompts.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { silentLog } from '../support/silent-log.ts';
import { sine, sixteenBits, waveFile } from '../support/wave-file.ts';
import { someone } from './access/people.ts';
import { BASE_AT, type Bench, bench } from './fakes.ts';

const API = '/api/v1/prompts';
const WAV = { 'content-type': 'audio/wav' };
const HELLO = waveFile(sixteenBits(sine(1000, { rate: 8000, seconds: 1 })));

describe('HTTP: prompts', () => {
  let directory: string;
  let b: Bench;
  let stored: StoredPrompts;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prompts-'));
    const log = silentLog();
    const { documents } = await openSqliteStore({ directory: ':memory:', log });
    const uploads = join(directory, 'stored');
    stored = new StoredPrompts({
      documents,
      directory: uploads,
      clock: { now: () => BASE_AT } as Clock,
      log,
      lookEveryMs: null,
    });
    await stored.start();
    mkdirSync(join(directory, 'shipped/en/digits'), { recursive: true });
    writeFileSync(join(directory, 'shipped/en/goodbye.wav'), HELLO);
    writeFileSync(join(directory, 'shipped/en/digits/1.wav'), HELLO);
    mkdirSync(join(directory, 'own/es'), { recursive: true });
    writeFileSync(join(directory, 'own/es/goodbye.wav'), HELLO);
    const prompts = new PromptShelf({
      directories: [
        { origin: 'uploaded', path: uploads },
        { origin: 'file', path: join(directory, 'own') },
        { origin: 'shipped', path: join(directory, 'shipped') },
      ],
      stored,
    });
    b = await bench({ prompts });
  });

  afterEach(async () => {
    await b.http.close();
    stored.stop();
    rmSync(directory, { recursive: true });
  });

  const upload = (query: string, file: Buffer = HELLO, headers: Record<string, string> = WAV) =>
    b.request('POST', `${API}?${query}`, file, headers);
  const listed = async () =>
    (await b.request('GET', API)).json.items.map(
      ({ language, name, origin, covers }: Record<string, string | null>) =>
        `${language}/${name} ${origin}${covers === null ? '' : ` over ${covers}`}`,
    );

  it('are listed with where they come from, how long they are, and who names them', async () => {
    const flow = { name: 'f', start: 'a', components: { a: { type: 'announce', prompt: 'goodbye&digits:{digits}' } } };
    await b.request('POST', '/api/v1/flows', flow);
    const { json } = await b.request('GET', `${API}?sort=language`);
    assert.deepEqual(
      json.items.map(({ language, name, origin, seconds, bytes, usedBy, uploadedAt }: Record<string, unknown>) => ({
        is: `${language}/${name} ${origin}`,
        seconds,
        bytes,
        usedBy,
        uploadedAt,
      })),
      [
        { is: 'en/digits/1 shipped', seconds: 1, bytes: HELLO.length, usedBy: ['f/a'], uploadedAt: null },
        { is: 'en/goodbye shipped', seconds: 1, bytes: HELLO.length, usedBy: ['f/a'], uploadedAt: null },
        { is: 'es/goodbye file', seconds: 1, bytes: HELLO.length, usedBy: ['f/a'], uploadedAt: null },
      ],
    );
    assert.deepEqual((await b.request('GET', `${API}?origin=file`)).json.total, 1);
  });

  it('are uploaded in any usual kind, kept at 16 kHz, listened to, and deleted again', async () => {
    const cd = waveFile(sixteenBits(sine(440, { rate: 44_100, seconds: 0.5 })), { rate: 44_100 });
    const { status, json, headers } = await upload('language=pt-br&name=sales/hello', cd);
    assert.equal(status, 201);
    assert.deepEqual(json, {
      language: 'pt-BR',
      name: 'sales/hello',
      origin: 'uploaded',
      seconds: 0.5,
      bytes: 44 + 16_000,
      uploadedAt: new Date(BASE_AT).toISOString(),
      uploadedBy: 'configured',
      covers: null,
      usedBy: [],
    });
    assert.equal(headers['location'], `${API}/pt-BR/sales%2Fhello`);
    const sound = await b.request('GET', String(headers['location']));
    assert.equal(sound.status, 200);
    assert.equal(sound.headers['content-type'], 'audio/wav');
    assert.equal(sound.headers['x-content-type-options'], 'nosniff');
    assert.match(String(sound.headers['content-disposition']), /^inline; filename="sales%2Fhello\.wav"$/);
    const copy = readFileSync(join(directory, 'stored/pt-BR/sales/hello.wav'));
    assert.equal(copy.readUInt32LE(24), 16_000);
    const same = { 'if-none-match': String(sound.headers['etag']) };
    assert.equal((await b.request('GET', String(headers['location']), undefined, same)).status, 304);
    assert.equal((await b.request('DELETE', String(headers['location']))).status, 204);
    assert.equal((await b.request('GET', String(headers['location']))).status, 404);
    assert.deepEqual(readdirSync(join(directory, 'stored/pt-BR/sales')), []);
  });

  it('of the same name replace what was uploaded before only if that is said, and cover others until they go', async () => {
    assert.equal((await upload('language=en&name=goodbye')).json.covers, 'shipped');
    const again = await upload('language=en&name=goodbye');
    assert.deepEqual([again.status, again.json.error.code], [409, 'already-exists']);
    const longer = waveFile(sixteenBits(sine(1000, { rate: 8000, seconds: 2 })));
    const replaced = await upload('language=en&name=goodbye&replace=true', longer);
    assert.deepEqual([replaced.status, replaced.json.seconds], [201, 2]);
    await upload('language=und&name=welcome');
    assert.deepEqual(await listed(), [
      'en/digits/1 shipped',
      'en/goodbye uploaded over shipped',
      'es/goodbye file',
      'und/welcome uploaded',
    ]);
    await b.request('DELETE', `${API}/en/goodbye`);
    assert.ok((await listed()).includes('en/goodbye shipped'));
  });

  it('that a flow names are deleted by force only', async () => {
    await upload('language=en&name=hello');
    const flow = { name: 'f', start: 'a', components: { a: { type: 'announce', prompt: 'tone:beep&hello' } } };
    await b.request('POST', '/api/v1/flows', flow);
    const refused = await b.request('DELETE', `${API}/en/hello`);
    assert.deepEqual([refused.status, refused.json.error.code], [409, 'in-use']);
    assert.match(refused.json.error.message, /used by f\/a/);
    assert.equal((await b.request('DELETE', `${API}/en/hello?force=true`)).status, 204);
  });

  it('are deleted only as they were heard, where that is asked', async () => {
    await upload('language=en&name=hello');
    const { headers } = await b.request('GET', `${API}/en/hello`);
    await upload('language=en&name=hello&replace=true', waveFile(sixteenBits(sine(500, { rate: 8000, seconds: 1 }))));
    const asHeard = { 'if-match': String(headers['etag']) };
    assert.equal((await b.request('DELETE', `${API}/en/hello`, undefined, asHeard)).status, 412);
    const now = { 'if-match': String((await b.request('GET', `${API}/en/hello`)).headers['etag']) };
    assert.equal((await b.request('DELETE', `${API}/en/hello`, undefined, now)).status, 204);
  });

  it('that were not uploaded stay', async () => {
    for (const one of ['en/goodbye', 'es/goodbye', 'en/digits%2F1']) {
      const { status, json } = await b.request('DELETE', `${API}/${one}`);
      assert.deepEqual([status, json.error.code], [409, 'conflict'], one);
    }
    assert.equal((await b.request('DELETE', `${API}/en/none`)).status, 404);
  });

  it('are refused with what is wrong with the file', async () => {
    const cases: Array<[Buffer, string]> = [
      [Buffer.from('OggS'), 'sound-not-wav'],
      [HELLO.subarray(0, 30), 'sound-cut-off'],
      [waveFile(Buffer.alloc(16_000)), 'sound-silent'],
      [waveFile(Buffer.alloc(16), { encoding: 85 }), 'sound-encoding'],
      [waveFile(Buffer.alloc(16), { channels: 6 }), 'sound-channels'],
      [waveFile(Buffer.alloc(16), { rate: 96_000 }), 'sound-sample-rate'],
      [waveFile(Buffer.alloc(8000 * 301, 9), { bits: 8 }), 'sound-too-long'],
      [waveFile(Buffer.alloc(0)), 'sound-empty'],
    ];
    for (const [file, code] of cases) {
      const { status, json } = await upload('language=en&name=x', file);
      assert.deepEqual([status, json.error.mistakes?.[0]], [400, { ...json.error.mistakes?.[0], path: 'file', code }]);
    }
    assert.equal(
      (await upload('language=en&name=x', Buffer.from('{}'), { 'content-type': 'application/json' })).status,
      415,
    );
    assert.equal((await upload('language=en&name=x', Buffer.alloc(10_000_001))).status, 413);
    assert.equal((await upload('language=en&name=x', HELLO, { 'content-type': 'text/csv' })).status, 415);
    const elsewhere = await b.request('POST', '/api/v1/flows', HELLO, WAV);
    assert.equal(elsewhere.status, 415, 'a recording is no flow');
  });

  it('have names that lead nowhere else', async () => {
    const names = [
      '../x',
      '..',
      '/etc/x',
      'a/../b',
      '.hidden',
      'a\\b',
      'a%00b',
      'a//b',
      'x.wav',
      'a.',
      'a ',
      'é'.repeat(101),
      '&',
    ];
    for (const name of names) {
      const { status } = await upload(`language=en&name=${name.includes('%') ? name : encodeURIComponent(name)}`);
      assert.equal(status, 400, name);
      const read = await b.request('GET', `${API}/en/${encodeURIComponent(name)}`);
      assert.ok([400, 404].includes(read.status), name);
    }
    for (const language of ['..', '.', 'en/..', 'english', '', 'e', '%2e%2e'])
      assert.equal((await upload(`language=${language}&name=x`)).status, 400, language);
    assert.equal((await upload('language=und&name=en/x')).status, 400, 'it would be one of English');
    assert.deepEqual(await listed(), ['en/digits/1 shipped', 'en/goodbye shipped', 'es/goodbye file']);
    const outside = readdirSync(directory).sort();
    assert.deepEqual(
      outside.filter((one) => one !== 'stored'),
      ['own', 'shipped'],
    );
  });

  it('may have names in any letters', async () => {
    assert.equal((await upload(`language=pt-BR&name=${encodeURIComponent('saudação 2')}`)).status, 201);
    assert.equal((await b.request('GET', `${API}/pt-BR/${encodeURIComponent('saudação 2')}`)).status, 200);
  });

  it('are listened to by whoever may see the configuration, and changed by administrators alone', async () => {
    const supervisor = await someone(b, 'supervisor');
    assert.equal((await supervisor.ask('GET', API)).status, 200);
    assert.equal((await supervisor.ask('GET', `${API}/en/goodbye`)).status, 200);
    assert.equal((await supervisor.ask('POST', `${API}?language=en&name=x`, HELLO, WAV)).status, 403);
    assert.equal((await supervisor.ask('DELETE', `${API}/en/goodbye`)).status, 403);
    const agent = await someone(b, 'agent');
    assert.equal((await agent.ask('GET', API)).status, 403);
  });

  it('leave a trace of who changed them', async () => {
    await upload('language=en&name=hello');
    await upload('language=en&name=hello&replace=true');
    await b.request('DELETE', `${API}/en/hello`);
    const { items } = (await b.request('GET', '/api/v1/audit?subject=prompts')).json;
    assert.deepEqual(
      items.map(({ subject, action }: Record<string, string>) => `${subject} ${action}`),
      ['prompts/en/hello removed', 'prompts/en/hello replaced', 'prompts/en/hello created'],
    );
  });

  it('that nobody has are a warning when the configuration changes', async () => {
    const components = {
      a: { type: 'announce', prompt: 'goodbye&nothing-like-it', next: 'b' },
      b: { type: 'announce', prompt: 'tone:beep' },
    };
    const configuration = { version: 1, flows: [{ name: 'f', start: 'a', components }] };
    const warned = async () => {
      const { json } = await b.request('PUT', '/api/v1/configuration', configuration);
      return json.warnings.map(({ path, message }: Record<string, string>) => `${path}: ${message}`);
    };
    assert.deepEqual(await warned(), [
      'flows[0].components.a.prompt: there is no recording `nothing-like-it`: nothing would be heard',
    ]);
    await upload('language=en&name=nothing-like-it');
    assert.deepEqual(await warned(), [], 'English is what everybody is left with');
  });
});
