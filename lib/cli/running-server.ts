/** The API of a server that runs, as the commands on the same machine speak to it. */

import { hostPortText } from '../config/address.ts';
import type { LocalConfig } from '../config/local-config.ts';
import { type CliDependencies, CommandError } from './cli-dependencies.ts';
import { readControlFile } from './control-file.ts';

export interface ServerAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** What the commands read of a trunk's status. */
export interface TrunkStatusView {
  name: string;
  state: string;
  usable: boolean;
  down: { at: string; cause: string; by: string; probeAt: string | null } | null;
  parkedUntilAt: string | null;
  alarm: string | null;
  switches: { accept: boolean; dial: boolean };
  ping: { at: string; answered: boolean; status: number | null; roundTripMs: number | null } | null;
  registration: { state: string; expiresAt: string | null; nextAt: string | null; lastError: string | null } | null;
  calls: { active: number; waiting: number };
}

const REQUEST_TIMEOUT_MS = 20_000;
const PAGE_SIZE = 1_000;

export class RunningServer {
  readonly #base: string;
  readonly #key: string | null;
  readonly #fetch: typeof fetch;
  readonly #missing: string;

  /** @param missing said where nobody answers */
  constructor(
    base: string,
    key: string | null,
    { fetch, missing }: { fetch: typeof globalThis.fetch; missing: string },
  ) {
    this.#base = base;
    this.#key = key;
    this.#fetch = fetch;
    this.#missing = missing;
  }

  async request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<ServerAnswer> {
    try {
      const response = await this.#fetch(`${this.#base}${path}`, {
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
      throw new CommandError(`${this.#missing} at ${this.#base}: give --http HOST:PORT`);
    }
  }

  /** The body of an answer 200. */
  async read(path: string): Promise<Record<string, unknown>> {
    const answer = await this.request('GET', path);
    if (answer.status !== 200) throw this.unexpected(answer);
    return answer.body;
  }

  async trunkStatus(): Promise<TrunkStatusView[]> {
    const all: TrunkStatusView[] = [];
    for (let page = 1; ; page += 1) {
      const { items, total } = await this.read(`/api/v1/trunk-status?page=${page}&pageSize=${PAGE_SIZE}`);
      all.push(...(items as TrunkStatusView[]));
      if (page * PAGE_SIZE >= Number(total)) return all;
    }
  }

  unexpected({ status, body }: ServerAnswer): CommandError {
    if (status === 401)
      return new CommandError('the running server refuses the key: give --api-key or CALLBACK_API_KEY');
    const message = (body['error'] as { message?: unknown } | undefined)?.message;
    return new CommandError(`the running server answers ${status}${typeof message === 'string' ? `: ${message}` : ''}`);
  }
}

export function runningServer(
  config: LocalConfig,
  dependencies: CliDependencies,
  missing = 'a server owns the store, but its API does not answer',
): RunningServer {
  const control = readControlFile(config.dataDirectory);
  const base = control?.http ?? `http://${hostPortText(config.http)}`;
  return new RunningServer(base, config.apiKey ?? control?.key ?? null, { fetch: dependencies.fetch, missing });
}
