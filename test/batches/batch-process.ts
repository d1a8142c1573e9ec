/** One batch as a mocha process. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch } from './batches.ts';

const ROOT = join(import.meta.dirname, '../..');
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');
/** To our reporter. */
const TELLING = ['--reporter-option', 'batch'];
/** Afterwards a batch whose tests are over has left something open. */
const CLOSING_MS = 30_000;
/** For the rest of what it printed. */
const READING_MS = 1_000;
/** For one that is told to end. */
const ENDING_MS = 5_000;

/** What the reporter tells. */
export interface Told {
  passes: number;
  failures: number;
  pending: number;
  failed: string[];
  /** Milliseconds by file. */
  took: Record<string, number>;
}

export interface BatchResult {
  /** null: mocha has not got to its end. */
  told: Told | null;
  output: string;
  /** What is wrong beyond the failed tests; null: nothing. */
  fault: string | null;
  tookMs: number;
}

export interface BatchOptions {
  directory: string;
  /** For mocha. */
  flags: readonly string[];
  /** In front of the command; it becomes the program itself. */
  prefix: readonly string[];
  closingMs?: number;
}

const IN_A_NETWORK = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/**
 * A network for each batch, in which nobody else can have its ports; null where this user or machine can make none.
 * Not with a user's namespace: a test must find the rights that it really has.
 */
export function ownNetwork(): readonly string[] | null {
  if (process.getuid?.() !== 0) return null;
  const [command, ...rest] = [...IN_A_NETWORK, 'true'];
  return spawnSync(command!, rest, { stdio: 'ignore' }).status === 0 ? IN_A_NETWORK : null;
}

export async function runBatch(batch: Batch, options: BatchOptions): Promise<BatchResult> {
  const startedAt = performance.now();
  const files = batch.files.map((file) => join(options.directory, file));
  const [command, ...rest] = [...options.prefix, process.execPath, MOCHA, ...TELLING, ...options.flags, ...files];
  // It ends by itself when this process does, and ends what it has started: its reporter sees the channel close.
  const child = spawn(command!, rest, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const end = await endOf(child, options.closingMs ?? CLOSING_MS);
  return { told: end.told, output, fault: faultOf(end), tookMs: performance.now() - startedAt };
}

interface End {
  told: Told | null;
  code: number | null;
  isLeftOpen: boolean;
}

async function endOf(child: ChildProcess, closingMs: number): Promise<End> {
  let told: Told | null = null;
  let isLeftOpen = false;
  let timer: NodeJS.Timeout | undefined;
  const closed = once(child, 'close');
  child.on('message', (message) => {
    told = message as Told;
    timer = setTimeout(() => {
      isLeftOpen = true;
      if (child.connected) child.disconnect();
      timer = setTimeout(() => child.kill('SIGKILL'), ENDING_MS);
    }, closingMs);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  // The last of what it printed; whoever else has the pipes is not waited for.
  const isRead = new AbortController();
  const patience = delay(READING_MS, null, { signal: isRead.signal }).catch(() => null);
  await Promise.race([closed, patience]);
  isRead.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { told, code, isLeftOpen };
}

function faultOf({ told, code, isLeftOpen }: End): string | null {
  if (isLeftOpen) return 'its tests are over, and something that they have left open keeps it running';
  if (told === null) return `it ended with ${code} before its tests were over`;
  return code === 0 || told.failures > 0 ? null : `it ended with ${code}`;
}
