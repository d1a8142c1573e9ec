/** Who asks: a key (Bearer, x-api-key, Basic password), a user by Basic, or a session by its cookie. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CONFIGURED, isMasked, narrower, PERMISSIONS_OF_ROLE, type Principal } from '../../core/access/role.ts';
import { ApiError } from '../api-error.ts';
import { type ApiKeys, looksLikeKey } from './api-keys.ts';
import { AttemptLimit } from './attempt-limit.ts';
import type { Client } from './client.ts';
import { compareWithNothing, LONGEST_PASSWORD, passwordMatches } from './password.ts';
import { type Session, type Sessions, tokenOf } from './sessions.ts';
import { type StoredUser, type User, type Users, userKey } from './users.ts';

export interface AuthenticationOptions {
  /** Keys that are an administrator's; empty ones are none. */
  apiKeys: readonly string[];
  users: Users;
  sessions: Sessions;
  keys: ApiKeys;
  now(): number;
}

interface Credentials {
  /** Null: a key. */
  username: string | null;
  secret: string;
}

export interface Asking {
  principal: Principal;
  /** Of a cookie, else null. */
  session: Session | null;
}

const MOST_WRONG = 20;
const WINDOW_MS = 60_000;
const MOST_WRONG_OF_USER = 10;
const USER_WINDOW_MS = 15 * 60_000;
const MOST_ADDRESSES = 10_000;
/** argon2id takes 19 MiB and tens of milliseconds each time. */
const MOST_VERIFYING = 4;
const MOST_REMEMBERED = 100;
/** A key of this length can't be guessed: its owner is not locked out by whoever guesses from the same address. */
const UNGUESSABLE_LENGTH = 20;

const digest = (text: string) => createHash('sha256').update(text).digest();

/** What the headers say; null: nothing. */
export function credentialsOf(headers: IncomingHttpHeaders): Credentials | null {
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return { username: null, secret: key };
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(/ +/, 2);
  if (/^bearer$/i.test(scheme) && value !== '') return { username: null, secret: value };
  if (!/^basic$/i.test(scheme)) return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : { username: text.slice(0, colon), secret: text.slice(colon + 1) };
}

