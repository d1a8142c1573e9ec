/** A `postgres://` URL: what the driver needs, and a name that may be shown. */

import type { ClientConfig } from 'pg';
import { StoreError } from '../store-error.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** int8, and what sums of it are; all of ours fit into a double. */
const BIGINT_OIDS: ReadonlySet<number> = new Set([20, 1700]);

export interface DatabaseAddress {
  /** Without user and password. */
  name: string;
  client: ClientConfig;
}

function nameOf(url: URL): string {
  const host = url.searchParams.get('host') ?? url.hostname;
  return `postgres://${host === '' ? 'localhost' : host}${url.port === '' ? '' : `:${url.port}`}${url.pathname}`;
}

/** @throws StoreError `STORE_UNAVAILABLE` for what is no such URL; the message does not repeat it: it may have a password */
export function databaseAddress(text: string, applicationName: string): DatabaseAddress {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new StoreError('STORE_UNAVAILABLE', 'The database is no postgres://USER:PASSWORD@HOST:PORT/NAME.', {
      path: null,
    });
  }
  return {
    name: nameOf(url),
    client: {
      connectionString: text,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 2_000,
      // A node that stops in the middle of a transaction must not hold up the others.
      idle_in_transaction_session_timeout: 5_000,
      types: {
        getTypeParser: (oid: number) => (BIGINT_OIDS.has(oid) ? Number : parserOf(oid)),
      },
    },
  };
}

/** Texts, booleans and small integers are all that we read besides. */
function parserOf(oid: number): (value: string) => unknown {
  if (oid === 16) return (value) => value === 't';
  if (oid === 21 || oid === 23) return Number;
  return (value) => value;
}
