/** API keys: shown once, kept as a hash, with scopes and an end. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Permission } from '../../core/access/role.ts';
import type { DocumentStore, StoredDocument } from '../../ports/documents.ts';
import { base32 } from './totp.ts';
import { userKey } from './users.ts';

const KEY = /^cbk_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/;
const TOUCH_MS = 60_000;

export interface ApiKey {
  id: string;
  name: string;
  scopes: Permission[];
  /** Empty: all that its owner may see. */
  inboundNumbers: string[];
  /** Whose it is: it may never do more than he. Null: made with a key of the configuration. */
  owner: string | null;
  lastUsedAt: number | null;
}

interface Body extends ApiKey {
  hash: string;
}

export interface StoredKey {
  key: ApiKey;
  version: number;
  createdAt: number;
  expiresAt: number | null;
}

const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

function storedKey({ body, version, createdAt, expiresAt }: StoredDocument): StoredKey {
  const { hash: _, ...key } = body as unknown as Body;
  return { key, version, createdAt, expiresAt };
}

export const looksLikeKey = (text: string): boolean => KEY.test(text);

export class ApiKeys {
  readonly #documents: DocumentStore;
  readonly #now: () => number;

  constructor({ documents, now }: { documents: DocumentStore; now: () => number }) {
    this.#documents = documents;
    this.#now = now;
  }

  /** @returns the key, which is nowhere else */
  async create(wanted: Omit<ApiKey, 'id' | 'lastUsedAt'>, expiresAt: number | null): Promise<[StoredKey, string]> {
    const now = this.#now();
    const id = base32(randomBytes(10)).toLowerCase();
    const secret = randomBytes(32).toString('base64url');
    const key: ApiKey = { ...wanted, id, lastUsedAt: null };
    const body = { ...key, hash: hashOf(secret).toString('base64url') };
    await this.#documents.put({ kind: 'api-key', name: id, body, expiresAt, now, expected: 0 });
    return [{ key, version: 1, createdAt: now, expiresAt }, `cbk_${id}_${secret}`];
  }

  /** Whose key this is; null: nobody's. */
  async verify(text: string): Promise<StoredKey | null> {
    const [, id, secret] = KEY.exec(text) ?? [];
    if (id === undefined || secret === undefined) return null;
    const now = this.#now();
    const document = await this.#documents.get('api-key', id, now);
    if (document === null) return null;
    const body = document.body as unknown as Body;
    if (!timingSafeEqual(hashOf(secret), Buffer.from(body.hash, 'base64url'))) return null;
    if (now - (body.lastUsedAt ?? 0) >= TOUCH_MS) {
      const { version: expected, expiresAt } = document;
      const touched = { ...body, lastUsedAt: now };
      await this.#documents.put({ kind: 'api-key', name: id, body: touched, expiresAt, now, expected });
    }
    return storedKey(document);
  }

  async all(): Promise<StoredKey[]> {
    return (await this.#documents.all('api-key', this.#now())).map(storedKey);
  }

  async find(id: string): Promise<StoredKey | null> {
    const document = await this.#documents.get('api-key', id, this.#now());
    return document === null ? null : storedKey(document);
  }

  remove(id: string): Promise<boolean> {
    return this.#documents.remove('api-key', id, null);
  }

  /** Of somebody who is gone: who gets his name later gets none of his keys. */
  async removeOf(owner: string): Promise<void> {
    for (const { key } of await this.all())
      if (key.owner !== null && userKey(key.owner) === userKey(owner)) await this.remove(key.id);
  }
}
