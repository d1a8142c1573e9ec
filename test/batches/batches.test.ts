/** That all tests run, that none disturbs another, and that what is wrong in a batch is wrong in the whole. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { ALONE, type Batch, BY_ITSELF, batchesOf, nextOf, SECONDS, WAITING } from './batches.ts';

const FILES = globSync('**/*.test.ts', { cwd: join(import.meta.dirname, '..') }).toSorted();

describe('batches of tests', () => {
  it('have each test file exactly once', () => {
    const batches = batchesOf(FILES);
    assert.deepEqual(batches.flatMap(({ files }) => files).toSorted(), FILES);
    assert.equal(new Set(batches.map(({ name }) => name)).size, batches.length);
  });

  it('know of no file that is gone', () => {
    const names = new Set(batchesOf(FILES).map(({ name }) => name));
    assert.deepEqual(
      [...ALONE, ...WAITING, ...BY_ITSELF].filter((beginning) => !FILES.some((file) => file.startsWith(beginning))),
      [],
    );
    assert.deepEqual(
      Object.keys(SECONDS).filter((name) => !names.has(name)),
      [],
    );
  });

  it('are all played, with nothing beside what is alone, and two browsers only when nothing else waits', () => {
    const batch = fc.record({
      name: fc.string(),
      files: fc.constant<string[]>([]),
      isBrowser: fc.boolean(),
      company: fc.constantFrom<Batch['company']>('any', 'waiting', 'none'),
    });
    const day = fc.record({
      all: fc.array(batch, { maxLength: 30 }),
      jobs: fc.integer({ min: 1, max: 4 }),
      ends: fc.infiniteStream(fc.nat()),
    });
    fc.assert(fc.property(day, ({ all, jobs, ends }) => playThrough(all, jobs, ends)));
  });
});

function playThrough(all: readonly Batch[], jobs: number, ends: Iterator<number>): void {
  const waiting = [...all];
  const running: Batch[] = [];
  while (waiting.length + running.length > 0) {
    for (let next = nextOf(waiting, running); next !== null && running.length < jobs; next = nextOf(waiting, running)) {
      waiting.splice(waiting.indexOf(next), 1);
      running.push(next);
      const companies = running.map(({ company }) => company);
      assert.ok(running.length === 1 || !companies.includes('none'), 'alone');
      assert.ok(!companies.includes('waiting') || (running.length <= 2 && !companies.includes('any')), 'two that wait');
      const isSecondBrowser = next.isBrowser && running.filter(({ isBrowser }) => isBrowser).length > 1;
      const others = waiting.filter(({ isBrowser, company }) => !isBrowser && company === 'any');
      assert.ok(!isSecondBrowser || others.length === 0, 'a second browser, though others wait');
    }
    assert.ok(running.length > 0, 'nothing runs, and nothing begins');
    running.splice(ends.next().value! % running.length, 1);
  }
}

/** One that has ended and is only not yet collected does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the run of all tests', function () {
  this.timeout(60_000);
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'callback-batches-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** @param tests what stands in each file */
  function run(tests: Record<string, string>, ...flags: string[]) {
    for (const [name, text] of Object.entries(tests)) {
      const file = join(directory, `${name}.test.ts`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const script = join(import.meta.dirname, 'run.ts');
    const own = ['--directory', directory, '--closing', '1000'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...own, '--', ...flags], {
      encoding: 'utf8',
    });
    const lines = stdout.trimEnd().split('\n');
    return {
      status,
      output: stdout + stderr,
      last: lines.at(-1),
      failed: lines.slice(lines.indexOf('Failed:') + 1, -1),
    };
  }

  const GOOD = "it('is well', () => {}); it.skip('is left out', () => {});";

  it('adds up what its batches count', () => {
    const { status, last, output } = run({ 'one/a': GOOD, 'one/b': GOOD, 'two/a': GOOD });
    assert.deepEqual([status, last], [0, '3 passed, 0 failed, 3 skipped'], output);
  });

  it('hands mocha its flags', () => {
    const { status, last, output } = run(
      { 'one/a': GOOD, 'two/a': "it('is another', () => {});" },
      '--grep',
      'another',
    );
    assert.deepEqual([status, last], [0, '1 passed, 0 failed'], output);
  });

  it('fails with every way in which a batch can, and names it at the end', () => {
    const { status, last, failed, output } = run({
      'fine/a': GOOD,
      'wrong/a': "describe('what', () => it('is wrong', () => { throw new Error('wrong indeed'); }));",
      'before/a':
        "describe('who', () => { before(() => { throw new Error('no rig'); }); it('is not asked', () => {}); });",
      'broken/a': "throw new Error('does not load');",
      'ended/a': "it('ends it all', () => process.exit(0));",
      'open/a': "it('leaves a timer', () => { setInterval(() => {}, 1000); });",
      'only/a': "it.only('is the only one', () => {});",
    });
    assert.equal(status, 1, output);
    assert.deepEqual(failed.map((line) => line.trim()).toSorted(), [
      'broken: it ended with 1 before its tests were over',
      'ended: it ended with 0 before its tests were over',
      'only: it ended with 1 before its tests were over',
      'open: its tests are over, and something that they have left open keeps it running',
      'what is wrong: wrong indeed',
      'who "before all" hook for "is not asked": no rig',
    ]);
    assert.equal(last, '2 passed, 6 failed, 1 skipped');
  });

  it('ends what a batch has started, when that does not end by itself', async () => {
    const children = join(import.meta.dirname, '../support/child-processes.ts');
    const { status, failed, output } = run({
      'open/a': `
        import { spawn } from 'node:child_process';
        import { endsWithUs } from '${children}';
        it('starts what sleeps', () => console.log('sleeps as', endsWithUs(spawn('sleep', ['600'])).pid));`,
    });
    assert.equal(status, 1, output);
    assert.match(failed.join(), /^ *open: its tests are over/);
    const pid = Number(/sleeps as (\d+)/.exec(output)?.[1]);
    assert.ok(pid > 0, output);
    // The signal is sent; on a busy machine it takes its time to act.
    for (const until = Date.now() + 20_000; isRunning(pid); await delay(20))
      assert.ok(Date.now() < until, 'it sleeps on');
  });
});
