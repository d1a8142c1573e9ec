/**
 * `make test [JOBS=n] [MOCHA='flags of mocha']`: all tests, some batches side by side.
 * The last line counts the tests, in the words of the reporter.
 */

import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitsOnSignals } from '../support/child-processes.ts';
import { type BatchResult, ownNetwork, runBatch } from './batch-process.ts';
import { type Batch, batchesOf, nextOf } from './batches.ts';

const SLOWEST = 15;

const [own, flags] = argumentsOf(process.argv.slice(2));
const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string' }, directory: { type: 'string' }, closing: { type: 'string' } },
  args: own,
  allowPositionals: true,
});
const directory = values.directory ?? join(import.meta.dirname, '..');
const network = ownNetwork();
// Without networks of their own they could meet on a port. One more than there are cores: they wait more than they work.
const jobs = Number(values.jobs ?? (network === null ? 1 : Math.min(3, availableParallelism() + 1)));
if (!Number.isInteger(jobs) || jobs < 1) {
  process.stderr.write(`JOBS is how many batches run side by side, from 1: not ${values.jobs}\n`);
  process.exit(2);
}

const isWanted = (file: string) => positionals.length === 0 || positionals.some((one) => file.startsWith(one));
const waiting = batchesOf(globSync('**/*.test.ts', { cwd: directory }).filter(isWanted).toSorted());
const running: Batch[] = [];
const results = new Map<Batch, BatchResult>();
/** Resolves when the next one of those that run has ended. */
let oneEnds = Promise.withResolvers<void>();
const print = (text: string) => process.stdout.write(text);

/** Ours, and after `--` mocha's. */
function argumentsOf(all: string[]): [string[], string[]] {
  const at = all.indexOf('--');
  return at === -1 ? [all, []] : [all.slice(0, at), all.slice(at + 1)];
}

async function lane(): Promise<void> {
  for (;;) {
    const batch = nextOf(waiting, running);
    if (batch === null) {
      if (waiting.length === 0) return;
      await oneEnds.promise;
      continue;
    }
    waiting.splice(waiting.indexOf(batch), 1);
    running.push(batch);
    const closingMs = values.closing === undefined ? {} : { closingMs: Number(values.closing) };
    const result = await runBatch(batch, { directory, flags, prefix: network ?? [], ...closingMs });
    running.splice(running.indexOf(batch), 1);
    results.set(batch, result);
    report(batch, result);
    oneEnds.resolve();
    oneEnds = Promise.withResolvers();
  }
}

function report({ name }: Batch, { output, fault, tookMs }: BatchResult): void {
  print(`\n== ${name}: ${(tookMs / 1_000).toFixed(1)} s\n${output}`);
  if (fault !== null) print(`== ${name}: ${fault}\n`);
}

/** @returns whether everything is well */
function summarize(): boolean {
  const all = [...results];
  const took = all.flatMap(([, { told }]) => Object.entries(told?.took ?? {}));
  const slowest = took.toSorted(([, a], [, b]) => b - a).slice(0, SLOWEST);
  print('\nWhat took longest:\n');
  for (const [file, ms] of slowest) print(`${(ms / 1_000).toFixed(1).padStart(7)} s  ${file}\n`);
  const wrong = all.flatMap(([{ name }, { told, fault }]) => [
    ...(told?.failed ?? []),
    ...(fault === null ? [] : [`${name}: ${fault}`]),
  ]);
  if (wrong.length > 0) print(`\nFailed:\n${wrong.map((title) => `  ${title}\n`).join('')}`);
  const sum = (count: 'passes' | 'pending') => all.reduce((total, [, { told }]) => total + (told?.[count] ?? 0), 0);
  const skipped = sum('pending') > 0 ? `, ${sum('pending')} skipped` : '';
  print(`${sum('passes')} passed, ${wrong.length} failed${skipped}\n`);
  return wrong.length === 0;
}

exitsOnSignals();
await Promise.all(Array.from({ length: jobs }, lane));
process.exitCode = summarize() ? 0 : 1;
