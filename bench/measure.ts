/** One contender at one rate. */

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Contender, Running } from './contenders.ts';
import { type Lateness, latenessByStore } from './due-times.ts';
import type { BenchLoad, LoadRun, TrunkCounts } from './load.ts';
import { idleCores, type Pinning, watchCores } from './machine.ts';
import { cpuMsOf, rssBytesOf, threadCpuMsOf } from './proc.ts';

/** A rate passes with nothing failed or doubled, and with these. */
const REJECT_P99_MS = 500;
const LATENESS_P99_MS = 1_000;
/** Before each point, at the point's own rate where that is higher. */
const WARM_UP_RATE = 100;
const MIB = 2 ** 20;
/** After the start, what was needed for it is given back. */
const REST_MS = 3_000;

export interface Point {
  contender: string;
  rate: number;
  passes: boolean;
  offered: number;
  completed: number;
  failed: number;
  missing: number;
  doubled: number;
  rejectMs: Lateness;
  /** From rejection received + delay to INVITE received, seen from outside. */
  lateness: Lateness;
  /** By the outside, which is some milliseconds wrong. */
  early: number;
  /** By the due time in the store; null: there is none. */
  byStore: (Lateness & { early: number }) | null;
  trunks: TrunkCounts;
  cpuMs: number;
  /** CPU milliseconds per callback by thread. */
  threads: Record<string, number>;
  rssMiB: number;
  /** Share of each core that was in use, by whomever. */
  coresBusy: number[];
  /** The cores were not idle before; null: they were. */
  disturbed: string | null;
  /** It failed before it was warm: these are the figures of the warm-up. */
  inWarmUp: boolean;
}

export interface Bench {
  load: BenchLoad;
  pinning: Pinning;
  idleWaitMs: number;
  /**
   * V8 has compiled what is hot after some thousand callbacks, but a server is in its steady state only when as many
   * transactions end as begin: they are retained for 64*T1 = 32 s (RFC 3261 17.1.1.2, 17.2.1).
   */
  warmUpSeconds: number;
}

export interface Load {
  rate: number;
  seconds: number;
  failsEveryThird?: boolean;
  /** Looks at the server when the load is over. */
  afterwards?: (running: Running) => Promise<void>;
}

type Measured = Omit<Point, 'byStore' | 'passes' | 'disturbed' | 'inWarmUp'>;

export async function measurePoint(contender: Contender, { afterwards, ...load }: Load, bench: Bench): Promise<Point> {
  const { pinning, idleWaitMs, warmUpSeconds } = bench;
  const running = await contender.start(pinning.server);
  const measure = async (one: Load) => {
    const run = await measureRun(running, one, bench.load);
    return { rings: run.rings, measured: { contender: contender.name, ...run.measured, rate: load.rate } };
  };
  let run: Awaited<ReturnType<typeof measure>>;
  let about: Pick<Point, 'disturbed' | 'inWarmUp'>;
  try {
    await delay(REST_MS);
    const disturbed = await idleCores(idleWaitMs);
    run = await measure({ ...load, rate: Math.max(load.rate, WARM_UP_RATE), seconds: warmUpSeconds });
    // Who loses calls at this rate while he warms up is not asked again.
    const inWarmUp = load.rate >= WARM_UP_RATE && run.measured.failed > 0;
    if (!inWarmUp) run = await measure(load);
    await afterwards?.(running);
    about = { disturbed, inWarmUp };
  } finally {
    await running.stop();
  }
  const { measured, rings } = run;
  const byStore = contender.dataDirectory === undefined ? null : latenessByStore(contender.dataDirectory, rings);
  return { ...measured, ...about, byStore, passes: passes(measured) };
}

async function measureRun(running: Running, load: Load, callers: BenchLoad) {
  const cores = watchCores();
  const before = { cpu: cpuMsOf(running.pids), threads: threadCpuMsOf(running.pids) };
  const run = await callers.run({ server: running.sip, ...load });
  if (run.errors !== '') throw new Error(`SIPp: ${run.errors}`);
  const after = { cpu: cpuMsOf(running.pids), threads: threadCpuMsOf(running.pids) };
  const measured = {
    rate: load.rate,
    ...counted(run),
    cpuMs: (after.cpu - before.cpu) / Math.max(run.report.completed, 1),
    threads: perCallback(before.threads, after.threads, run.report.completed),
    rssMiB: rssBytesOf(running.pids) / MIB,
    coresBusy: cores(),
  };
  return { rings: run.rings, measured };
}

function counted({ report, failed, trunks }: LoadRun) {
  return {
    offered: report.offered,
    completed: report.completed,
    failed,
    missing: report.missing.length,
    doubled: report.doubled.length + report.overlapping.length,
    rejectMs: report.rejectMs,
    lateness: report.lateness,
    early: report.early.length,
    trunks,
  };
}

function passes({ failed, doubled, rejectMs, lateness }: Measured): boolean {
  const isQuick = (rejectMs.p99 ?? Infinity) < REJECT_P99_MS && (lateness.p99 ?? Infinity) < LATENESS_P99_MS;
  return failed === 0 && doubled === 0 && isQuick;
}

function perCallback(before: Record<string, number>, after: Record<string, number>, callbacks: number) {
  return Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / Math.max(callbacks, 1)]),
  );
}

export interface StartFigures {
  readyMs: number;
  rssMiB: number;
}

/** The second of two starts, so that the sources are compiled as they are from the second start on. */
export async function measureStart(contender: Contender, { pinning, idleWaitMs }: Bench): Promise<StartFigures> {
  await (await contender.start(pinning.server)).stop();
  await idleCores(idleWaitMs);
  const running: Running = await contender.start(pinning.server);
  try {
    await delay(REST_MS);
    return { readyMs: running.readyMs ?? 0, rssMiB: rssBytesOf(running.pids) / MIB };
  } finally {
    await running.stop();
  }
}

/** A directory that is there while `work` runs. */
export async function withDirectory<T>(within: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(within, 'callback-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
