/** Writes callbacks without end, several at a time, and prints `id version` for each write that was acknowledged. */

import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample, change } from './callback-sample.ts';
import { recordingLog } from './harness.ts';

const [directory, prefix] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore({ directory, log: recordingLog() });
let serial = 0;

async function life(): Promise<void> {
  serial += 1;
  let callback = callbackSample({ id: `${prefix}-${serial}` });
  await store.callbacks.insert(acceptance(callback), callback.id);
  writeSync(1, `${callback.id} 1\n`);
  for (const state of ['queued', 'dialing', 'done'] as const) {
    const save = change(callback, { state });
    await store.callbacks.save(save);
    callback = save.callback;
    writeSync(1, `${callback.id} ${callback.version}\n`);
  }
}

async function lives(): Promise<never> {
  for (;;) await life();
}

await Promise.all(Array.from({ length: 8 }, lives));
