/** The administrator of the first start: made once, his password shown once. */

import { randomInt } from 'node:crypto';
import type { Store } from '../../ports/store.ts';
import { passwordHash } from './password.ts';

export const ADMINISTRATOR = 'admin';
const SETTING = 'administrator';
const PASSWORD_LENGTH = 20;
/** Without letters that look alike. */
const ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

type Settings = Store['settings'];

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
