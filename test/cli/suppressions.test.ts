import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeControlFile } from '../../lib/cli/control-file.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { API_KEY, bench, MemoryLog } from '../http/fakes.ts';
import { Cli } from './fakes.ts';

const HOST = '127.0.52.9';

describe('suppressions on the command line', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'callback-suppressions-'));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  /** A command line on the store in `data`. */
  const cliOf = () => {
    const cli = new Cli();
    cli.dependencies.openStore = () => openSqliteStore({ directory: data, log: new MemoryLog() });
    return cli;
  };
  const run = async (...argv: string[]) => {
    const cli = cliOf();
    const code = await cli.run('suppressions', ...argv, '--data', data);
    return { code, output: cli.output, complaints: cli.complaints };
  };

  it('are added, listed and removed, however the number is written', async () => {
    assert.equal((await run('add', '(48) 99199-6260', '--reason', 'by letter')).output, '1 on the suppression list');
    assert.match(
      (await run('list')).output,
      /^1 on the suppression list\n\+5548991996260 +for ever .* cli +by letter$/,
    );
    assert.deepEqual(await run('remove', '048991996260', '4832221111'), {
      code: 1,
      output: '1 removed',
      complaints: '4832221111 is not on the suppression list',
    });
    assert.equal((await run('list')).output, '0 on the suppression list');
  });

  it('come from a file, one a line, and have an end', async () => {
    const file = join(data, 'numbers.csv');
    writeFileSync(file, 'number,reason\n+5548991990001,x\n\n# nobody\n(48) 99199-0002\n48991990002\n');
    const { output } = await run('add', '--file', file, '--expires', '2999-01-01T00:00:00Z');
    assert.equal(output, '2 on the suppression list until 2999-01-01T00:00:00.000Z');
    assert.match((await run('list')).output, /\+5548991990002 +2999-01-01T00:00:00\.000Z/);
  });

  it('are left alone where anything is wrong, with one clear line and 2', async () => {
    for (const argv of [
      ['add'],
      ['add', 'ana'],
      ['add', '48991996260', 'x;y'],
      ['add', '48991996260', '--expires', 'tomorrow'],
      ['add', '48991996260', '--expires', '2020-01-01T00:00:00Z'],
      ['add', '--file', join(data, 'nothing')],
      ['remove'],
    ]) {
      const { code, complaints } = await run(...argv);
      assert.equal(code, 2, argv.join(' '));
      assert.ok(complaints !== '' && !complaints.includes('\n'), complaints);
    }
    assert.equal((await run('list')).output, '0 on the suppression list');
  });

  it('go through the server that owns the store', async () => {
    const store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    const { http } = await bench({ store, now: Date.now });
    const { port } = await http.listen(HOST, 0);
    writeControlFile(data, { http: `http://${HOST}:${port}`, key: API_KEY });
    const remote = async (...argv: string[]) => {
      const cli = new Cli();
      cli.failure = Object.assign(new Error('in use'), { code: 'STORE_IN_USE' });
      return [await cli.run('suppressions', ...argv, '--data', data), cli.output + cli.complaints];
    };
    try {
      assert.deepEqual(await remote('add', '48991996260'), [0, '1 on the suppression list']);
      assert.ok(await store.suppressions.get('+5548991996260', Date.now()));
      assert.match(String((await remote('list'))[1]), /\+5548991996260 .* api /);
      assert.deepEqual(await remote('add', 'ana'), [
        2,
        'the running server answers 400: number: is not a telephone number',
      ]);
      assert.deepEqual(await remote('remove', '48991996260'), [0, '1 removed']);
      assert.deepEqual(await remote('remove', '48991996260'), [1, '48991996260 is not on the suppression list']);
    } finally {
      await http.close();
      await store.close();
    }
  });
});
