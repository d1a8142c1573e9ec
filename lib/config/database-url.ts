/** The database of several nodes. */

import type { Parsed } from './address.ts';

export interface DatabaseConfig {
  /** With its password: never shown. */
  readonly url: string;
  /** As it may be shown. */
  readonly name: string;
}

/** The message does not repeat the URL: it may have a password. */
export function parseDatabaseUrl(text: string): Parsed<DatabaseConfig> {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    return { ok: false, message: 'is not a postgres:// URL; leave it out: SQLite in --data' };
  }
  const url = URL.parse(text);
  if (url === null) return { ok: false, message: 'is no postgres://USER:PASSWORD@HOST:PORT/NAME' };
  if (url.pathname.length < 2)
    return { ok: false, message: 'names no database: postgres://USER:PASSWORD@HOST:PORT/NAME' };
  const host = url.searchParams.get('host') ?? (url.host === '' ? 'localhost' : url.host);
  return { ok: true, value: Object.freeze({ url: text, name: `postgres://${host}${url.pathname}` }) };
}
