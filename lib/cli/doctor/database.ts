/** The database of several nodes: whether it is there, how far, which schema, what time it is there. */

import { Client } from 'pg';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { ALL_MIGRATIONS } from '../../store/migrations/all.ts';
import { databaseAddress } from '../../store/postgres/database-address.ts';
import { type Finding, fault, ok, warning } from './finding.ts';
import { driftFinding } from './machine.ts';

const TIMEOUT_MS = 5_000;
const FAR_MS = 20;
const PINGS = 5;

/** The password of the URL is in no finding. */
export async function checkDatabase({ url, name }: DatabaseConfig, now: () => number): Promise<Finding[]> {
  const client = new Client({
    ...databaseAddress(url, 'drachtio-callback doctor').client,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return [await distance(client, name), await schema(client, name), ...(await clock(client, now))];
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const why = (code ?? message ?? 'unknown error').slice(0, 120);
    return [
      fault(
        'database',
        `${name} can't be asked: ${why}`,
        'is it up, does pg_hba.conf let this machine in, is the password right?',
      ),
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function distance(client: Client, name: string): Promise<Finding> {
  const took: number[] = [];
  for (let count = 0; count < PINGS; count += 1) {
    const since = performance.now();
    await client.query('select 1');
    took.push(performance.now() - since);
  }
  const ms = took.toSorted((a, b) => a - b)[Math.floor(PINGS / 2)]!;
  const text = `${name} answers in ${ms.toFixed(1)} ms`;
  return ms <= FAR_MS
    ? ok('database', text)
    : warning('database', text, 'a caller waits for two such answers: move the two closer');
}

async function schema(client: Client, name: string): Promise<Finding> {
  const newest = Math.max(...ALL_MIGRATIONS.map(({ number }) => number));
  const { rows: there } = await client.query(`select to_regclass('schema_migrations') is not null as present`);
  if (there[0]?.present !== true)
    return warning('database', `${name} is empty`, 'serve brings the schema, or `migrate` does');
  const { rows } = await client.query('select max(number) as number from schema_migrations');
  const number = Number(rows[0]?.number ?? 0);
  if (number > newest)
    return fault('database', `its schema is ${number}, that of a newer version`, 'start that version');
  if (number < newest) return fault('database', `its schema is ${number} of ${newest}`, 'run `migrate`');
  return ok('database', `its schema is up to date (${number})`);
}

async function clock(client: Client, now: () => number): Promise<Finding[]> {
  const before = now();
  const { rows } = await client.query('select extract(epoch from clock_timestamp()) * 1000 as ms');
  const after = now();
  const there = Number(rows[0]?.ms);
  return Number.isFinite(there) ? [driftFinding('the database', (before + after) / 2 - there, after - before)] : [];
}
