/** What the light commands need from outside themselves; tests give their own. */

import type { DatabaseConfig } from '../config/database-url.ts';
import type { Configuration } from '../core/configuration.ts';
import type { Situation } from '../core/rules/explain.ts';
import type { Store } from '../ports/store.ts';
import type { ExtraChecks } from '../schema/parse-configuration.ts';

/** A database, else the embedded store in a directory. */
export interface StorePlace {
  readonly dataDirectory: string;
  readonly database: DatabaseConfig | null;
}

export interface CliDependencies {
  /** One line, or several, without the last line end. */
  out(text: string): void;
  err(text: string): void;
  /** Rejects with an Error that has a `code` (STORE_IN_USE: a server owns it). */
  openStore(place: StorePlace): Promise<Store>;
  /** Brings its schema up to date. Rejects as `openStore` does. */
  migrate(place: StorePlace): Promise<void>;
  /** Copies the embedded store into an empty database, all or nothing. Rejects as `openStore` does. */
  move(directory: string, database: DatabaseConfig): Promise<{ callbacks: number; entries: number }>;
  extraChecks(): Promise<ExtraChecks>;
  /** The dry run: as data, and as text for a terminal. */
  explain(
    configuration: Configuration,
    call: { to: string; from: string; source?: string },
    situation?: Situation,
  ): Promise<{ data: object; text: string }>;
  fetch: typeof fetch;
}

/** 0: done; 1: mistakes; 2: bad flags, an unreadable file, a store that can't be opened. */
export type ExitCode = 0 | 1 | 2;

/** One clear line, and the command ends with 2. */
export class CommandError extends Error {}
