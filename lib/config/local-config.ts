/** What the commands beside `serve` are told: where the store is, and how a running server is reached. */

import { type HostPort, type Parsed, parseHostPort } from './address.ts';
import type { Environment } from './serve-config.ts';

export interface LocalConfig {
  readonly dataDirectory: string;
  readonly http: HostPort;
  /** Null: the control file in the data directory has one. */
  readonly apiKey: string | null;
}

export interface LocalFlags {
  data?: string;
  http?: string;
  apiKey?: string;
}

function given(flag: string | undefined, variable: string | undefined): string | null {
  if (flag !== undefined && flag !== '') return flag;
  return variable === undefined || variable.trim() === '' ? null : variable.trim();
}

export function localConfig(flags: LocalFlags, environment: Environment): Parsed<LocalConfig> {
  const database = given(undefined, environment['DATABASE_URL']);
  // As `serve` says: another store than the one that was meant must not be touched.
  if (database !== null)
    return { ok: false, message: 'DATABASE_URL: PostgreSQL is not active yet; leave it out: SQLite in --data' };
  const http = parseHostPort(given(flags.http, environment['CALLBACK_HTTP']) ?? '127.0.0.1:8080', null);
  if (!http.ok) return { ok: false, message: `--http: ${http.message}` };
  const dataDirectory = given(flags.data, environment['CALLBACK_DATA']) ?? './data';
  const apiKey = given(flags.apiKey, environment['CALLBACK_API_KEY']);
  return { ok: true, value: Object.freeze({ dataDirectory, http: http.value, apiKey }) };
}
