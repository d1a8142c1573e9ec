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

/** Fields of the core's `ExplainRequest`. */
export interface ExplainedCall {
  to: string;
  from: string;
  source?: string;
  asserted?: string;
  privacy?: string;
  diversion?: string;
  /** Epoch milliseconds; left out: now. */
  at?: number;
}

/** What stands beside the configuration in a store. */
export interface KnownSituation {
  situation: Situation;
  store: Store;
}

/** A dry run, as data and as text for a terminal. */
export interface Explained {
  data: object;
  text: string;
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
  /** The dry run. @param known left out: the gates that need the store are not asked, and trunks are taken to be well */
  explain(configuration: Configuration, call: ExplainedCall, known?: KnownSituation): Promise<Explained>;
  fetch: typeof fetch;
}

/** 0: done; 1: mistakes; 2: bad flags, an unreadable file, a store that can't be opened. */
export type ExitCode = 0 | 1 | 2;

/** One clear line, and the command ends with 2. */
export class CommandError extends Error {}
