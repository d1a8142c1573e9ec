import { randomBytes } from 'node:crypto';
import type { Store } from '../ports/store.ts';

/** A random key of 32 bytes that is made at the first start and stays the same for all later ones. */
export async function storedKey(store: Store, name: string): Promise<Buffer> {
  const stored = await store.settings.get(name);
  // Another node may make one at the same moment: both take the first.
  const key = stored ?? (await store.settings.add(name, randomBytes(32).toString('base64')));
  return Buffer.from(key, 'base64');
}
