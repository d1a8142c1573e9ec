/** The configuration that the server has, or would start with. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServeConfig } from '../../config/serve-config.ts';
import type { Configuration } from '../../core/configuration.ts';
import { DEMO_CONFIGURATION } from '../../schema/demo.ts';
import { parseConfiguration } from '../../schema/parse-configuration.ts';
import type { CliDependencies } from '../cli-dependencies.ts';
import { openAccess } from '../configuration-access.ts';
import { mistakeLine, parseFile } from '../configuration-file.ts';
import { type Finding, fault, note } from './finding.ts';
import type { RunningServer } from './running-server.ts';

export interface KnownConfiguration {
  /** Null: there is none that can be read. */
  configuration: Configuration | null;
  findings: Finding[];
}

const MOST_SHOWN = 10;

/** The file that is named, what is stored, else the demo configuration. */
export async function configurationFor(
  config: ServeConfig,
  running: RunningServer | null,
  dependencies: CliDependencies,
): Promise<KnownConfiguration> {
  if (config.configFile !== null) return fromFile(config.configFile, dependencies);
  const isStored =
    running !== null || config.database !== null || existsSync(join(config.dataDirectory, 'callback.db'));
  try {
    const stored = isStored ? await fromStore(config, dependencies) : null;
    if (stored !== null) return { configuration: stored, findings: [] };
  } catch (error) {
    const advice = 'with --config FILE the doctor looks at a file instead';
    return { configuration: null, findings: [fault('configuration', (error as Error).message, advice)] };
  }
  const demo = parseConfiguration(DEMO_CONFIGURATION);
  const findings = [
    note('configuration', 'nothing is stored yet: the demo configuration is looked at', 'give --config FILE'),
  ];
  return { configuration: demo.ok ? demo.configuration : null, findings };
}

async function fromFile(file: string, dependencies: CliDependencies): Promise<KnownConfiguration> {
  try {
    const parsed = await parseFile(file, dependencies);
    if (parsed.ok) return { configuration: parsed.configuration, findings: [] };
    const findings = parsed.mistakes
      .slice(0, MOST_SHOWN)
      .map((mistake) => fault('configuration', mistakeLine(mistake, file), `\`check ${file}\` shows every mistake`));
    return { configuration: null, findings };
  } catch (error) {
    return { configuration: null, findings: [fault('configuration', (error as Error).message, 'name another file')] };
  }
}

async function fromStore(config: ServeConfig, dependencies: CliDependencies): Promise<Configuration | null> {
  const { dataDirectory, database, http, apiKey } = config;
  const access = await openAccess({ dataDirectory, database, http, apiKey }, dependencies);
  try {
    return await access.load();
  } finally {
    await access.close();
  }
}
