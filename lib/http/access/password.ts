/** Passwords: argon2id (RFC 9106); scrypt hashes of former versions are still understood. */

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** argon2id is the library's default; the cost is the smaller of the two that OWASP names. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const FORMER_COST = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const FORMER_HASH = /^scrypt\$([A-Za-z0-9+/=]{8,100})\$([A-Za-z0-9+/=]{8,100})$/;
const LONGEST_HASH = 300;

export const SHORTEST_PASSWORD = 10;
export const LONGEST_PASSWORD = 128;

/** However a keyboard composes its letters. */
const normalized = (password: string) => password.normalize('NFC');

/** `$argon2id$v=19$m=…`, with a salt of its own. */
export function passwordHash(password: string): Promise<string> {
  return hash(normalized(password), COST);
}

function formerKey(password: string, salt: Buffer, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(normalized(password), salt, length, FORMER_COST, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** In constant time; false for a hash that can't be read. */
export async function passwordMatches(password: string, stored: string): Promise<boolean> {
  const former = FORMER_HASH.exec(stored);
  if (former !== null) {
    const expected = Buffer.from(former[2]!, 'base64');
    const key = await formerKey(password, Buffer.from(former[1]!, 'base64'), expected.length);
    return timingSafeEqual(expected, key);
  }
  if (!stored.startsWith('$argon2id$') || stored.length > LONGEST_HASH) return false;
  return verify(stored, normalized(password)).catch(() => false);
}

let unknown: Promise<string> | null = null;

/** Takes as long as a real one: who is asked for a user that is not there learns nothing from the clock. */
export async function compareWithNothing(password: string): Promise<false> {
  unknown ??= passwordHash(randomBytes(16).toString('hex'));
  await passwordMatches(password, await unknown);
  return false;
}