export function principalOf(user: User, kind: 'session' | 'basic'): Principal {
  const { username, name, role, inboundNumbers, mustChangePassword } = user;
  const permissions = role === null || mustChangePassword ? [] : PERMISSIONS_OF_ROLE[role];
  return {
    kind,
    actor: username,
    username,
    name,
    role,
    permissions: new Set(permissions),
    inboundNumbers: inboundNumbers.length === 0 ? null : inboundNumbers,
    masked: isMasked(role),
  };
}

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #keys: Array<{ digest: Buffer; unguessable: boolean }>;
  readonly #limit: AttemptLimit;
  readonly #userLimit: AttemptLimit;
  /** Marks of right passwords, so that not every request costs an argon2id. */
  readonly #memoryKey = randomBytes(32);
  readonly #verified = new Set<string>();
  #verifying = 0;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#keys = options.apiKeys
      .filter((key) => key !== '')
      .map((key) => ({ digest: digest(key), unguessable: key.length >= UNGUESSABLE_LENGTH }));
    const { now } = options;
    const mostAddresses = MOST_ADDRESSES;
    this.#limit = new AttemptLimit({ most: MOST_WRONG, windowMs: WINDOW_MS, mostAddresses, now });
    this.#userLimit = new AttemptLimit({ most: MOST_WRONG_OF_USER, windowMs: USER_WINDOW_MS, mostAddresses, now });
  }

  /** Resolves for who is known; throws ApiError `unauthorized` or `too-many-attempts`. */
  async require(headers: IncomingHttpHeaders, { address, isSecure }: Client): Promise<Asking> {
    const credentials = credentialsOf(headers);
    if (credentials === null) return this.#bySession(headers, isSecure);
    const configured = this.#configuredKey(credentials.secret);
    if (configured?.unguessable === true) return { principal: CONFIGURED, session: null };
    if (looksLikeKey(credentials.secret)) {
      const principal = await this.#byKey(credentials.secret);
      if (principal !== null) return { principal, session: null };
    }
    this.#assertMayCome(address);
    if (configured !== null) return { principal: CONFIGURED, session: null };
    const { username, secret } = credentials;
    const found = username === null ? null : await this.password(username, secret, address);
    if (found === null) {
      if (username === null) this.#limit.failed(address);
      throw unauthorized('the key or the password is wrong', headers);
    }
    if (found.user.totp?.inForce === true)
      throw unauthorized('this user has a second factor: sign in by a session, or use an API key', headers);
    return { principal: principalOf(found.user, 'basic'), session: null };
  }

  async #bySession(headers: IncomingHttpHeaders, isSecure: boolean): Promise<Asking> {
    const token = tokenOf(headers, isSecure);
    const session = token === null ? null : await this.#options.sessions.find(token);
    const stored = session === null ? null : await this.#options.users.find(session.username);
    if (session === null || stored === null || !stored.user.enabled || stored.user.epoch !== session.epoch)
      throw unauthorized('a key or a password is needed', headers);
    return { principal: principalOf(stored.user, 'session'), session };
  }

  /** A key may do what its scopes say and its owner still may. */
  async #byKey(text: string): Promise<Principal | null> {
    const stored = await this.#options.keys.verify(text);
    if (stored === null) return null;
    const { name, scopes, inboundNumbers, owner } = stored.key;
    const own = inboundNumbers.length === 0 ? null : inboundNumbers;
    const principal: Principal = {
      ...CONFIGURED,
      kind: 'key',
      actor: `key:${name}`,
      name,
      role: null,
      permissions: new Set(scopes),
      inboundNumbers: own,
    };
    if (owner === null) return principal;
    const user = (await this.#options.users.find(owner))?.user;
    if (user?.enabled !== true) return null;
    const his = principalOf(user, 'basic');
    return {
      ...principal,
      permissions: new Set(scopes.filter((scope) => his.permissions.has(scope))),
      inboundNumbers: narrower(own, his.inboundNumbers),
      masked: his.masked,
    };
  }

  #assertMayCome(address: string): void {
    const seconds = this.#limit.waitSeconds(address);
    if (seconds > 0) throw tooMany(seconds);
  }

  /**
   * Throws `too-many-attempts`. Asked at the very moment of each guess: a hundred at once are a hundred guesses.
   * @param user of this name; null: there is none
   */
  assertMayTry(username: string, user: User | null, address: string): void {
    this.#assertMayCome(address);
    const seconds = this.#userLimit.waitSeconds(lockOf(username));
    if (seconds > 0 && !this.#isForgiven(user)) throw tooMany(seconds);
  }

  /** The user whose password this is; counts wrong ones, of the address and of the user. */
  async password(username: string, secret: string, address: string): Promise<StoredUser | null> {
    this.#assertMayCome(address);
    const stored = await this.#options.users.find(username);
    this.assertMayTry(username, stored?.user ?? null, address);
    if (await this.#matches(stored?.user ?? null, secret)) return stored;
    this.#limit.failed(address);
    this.#userLimit.failed(lockOf(username));
    return null;
  }

  /** Until when nobody gets in as him, however right the password, as far as this node has counted; null: no lock. */
  lockedUntil(user: User): number | null {
    const seconds = this.#userLimit.waitSeconds(lockOf(user.username));
    return seconds === 0 || this.#isForgiven(user) ? null : this.#options.now() + seconds * 1000;
  }

  /** Whoever let him in again, on whichever node, did so after the last wrong password that came here. */
  #isForgiven(user: User | null): boolean {
    const at = user?.unlockedAt ?? null;
    return user !== null && at !== null && this.#userLimit.forgive(lockOf(user.username), at);
  }

  /** A wrong code of a second factor counts as a wrong password. */
  failed(username: string, address: string): void {
    this.#limit.failed(address);
    this.#userLimit.failed(lockOf(username));
  }

  async #matches(user: User | null, secret: string): Promise<boolean> {
    if (secret.length > LONGEST_PASSWORD) return false;
    const mark = this.#mark(user?.passwordHash ?? '', secret);
    if (user?.enabled === true && this.#verified.has(mark)) return true;
    if (this.#verifying >= MOST_VERIFYING) throw tooMany(1);
    this.#verifying++;
    try {
      if (user === null) return await compareWithNothing(secret);
      const matches = await passwordMatches(secret, user.passwordHash);
      if (matches) this.#remember(mark);
      return matches && user.enabled;
    } finally {
      this.#verifying--;
    }
  }

  #mark(hash: string, secret: string): string {
    return createHmac('sha256', this.#memoryKey).update(`${hash}\0${secret}`).digest('base64');
  }

  #remember(mark: string): void {
    if (this.#verified.size >= MOST_REMEMBERED) this.#verified.delete(this.#verified.values().next().value!);
    this.#verified.add(mark);
  }

  /** Every key is compared, in constant time each. */
  #configuredKey(secret: string): { unguessable: boolean } | null {
    const given = digest(secret);
    let found: { unguessable: boolean } | null = null;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, given)) found = key;
    return found;
  }
}

const lockOf = (username: string) => `user:${digest(userKey(username)).toString('base64')}`;

/** A script of a page is answered so that the browser opens no window of its own. */
export function unauthorized(message: string, headers: IncomingHttpHeaders, publicCode?: string): ApiError {
  const scheme = headers['sec-fetch-dest'] === 'empty' ? 'Session' : 'Basic';
  return new ApiError('unauthorized', message, {
    ...(publicCode === undefined ? {} : { publicCode }),
    headers: { 'www-authenticate': `${scheme} realm="drachtio-callback", charset="UTF-8"` },
  });
}

export function tooMany(seconds: number): ApiError {
  return new ApiError('too-many-attempts', `too many wrong passwords; try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}
