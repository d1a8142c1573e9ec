/** `registrations`: which phones are there, and until when. */

import { hostPortText } from '../config/address.ts';
import type { LocalConfig } from '../config/local-config.ts';
import { type CliDependencies, CommandError, type ExitCode } from './cli-dependencies.ts';
import { readControlFile } from './control-file.ts';

interface Shown {
  extension: string;
  contact: string;
  reachedAt: string;
  path: string[];
  q: number;
  expiresAt: string | number | null;
  userAgent: string | null;
}

const REQUEST_TIMEOUT_MS = 20_000;
const MOST = 1000;

export async function registrationsCommand(
  options: { extension?: string; json?: boolean },
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  const all = await readAll(config, dependencies);
  const shown = all.filter(({ extension }) => options.extension === undefined || extension === options.extension);
  if (options.json === true) dependencies.out(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) dependencies.out('nobody is registered');
  else dependencies.out(table(shown));
  return 0;
}

async function readAll(config: LocalConfig, dependencies: CliDependencies): Promise<Shown[]> {
  try {
    const store = await dependencies.openStore(config);
    try {
      const found = await store.registrations.all(Date.now());
      return found.map(({ q, expiresAt, ...rest }) => ({
        ...rest,
        q: q / 1000,
        expiresAt: new Date(expiresAt).toISOString(),
      }));
    } finally {
      await store.close();
    }
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'STORE_IN_USE') return ask(config, dependencies);
    if (typeof code === 'string' && code.startsWith('STORE_')) throw new CommandError(message);
    throw error;
  }
}

/** The server that owns the store knows. */
async function ask(config: LocalConfig, dependencies: CliDependencies): Promise<Shown[]> {
  const control = readControlFile(config.dataDirectory);
  const base = control?.http ?? `http://${hostPortText(config.http)}`;
  const key = config.apiKey ?? control?.key ?? null;
  const noAnswer = `a server owns the store, but its API does not answer at ${base}: give --http HOST:PORT`;
  const response = await dependencies
    .fetch(`${base}/api/v1/registrations?pageSize=${MOST}`, {
      headers: key === null ? {} : { 'x-api-key': key },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    })
    .catch(() => {
      throw new CommandError(noAnswer);
    });
  if (response.status === 401)
    throw new CommandError('the running server refuses the key: give --api-key or CALLBACK_API_KEY');
  const body = (await response.json().catch(() => null)) as { items?: Shown[] } | null;
  if (response.status !== 200 || !Array.isArray(body?.items))
    throw new CommandError(`the running server answers ${response.status}`);
  return body.items;
}

function table(shown: readonly Shown[]): string {
  const rows = shown.map(({ extension, contact, reachedAt, path, q, expiresAt, userAgent }) => [
    extension,
    contact,
    path.length > 0 ? `by ${path.join(', ')}` : reachedAt,
    q === 1 ? '' : `q=${q}`,
    String(expiresAt ?? ''),
    userAgent ?? '',
  ]);
  const all = [['EXTENSION', 'CONTACT', 'REACHED AT', 'Q', 'UNTIL', 'USER AGENT'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  // A phone's own words stay on their line
  const text = (value: string) => value.replace(/\p{C}/gu, '?');
  return all
    .map((row) =>
      row
        .map((cell, i) => text(cell).padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
