/**
 * Who proves by digest (RFC 3261 22, RFC 7616) that he is one of our extensions, in REGISTER and in INVITE. What an unknown
 * extension gets is what a known one with a wrong password gets, as fast, so that nobody can list ours.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Configuration, Extension, Secret } from '../../core/configuration.ts';
import { isTrunkAddress } from '../../core/rules/source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { type Credentials, digestResponse, parseCredentials } from '../message/digest.ts';
import { redact } from '../message/redaction.ts';
import { Failures } from './failed-logins.ts';
import { Nonces } from './nonces.ts';

export const realm = 'drachtio-callback';
const windowMs = 300_000;
const silenceMs = 600_000;
const maxWrong = 10;
/** Of all extensions together: many phones may be behind one address. */
const maxWrongOfAddress = 100;
/** A phone answers its challenge; who asks for one after the other is a scanner. */
const maxUnanswered = 60;

export interface LoginsOptions {
  configuration: () => Configuration;
  secretOf: (secret: Secret) => string;
  clock: Clock;
  log: Log;
  keySecret: Buffer;
  silence: (address: string, untilMs: number) => void;
}

export type Login =
  | { type: 'proven'; extension: Extension }
  /** No credentials for us are in it. */
  | { type: 'none' }
  | { type: 'refused'; response: OutgoingResponse };

export class Logins {
  readonly #options: LoginsOptions;
  readonly #nonces: Nonces;
  /** Wrong passwords by address, and by extension at an address, which may be a proxy with many behind it. */
  readonly #wrong = new Failures(maxWrong, windowMs);
  readonly #wrongOfAddress = new Failures(maxWrongOfAddress, windowMs);
  readonly #unanswered = new Failures(maxUnanswered, windowMs);
  /** Stands in for the password of extensions that do not exist. */
  readonly #noPassword = randomBytes(16).toString('hex');
  readonly #indexes = new WeakMap<Configuration, Map<string, Extension>>();

  constructor(options: LoginsOptions) {
    this.#options = options;
    this.#nonces = new Nonces(options.keySecret);
  }

  /** @param number the extension that it has to be; null: whichever the credentials name */
  check(request: IncomingRequest, number: string | null): Login {
    const { address } = request.source;
    const credentials = parseCredentials(request.head.all('authorization'), realm);
    if (!credentials) return { type: 'none' };
    if (credentials.qop === null) return { type: 'refused', response: this.challenge(address) };
    const claimed = number ?? credentials.username;
    const about = { address, now: this.#options.clock.now() };
    const extension = this.#provenBy(credentials, { claimed, method: request.method });
    const nonce = this.#nonces.use(credentials.nonce, credentials.nc, about);
    if (nonce === 'foreign') return { type: 'refused', response: this.challenge(address) };
    // One that guesses gets no other answer while it is blocked, not even for the right password. The engine's silence
    // would not do: it lets REGISTER pass, so that others behind the same address can still log in
    const isBlocked =
      this.#wrong.isBlocked(`${address} ${claimed}`, about.now) || this.#wrongOfAddress.isBlocked(address, about.now);
    if (extension === null || isBlocked) return { type: 'refused', response: this.#refuse(address, claimed) };
    // RFC 7616 3.3: stale only with a right password, so that it tells nothing to others
    if (nonce === 'stale') return { type: 'refused', response: this.challenge(address, true) };
    for (const key of [address, `${address} ${claimed}`]) this.#wrong.forget(key);
    this.#unanswered.forget(address);
    return { type: 'proven', extension };
  }

  challenge(address: string, stale = false): OutgoingResponse {
    const { clock } = this.#options;
    if (!stale && this.#unanswered.failed(address, clock.now())) this.#silence(address);
    const nonce = this.#nonces.issue(address, clock.now());
    // MD5 alone: RFC 8760 would want SHA-256 first, in a line of its own, and phones that read one line only would be lost
    const value = `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${stale ? ', stale=true' : ''}`;
    return { status: 401, headers: { 'WWW-Authenticate': value } };
  }

  #provenBy(credentials: Credentials, { claimed, method }: { claimed: string; method: string }): Extension | null {
    const configuration = this.#options.configuration();
    const index = this.#indexOf(configuration);
    const extension = index.get(claimed) ?? null;
    // Another extension's secret is read in place of one that is not there: it may be in a file
    const secret = (extension ?? index.values().next().value)?.password ?? null;
    const read = secret === null ? this.#noPassword : this.#options.secretOf(secret);
    const password = extension === null || read === '' ? this.#noPassword : read;
    const expected = Buffer.from(digestResponse({ ...credentials, method, password }));
    const given = Buffer.from(credentials.response.toLowerCase());
    const matches = given.length === expected.length && timingSafeEqual(given, expected);
    return matches && credentials.username === claimed ? extension : null;
  }

  /** Those with a password, by number. */
  #indexOf(configuration: Configuration): Map<string, Extension> {
    const known = this.#indexes.get(configuration);
    if (known) return known;
    const withPassword = configuration.extensions.filter(({ password }) => password !== null);
    const index = new Map(withPassword.map((extension) => [extension.number, extension]));
    this.#indexes.set(configuration, index);
    return index;
  }

  #refuse(address: string, claimed: string): OutgoingResponse {
    const { clock, log } = this.#options;
    const now = clock.now();
    const key = `${address} ${claimed}`;
    const fields = { address, extension: redact(claimed) };
    // Whoever goes on guessing does not fill the log
    if (this.#wrong.isBlocked(key, now)) log.debug(fields, 'a login is not looked at for a while');
    else log.warn(fields, 'a login with a wrong password');
    this.#wrong.failed(key, now);
    if (!isTrunkAddress(this.#options.configuration(), address)) this.#wrongOfAddress.failed(address, now);
    if (this.#wrong.failed(address, now)) {
      this.#silence(address);
      this.#wrong.forget(address);
    }
    return { status: 403 };
  }

  /** Not a trunk's or a proxy's address, from which the calls of all others come too. */
  #silence(address: string): void {
    const { clock, configuration, silence } = this.#options;
    this.#unanswered.forget(address);
    if (!isTrunkAddress(configuration(), address)) silence(address, clock.now() + silenceMs);
  }
}
