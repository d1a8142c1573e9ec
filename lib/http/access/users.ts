/** Users: one document each. The administrator of the first start has none until somebody changes him. */

import type { Role } from '../../core/access/role.ts';
import type { DocumentStore, StoredDocument } from '../../ports/documents.ts';
import type { Store } from '../../ports/store.ts';
import { ADMINISTRATOR, storedHash } from './administrator.ts';

export interface SecondFactor {
  secret: string;
  /** false: shown, and not confirmed by a code yet. */
  inForce: boolean;
  /** Of the last code that was taken: none is taken twice. */
  lastStep: number;
  /** Hashes of the codes that are left. */
  recovery: string[];
}

export interface User {
  username: string;
  name: string | null;
  role: Role | null;
  passwordHash: string;
  enabled: boolean;
  mustChangePassword: boolean;
  /** Empty: all. */
  inboundNumbers: string[];
  totp: SecondFactor | null;
  /** Goes up when all sessions have to end. */
  epoch: number;
  /** When an administrator let him try again after too many wrong passwords; null: never. */
  unlockedAt: number | null;
}

export interface StoredUser {
  user: User;
  /** 0: not stored yet. */
  version: number;
  createdAt: number | null;
  updatedAt: number | null;
}

export const userKey = (username: string): string => username.normalize('NFC').toLowerCase();

function administratorOf(passwordHash: string): StoredUser {
  const user: User = {
    username: ADMINISTRATOR,
    name: null,
    role: 'administrator',
    passwordHash,
    enabled: true,
    mustChangePassword: false,
    inboundNumbers: [],
    totp: null,
    epoch: 0,
    unlockedAt: null,
  };
  return { user, version: 0, createdAt: null, updatedAt: null };
}

function storedUser({ body, version, createdAt, updatedAt }: StoredDocument): StoredUser {
  // written before there was an unlocking
  const user = { unlockedAt: null, ...body } as unknown as User;
  return { user, version, createdAt, updatedAt };
}

export class Users {
  readonly #documents: DocumentStore;
  readonly #settings: Store['settings'];
  readonly #now: () => number;

  constructor(options: { documents: DocumentStore; settings: Store['settings']; now: () => number }) {
    this.#documents = options.documents;
    this.#settings = options.settings;
    this.#now = options.now;
  }

  async find(username: string): Promise<StoredUser | null> {
    const document = await this.#documents.get('user', userKey(username), this.#now());
    if (document !== null) return isRemoved(document) ? null : storedUser(document);
    return userKey(username) === ADMINISTRATOR ? this.#first() : null;
  }

  async #first(): Promise<StoredUser | null> {
    const hash = await storedHash(this.#settings);
    return hash === null ? null : administratorOf(hash);
  }

  async all(): Promise<StoredUser[]> {
    const documents = await this.#documents.all('user', this.#now());
    const users = documents.filter((document) => !isRemoved(document)).map(storedUser);
    if (documents.some(({ name }) => name === ADMINISTRATOR)) return users;
    const first = await this.#first();
    return first === null ? users : [first, ...users];
  }

  /** @param version that is replaced; 0: there is none. @returns false: somebody else was quicker */
  async put(user: User, version: number): Promise<boolean> {
    const name = userKey(user.username);
    const now = this.#now();
    const removed = version === 0 ? await this.#documents.get('user', name, now) : null;
    const expected = removed !== null && isRemoved(removed) ? removed.version : version;
    const body = { ...user };
    return (
      (await this.#documents.put({ kind: 'user', name, body, expiresAt: null, now, expected })).result === 'stored'
    );
  }

  /** The administrator of the first start would come back from the settings: a mark stays in his place. */
  async remove(username: string, version: number): Promise<boolean> {
    const name = userKey(username);
    if (name !== ADMINISTRATOR) return this.#documents.remove('user', name, version);
    const body = { removed: true };
    const write = { kind: 'user', name, body, expiresAt: null, now: this.#now(), expected: version } as const;
    return (await this.#documents.put(write)).result === 'stored';
  }
}

const isRemoved = ({ body }: StoredDocument): boolean => body['removed'] === true;

export const canAdminister = ({ role, enabled, inboundNumbers }: User): boolean =>
  enabled && role === 'administrator' && inboundNumbers.length === 0;
