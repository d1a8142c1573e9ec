/** How many wrong passwords an address may send. Bounded memory: the address that was quiet longest is forgotten first. */

import { isIPv4, isIPv6 } from 'node:net';

export interface AttemptLimitOptions {
  /** Wrong ones within `windowMs` after which the address has to wait. */
  most: number;
  windowMs: number;
  mostAddresses: number;
  now(): number;
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(address: string): string[] {
  const bare = address.split('%', 1)[0]!;
  // URL writes every form of an address in the one of RFC 5952, an embedded IPv4 address in hexadecimal too
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

/** One network per subscriber: the address for IPv4, the /64 for IPv6. */
export function networkOf(address: string): string {
  const embedded = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
  if (isIPv4(embedded)) return embedded;
  return isIPv6(address) ? groupsOf(address).slice(0, 4).join(':') : address.slice(0, 64);
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

  forget(address: string): void {
    this.#failures.delete(networkOf(address));
  }

  size(): number {
    return this.#failures.size;
  }
}
