/**
 * Fills a data directory with callbacks that are due from tomorrow on, written by the store itself:
 * `node bench/prefill.ts DIRECTORY [COUNT]`.
 */

import { acceptCallback } from '../lib/core/callback/accept.ts';
import { duplicateKeyOf } from '../lib/core/callback/callback.ts';
import { requestFromRule } from '../lib/core/rules/request.ts';
import type { Log } from '../lib/ports/log.ts';
import type { Store } from '../lib/ports/store.ts';
import { parseConfiguration } from '../lib/schema/parse-configuration.ts';
import { openSqliteStore } from '../lib/store/sqlite/sqlite-store.ts';
import { createIds } from '../lib/system/ids.ts';
import { CONFIGURATION, INBOUND_NUMBER } from './call-flow.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;
/** Written in one go; the store makes its own transactions of it. */
const PORTION = 5_000;

const silent: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => silent };

/** Numbers that no caller of the load has. */
const numberOf = (index: number) => `55119${String((index * 7_919) % 100_000_000).padStart(8, '0')}`;

export async function prefill(directory: string, count: number): Promise<void> {
  const store = await openSqliteStore({ directory, log: silent });
  try {
    for (let first = 0; first < count; first += PORTION) await write(store, first, Math.min(first + PORTION, count));
  } finally {
    await store.close();
  }
}

/** As the API makes them: promised at once, due when the client said. */
async function write(store: Store, first: number, end: number): Promise<void> {
  const ids = createIds();
  const rule = ruleOfTheBenchmark();
  const now = Date.now();
  const inserts = Array.from({ length: end - first }, (_, offset) => {
    const index = first + offset;
    const number = numberOf(index);
    const caller = { received: number, e164: `+${number}` };
    const context = { caller, callerName: null, inboundNumber: INBOUND_NUMBER, source: 'carrier' };
    const dueAt = now + DAY_MS + ((index * 48_271) % (DAYS * DAY_MS));
    const details = { id: ids.callbackId(), inboundCallId: null, userData: null, dueAt };
    const { callback, log } = acceptCallback({ ...requestFromRule(rule, context), ...details }, now);
    return store.callbacks.insert({ callback, log, attempts: [] }, duplicateKeyOf(callback));
  });
  const results = await Promise.all(inserts);
  const refused = results.filter(({ result }) => result !== 'inserted').length;
  if (refused > 0) throw new Error(`${refused} callbacks were not taken by the store`);
}

function ruleOfTheBenchmark() {
  const parsed = parseConfiguration(CONFIGURATION);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes));
  return parsed.configuration.callbackRules[0]!;
}

if (import.meta.main) {
  const [directory, count = '1000000'] = process.argv.slice(2);
  if (directory === undefined) throw new Error('node bench/prefill.ts DIRECTORY [COUNT]');
  const start = performance.now();
  await prefill(directory, Number(count));
  const seconds = (performance.now() - start) / 1_000;
  console.log(`${count} callbacks in ${seconds.toFixed(1)} s, ${Math.round(Number(count) / seconds)} a second`);
}
