import type { Configuration } from '../core/configuration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { ConfigurationStore, StoredConfiguration } from '../ports/store.ts';

/** Names in trunks' proxies are looked up again so often; an answer that is gone leaves the last one standing. */
const ADDRESSES_REFRESH_MS = 60_000;

export interface LiveConfigurationOptions {
  store: ConfigurationStore;
  clock: Clock;
  /** Addresses of a SIP URI's host: itself if it is a literal, else by DNS; empty when it cannot be resolved. */
  resolveHost: (sipUri: string) => Promise<string[]>;
  log: Log;
}

/** The configuration that the running system decides by, and the one door through which it is changed. */
export class LiveConfiguration {
  readonly #options: LiveConfigurationOptions;
  readonly #listeners = new Set<(configuration: Configuration) => void>();
  #stored: StoredConfiguration;
  #addresses: ReadonlyMap<string, string[]> = new Map();
  /** Counts the look-ups begun: a slow answer to an earlier one is out of date. */
  #lookup = 0;
  #cancelRefresh: (() => void) | null = null;
  #stopped = false;

  constructor(stored: StoredConfiguration, options: LiveConfigurationOptions) {
    this.#stored = deepFreeze(stored);
    this.#options = options;
  }

  /** Resolves when the trunks' addresses are known. */
  async start(): Promise<void> {
    await this.#refreshAddresses();
  }

  current(): StoredConfiguration {
    return this.#stored;
  }

  get configuration(): Configuration {
    return this.#stored.configuration;
  }

  /** Trunk name -> addresses of its proxy. */
  get trunkAddresses(): ReadonlyMap<string, string[]> {
    return this.#addresses;
  }

  onChange(listener: (configuration: Configuration) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Stores a checked configuration and lets the system go on by it. Callbacks accepted before keep what they were
   * promised; routes and numbers are looked up anew when they are dialled.
   * @param expectedRevision null: whatever is stored
   * @param actor who changes it; null: nobody in particular
   */
  async replace(
    next: Configuration,
    expectedRevision: number | null,
    actor: string | null = null,
  ): Promise<{ result: 'stored'; revision: number } | { result: 'stale' }> {
    const replaced = await this.#options.store.replace(next, expectedRevision, {
      at: this.#options.clock.now(),
      actor,
    });
    if (replaced.result === 'stale') return replaced;
    await this.#take({ revision: replaced.revision, configuration: next });
    return replaced;
  }

  /** Another node has stored this revision. Rejects with StoreUnavailable. */
  async reload(revision: number): Promise<void> {
    if (revision <= this.#stored.revision) return;
    const stored = await this.#options.store.load();
    if (stored !== null && stored.revision > this.#stored.revision && !this.#stopped) await this.#take(stored);
  }

  async #take(stored: StoredConfiguration): Promise<void> {
    this.#stored = deepFreeze(stored);
    await this.#refreshAddresses();
    for (const listener of this.#listeners) listener(stored.configuration);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRefresh?.();
  }

  async #refreshAddresses(): Promise<void> {
    this.#cancelRefresh?.();
    this.#lookup += 1;
    const lookup = this.#lookup;
    const { clock, resolveHost, log } = this.#options;
    const entries = await Promise.all(
      this.configuration.trunks.map(async ({ name, outboundProxy, proxy }): Promise<[string, string[]]> => {
        const found = await resolveHost(outboundProxy ?? proxy).catch(() => []);
        if (found.length > 0) return [name, found];
        log.warn(
          { trunk: name },
          'the proxy of this trunk cannot be resolved: calls from it may be taken for strangers',
        );
        return [name, this.#addresses.get(name) ?? []];
      }),
    );
    if (this.#stopped || lookup !== this.#lookup) return;
    this.#addresses = new Map(entries);
    this.#cancelRefresh = clock.after(ADDRESSES_REFRESH_MS, () => void this.#refreshAddresses());
  }
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
