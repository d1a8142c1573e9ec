/** How many wrong passwords an address may send. Bounded memory: the address that was quiet longest is forgotten first. */

import ipaddr from 'ipaddr.js';

export interface AttemptLimitOptions {
  /** Wrong ones within `windowMs` after which the address has to wait. */
  most: number;
  windowMs: number;
  mostAddresses: number;
  now(): number;
}

/** One network per subscriber: the address for IPv4, the /64 for IPv6. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':');
}

export class AttemptLimit {
  readonly #options: AttemptLimitOptions;
  readonly #failures = new Map<string, { count: number; since: number }>();

  constructor(options: AttemptLimitOptions) {
    this.#options = options;
  }

  /** Seconds that this address has to wait; 0: none. */
  waitSeconds(address: string): number {
    const entry = this.#failures.get(networkOf(address));
    if (entry === undefined || entry.count < this.#options.most) return 0;
    const leftMs = entry.since + this.#options.windowMs - this.#options.now();
    return leftMs <= 0 ? 0 : Math.ceil(leftMs / 1000);
  }

  failed(address: string): void {
    const key = networkOf(address);
    const now = this.#options.now();
    const entry = this.#failures.get(key);
    const current =
      entry !== undefined && now < entry.since + this.#options.windowMs ? entry : { count: 0, since: now };
    current.count++;
    this.#failures.delete(key);
    this.#failures.set(key, current);
    if (this.#failures.size <= this.#options.mostAddresses) return;
    const oldest = this.#failures.keys().next();
    if (!oldest.done) this.#failures.delete(oldest.value);
  }

  size(): number {
    return this.#failures.size;
  }
}
