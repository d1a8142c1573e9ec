import { randomBytes } from 'node:crypto';
import type { Store } from '../ports/store.ts';

/** A random key of 32 bytes that is made at the first start and stays the same for all later ones. */
export async function storedKey(store: Store, name: string): Promise<Buffer> {
  const stored = await store.settings.get(name);
  if (stored !== null) return Buffer.from(stored, 'base64');
  const made = randomBytes(32);
  await store.settings.set(name, made.toString('base64'));
  return made;
}
