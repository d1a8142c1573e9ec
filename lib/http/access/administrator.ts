/** The administrator: one account, made at the first start, its password kept as an scrypt hash. */

import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import type { Store } from '../ports/store.ts';

export const ADMINISTRATOR = 'admin';
const SETTING = 'administrator';
const PASSWORD_LENGTH = 20;
/** Without letters that look alike. */
const ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const COST = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;
const HASH = /^scrypt\$([A-Za-z0-9+/=]{8,100})\$([A-Za-z0-9+/=]{8,100})$/;

type Settings = Store['settings'];

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, KEY_BYTES, COST, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** `scrypt$SALT$KEY`, both base64. */
export async function passwordHash(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return `scrypt$${salt.toString('base64')}$${key.toString('base64')}`;
}

/** In constant time; false for a hash that can't be read. */
export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const match = HASH.exec(hash);
  if (match === null) return false;
  const expected = Buffer.from(match[2]!, 'base64');
  const key = await derive(password, Buffer.from(match[1]!, 'base64'));
  return expected.length === key.length && timingSafeEqual(expected, key);
}

export function storedHash(settings: Settings): Promise<string | null> {
  return settings.get(SETTING);
}

/** Makes the administrator if there is none. The password is nowhere else: show it once. */
export async function ensureAdministrator(
  settings: Settings,
): Promise<{ created: true; username: string; password: string } | { created: false }> {
  if ((await settings.get(SETTING)) !== null) return { created: false };
  const password = Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const hash = await passwordHash(password);
  // Another node may make one at the same moment.
  if ((await settings.add(SETTING, hash)) !== hash) return { created: false };
  return { created: true, username: ADMINISTRATOR, password };
}
