import type { Log } from '../../ports/log.ts';
import type { StoreError } from '../store-error.ts';

/** Whether the last write worked; what changes is said once. */
export class StoreHealth {
  readonly #name: string;
  readonly #log: Log;
  #failure: StoreError | null = null;

  constructor(name: string, log: Log) {
    this.#name = name;
    this.#log = log;
  }

  get healthy(): boolean {
    return this.#failure === null;
  }

  failed(failure: StoreError): void {
    if (this.#failure === null) this.#log.error({ database: this.#name, err: failure }, failure.message);
    this.#failure = failure;
  }

  worked(): void {
    if (this.#failure !== null) this.#log.info({ database: this.#name }, 'The database can be written again.');
    this.#failure = null;
  }
}
