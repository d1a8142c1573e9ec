/**
 * A small registrar (RFC 3261 10.3): configured extensions with a password, digest, one contact each, the last one wins.
 * An unknown extension gets the same answers as a known one with a wrong password, so that nobody can list ours.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Configuration, Extension, Secret } from '../../core/configuration.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Registration, RegistrationStore } from '../../ports/store.ts';
import { requiredExtensions } from '../leg/dialog-requests.ts';
import type { IncomingRequest, OutgoingResponse, Peer } from '../link.ts';
import { type Credentials, digestResponse, parseCredentials } from '../message/digest.ts';
import { redact } from '../message/redaction.ts';
import { parseNameAddress } from '../message/uri.ts';
import { type ContactRequest, contactRequest } from './contact-request.ts';
import { FailedLogins } from './failed-logins.ts';
import { Nonces } from './nonces.ts';

export const realm = 'drachtio-callback';
const silenceMs = 600_000;

export interface RegistrarOptions {
  configuration: () => Configuration;
  secretOf: (secret: Secret) => string;
  registrations: RegistrationStore;
  clock: Clock;
  log: Log;
  keySecret: Buffer;
  silence: (address: string, untilMs: number) => void;
}

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #nonces: Nonces;
  readonly #failures = new FailedLogins();
  /** Stands in for the password of extensions that do not exist, so that checking takes the same time. */
  readonly #noPassword = randomBytes(16).toString('hex');

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#nonces = new Nonces(options.keySecret);
  }

  /** Never rejects. */
  async register(request: IncomingRequest): Promise<OutgoingResponse> {
    const number = parseNameAddress(request.head.first('to') ?? '').uri?.user ?? '';
    const refusal = requiredExtensions(request) ?? this.#authenticate(request, number);
    if (refusal) return refusal;
    try {
      return await this.#store(request, number);
    } catch (error) {
      this.#options.log.error(
        { extension: redact(number), error: String(error) },
        'a registration could not be stored',
      );
      return { status: 503 };
    }
  }

  /** The extension that proved by its registration that requests from this source are its own; null: none. */
  async extensionAt(source: Peer, fromUser: string): Promise<string | null> {
    if (!this.#extension(fromUser)) return null;
    try {
      const registration = await this.#options.registrations.get(fromUser, this.#options.clock.now());
      return registration?.reachedAt === sourceUri(source) ? fromUser : null;
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'registrations could not be read');
      return null;
    }
  }

  #extension(number: string): (Extension & { password: Secret }) | null {
    const extension = this.#options.configuration().extensions.find((one) => one.number === number);
    return extension && extension.password !== null ? { ...extension, password: extension.password } : null;
  }

  #authenticate(request: IncomingRequest, number: string): OutgoingResponse | null {
    const { address } = request.source;
    const credentials = parseCredentials(request.head.all('authorization'), realm);
    if (!credentials || credentials.qop === null) return this.#challenge(address, false);
    const about = { address, now: this.#options.clock.now() };
    const isRight = this.#isRight(credentials, number);
    const nonce = this.#nonces.use(credentials.nonce, credentials.nc, about);
    if (nonce === 'foreign') return this.#challenge(address, false);
    // RFC 7616 3.3: stale only with a right password, so that it tells nothing to others
    if (nonce === 'stale' && isRight) return this.#challenge(address, true);
    if (!isRight) return this.#wrong(address, number);
    this.#failures.succeeded(address);
    return null;
  }

  #isRight(credentials: Credentials, number: string): boolean {
    const extension = this.#extension(number);
    const password = extension ? this.#options.secretOf(extension.password) : this.#noPassword;
    const expected = Buffer.from(digestResponse({ ...credentials, method: 'REGISTER', password }));
    const given = Buffer.from(credentials.response.toLowerCase());
    const matches = given.length === expected.length && timingSafeEqual(given, expected);
    return matches && extension !== null && credentials.username === number;
  }

  #wrong(address: string, number: string): OutgoingResponse {
    const { clock, log, silence } = this.#options;
    log.warn({ address, extension: redact(number) }, 'a registration with a wrong password');
    if (this.#failures.failed(address, clock.now())) silence(address, clock.now() + silenceMs);
    return { status: 403 };
  }

  #challenge(address: string, stale: boolean): OutgoingResponse {
    const nonce = this.#nonces.issue(address, this.#options.clock.now());
    // MD5 alone: RFC 8760 would want SHA-256 first, in a line of its own, and phones that read one line only would be lost
    const value = `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${stale ? ', stale=true' : ''}`;
    return { status: 401, headers: { 'WWW-Authenticate': value } };
  }

  async #store(request: IncomingRequest, number: string): Promise<OutgoingResponse> {
    const { registrations, clock, log } = this.#options;
    const now = clock.now();
    const wanted = contactRequest(request);
    if (wanted.kind === 'invalid') return wanted.response;
    const known = await registrations.get(number, now);
    if (wanted.kind === 'query') return registered(known, now);
    const cseq = Number(/^\d{1,10}/.exec(request.head.first('cseq') ?? '')?.[0] ?? 0);
    const callId = (request.head.first('call-id') ?? '').slice(0, 256);
    // RFC 3261 10.3 step 7: an older request of the same client that was overtaken
    if (known && known.callId === callId && cseq <= known.cseq) return { status: 500 };
    if (wanted.kind === 'remove') {
      if (!known || !removes(wanted, known, callId)) return registered(known, now);
      await registrations.remove(number);
      log.info({ extension: redact(number) }, 'an extension has unregistered');
      return registered(null, now);
    }
    const registration: Registration = {
      extension: number,
      contact: wanted.uri,
      reachedAt: sourceUri(request.source),
      callId,
      cseq,
      expiresAt: now + wanted.expiresSeconds * 1000,
      userAgent: request.head.first('user-agent')?.slice(0, 128) ?? null,
    };
    await registrations.put(registration);
    if (!known) log.info({ extension: redact(number) }, 'an extension has registered');
    return registered(registration, now);
  }
}

/** An old contact that is taken back does not take the present one with it. */
function removes(wanted: ContactRequest & { kind: 'remove' }, known: Registration, callId: string): boolean {
  return wanted.uri === null || wanted.uri === known.contact || callId === known.callId;
}

function registered(registration: Registration | null, now: number): OutgoingResponse {
  if (!registration) return { status: 200 };
  const seconds = Math.max(0, Math.round((registration.expiresAt - now) / 1000));
  return { status: 200, headers: { Contact: `<${registration.contact}>;expires=${seconds}` } };
}

/** Where a request came from, as the URI under which it can be reached. */
function sourceUri(source: Peer): string {
  const host = source.address.includes(':') ? `[${source.address.replace(/[[\]]/g, '')}]` : source.address;
  return `sip:${host}:${source.port};transport=${source.protocol || 'udp'}`;
}
