import assert from 'node:assert/strict';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { callbackQueries } from '../../lib/store/callback-queries.ts';
import { journalPage } from '../../lib/store/document-queries.ts';
import { suppressionPage, suppressionQueries, usageQueries } from '../../lib/store/gate-queries.ts';
import type { Query } from '../../lib/store/query.ts';
import { configurationQueries, registrationQueries, settingQueries } from '../../lib/store/resource-queries.ts';
import { sqliteCompiler } from '../../lib/store/schema.ts';
import { openDatabase, openMemoryDatabase } from '../../lib/store/sqlite/database-file.ts';
import { createSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample } from './callback-sample.ts';
import { recordingLog, temporaryDirectory } from './harness.ts';

/** Whole indexes that are small, or of which one entry is read. */
const ALLOWED = new Set([
  // A row of subqueries: each of them has its own line.
  'SCAN CONSTANT ROW',
  'SCAN callbacks USING INDEX callbacks_in_flight',
  'SCAN callback_counts',
  'SCAN callback_log',
  'SCAN configuration_revision',
  'SCAN configuration_documents',
  // Attempts of one callback that were planned in one millisecond.
  'USE TEMP B-TREE FOR LAST TERM OF ORDER BY',
]);

describe('SQLite query plans', () => {
  it('never walk or sort a table of callbacks, attempts or registrations on the hot path', () => {
    const database = openMemoryDatabase();
    const compiler = sqliteCompiler();
    const groups = [
      callbackQueries(compiler),
      configurationQueries(compiler),
      registrationQueries(compiler),
      settingQueries(compiler),
      suppressionQueries(compiler),
      usageQueries(compiler),
    ];
    for (const group of groups) {
      for (const [name, query] of Object.entries(group as Record<string, Query<object, unknown>>)) {
        const values = query.values({}).map((value) => value ?? null);
        const plan = database.prepare<unknown[], { detail: string }>(`explain query plan ${query.sql}`).all(...values);
        for (const { detail } of plan) {
          // How many there are, for a list that an administrator looks at.
          if (name === 'total' && /^SCAN (suppressions|CONSTANT ROW)/.test(detail)) continue;
          // All contacts are for people; those of one extension are a handful.
          if (group === groups[2] && (name === 'all' || name === 'of') && !detail.startsWith('SCAN callbacks'))
            continue;
          assert.ok(ALLOWED.has(detail) || !/^SCAN|TEMP B-TREE/.test(detail), `${name}: ${detail}`);
        }
      }
    }
    database.close();
  });

  it('never sort a list of suppressed numbers or of the journal: each order is that of an index', () => {
    const database = openMemoryDatabase();
    const compiler = sqliteCompiler();
    const window = { limit: 50, offset: 0 };
    const lists = [true, false].flatMap((descending) => [
      suppressionPage(compiler, { now: 1, sort: { field: 'createdAt', descending } }, window),
      suppressionPage(compiler, { now: 1, sort: { field: 'number', descending } }, window),
      suppressionPage(compiler, { now: 1, texts: ['x'], sort: { field: 'number', descending } }, window),
      journalPage(compiler, { kind: 'audit', oldestFirst: !descending }, window),
      journalPage(compiler, { kind: 'audit', actor: 'ana', oldestFirst: !descending }, window),
    ]);
    for (const { sql, parameters } of lists) {
      const plan = database.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...parameters);
      const details = plan.map(({ detail }) => detail);
      assert.ok(!details.some((detail) => detail.includes('TEMP B-TREE')), `${sql}: ${details.join(' | ')}`);
      assert.ok(
        details.some((detail) => detail.includes('INDEX')),
        `${sql}: ${details.join(' | ')}`,
      );
    }
    database.close();
  });
});

describe('SQLite log', () => {
  it('is copied into the database by another thread while writes go on, so that it stays short', async function () {
    this.timeout(60_000);
    const directory = temporaryDirectory();
    const path = join(directory, 'callback.db');
    const database = openDatabase(path);
    const log = recordingLog();
    const store = createSqliteStore(database, { path, log, groupCommitMs: 0 });
    const deadline = Date.now() + 50_000;
    let most = 0;
    for (let serial = 0; statSync(path).size < 500_000; serial += 1) {
      assert.ok(Date.now() < deadline, 'nothing was copied');
      await store.callbacks.insert(acceptance(callbackSample({ id: `c${serial}` })), null);
      most = Math.max(most, statSync(`${path}-wal`).size);
    }
    assert.ok(most < 40_000_000, `the log grew to ${most} bytes`);
    assert.deepEqual(log.lines, []);
    await store.close();
    rmSync(directory, { recursive: true });
  });
});
