/** The rooms that commands reach, loaded when a command needs them: `check --help` must not open a database driver. */

import type { Explanation } from '../core/rules/explanation.ts';
import type { Log } from '../ports/log.ts';
import type { CliDependencies, Explained } from './cli-dependencies.ts';
import { openStore } from './open-store.ts';

export interface EngineOptions {
  drachtioConf: { path: string; given: boolean };
}

export const loadServe = () => import('./serve.ts');
export const loadEngine = () => import('./engine.ts');

/** `export | head` ends the reader early: no reason to crash. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

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
  openStore: (place) => openStore(place, { log: silent }),
  migrate: async (place) => {
    const store = await openStore(place, { log: silent, migrate: 'all' });
    await store.close();
  },
  move: async (directory, { url }) => (await import('../store/move.ts')).moveStore(directory, url),
  extraChecks: async () => [(await import('../core/rules/choose-rule.ts')).tiesIn],
  explain: async (configuration, call, known) => {
    const { explain, formatExplanation } = await import('../core/rules/explain.ts');
    if (known === undefined) return explainedAs(explain(configuration, call, call.at ?? Date.now()), formatExplanation);
    const { explainStored } = await import('./explain-stored.ts');
    return explainedAs(await explainStored(configuration, call, known), formatExplanation);
  },
};

/** Instants as the API has them. */
function explainedAs(data: Explanation, format: (data: Explanation) => string): Explained {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return { data: { ...data, dueAt: iso(data.dueAt), expiresAt: iso(data.expiresAt) }, text: format(data) };
}
