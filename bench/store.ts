/**
 * What the embedded store does on this machine: `node bench/store.ts [directory] [pending rows]`.
 * GROUP_COMMIT_MS sets the window, KEEP=1 leaves the data (for `store-idle.ts`).
 * Commits per second single and grouped, latency of inserts at two rates, then everything with many pending rows.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../lib/ports/log.ts';
import type { Store } from '../lib/ports/store.ts';
import { openSqliteStore } from '../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample, change, NOW } from '../test/store/callback-sample.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => silent };
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'store-bench-'));
const pending = Number(process.argv[3] ?? 1_000_000);
let serial = 0;

function sample() {
  serial += 1;
  // Ids in order of time, numbers and due times all over the place: as in life.
  const id = `019a${serial.toString(16).padStart(8, '0')}-7000-8000-${((serial * 2654435761) >>> 0).toString(16)}`;
  const national = String((serial * 7919) % 1_000_000_000).padStart(9, '9');
  return callbackSample({
    id,
    caller: { received: `048${national}`, e164: `+5548${national}` },
    acceptedAt: NOW + serial,
    dueAt: NOW + ((serial * 48_271) % 86_400_000),
    expiresAt: NOW + 172_800_000,
  });
}
const keyOf = (callback: { caller: { e164: string | null } }) => `rule:x|${callback.caller.e164}`;
const insert = (store: Store) => {
  const callback = sample();
  return store.callbacks.insert(acceptance(callback), keyOf(callback));
};

function quantiles(values: number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

async function timed<T>(name: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await run();
  console.log(`${name}: ${(performance.now() - start).toFixed(2)} ms`);
  return value;
}

async function single(store: Store, forMs: number) {
  const until = performance.now() + forMs;
  let count = 0;
  for (; performance.now() < until; count += 1) await insert(store);
  return Math.round((count * 1000) / forMs);
}

async function concurrent(store: Store, workers: number, forMs: number) {
  const counts = await Promise.all(Array.from({ length: workers }, () => single(store, forMs)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Inserts that arrive at random with this rate, each from a turn of the event loop of its own. */
async function atRate(store: Store, perSecond: number, forMs: number) {
  const latencies: number[] = [];
  const running: Promise<unknown>[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  let next = start;
  while (performance.now() < start + forMs) {
    while (next <= performance.now()) {
      const began = performance.now();
      running.push(insert(store).then(() => latencies.push(performance.now() - began)));
      next += (-Math.log(1 - Math.random()) * 1000) / perSecond;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => (next - performance.now() > 2 ? setTimeout(resolve, 1) : setImmediate(resolve)));
  }
  await Promise.all(running);
  const { system } = process.cpuUsage(cpu);
  const rate = Math.round((latencies.length * 1000) / forMs);
  console.log(
    `  ${perSecond}/s wanted, ${rate}/s done: ${quantiles(latencies)}; system CPU ${(system / forMs / 10).toFixed(0)} %`,
  );
}

async function life(store: Store, count: number) {
  const start = performance.now();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const callback = sample();
      await store.callbacks.insert(acceptance(callback), keyOf(callback));
      let last = callback;
      for (const state of ['scheduled', 'queued', 'dialing', 'dialing', 'answered', 'connected', 'done'] as const) {
        const save = change(last, { state });
        await store.callbacks.save(save);
        last = save.callback;
      }
    }),
  );
  const perSecond = (count * 1000) / (performance.now() - start);
  console.log(`whole lives (1 insert, 7 saves), all at once: ${perSecond.toFixed(0)}/s`);
}

async function fill(store: Store, rows: number) {
  const start = performance.now();
  for (let done = 0; done < rows; done += 2000) await Promise.all(Array.from({ length: 2000 }, () => insert(store)));
  console.log(`filled at ${Math.round((rows * 1000) / (performance.now() - start))} rows/s`);
}

async function questions(store: Store) {
  await timed('due(100)', () => store.callbacks.due(NOW + 3_600_000, 100, new Set()));
  const held = new Set((await store.callbacks.due(NOW + 86_400_000, 2000, new Set())).map(({ id }) => id));
  await timed('due(100) except 2000', () => store.callbacks.due(NOW + 86_400_000, 100, held));
  await timed('earliestDue', () => store.callbacks.earliestDue());
  await timed('counts', () => store.callbacks.counts());
  await timed('inFlight', () => store.callbacks.inFlight(new Set()));
  await timed('countAccepted', () => store.callbacks.countAccepted('+5548000007919', 0));
  const list = { page: 1, pageSize: 50, sort: { field: 'acceptedAt', descending: true } } as const;
  const total = await timed('list, first page', () => store.callbacks.list(list));
  await timed('list, middle page', () => store.callbacks.list({ ...list, page: Math.floor(total.total / 100) }));
  await timed('list, last page', () => store.callbacks.list({ ...list, page: Math.floor(total.total / 50) }));
  await timed('list by rule', () => store.callbacks.list({ ...list, rule: 'Callback geral' }));
  await timed('list by rule and state', () =>
    store.callbacks.list({ ...list, rule: 'Callback geral', state: 'scheduled' }),
  );
  await timed('list by time', () => store.callbacks.list({ ...list, from: NOW + 1000 }));
  await timed('list by state, by due', () =>
    store.callbacks.list({ ...list, state: 'scheduled', sort: { field: 'dueAt', descending: false } }),
  );
  await timed('list by number', () => store.callbacks.list({ ...list, number: '+5548000007919' }));
}

const groupCommitMs = Number(process.env['GROUP_COMMIT_MS'] ?? 2);
let store = await openSqliteStore({ directory, log: silent, groupCommitMs });
try {
  console.log(`group commit ${groupCommitMs} ms`);
  console.log(`one after the other: ${await single(store, 2000)} commits/s`);
  for (const workers of [10, 100, 1000])
    console.log(`${workers} at a time: ${await concurrent(store, workers, 2000)} inserts/s`);
  for (const rate of [200, 2000]) await atRate(store, rate, 5000);
  await life(store, 5000);
  if (pending > 0) {
    await fill(store, pending);
    await store.close();
    store = await timed('open', () => openSqliteStore({ directory, log: silent, groupCommitMs }));
    console.log('counts', JSON.stringify(await store.callbacks.counts()));
    await questions(store);
    for (const rate of [200, 2000]) await atRate(store, rate, 5000);
    await life(store, 5000);
    console.log(
      `file ${Math.round(statSync(join(directory, 'callback.db')).size / 2 ** 20)} MB, RSS ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`,
    );
  }
} finally {
  await store.close();
  if (process.env['KEEP']) console.log(`kept in ${directory}`);
  else rmSync(directory, { recursive: true });
}
