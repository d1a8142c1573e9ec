/** The stored configuration: in the data directory, or through the server that owns it. */

import { isDeepStrictEqual } from 'node:util';
import type { LocalConfig } from '../config/local-config.ts';
import type { Configuration, Mistake } from '../core/configuration.ts';
import type { Store } from '../ports/store.ts';
import { configurationDocument } from '../schema/format-configuration.ts';
import { readConfiguration } from '../schema/parse-configuration.ts';
import { mergeSecrets } from '../schema/secrets.ts';
import { type CliDependencies, CommandError } from './cli-dependencies.ts';
import { RemoteApi } from './remote-api.ts';

export type ApplyResult = { ok: true; revision: number; changed: boolean } | { ok: false; mistakes: Mistake[] };

export interface ConfigurationAccess {
  /** Null: nothing is stored yet. */
  load(): Promise<Configuration | null>;
  apply(next: Configuration): Promise<ApplyResult>;
  close(): Promise<void>;
}

function localAccess(store: Store): ConfigurationAccess {
  return {
    load: async () => (await store.configuration.load())?.configuration ?? null,
    apply: async (next) => {
      const stored = await store.configuration.load();
      const merged = mergeSecrets(next, stored?.configuration ?? null);
      if (!merged.ok) return merged;
      if (stored !== null && isDeepStrictEqual(merged.configuration, stored.configuration))
        return { ok: true, revision: stored.revision, changed: false };
      const result = await store.configuration.replace(merged.configuration, stored?.revision ?? null);
      if (result.result === 'stale') throw new CommandError('the configuration was changed meanwhile; try again');
      return { ok: true, revision: result.revision, changed: true };
    },
    close: () => store.close(),
  };
}

class Remote implements ConfigurationAccess {
  readonly #api: RemoteApi;

  constructor(api: RemoteApi) {
    this.#api = api;
  }

  async load(): Promise<Configuration> {
    const answer = await this.#api.request('GET', '/configuration');
    if (answer.status !== 200) throw this.#api.unexpected(answer);
    const read = readConfiguration(answer.body);
    if (!read.ok)
      throw new CommandError(`the running server's configuration is not understood; is it another version?`);
    return read.configuration;
  }

  async apply(next: Configuration): Promise<ApplyResult> {
    const answer = await this.#api.request(
      'PUT',
      '/configuration',
      configurationDocument(next, { secrets: 'keep', form: 'complete' }),
    );
    if (answer.status === 200)
      return { ok: true, revision: Number(answer.body['revision']), changed: answer.body['changed'] === true };
    const { mistakes } = (answer.body['error'] ?? {}) as { mistakes?: Mistake[] };
    if (answer.status === 400 && Array.isArray(mistakes)) return { ok: false, mistakes };
    throw this.#api.unexpected(answer);
  }

  async close(): Promise<void> {
    // nothing is held
  }
}

/** Opens the store; where a server owns it, speaks to that. */
export async function openAccess(config: LocalConfig, dependencies: CliDependencies): Promise<ConfigurationAccess> {
  try {
    return localAccess(await dependencies.openStore(config));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'STORE_IN_USE') return new Remote(new RemoteApi(config, dependencies));
    if (typeof code === 'string' && code.startsWith('STORE_')) throw new CommandError(message);
    throw error;
  }
}
