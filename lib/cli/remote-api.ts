/** The API of the server that owns the store, for commands on the same machine or with a key. */

import { hostPortText } from '../config/address.ts';
import type { LocalConfig } from '../config/local-config.ts';
import { type CliDependencies, CommandError } from './cli-dependencies.ts';
import { readControlFile } from './control-file.ts';

export interface RemoteAnswer {
  status: number;
  /** Empty where the answer has none. */
  body: Record<string, unknown>;
}

const REQUEST_TIMEOUT_MS = 20_000;

export class RemoteApi {
  readonly #base: string;
  readonly #key: string | null;
  readonly #fetch: typeof fetch;

  constructor(config: LocalConfig, dependencies: Pick<CliDependencies, 'fetch'>) {
    const control = readControlFile(config.dataDirectory);
    this.#base = control?.http ?? `http://${hostPortText(config.http)}`;
    this.#key = config.apiKey ?? control?.key ?? null;
    this.#fetch = dependencies.fetch;
  }

  /** @param path after `/api/v1` */
  async request(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<RemoteAnswer> {
    try {
      const response = await this.#fetch(`${this.#base}/api/v1${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#key === null ? {} : { 'x-api-key': this.#key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        redirect: 'error',
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
    } catch {
      throw new CommandError(
        `a server owns the store, but its API does not answer at ${this.#base}: give --http HOST:PORT`,
      );
    }
  }

  unexpected({ status, body }: RemoteAnswer): CommandError {
    if (status === 401)
      return new CommandError('the running server refuses the key: give --api-key or CALLBACK_API_KEY');
    const message = (body['error'] as { message?: unknown } | undefined)?.message;
    return new CommandError(`the running server answers ${status}${typeof message === 'string' ? `: ${message}` : ''}`);
  }
}
