/**
 * `make fuzz`: the cases in turn with ever new seeds, for SECONDS (60); ends with 1 at the first that fails, and prints
 * the seed. It also fails where the heap has grown.
 */

import { stderr, stdout } from 'node:process';
import { FUZZ_CASES } from './cases.ts';

const RUNS = 500;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;

const seconds = Number(process.argv[2] ?? 60);
if (!Number.isFinite(seconds) || seconds <= 0) {
  stderr.write('fuzz: SECONDS has to be a number above 0\n');
  process.exit(2);
}
const until = performance.now() + seconds * 1000;
const runs = new Map<string, number>();
const heapAt = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
let before: number | null = null;
while (performance.now() < until) {
  for (const { name, check } of FUZZ_CASES) {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    const { failed, report } = check(RUNS, seed);
    if (failed) {
      stderr.write(`${name}: failed with seed ${seed}\n${report}\n`);
      process.exit(1);
    }
    runs.set(name, (runs.get(name) ?? 0) + RUNS);
  }
  // What the cases have left to be done, such as prompts that are being looked for
  await new Promise(setImmediate);
  // After the first round everything is warm.
  before ??= heapAt();
}
const grown = heapAt() - (before ?? 0);
for (const [name, count] of runs) stdout.write(`${String(count).padStart(9)}  ${name}\n`);
stdout.write(`heap after the first round and now: ${Math.round(grown / 1024)} KiB apart\n`);
if (grown > MAX_GROWTH_BYTES) {
  stderr.write('fuzz: the heap has grown\n');
  process.exit(1);
}
