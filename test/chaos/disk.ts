/** The disk runs full under load, and has room again. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configurationOf, type NodeSetting, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first'];
const delaySeconds = 2;
const DISK_MB = 96;
const PAGE = Buffer.alloc(4_096);

/** Only root may mount. */
function asRoot(...command: string[]): { isDone: boolean; text: string } {
  const [program, ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  const { status, stderr, error } = spawnSync(program!, rest, { encoding: 'utf8' });
  return { isDone: status === 0, text: error?.message ?? stderr };
}

const lacks = (): string | null => (asRoot('true').isDone ? null : 'only root may mount a small disk');

/** Takes all the room there is; nothing: there was none. */
function fill(path: string): void {
  const file = openSync(path, 'a');
  try {
    while (writeSync(file, PAGE) === PAGE.length);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
}

function prepare(stage: Stage): NodeSetting {
  const directory = stage.dataDirectory(0);
  mkdirSync(directory, { recursive: true });
  const owner = `uid=${process.getuid?.()},gid=${process.getgid?.()},mode=700`;
  const { isDone, text } = asRoot('mount', '-t', 'tmpfs', '-o', `size=${DISK_MB}m,${owner}`, 'tmpfs', directory);
  assert.ok(isDone, `a small disk cannot be mounted: ${text}`);
  process.once('exit', () => asRoot('umount', directory));
  stage.atTheEnd((isKept) => {
    if (isKept) cpSync(directory, join(dirname(directory), 'data-of-the-full-disk'), { recursive: true });
    asRoot('umount', directory);
  });
  return {};
}

async function fillAndFree(stage: Stage): Promise<void> {
  const { faults, isShort } = stage.options;
  const ballast = join(stage.dataDirectory(0), 'ballast');
  for (let fault = 1; fault <= faults; fault += 1) {
    await stage.pause(1_000, 3_000);
    stage.note('full');
    // What is freed meanwhile, by a checkpoint, is taken too.
    const until = performance.now() + (isShort ? 2_500 : stage.random.between(2_000, 9_000));
    while (performance.now() < until) {
      fill(ballast);
      await stage.pause(50, 50);
    }
    rmSync(ballast);
    stage.progress('the disk was full for some seconds', fault);
    await stage.nodes[0]!.ready();
  }
}

export const disk: Scenario = {
  name: 'disk',
  about: 'the disk of the embedded store runs full, and has room again',
  nodes: 1,
  delaySeconds,
  trunks,
  faults: { full: 10, short: 1 },
  shortRate: 12,
  configuration: (peers) => configurationOf(peers, { trunks, delaySeconds }),
  lacks,
  prepare,
  disturb: fillAndFree,
};
