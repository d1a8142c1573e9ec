/**
 * The registrar (RFC 3261 10.3): configured extensions with a password, several contacts each. Behind NAT a phone is reached
 * where its REGISTER came from; behind a proxy by its Path (RFC 3327).
 */

import type { Extension } from '../../core/configuration.ts';
import { maxContactsOf, registrarOf } from '../../core/settings.ts';
import type { Registration, RegistrationStore } from '../../ports/store.ts';
import { requiredExtensions } from '../leg/dialog-requests.ts';
import type { IncomingRequest, OutgoingResponse, Peer } from '../link.ts';
import { redact } from '../message/redaction.ts';
import { parseNameAddress } from '../message/uri.ts';
import { changeBindings, type RegisterFacts } from './bindings.ts';
import { contactRequest, pathOf } from './contact-request.ts';
import { Failures } from './failed-logins.ts';
import type { Logins, LoginsOptions } from './logins.ts';

export interface RegistrarOptions extends Pick<LoginsOptions, 'configuration' | 'clock' | 'log'> {
  registrations: RegistrationStore;
  logins: Logins;
}

const minuteMs = 60_000;

export class Registrar {
  readonly #options: RegistrarOptions;
  /** One REGISTER of an extension at a time: each looks at what the one before has left. */
  readonly #lines = new Map<string, Promise<unknown>>();
  #changes: { limit: number; counts: Failures } | null = null;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async register(request: IncomingRequest): Promise<OutgoingResponse> {
    const number = parseNameAddress(request.head.first('to') ?? '').uri?.user ?? '';
    const refusal = requiredExtensions(request, ['path']);
    if (refusal) return refusal;
    const login = this.#options.logins.check(request, number);
    if (login.type === 'none') return this.#options.logins.challenge(request.source.address);
    if (login.type === 'refused') return login.response;
    try {
      return await this.#inTurn(number, () => this.#store(request, login.extension));
    } catch (error) {
      const fields = { extension: redact(number), error: String(error) };
      this.#options.log.error(fields, 'a registration could not be stored');
      return { status: 503 };
    }
  }

  #inTurn<T>(number: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(number) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#lines.get(number) === settled) this.#lines.delete(number);
      });
    this.#lines.set(number, settled);
    return turn;
  }

  async #store(request: IncomingRequest, extension: Extension): Promise<OutgoingResponse> {
    const { registrations, clock, configuration } = this.#options;
    const now = clock.now();
    const current = configuration();
    const path = pathOf(request);
    if (path === null) return { status: 400, phrase: 'Bad Path' };
    const wanted = contactRequest(request, registrarOf(current));
    if (wanted.kind === 'invalid') return wanted.response;
    const known = await registrations.of(extension.number, now);
    if (wanted.kind === 'query') return registered(known, now, []);
    if (this.#isTooBusy(extension.number, registrarOf(current).maxChangesPerMinute)) return tooBusy();
    const facts = factsOf(request, extension.number, path);
    const maxContacts = maxContactsOf(current, extension);
    const change = changeBindings(wanted, { known, facts, maxContacts, now });
    if (change.kind === 'overtaken') return { status: 500 };
    if (change.kind === 'tooMany') return { status: 403, phrase: 'Too Many Contacts' };
    await registrations.update(extension.number, { put: change.put, remove: change.remove, now });
    this.#tell(extension.number, known.length, change.bindings.length);
    return registered(change.bindings, now, path);
  }

  #tell(number: string, before: number, after: number): void {
    const fields = { extension: redact(number), contacts: after };
    if (after > before) this.#options.log.info(fields, 'an extension has registered');
    else if (after < before) this.#options.log.info(fields, 'an extension has unregistered');
  }

  #isTooBusy(number: string, limit: number): boolean {
    if (this.#changes?.limit !== limit) this.#changes = { limit, counts: new Failures(limit + 1, minuteMs) };
    return this.#changes.counts.failed(number, this.#options.clock.now());
  }
}

function tooBusy(): OutgoingResponse {
  return { status: 503, headers: { 'Retry-After': '60' } };
}

function factsOf(request: IncomingRequest, extension: string, path: string[]): RegisterFacts {
  const { head, source } = request;
  return {
    extension,
    reachedAt: sourceUri(source),
    path,
    callId: (head.first('call-id') ?? '').slice(0, 256),
    cseq: Number(/^\d{1,10}/.exec(head.first('cseq') ?? '')?.[0] ?? 0),
    userAgent: head.first('user-agent')?.slice(0, 128) ?? null,
  };
}

/** Step 8: every contact that there is now. */
function registered(registrations: readonly Registration[], now: number, path: readonly string[]): OutgoingResponse {
  const contacts = registrations.map(({ contact, q, expiresAt }) => {
    const preference = q === 1000 ? '' : `;q=${q / 1000}`;
    return `<${contact}>${preference};expires=${Math.max(0, Math.round((expiresAt - now) / 1000))}`;
  });
  const headers: Record<string, string> = {};
  if (contacts.length > 0) headers['Contact'] = contacts.join(', ');
  // RFC 3327 5.3
  if (path.length > 0) Object.assign(headers, { Path: path.join(', '), Supported: 'path' });
  return { status: 200, headers };
}

/** Where a request came from, as the URI under which it can be reached. */
function sourceUri(source: Peer): string {
  const host = source.address.includes(':') ? `[${source.address.replace(/[[\]]/g, '')}]` : source.address;
  return `sip:${host}:${source.port};transport=${source.protocol || 'udp'}`;
}
