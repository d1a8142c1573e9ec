/** `suppressions`: the numbers that are not called, in the data directory or through the server that owns it. */

import { readFile } from 'node:fs/promises';
import type { LocalConfig } from '../config/local-config.ts';
import { readNumber } from '../core/policy/read-number.ts';
import { type Suppression, suppressionKeyOf } from '../core/policy/suppression.ts';
import type { Store } from '../ports/store.ts';
import { instant } from '../schema/requests.ts';
import { type CliDependencies, CommandError, type ExitCode } from './cli-dependencies.ts';
import { type RunningServer, runningServer } from './running-server.ts';

interface Shown {
  number: string;
  reason: string;
  source: string;
  createdAt: string;
  expiresAt: string | null;
}

interface SuppressionAccess {
  list(page: number): Promise<{ items: Shown[]; total: number }>;
  add(numbers: readonly string[], what: { reason: string; expiresAt: number | null }): Promise<number>;
  /** @returns false: it was not on the list */
  remove(number: string): Promise<boolean>;
  close(): Promise<void>;
}

const PAGE_SIZE = 500;
/** As many as fit into one request to the server. */
const PORTION = 5_000;
const SUPPRESSIBLE = /^\+?[0-9*#]{1,32}$/;

const iso = (at: number) => new Date(at).toISOString();

function shown({ number, reason, source, createdAt, expiresAt }: Suppression): Shown {
  return { number, reason, source, createdAt: iso(createdAt), expiresAt: expiresAt === null ? null : iso(expiresAt) };
}

async function localAccess(store: Store, now: () => number): Promise<SuppressionAccess> {
  const country = (await store.configuration.load())?.configuration.defaultCountry ?? 'BR';
  const keyOf = (text: string) => {
    const key = suppressionKeyOf(readNumber(text, country));
    if (!SUPPRESSIBLE.test(key)) throw new CommandError(`${text} is not a telephone number; nothing was changed`);
    return key;
  };
  return {
    list: async (page) => {
      const { items, total } = await store.suppressions.list({ now: now(), page, pageSize: PAGE_SIZE });
      return { items: items.map(shown), total };
    },
    add: async (numbers, { reason, expiresAt }) => {
      const keys = [...new Set(numbers.map(keyOf))];
      const createdAt = now();
      await store.suppressions.put(keys.map((number) => ({ number, reason, source: 'cli', createdAt, expiresAt })));
      return keys.length;
    },
    remove: (number) => store.suppressions.remove(keyOf(number), null),
    close: () => store.close(),
  };
}

function remoteAccess(server: RunningServer): SuppressionAccess {
  return {
    list: async (page) => {
      const answer = await server.request('GET', `/api/v1/suppressions?page=${page}&pageSize=${PAGE_SIZE}`);
      if (answer.status !== 200) throw server.unexpected(answer);
      return answer.body as unknown as { items: Shown[]; total: number };
    },
    add: async (numbers, { reason, expiresAt }) => {
      const until = expiresAt === null ? {} : { expiresAt: iso(expiresAt) };
      const answer = await server.request('POST', '/api/v1/suppressions', { numbers: [...numbers], reason, ...until });
      if (answer.status !== 201) throw server.unexpected(answer);
      return Number(answer.body['added']);
    },
    remove: async (number) => {
      const answer = await server.request('DELETE', `/api/v1/suppressions/${encodeURIComponent(number)}`);
      if (answer.status === 204 || answer.status === 404) return answer.status === 204;
      throw server.unexpected(answer);
    },
    close: async () => undefined,
  };
}

async function openAccess(config: LocalConfig, dependencies: CliDependencies): Promise<SuppressionAccess> {
  try {
    return await localAccess(await dependencies.openStore(config), Date.now);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'STORE_IN_USE') return remoteAccess(runningServer(config, dependencies));
    if (typeof code === 'string' && code.startsWith('STORE_')) throw new CommandError(message);
    throw error;
  }
}

async function withAccess<T>(
  config: LocalConfig,
  dependencies: CliDependencies,
  work: (access: SuppressionAccess) => Promise<T>,
): Promise<T> {
  const access = await openAccess(config, dependencies);
  try {
    return await work(access);
  } finally {
    await access.close();
  }
}

function lineOf({ number, reason, source, createdAt, expiresAt }: Shown): string {
  return [number.padEnd(18), (expiresAt ?? 'for ever').padEnd(24), createdAt, source, reason].join('  ');
}

export async function listSuppressions(config: LocalConfig, dependencies: CliDependencies): Promise<ExitCode> {
  await withAccess(config, dependencies, async (access) => {
    for (let page = 1, seen = 0, total = 1; seen < total; page += 1) {
      const found = await access.list(page);
      if (page === 1) dependencies.out(`${found.total} on the suppression list`);
      if (found.items.length === 0) return;
      dependencies.out(found.items.map(lineOf).join('\n'));
      seen += found.items.length;
      total = found.total;
    }
  });
  return 0;
}

export interface AddOptions {
  reason?: string;
  /** An instant. */
  expires?: string;
  /** One number a line; what follows a comma, a semicolon or `#` is not looked at. */
  file?: string;
}

function expiryOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const read = instant.safeParse(text);
  if (!read.success) throw new CommandError('--expires: is not an instant as in 2026-12-31T00:00:00Z');
  if (read.data <= Date.now()) throw new CommandError('--expires: is over already');
  return read.data;
}

async function numbersIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: can't be read (${error.code})`);
  });
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.split(/[,;#\t]/, 1)[0]?.trim() ?? '');
  return lines.filter((line) => /^[+(]?\d/.test(line));
}

export async function addSuppressions(
  numbers: readonly string[],
  options: AddOptions,
  { config, dependencies }: { config: LocalConfig; dependencies: CliDependencies },
): Promise<ExitCode> {
  const expiresAt = expiryOf(options.expires);
  const all = [...numbers, ...(options.file === undefined ? [] : await numbersIn(options.file))];
  if (all.length === 0) throw new CommandError('which? give numbers, or --file FILE with one a line');
  const what = { reason: options.reason ?? 'suppressed by the operator', expiresAt };
  const added = await withAccess(config, dependencies, async (access) => {
    let sum = 0;
    for (let start = 0; start < all.length; start += PORTION)
      sum += await access.add(all.slice(start, start + PORTION), what);
    return sum;
  });
  dependencies.out(`${added} on the suppression list${expiresAt === null ? '' : ` until ${iso(expiresAt)}`}`);
  return 0;
}

export async function removeSuppressions(
  numbers: readonly string[],
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  const missing = await withAccess(config, dependencies, async (access) => {
    const left: string[] = [];
    for (const number of numbers) if (!(await access.remove(number))) left.push(number);
    return left;
  });
  for (const number of missing) dependencies.err(`${number} is not on the suppression list`);
  if (missing.length < numbers.length) dependencies.out(`${numbers.length - missing.length} removed`);
  return missing.length === 0 ? 0 : 1;
}
