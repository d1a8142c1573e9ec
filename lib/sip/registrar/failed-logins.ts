/** Counts wrong passwords per source address, in bounded memory. */

const windowMs = 300_000;
const maxFailures = 10;
const maxAddresses = 4096;

export class FailedLogins {
  readonly #byAddress = new Map<string, { count: number; since: number }>();

  /** @returns true when this address has had enough; its count begins anew */
  failed(address: string, now: number): boolean {
    const known = this.#byAddress.get(address);
    const entry = known && now - known.since <= windowMs ? known : { count: 0, since: now };
    entry.count++;
    this.#byAddress.delete(address);
    if (entry.count >= maxFailures) return true;
    this.#byAddress.set(address, entry);
    const oldest = this.#byAddress.keys().next();
    if (this.#byAddress.size > maxAddresses && !oldest.done) this.#byAddress.delete(oldest.value);
    return false;
  }

  succeeded(address: string): void {
    this.#byAddress.delete(address);
  }
}
