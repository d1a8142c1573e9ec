import { readFile } from 'node:fs/promises';
import type { Configuration } from '../core/configuration.ts';
import { tiesIn } from '../core/rules/choose-rule.ts';
import type { Log } from '../ports/log.ts';
import type { Store, StoredConfiguration } from '../ports/store.ts';
import { DEMO_CONFIGURATION } from '../schema/demo.ts';
import { parseConfiguration } from '../schema/parse-configuration.ts';
import { mergeSecrets } from '../schema/secrets.ts';
import { StartupError } from './startup-error.ts';

/** What cannot be seen field by field. */
export const EXTRA_CHECKS = [tiesIn];

/**
 * Reads and checks the file; null: the demo configuration.
 * @throws StartupError with every mistake, one a line
 */
export async function readConfigurationFile(file: string | null, log: Log): Promise<Configuration> {
  const text = file === null ? DEMO_CONFIGURATION : await textOf(file);
  const parsed = parseConfiguration(text, { extraChecks: EXTRA_CHECKS });
  if (!parsed.ok) {
    throw new StartupError(...parsed.mistakes.map(({ path, message }) => `${file ?? 'demo'}: ${path}: ${message}`));
  }
  for (const { path, message } of parsed.warnings) log.warn({ path }, `configuration: ${path}: ${message}`);
  return parsed.configuration;
}

/** What is stored; into an empty store goes `given` first. */
export async function storedConfiguration(store: Store, given: Configuration, log: Log): Promise<StoredConfiguration> {
  const stored = await store.configuration.load();
  if (stored) {
    log.debug({ revision: stored.revision }, 'the stored configuration is used; `apply` changes it');
    return stored;
  }
  // An exported file has masks for passwords; in an empty store they stand for nothing and must not become passwords.
  const merged = mergeSecrets(given, null);
  if (!merged.ok) throw new StartupError(...merged.mistakes.map(({ path, message }) => `${path}: ${message}`));
  const { configuration } = merged;
  const replaced = await store.configuration.replace(configuration, null);
  if (replaced.result === 'stale') throw new StartupError('another process stores a configuration at the same time');
  return { revision: replaced.revision, configuration };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartupError(`--config ${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
}
