/** The stored configuration: in the data directory, or through the server that owns it. */

import { isDeepStrictEqual } from 'node:util';
import type { LocalConfig } from '../config/local-config.ts';
import type { Configuration, Mistake } from '../core/configuration.ts';
import type { Situation } from '../core/rules/explain.ts';
import { type Explanation, formatExplanation } from '../core/rules/explanation.ts';
import type { Closure } from '../core/trunk/line-state.ts';
import { mayDial, type SwitchChange, type Switches, switchesOf } from '../core/trunk/switches.ts';
import type { Store } from '../ports/store.ts';
import { configurationDocument } from '../schema/format-configuration.ts';
import { readConfiguration } from '../schema/parse-configuration.ts';
import { mergeSecrets } from '../schema/secrets.ts';
import { type CliDependencies, CommandError, type Explained, type ExplainedCall } from './cli-dependencies.ts';
import { completing } from './completing-store.ts';
import { type RunningServer, runningServer } from './running-server.ts';

export type ApplyResult = { ok: true; revision: number; changed: boolean } | { ok: false; mistakes: Mistake[] };

export interface ConfigurationAccess {
  /** Null: nothing is stored yet. */
  load(): Promise<Configuration | null>;
  apply(next: Configuration): Promise<ApplyResult>;
  /** The dry run by what is stored, the gates of the store included; by a server that runs, also by how its trunks are. */
  explain(configuration: Configuration, call: ExplainedCall): Promise<Explained>;
  /** As in `pt-BR/goodbye`. */
  uploadedPrompts(): Promise<string[]>;
  switches(): Promise<SwitchesView>;
  switch(change: SwitchChange): Promise<SwitchesView>;
  close(): Promise<void>;
}

/** As the API has them: every trunk of the configuration is named. */
export interface SwitchesView {
  accept: boolean;
  dial: boolean;
  trunks: Array<{ name: string; accept: boolean; dial: boolean }>;
}

function localAccess(store: Store, dependencies: CliDependencies): ConfigurationAccess {
  const configuration = completing(store.configuration);
  const names = async () => (await configuration.load())?.configuration.trunks.map(({ name }) => name) ?? [];
  const view = async (switches: Switches): Promise<SwitchesView> => {
    const trunks = (await names()).map((name) => ({ name, ...switchesOf(switches, name) }));
    return { accept: switches.accept, dial: switches.dial, trunks };
  };
  return {
    load: async () => (await configuration.load())?.configuration ?? null,
    apply: async (next) => {
      const stored = await configuration.load();
      const merged = mergeSecrets(next, stored?.configuration ?? null);
      if (!merged.ok) return merged;
      if (stored !== null && isDeepStrictEqual(merged.configuration, stored.configuration))
        return { ok: true, revision: stored.revision, changed: false };
      const by = { at: Date.now(), actor: null };
      const result = await configuration.replace(merged.configuration, stored?.revision ?? null, by);
      if (result.result === 'stale') throw new CommandError('the configuration was changed meanwhile; try again');
      return { ok: true, revision: result.revision, changed: true };
    },
    explain: async (current, call) =>
      dependencies.explain(current, call, {
        situation: situationOf(await store.switches.load(), await names()),
        store,
      }),
    uploadedPrompts: async () => (await store.documents.all('prompt', Date.now())).map(({ name }) => name),
    switches: async () => view(await store.switches.load()),
    switch: async (change) => {
      if (change.trunk !== null && !(await names()).includes(change.trunk))
        throw new CommandError(`there is no trunk named ${change.trunk}`);
      return view(await store.switches.set([change]));
    },
    close: () => store.close(),
  };
}

/** No server runs: nothing is known of the trunks but who is switched off. */
function situationOf(switches: Switches, trunks: readonly string[]): Situation {
  const closed = new Map<string, Closure>();
  for (const name of trunks) if (!mayDial(switches, name)) closed.set(name, 'switched-off');
  return { switches, line: { trunks: closed, extensions: switches.dial ? null : 'switched-off' } };
}

class Remote implements ConfigurationAccess {
  readonly #server: RunningServer;

  constructor(server: RunningServer) {
    this.#server = server;
  }

  async load(): Promise<Configuration> {
    const answer = await this.#server.request('GET', '/api/v1/configuration');
    if (answer.status !== 200) throw this.#server.unexpected(answer);
    const read = readConfiguration(answer.body);
    if (!read.ok)
      throw new CommandError(`the running server's configuration is not understood; is it another version?`);
    return read.configuration;
  }

  async apply(next: Configuration): Promise<ApplyResult> {
    const document = configurationDocument(next, { secrets: 'keep', form: 'complete' });
    const answer = await this.#server.request('PUT', '/api/v1/configuration', document);
    if (answer.status === 200)
      return { ok: true, revision: Number(answer.body['revision']), changed: answer.body['changed'] === true };
    const { mistakes } = (answer.body['error'] ?? {}) as { mistakes?: Mistake[] };
    if (answer.status === 400 && Array.isArray(mistakes)) return { ok: false, mistakes };
    throw this.#server.unexpected(answer);
  }

  async explain(_configuration: Configuration, { at, ...call }: ExplainedCall): Promise<Explained> {
    const query = new URLSearchParams({ ...call, ...(at === undefined ? {} : { at: new Date(at).toISOString() }) });
    const data = await this.#server.read(`/api/v1/explain?${query}`);
    const instant = (text: unknown) => (typeof text === 'string' ? Date.parse(text) : null);
    const { dueAt, expiresAt } = data;
    const times = { dueAt: instant(dueAt), expiresAt: instant(expiresAt) };
    return { data, text: formatExplanation({ ...data, ...times } as Explanation) };
  }

  async uploadedPrompts(): Promise<string[]> {
    const { items } = await this.#server.read('/api/v1/prompts?origin=uploaded&pageSize=1000');
    return (items as Array<{ language: string; name: string }>).map(({ language, name }) => `${language}/${name}`);
  }

  async switches(): Promise<SwitchesView> {
    return (await this.#server.read('/api/v1/switches')) as unknown as SwitchesView;
  }

  async switch({ name, trunk, on }: SwitchChange): Promise<SwitchesView> {
    const body = { [name]: on, ...(trunk === null ? {} : { trunk }) };
    const answer = await this.#server.request('PATCH', '/api/v1/switches', body);
    if (answer.status !== 200) throw this.#server.unexpected(answer);
    return answer.body as unknown as SwitchesView;
  }

  async close(): Promise<void> {
    // nothing is held
  }
}

/** Opens the store; where a server owns it, speaks to that. */
export async function openAccess(config: LocalConfig, dependencies: CliDependencies): Promise<ConfigurationAccess> {
  try {
    return localAccess(await dependencies.openStore(config), dependencies);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'STORE_IN_USE') return new Remote(runningServer(config, dependencies));
    if (typeof code === 'string' && code.startsWith('STORE_')) throw new CommandError(message);
    throw error;
  }
}
