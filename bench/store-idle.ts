/** Memory and start of a process that only opens the store in a directory: `node bench/store-idle.ts DIRECTORY`. */

import { openSqliteStore } from '../lib/store/sqlite/sqlite-store.ts';

const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20);
const silent = { debug() {}, info() {}, warn() {}, error: console.error, child: () => silent };
const before = megabytes();
const start = performance.now();
const store = await openSqliteStore({ directory: process.argv[2]!, log: silent });
console.log(`open: ${(performance.now() - start).toFixed(1)} ms; RSS ${before} MB before, ${megabytes()} MB after`);
for (let run = 0; run < 100; run += 1) await store.callbacks.due(Date.now() * 2, 100, new Set());
console.log(`after 100 times due(100): RSS ${megabytes()} MB`, JSON.stringify(await store.callbacks.counts()));
for (let run = 0; run < 300; run += 1) await store.settings.set('bench', String(run));
console.log(`after 300 commits, checkpoint thread running: RSS ${megabytes()} MB`);
await store.close();
