/** The commands that end at once. Each returns its exit code. */

import { existsSync } from 'node:fs';
import type { LocalConfig } from '../config/local-config.ts';
import type { Configuration } from '../core/configuration.ts';
import { formatConfiguration } from '../schema/format-configuration.ts';
import { promptWarnings } from '../schema/prompt-warnings.ts';
import {
  type CliDependencies,
  CommandError,
  type ExitCode,
  type Explained,
  type ExplainedCall,
} from './cli-dependencies.ts';
import { type ConfigurationAccess, openAccess } from './configuration-access.ts';
import { parseFile, printMistakes } from './configuration-file.ts';
import { instantFlag } from './instant-flag.ts';

/** Prompts that name no recording of this data directory, of the store, or of the program. */
async function unheard(configuration: Configuration, dataDirectory: string, uploaded: readonly string[] = []) {
  const { knownPrompts } = await import('./known-prompts.ts');
  return promptWarnings(configuration, knownPrompts(dataDirectory, new Set(uploaded)));
}

export async function checkCommand(
  file: string,
  dependencies: CliDependencies,
  dataDirectory = './data',
): Promise<ExitCode> {
  const result = await parseFile(file, dependencies);
  const warnings = result.ok ? [...result.warnings, ...(await unheard(result.configuration, dataDirectory))] : [];
  printMistakes(result.ok ? warnings : result.mistakes, { file, dependencies });
  if (result.ok) dependencies.out(`${file} is right`);
  return result.ok ? 0 : 1;
}

export async function withAccess<T>(
  config: LocalConfig,
  dependencies: CliDependencies,
  work: (access: ConfigurationAccess) => Promise<T>,
): Promise<T> {
  const access = await openAccess(config, dependencies);
  try {
    return await work(access);
  } finally {
    await access.close();
  }
}

/** Nothing is stored, nothing opened, where there is any mistake. */
export async function applyCommand(
  file: string,
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  const parsed = await parseFile(file, dependencies);
  if (!parsed.ok) {
    printMistakes(parsed.mistakes, { file, dependencies });
    return 1;
  }
  const { configuration } = parsed;
  const { result, uploaded } = await withAccess(config, dependencies, async (access) => {
    const applied = await access.apply(configuration);
    return { result: applied, uploaded: applied.ok ? await access.uploadedPrompts() : [] };
  });
  if (!result.ok) {
    printMistakes(result.mistakes, { file, dependencies });
    return 1;
  }
  const warnings = [...parsed.warnings, ...(await unheard(configuration, config.dataDirectory, uploaded))];
  printMistakes(warnings, { file, dependencies });
  dependencies.out(
    result.changed
      ? `applied: revision ${result.revision}`
      : `nothing to change: revision ${result.revision} is the same`,
  );
  return 0;
}

const nothingStored = (config: LocalConfig) =>
  new CommandError(
    `nothing is stored in ${nameOf(config)} yet: \`serve\` fills it at its first start, or \`apply FILE\``,
  );

/** Opening the embedded store would make its directory. */
export function assertPlace(config: LocalConfig): void {
  if (config.database === null && !existsSync(config.dataDirectory)) throw nothingStored(config);
}

/** What is stored, and what `also` reads beside it. */
async function stored<T>(
  config: LocalConfig,
  dependencies: CliDependencies,
  also: (access: ConfigurationAccess, configuration: Configuration) => Promise<T>,
): Promise<{ configuration: Configuration; also: T }> {
  assertPlace(config);
  return withAccess(config, dependencies, async (access) => {
    const configuration = await access.load();
    if (configuration === null) throw nothingStored(config);
    return { configuration, also: await also(access, configuration) };
  });
}

export async function exportCommand(config: LocalConfig, dependencies: CliDependencies): Promise<ExitCode> {
  const { configuration } = await stored(config, dependencies, async () => null);
  dependencies.out(formatConfiguration(configuration).trimEnd());
  return 0;
}

export interface ExplainOptions {
  to: string;
  from: string;
  source?: string;
  asserted?: string;
  privacy?: string;
  diversion?: string;
  /** ISO 8601. */
  at?: string;
  /** A file instead of what is stored. */
  config?: string;
  json?: boolean;
}

/** That of a file, else what is stored; null: the file has mistakes, which were printed. */
export async function configurationFor(
  file: string | undefined,
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<Configuration | null> {
  if (file === undefined) return (await stored(config, dependencies, async () => null)).configuration;
  const parsed = await parseFile(file, dependencies);
  if (parsed.ok) return parsed.configuration;
  printMistakes(parsed.mistakes, { file, dependencies });
  return null;
}

/** By a file nothing is known but what stands in it; else by what is stored, and the gates of the store are asked. */
export async function explainCommand(
  options: ExplainOptions,
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  const { to, from, at } = options;
  const more = (['source', 'asserted', 'privacy', 'diversion'] as const).flatMap((key) => {
    const value = options[key];
    return value === undefined ? [] : [[key, value]];
  });
  const when = at === undefined ? {} : { at: instantFlag('--at', at) };
  const call: ExplainedCall = { to, from, ...Object.fromEntries(more), ...when };
  const explained = await explain(call, options.config, { config, dependencies });
  if (explained === null) return 1;
  dependencies.out(options.json === true ? JSON.stringify(explained.data, null, 2) : explained.text.trimEnd());
  return 0;
}

/** @returns null: the file has mistakes, which were printed */
async function explain(
  call: ExplainedCall,
  file: string | undefined,
  { config, dependencies }: { config: LocalConfig; dependencies: CliDependencies },
): Promise<Explained | null> {
  if (file === undefined) {
    const found = await stored(config, dependencies, (access, current) => access.explain(current, call));
    return found.also;
  }
  const configuration = await configurationFor(file, config, dependencies);
  return configuration === null ? null : dependencies.explain(configuration, call);
}

export async function migrateCommand(config: LocalConfig, dependencies: CliDependencies): Promise<ExitCode> {
  try {
    await dependencies.migrate(config);
  } catch (error) {
    throw asCommandError(error);
  }
  dependencies.out(`the store in ${nameOf(config)} is up to date`);
  return 0;
}

const nameOf = ({ database, dataDirectory }: LocalConfig): string => database?.name ?? dataDirectory;

function asCommandError(error: unknown): unknown {
  const { code, message } = error as Error & { code?: string };
  return typeof code === 'string' && code.startsWith('STORE_') ? new CommandError(message) : error;
}

/** From the embedded store to an empty database; the embedded one stays as it is. */
export async function moveCommand(
  { dataDirectory: from, database }: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  if (database === null) throw new CommandError('where to? give --to postgres://USER:PASSWORD@HOST:PORT/NAME');
  try {
    const { callbacks, entries } = await dependencies.move(from, database);
    dependencies.out(
      `moved ${callbacks} callbacks with ${entries} log entries, and the configuration, from ${from} to ${database.name}`,
    );
    return 0;
  } catch (error) {
    throw asCommandError(error);
  }
}
