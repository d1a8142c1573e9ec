/** A command line in memory: what it printed, and a store that can be owned by somebody else. */

import type { CliDependencies } from '../../lib/cli/cli-dependencies.ts';
import { runProgram } from '../../lib/cli/program.ts';
import type { EngineOptions } from '../../lib/cli/wiring.ts';
import type { Environment, ServeConfig } from '../../lib/config/serve-config.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { Mistake } from '../../lib/core/mistake.ts';
import type { Situation } from '../../lib/core/rules/explain.ts';
import { ALL_ON, type Switches, switched } from '../../lib/core/trunk/switches.ts';
import type { DocumentStore } from '../../lib/ports/documents.ts';
import type { ConfigurationStore, Store, StoredConfiguration } from '../../lib/ports/store.ts';

export class Cli {
  readonly printed: string[] = [];
  readonly complained: string[] = [];
  stored: StoredConfiguration | null = null;
  switches: Switches = ALL_ON;
  /** Instead of opening. */
  failure: (Error & { code?: string }) | null = null;
  /** Recordings that the store has: `pt-BR/goodbye`. */
  uploaded: string[] = [];
  moved: Array<[string, string]> = [];
  opened = 0;
  closed = 0;
  served: ServeConfig[] = [];
  engines: EngineOptions[] = [];
  explained: Array<{ configuration: Configuration; call: object; situation: Situation | undefined }> = [];
  ties: Mistake[] = [];
  environment: Environment = {};

  readonly #configuration: ConfigurationStore = {
    load: async () => this.stored,
    replace: async (configuration, expectedRevision) => {
      if (expectedRevision !== null && expectedRevision !== (this.stored?.revision ?? 0)) return { result: 'stale' };
      // as a database does: no object of ours survives
      const kept = JSON.parse(JSON.stringify(configuration)) as Configuration;
      this.stored = { revision: (this.stored?.revision ?? 0) + 1, configuration: kept };
      return { result: 'stored', revision: this.stored.revision };
    },
  };

  readonly dependencies: CliDependencies = {
    out: (text) => void this.printed.push(text),
    err: (text) => void this.complained.push(text),
    fetch: (...request) => fetch(...request),
    extraChecks: async () => [() => this.ties],
    openStore: async () => {
      if (this.failure !== null) throw this.failure;
      this.opened++;
      const store: Partial<Store> = {
        configuration: this.#configuration,
        switches: {
          load: async () => this.switches,
          set: async (changes) => {
            this.switches = changes.reduce(switched, this.switches);
            return this.switches;
          },
        },
        documents: {
          all: async () => this.uploaded.map((name) => ({ name })),
        } as unknown as DocumentStore,
        close: async () => void this.closed++,
      };
      return store as Store;
    },
    migrate: async (place) => (await this.dependencies.openStore(place)).close(),
    move: async (directory, database) => {
      if (this.failure !== null) throw this.failure;
      this.moved.push([directory, database.url]);
      return { callbacks: 2, entries: 7 };
    },
    explain: async (configuration, call, known) => {
      this.explained.push({ configuration, call, situation: known?.situation });
      return { data: { outcome: 'callback' }, text: 'called back\n' };
    },
  };

  run(...argv: string[]): Promise<number> {
    return runProgram(argv, {
      environment: this.environment,
      dependencies: this.dependencies,
      serve: async (config) => {
        this.served.push(config);
        return 0;
      },
      engine: async (options) => {
        this.engines.push(options);
        return 0;
      },
    });
  }

  get output(): string {
    return this.printed.join('\n');
  }
  get complaints(): string {
    return this.complained.join('\n');
  }
}
