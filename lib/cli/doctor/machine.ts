/** The machine: Node.js, open files, disk, clock. */

import { constants } from 'node:fs';
import { access, mkdtemp, open, readFile, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Finding, fault, note, ok, warning } from './finding.ts';

const OLDEST_NODE = 20;
/** Two legs, RTP and RTCP of each, their files and sockets. */
const FEW_FILES = 4_096;

export function checkNode(version: string): Finding {
  const major = Number.parseInt(version.replace(/^v/, ''), 10);
  if (major < OLDEST_NODE)
    return fault('node', `Node.js ${version} is too old`, `install Node.js ${OLDEST_NODE} or later`);
  return ok('node', `Node.js ${version}`);
}

/** @param limits text of /proc/self/limits; null: not to be had */
export function checkFiles(limits: string | null): Finding[] {
  const soft = /^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1];
  if (soft === undefined) return [];
  if (Number(soft) >= FEW_FILES) return [ok('files', `${soft} files may be open at once`)];
  const advice = `a call takes up to 6: set LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536`;
  return [warning('files', `only ${soft} files may be open at once`, advice)];
}

export const readLimits = (): Promise<string | null> => readFile('/proc/self/limits', 'utf8').catch(() => null);

const GIGABYTE = 1024 ** 3;
const LITTLE_BYTES = 1 * GIGABYTE;
const NEXT_TO_NOTHING_BYTES = 0.1 * GIGABYTE;
const WRITES = 24;
const PAGE_BYTES = 4_096;
/** A promise waits for one such write, and has to be given within 500 ms. */
const SLOW_MS = 30;
const MUCH_TOO_SLOW_MS = 250;

async function existing(directory: string): Promise<string> {
  for (let path = resolve(directory); ; path = dirname(path)) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
    if (path === dirname(path)) return path;
  }
}

/** Room, rights and speed where `directory` is or will be. Nothing is left there. */
export async function checkDisk(check: string, directory: string): Promise<Finding[]> {
  const path = await existing(directory);
  const isWritable = await access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    const advice = `chown it to the user that runs the server, or choose another directory`;
    return [fault(check, `${path} can't be written`, advice)];
  }
  try {
    return [await room(check, path), await speed(check, path)];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return [fault(check, `${path} can't be used: ${code}`, 'make room there, or choose another directory')];
  }
}

async function room(check: string, path: string): Promise<Finding> {
  const { bavail, bsize, blocks } = await statfs(path);
  const bytes = bavail * bsize;
  const text = `${path}: ${sizeText(bytes)} free of ${sizeText(blocks * bsize)}`;
  const advice = 'make room: without it callers get 503, and records wait in memory';
  if (bytes < NEXT_TO_NOTHING_BYTES) return fault(check, text, advice);
  return bytes < LITTLE_BYTES ? warning(check, text, advice) : ok(check, text);
}

const sizeText = (bytes: number): string =>
  bytes >= GIGABYTE ? `${(bytes / GIGABYTE).toFixed(1)} GB` : `${Math.round(bytes / 1024 ** 2)} MB`;

async function speed(check: string, path: string): Promise<Finding> {
  const directory = await mkdtemp(join(path, '.doctor-'));
  try {
    const handle = await open(join(directory, 'page'), 'w');
    const took: number[] = [];
    try {
      for (let count = 0; count < WRITES; count += 1) {
        const since = performance.now();
        await handle.write(Buffer.alloc(PAGE_BYTES, count), 0, PAGE_BYTES, count * PAGE_BYTES);
        await handle.datasync();
        took.push(performance.now() - since);
      }
    } finally {
      await handle.close();
    }
    return speedFinding(check, took);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @param took milliseconds of each write */
export function speedFinding(check: string, took: readonly number[]): Finding {
  const sorted = took.toSorted((a, b) => a - b);
  const [usual, slowest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  const text = `a write is on the disk after ${usual.toFixed(1)} ms, at worst ${slowest.toFixed(1)} ms`;
  const advice = 'a caller waits for such a write: use a local SSD, no network file system';
  if (usual > MUCH_TOO_SLOW_MS) return fault(check, text, advice);
  return usual > SLOW_MS || slowest > MUCH_TOO_SLOW_MS ? warning(check, text, advice) : ok(check, text);
}

/** Runs a program. @returns what it printed; null: it is not there, failed, or took too long */
export type Run = (command: string, ...args: string[]) => Promise<string | null>;

/** Whether somebody keeps the clock right. */
export async function checkNtp(run: Run): Promise<Finding> {
  const advice =
    'switch it on: timedatectl set-ntp true, or install chrony. Due times and the times of records depend on it';
  const systemd = (await run('timedatectl', 'show', '--property=NTPSynchronized', '--value'))?.trim();
  if (systemd === 'yes') return ok('clock', 'is synchronised (timedatectl)');
  const leap = /^Leap status\s*:\s*(.*)$/m.exec((await run('chronyc', '-n', 'tracking')) ?? '')?.[1]?.trim();
  if (leap === 'Normal') return ok('clock', 'is synchronised (chrony)');
  if (systemd === 'no' || leap !== undefined) return warning('clock', 'is not synchronised by NTP', advice);
  return note('clock', 'nobody here knows whether it is synchronised (no timedatectl, no chronyc)', advice);
}

const MUCH_MS = 2_000;

/** @param byMs how far our clock is ahead of the other one; `exactness` of that number */
export function driftFinding(who: string, byMs: number, exactnessMs: number): Finding {
  const text = `${Math.abs(byMs) < 1_000 ? `${Math.round(Math.abs(byMs))} ms` : `${(Math.abs(byMs) / 1_000).toFixed(1)} s`} ${byMs < 0 ? 'behind' : 'ahead of'} ${who}`;
  if (Math.abs(byMs) <= MUCH_MS + exactnessMs) return ok('clock', text);
  return warning('clock', text, 'one of the two is wrong: compare both with an NTP server');
}
