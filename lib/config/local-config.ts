/** What the commands beside `serve` are told: where the store is, and how a running server is reached. */

import { type HostPort, type Parsed, parseHostPort } from './address.ts';
import { type DatabaseConfig, parseDatabaseUrl } from './database-url.ts';
import type { Environment } from './serve-config.ts';

export interface LocalConfig {
  readonly dataDirectory: string;
  /** Null: the embedded store in the data directory. */
  readonly database: DatabaseConfig | null;
  readonly http: HostPort;
  /** Null: the control file in the data directory has one. */
  readonly apiKey: string | null;
}

export interface LocalFlags {
  data?: string;
  database?: string;
  http?: string;
  apiKey?: string;
}

function given(flag: string | undefined, variable: string | undefined): string | null {
  if (flag !== undefined && flag !== '') return flag;
  return variable === undefined || variable.trim() === '' ? null : variable.trim();
}

export function localConfig(flags: LocalFlags, environment: Environment): Parsed<LocalConfig> {
  const http = parseHostPort(given(flags.http, environment['CALLBACK_HTTP']) ?? '127.0.0.1:8080', null);
  if (!http.ok) return { ok: false, message: `--http: ${http.message}` };
  const url = given(flags.database, environment['DATABASE_URL']);
  const database = url === null ? null : parseDatabaseUrl(url);
  if (database?.ok === false) {
    return { ok: false, message: `${flags.database ? '--database' : 'DATABASE_URL'}: ${database.message}` };
  }
  const dataDirectory = given(flags.data, environment['CALLBACK_DATA']) ?? './data';
  const apiKey = given(flags.apiKey, environment['CALLBACK_API_KEY']);
  return {
    ok: true,
    value: Object.freeze({ dataDirectory, database: database?.value ?? null, http: http.value, apiKey }),
  };
}
