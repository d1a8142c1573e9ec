/** The stored configuration: in the data directory, or through the server that owns it. */

import { isDeepStrictEqual } from 'node:util';
import { hostPortText } from '../config/address.ts';
import type { LocalConfig } from '../config/local-config.ts';
import type { Configuration, Mistake } from '../core/configuration.ts';
import type { Store } from '../ports/store.ts';
import { configurationDocument } from '../schema/format-configuration.ts';
import { readConfiguration } from '../schema/parse-configuration.ts';
import { mergeSecrets } from '../schema/secrets.ts';
import { type CliDependencies, CommandError } from './cli-dependencies.ts';
import { readControlFile } from './control-file.ts';

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

interface RemoteAnswer {
  status: number;
  body: Record<string, unknown>;
}

const REQUEST_TIMEOUT_MS = 20_000;

class Remote implements ConfigurationAccess {
  readonly #base: string;
  readonly #key: string | null;
  readonly #fetch: typeof fetch;

  constructor(base: string, key: string | null, fetcher: typeof fetch) {
    this.#base = base;
    this.#key = key;
    this.#fetch = fetcher;
  }

  async #request(method: 'GET' | 'PUT', body?: object): Promise<RemoteAnswer> {
    const url = `${this.#base}/api/v1/configuration`;
    let response: Response;
    try {
      response = await this.#fetch(url, {
        method,
        headers: { 'content-type': 'application/json', ...(this.#key === null ? {} : { 'x-api-key': this.#key }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        redirect: 'error',
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch {
      throw new CommandError(
        `a server owns the store, but its API does not answer at ${this.#base}: give --http HOST:PORT`,
      );
    }
  }

  #unexpected({ status, body }: RemoteAnswer): CommandError {
    if (status === 401)
      return new CommandError('the running server refuses the key: give --api-key or CALLBACK_API_KEY');
    const message = (body['error'] as { message?: unknown } | undefined)?.message;
    return new CommandError(`the running server answers ${status}${typeof message === 'string' ? `: ${message}` : ''}`);
  }

  async load(): Promise<Configuration> {
    const answer = await this.#request('GET');
    if (answer.status !== 200) throw this.#unexpected(answer);
    const read = readConfiguration(answer.body);
    if (!read.ok)
      throw new CommandError(`the running server's configuration is not understood; is it another version?`);
    return read.configuration;
  }

  async apply(next: Configuration): Promise<ApplyResult> {
    const answer = await this.#request('PUT', configurationDocument(next, { secrets: 'keep', form: 'complete' }));
    if (answer.status === 200)
      return { ok: true, revision: Number(answer.body['revision']), changed: answer.body['changed'] === true };
    const { mistakes } = (answer.body['error'] ?? {}) as { mistakes?: Mistake[] };
    if (answer.status === 400 && Array.isArray(mistakes)) return { ok: false, mistakes };
    throw this.#unexpected(answer);
  }

  async close(): Promise<void> {
    // nothing is held
  }
}

function remoteAccess(config: LocalConfig, dependencies: CliDependencies): ConfigurationAccess {
  const control = readControlFile(config.dataDirectory);
  const base = control?.http ?? `http://${hostPortText(config.http)}`;
  return new Remote(base, config.apiKey ?? control?.key ?? null, dependencies.fetch);
}

/** Opens the store; where a server owns it, speaks to that. */
export async function openAccess(config: LocalConfig, dependencies: CliDependencies): Promise<ConfigurationAccess> {
  try {
    return localAccess(await dependencies.openStore(config));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'STORE_IN_USE') return remoteAccess(config, dependencies);
    if (typeof code === 'string' && code.startsWith('STORE_')) throw new CommandError(message);
    throw error;
  }
}
