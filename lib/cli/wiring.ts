/** The rooms that commands reach, loaded when a command needs them: `check --help` must not open a database driver. */

import type { ServeConfig } from '../config/serve-config.ts';
import type { Configuration, Mistake } from '../core/configuration.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { CliDependencies } from './cli-dependencies.ts';

export interface EngineOptions {
  drachtioConf: { path: string; given: boolean };
}

interface ServeModule {
  /** Runs until it is told to end; resolves with the exit code. Prints one clear line itself where it can't start (2). */
  serve(config: ServeConfig): Promise<number>;
}
interface EngineModule {
  engine(options: EngineOptions): Promise<number>;
}
interface StoreModule {
  openSqliteStore(options: { directory: string; log: Log }): Promise<Store>;
}
interface RulesModule {
  tiesIn(configuration: Configuration): Mistake[];
}
interface ExplainModule {
  explain(configuration: Configuration, call: { to: string; from: string; source?: string }, now: number): object;
  formatExplanation(explanation: object): string;
}

const load = async <T>(path: string): Promise<T> => (await import(path)) as T;

export const loadServe = () => load<ServeModule>('./serve.ts');
export const loadEngine = () => load<EngineModule>('./engine.ts');

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export const dependencies: CliDependencies = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  fetch: (...request) => fetch(...request),
  openStore: async (directory) => {
    const { openSqliteStore } = await load<StoreModule>('../store/sqlite/sqlite-store.ts');
    return openSqliteStore({ directory, log: silent });
  },
  extraChecks: async () => [(await load<RulesModule>('../core/rules/choose-rule.ts')).tiesIn],
  explain: async (configuration, call) => {
    const { explain, formatExplanation } = await load<ExplainModule>('../core/rules/explain.ts');
    const data = explain(configuration, call, Date.now());
    return { data, text: formatExplanation(data) };
  },
};
