/** Who may use the API: an administrator's key (Bearer, x-api-key, Basic password), or the administrator himself. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Store } from '../ports/store.ts';
import { ADMINISTRATOR, passwordMatches, storedHash } from './administrator.ts';
import { ApiError } from './api-error.ts';
import { AttemptLimit } from './attempt-limit.ts';

export interface AuthenticationOptions {
  /** Keys that are an administrator's; empty ones are none. */
  apiKeys: readonly string[];
  settings: Store['settings'];
  now(): number;
}

interface Credentials {
  /** Null: a key. */
  username: string | null;
  secret: string;
}

const MOST_WRONG = 20;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;
/** scrypt takes 32 MB and tens of milliseconds each time. */
const MOST_VERIFYING = 4;
const LONGEST_SECRET = 512;
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

export class Authentication {
  readonly #keys: Array<{ digest: Buffer; unguessable: boolean }>;
  readonly #settings: Store['settings'];
  readonly #limit: AttemptLimit;
  /** Of the last right password, so that not every request costs an scrypt. */
  readonly #memoryKey = randomBytes(32);
  #verified: Buffer | null = null;
  #verifying = 0;

  constructor(options: AuthenticationOptions) {
    this.#keys = options.apiKeys
      .filter((key) => key !== '')
      .map((key) => ({ digest: digest(key), unguessable: key.length >= UNGUESSABLE_LENGTH }));
    this.#settings = options.settings;
    const { now } = options;
    this.#limit = new AttemptLimit({ most: MOST_WRONG, windowMs: WINDOW_MS, mostAddresses: MOST_ADDRESSES, now });
  }

  /** Resolves for who may; throws ApiError `unauthorized` or `too-many-attempts`. */
  async require(headers: IncomingHttpHeaders, address: string): Promise<void> {
    const credentials = credentialsOf(headers);
    if (credentials === null) throw unauthorized('a key or a password is needed');
    const key = this.#keyOf(credentials.secret);
    if (key?.unguessable === true) return;
    const waitSeconds = this.#limit.waitSeconds(address);
    if (waitSeconds > 0) throw tooMany(waitSeconds);
    if (key !== null || (await this.#isAdministrator(credentials))) return;
    this.#limit.failed(address);
    throw unauthorized('the key or the password is wrong');
  }

  /** Every key is compared, in constant time each. */
  #keyOf(secret: string): { unguessable: boolean } | null {
    const given = digest(secret);
    let found: { unguessable: boolean } | null = null;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, given)) found = key;
    return found;
  }

  async #isAdministrator({ username, secret }: Credentials): Promise<boolean> {
    if (username !== ADMINISTRATOR || secret.length > LONGEST_SECRET) return false;
    const hash = await storedHash(this.#settings);
    if (hash === null) return false;
    const mark = createHmac('sha256', this.#memoryKey).update(`${hash}\0${secret}`).digest();
    if (this.#verified !== null && timingSafeEqual(this.#verified, mark)) return true;
    if (this.#verifying >= MOST_VERIFYING) throw tooMany(1);
    this.#verifying++;
    try {
      const matches = await passwordMatches(secret, hash);
      if (matches) this.#verified = mark;
      return matches;
    } finally {
      this.#verifying--;
    }
  }
}

function unauthorized(message: string): ApiError {
  return new ApiError('unauthorized', message, {
    headers: { 'www-authenticate': 'Basic realm="drachtio-callback", charset="UTF-8"' },
  });
}

function tooMany(seconds: number): ApiError {
  return new ApiError('too-many-attempts', `too many wrong passwords; try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}
