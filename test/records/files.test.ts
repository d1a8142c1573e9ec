import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { AppendFile } from '../../lib/records/append-file.ts';
import { DailyFiles, type DailyFilesOptions } from '../../lib/records/daily-files.ts';
import { CdrDirectory, NOON } from './cdr-sample.ts';

const DAY_MS = 86_400_000;

describe('files of call detail records', () => {
  let directory: CdrDirectory;
  beforeEach(() => {
    directory = new CdrDirectory();
  });
  afterEach(() => directory.remove());

  const files = (changes: Partial<DailyFilesOptions> = {}) =>
    new DailyFiles({ directory: directory.path, stem: 'cdr', extension: 'csv', maxBytes: 20, keepDays: 0, ...changes });
  const names = () => readdirSync(directory.path).sort();
  const read = (name: string) => readFileSync(directory.at(name), 'utf8');

  it('are one a day, and a further one when that is full; none is written again', async () => {
    const one = files({ header: 'head\n' });
    for (const line of ['aaaaaaaa\n', 'bbbbbbbb\n', 'cccccccc\n', 'dddddddd\n']) await one.append(line, NOON);
    await one.append('next day\n', NOON + DAY_MS);
    await one.close();
    assert.deepEqual(names(), ['cdr-2026-11-26.2.csv', 'cdr-2026-11-26.csv', 'cdr-2026-11-27.csv']);
    assert.equal(read('cdr-2026-11-26.csv'), 'head\naaaaaaaa\nbbbbbbbb\n');
    assert.equal(read('cdr-2026-11-26.2.csv'), 'head\ncccccccc\ndddddddd\n');
    assert.equal(read('cdr-2026-11-27.csv'), 'head\nnext day\n');
  });

  it('go on after a restart where they were, with one header', async () => {
    for (const line of ['aaaaaaaa\n', 'bbbbbbbb\n', 'cccccccc\n']) {
      const one = files({ header: 'head\n' });
      await one.append(line, NOON);
      await one.close();
    }
    assert.equal(read('cdr-2026-11-26.csv'), 'head\naaaaaaaa\nbbbbbbbb\n');
    assert.equal(read('cdr-2026-11-26.2.csv'), 'head\ncccccccc\n');
  });

  it('lose the line that a crash cut in two, and nothing else', async () => {
    writeFileSync(directory.at('cdr-2026-11-26.csv'), 'whole\nhal');
    const one = files();
    await one.append('next\n', NOON);
    await one.close();
    assert.equal(read('cdr-2026-11-26.csv'), 'whole\nnext\n');
  });

  it('of days long ago are removed when a new day begins; other files stay', async () => {
    for (const name of [
      'cdr-2026-11-01.csv',
      'cdr-2026-11-01.3.csv',
      'cdr-2026-11-19.csv',
      'cdr-2026-11-01.ndjson',
      'x.csv',
    ]) {
      writeFileSync(directory.at(name), 'x\n');
    }
    const one = files({ keepDays: 7 });
    await one.append('a\n', NOON);
    await one.close();
    assert.deepEqual(names(), ['cdr-2026-11-01.ndjson', 'cdr-2026-11-19.csv', 'cdr-2026-11-26.csv', 'x.csv']);
  });

  it('that somebody moves away are followed by new ones', async () => {
    const one = files();
    await one.append('a\n', NOON);
    renameSync(directory.at('cdr-2026-11-26.csv'), directory.at('collected'));
    await one.sync();
    await one.append('b\n', NOON);
    await one.close();
    assert.equal(read('cdr-2026-11-26.csv'), 'b\n');
    assert.equal(read('collected'), 'a\n');
  });

  it('tell the end of the latest one', async () => {
    const one = files({ maxBytes: 4 });
    assert.equal(await one.tail(), '');
    for (let count = 0; count < 11; count += 1) await one.append(`${count}${count}${count}${count}\n`, NOON);
    assert.equal(await one.tail(), '10101010\n');
    await one.close();
  });

  it('hold whole lines only, where an append failed in the middle', async () => {
    const file = await AppendFile.open(directory.at('x'));
    await file.append('one\n');
    await file.close();
    await assert.rejects(file.append('two\n'));
    assert.equal(read('x'), 'one\n');
  });
});
