/**
 * Nonces that need no memory: time and address are signed into them (RFC 7616 5.4). What is remembered is how often each
 * was used, so that a captured request cannot be sent again.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const lifetimeMs = 300_000;
const maxTracked = 10_000;

export class Nonces {
  readonly #secret: Buffer;
  /** Highest count seen, oldest nonce first. */
  readonly #counts = new Map<string, { count: number; at: number }>();

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  issue(address: string, now: number): string {
    const stamp = `${now.toString(36)}.${randomBytes(6).toString('hex')}`;
    return `${stamp}.${this.#signature(stamp, address)}`;
  }

  /**
   * @param nc the client's nonce count, eight hexadecimal digits
   * @returns `stale`: ours, but too old or used with this count before; `foreign`: not ours
   */
  use(nonce: string, nc: string, about: { address: string; now: number }): 'good' | 'stale' | 'foreign' {
    const [time = '', random = '', signature = ''] = nonce.slice(0, 128).split('.');
    const expected = Buffer.from(this.#signature(`${time}.${random}`, about.address));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'foreign';
    const age = about.now - Number.parseInt(time, 36);
    if (!/^[0-9a-fA-F]{8}$/.test(nc) || !(age >= -lifetimeMs && age <= lifetimeMs)) return 'stale';
    const count = Number.parseInt(nc, 16);
    if (count <= (this.#counts.get(nonce)?.count ?? 0)) return 'stale';
    this.#remember(nonce, count, about.now);
    return 'good';
  }

  #remember(nonce: string, count: number, now: number): void {
    this.#counts.delete(nonce);
    this.#counts.set(nonce, { count, at: now });
    for (const [oldest, { at }] of this.#counts) {
      if (this.#counts.size <= maxTracked && now - at <= lifetimeMs) break;
      this.#counts.delete(oldest);
    }
  }

  #signature(stamp: string, address: string): string {
    return createHmac('sha256', this.#secret).update(`nonce\n${stamp}\n${address}`).digest('hex').slice(0, 32);
  }
}
