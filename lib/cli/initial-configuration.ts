import type { Configuration } from '../core/configuration.ts';
import { tiesIn } from '../core/rules/choose-rule.ts';
import type { Log } from '../ports/log.ts';
import type { Store, StoredConfiguration } from '../ports/store.ts';
import { DEMO_CONFIGURATION } from '../schema/demo.ts';
import { parseConfiguration } from '../schema/parse-configuration.ts';
import { mergeSecrets } from '../schema/secrets.ts';
import { mistakeLine, parseFile } from './configuration-file.ts';
import { StartupError } from './startup-error.ts';

/** What cannot be seen field by field. */
export const EXTRA_CHECKS = [tiesIn];

/**
 * Reads and checks the file; null: the demo configuration.
 * @throws StartupError with every mistake, one a line; CommandError for a file that can't be read
 */
export async function readConfigurationFile(file: string | null, log: Log): Promise<Configuration> {
  const parsed =
    file === null
      ? parseConfiguration(DEMO_CONFIGURATION, { extraChecks: EXTRA_CHECKS })
      : await parseFile(file, { extraChecks: async () => EXTRA_CHECKS });
  if (!parsed.ok) {
    throw new StartupError(...parsed.mistakes.map((mistake) => `${file ?? 'demo'}: ${mistakeLine(mistake, 'file')}`));
  }
  for (const { path, message } of parsed.warnings) log.warn({ path }, `configuration: ${path}: ${message}`);
  return parsed.configuration;
}

/** What is stored; into an empty store goes `given` first. */
export async function storedConfiguration(
  store: Pick<Store, 'configuration'>,
  given: Configuration,
  log: Log,
): Promise<StoredConfiguration> {
  const stored = await store.configuration.load();
  if (stored) {
    log.debug({ revision: stored.revision }, 'the stored configuration is used; `apply` changes it');
    return stored;
  }
  // An exported file has masks for passwords; in an empty store they stand for nothing and must not become passwords.
  const merged = mergeSecrets(given, null);
  if (!merged.ok) throw new StartupError(...merged.mistakes.map(({ path, message }) => `${path}: ${message}`));
  const { configuration } = merged;
  const replaced = await store.configuration.replace(configuration, 0, { at: Date.now(), actor: null });
  if (replaced.result === 'stored') return { revision: replaced.revision, configuration };
  // Another node was started at the same moment.
  const theirs = await store.configuration.load();
  if (theirs === null) throw new StartupError('another process stores a configuration at the same time');
  return theirs;
}
