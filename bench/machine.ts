/** The machine that is measured on: its cores, whether they are idle, how fast it is at present. */

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const IDLE_SHARE = 0.9;
const LOOK_MS = 500;
/** Idle for so many looks in a row. */
const LOOKS = 3;

/** The server's core and that of everything else; null: not pinned. */
export interface Pinning {
  server: number | null;
  load: number | null;
}

export function choosePinning(wanted: boolean): Pinning {
  const canPin = wanted && availableParallelism() >= 2 && spawnSync('taskset', ['-V']).status === 0;
  return canPin ? { server: 0, load: 1 } : { server: null, load: null };
}

/** A command on one core. */
export function pinned(core: number | null, command: readonly string[]): [string, string[]] {
  const all = core === null ? command : ['taskset', '-c', String(core), ...command];
  return [all[0]!, all.slice(1)];
}

/** This process, all its threads, and what it starts from now on. */
export function pinSelf(core: number | null): void {
  if (core !== null)
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
}

interface CoreTimes {
  idle: number;
  all: number;
}

function coreTimes(): CoreTimes[] {
  const lines = readFileSync('/proc/stat', 'latin1').split('\n');
  return lines
    .filter((line) => /^cpu\d/.test(line))
    .map((line) => {
      const times = line.split(/\s+/).slice(1, 9).map(Number);
      return { idle: times[3]! + times[4]!, all: times.reduce((sum, time) => sum + time, 0) };
    });
}

/** How busy each core was since `before`, 0 to 1. */
function busySince(before: CoreTimes[]): number[] {
  return coreTimes().map((now, core) => {
    const all = now.all - before[core]!.all;
    return all <= 0 ? 0 : 1 - (now.idle - before[core]!.idle) / all;
  });
}

/** Follows how busy the cores are. @returns what was seen up to the call, per core from 0 to 1 */
export function watchCores(): () => number[] {
  const before = coreTimes();
  return () => busySince(before);
}

/** Waits until all cores are idle. @returns null; or, after `limitMs`, how busy they still are */
export async function idleCores(limitMs: number): Promise<string | null> {
  const until = Date.now() + limitMs;
  let quiet = 0;
  for (;;) {
    const before = coreTimes();
    await delay(LOOK_MS);
    const busy = busySince(before);
    quiet = busy.every((share) => 1 - share >= IDLE_SHARE) ? quiet + 1 : 0;
    if (quiet >= LOOKS) return null;
    if (Date.now() >= until) return busy.map((share, core) => `core ${core} ${Math.round(share * 100)} %`).join(', ');
  }
}

const LOOP = join(import.meta.dirname, 'calibration.ts');

/** Milliseconds that a fixed piece of work takes on a core: two runs compare only where this is the same. */
export function calibrate(core: number | null): number {
  const [command, args] = pinned(core, [process.execPath, LOOP]);
  return Number(execFileSync(command, args, { encoding: 'utf8' }));
}

/** What a directory is on: `ext4`, `tmpfs`. */
export function fileSystemOf(directory: string): string {
  return execFileSync('stat', ['-f', '-c', '%T', directory], { encoding: 'utf8' }).trim();
}

export function describeMachine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores ${first?.model.trim() ?? ''}, ${memory} GiB, Linux ${release()}, Node ${process.version}`;
}
