import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CallbackState } from '../../lib/core/callback/callback.ts';
import type { Store } from '../../lib/ports/store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { recordingLog, temporaryDirectory } from './harness.ts';

const ROUNDS = 5;
const STATES: CallbackState[] = ['scheduled', 'queued', 'dialing', 'done'];

/** Kills the writer with -9 after `count` acknowledged writes; adds what was acknowledged, also while it was dying. */
async function killAfter(writer: ChildProcess, count: number, acknowledged: Map<string, number>): Promise<void> {
  let lines = 0;
  for await (const line of createInterface({ input: writer.stdout! })) {
    const [id, version] = line.split(' ');
    acknowledged.set(id!, Number(version));
    lines += 1;
    if (lines === count) writer.kill('SIGKILL');
  }
  assert.ok(lines >= count, `the writer ended by itself after ${lines} writes`);
}

/** Each write of the writer has one log entry and one version; so half a write shows. */
async function assertConsistent(store: Store, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const entries = new Map<string, number>();
  for (let sequence = 0; ; ) {
    const page = await store.callbacks.logSince(sequence, 1000);
    if (page.length === 0) break;
    for (const { callbackId } of page) entries.set(callbackId, (entries.get(callbackId) ?? 0) + 1);
    sequence = page.at(-1)!.sequence;
  }
  const counts: Partial<Record<CallbackState, number>> = {};
  for (const [id, written] of entries) {
    const callback = await store.callbacks.get(id);
    assert.equal(callback?.version, written, `${id} has ${written} log entries`);
    assert.equal(callback?.state, STATES[written - 1]);
    counts[callback.state] = (counts[callback.state] ?? 0) + 1;
  }
  for (const [id, version] of acknowledged) {
    assert.ok((entries.get(id) ?? 0) >= version, `${id}: version ${version} was acknowledged and is lost`);
  }
  const stored = await store.callbacks.counts();
  for (const state of STATES) assert.equal(stored[state], counts[state] ?? 0);
}

describe('kill -9', () => {
  it('loses no acknowledged write, leaves none half, and frees the store, whenever it strikes', async function () {
    this.timeout(60_000);
    const directory = temporaryDirectory();
    const acknowledged = new Map<string, number>();
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const script = join(import.meta.dirname, 'writer.ts');
        const stdio = ['ignore', 'pipe', 'inherit'] as const;
        const writer = spawn(process.execPath, [script, directory, `r${round}`], { stdio: [...stdio] });
        const ended = once(writer, 'exit');
        await killAfter(writer, 1 + Math.floor(Math.random() * 600), acknowledged);
        assert.equal((await ended)[1], 'SIGKILL');
        const store = await openSqliteStore({ directory, log: recordingLog() });
        await assertConsistent(store, acknowledged);
        await store.close();
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is refused to a second process while the first one lives', async function () {
    this.timeout(60_000);
    const directory = temporaryDirectory();
    const script = join(import.meta.dirname, 'writer.ts');
    const writer = spawn(process.execPath, [script, directory, 'w'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(writer, 'exit');
    try {
      await once(writer.stdout!, 'data');
      await assert.rejects(openSqliteStore({ directory, log: recordingLog() }), { code: 'STORE_IN_USE' });
    } finally {
      writer.kill('SIGKILL');
      await ended;
    }
    await (await openSqliteStore({ directory, log: recordingLog() })).close();
    rmSync(directory, { recursive: true });
  });
});
