/** What PostgreSQL and the network report, as the store's coded errors. */

import { StoreError } from '../store-error.ts';

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

const isSqlState = (code: string) => /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('EPIPE');

/**
 * The connection is of no use any more; whether what was sent has been done is not known. Class 08, a server that goes
 * down or starts up (57P01 to 57P03), one that has become a standby (25006), and all that is no answer of the server.
 */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof StoreError) return false;
  const code = codeOf(error);
  return !isSqlState(code) || code.startsWith('08') || /^57P0[1-3]$/.test(code) || code === '25006';
}

/** Nothing was done; the same statement will do when it is sent again: deadlock, serialization, lock not available. */
export function isPassing(error: unknown): boolean {
  return ['40P01', '40001', '55P03'].includes(codeOf(error));
}

/** Class 23: a row that breaks a rule of the schema. */
export function isConflict(error: unknown): boolean {
  return codeOf(error).startsWith('23');
}

const TODO: Array<[RegExp, string]> = [
  [/^28/, 'check user and password'],
  [/^3D000$/, 'create the database'],
  [/^42501$/, 'give this user the right to it'],
  [/^53100$/, 'make room on its disk; the store goes on by itself'],
  [/^53300$/, 'raise its max_connections; the store goes on by itself'],
  [/^42P01$/, 'bring its schema up to date with `drachtio-callback migrate`'],
];

/** @param name of the database, as it may be shown */
export function storeFailure(error: unknown, name: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const what = error instanceof Error && error.message !== '' ? error.message : code || String(error);
  if (isConflict(error)) {
    return new StoreError('STORE_CONFLICT', `Not stored, it breaks a rule of the schema: ${what}.`, {
      path: null,
      cause: error,
    });
  }
  const todo = TODO.find(([pattern]) => pattern.test(code))?.[1] ?? 'the store goes on by itself once it is back';
  return new StoreError('STORE_UNAVAILABLE', `The database ${name} is unavailable: ${what}; ${todo}.`, {
    path: null,
    cause: error,
  });
}
