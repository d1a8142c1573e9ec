/** One setting after the other, from the flags or the environment, each with the name under which it was given. */

import type { FlagValues } from './flag-reader.ts';
import type { Given } from './given.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export class Settings {
  readonly #flags: FlagValues;
  readonly #environment: Environment;
  constructor(flags: FlagValues, environment: Environment) {
    this.#flags = flags;
    this.#environment = environment;
  }

  environment(name: string): Given | null {
    const value = this.#environment[name]?.trim();
    return value === undefined || value === '' ? null : { from: name, value };
  }

  flag(name: string): Given | null {
    const value = this.#flags.get(name)?.[0];
    return value === undefined ? null : { from: `--${name}`, value };
  }

  /** The flag, else the environment. */
  get(name: string, environment: string | null = null): Given | null {
    return this.flag(name) ?? (environment === null ? null : this.environment(environment));
  }

  all(name: string): readonly string[] | null {
    return this.#flags.get(name) ?? null;
  }
}
