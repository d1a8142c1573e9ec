/** Sessions of browsers: a random token in a cookie, its hash in the store. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DocumentStore } from '../../ports/documents.ts';

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const IDLE_MS = 12 * 3_600_000;
const LONGEST_MS = 7 * 86_400_000;
/** A session is written again at most so often while it is used. */
const TOUCH_MS = 60_000;
const LONGEST_AGENT = 200;

export interface Session {
  token: string;
  username: string;
  epoch: number;
  startedAt: number;
  expiresAt: number;
}

/** As its user sees it in a list: the token is not in it, and can't be found from it. */
export interface KnownSession {
  id: string;
  startedAt: number;
  seenAt: number;
  expiresAt: number;
  address: string;
  userAgent: string;
}

interface Body {
  username: string;
  epoch: number;
  startedAt: number;
  seenAt: number;
  address: string;
  userAgent: string;
}

export const idOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Bound to the session, so that no token of another one will do; whoever knows it can't get the cookie back. */
export const csrfTokenOf = (token: string): string => createHmac('sha256', token).update('csrf').digest('base64url');

export function isCsrfToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false;
  const [expected, shown] = [Buffer.from(csrfTokenOf(token)), Buffer.from(given)];
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}

/** A browser gives `__Host-` to nobody but this very host over TLS (RFC 6265bis 4.1.3). */
const cookieName = (secure: boolean) => `${secure ? '__Host-' : ''}callback_session`;

export function cookieOf(token: string, secure: boolean): string {
  const age = token === '' ? 0 : LONGEST_MS / 1000;
  return `${cookieName(secure)}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure ? '; Secure' : ''}`;
}

/** Null: none, or two, of which one was planted. */
export function tokenOf(headers: IncomingHttpHeaders, secure: boolean): string | null {
  const name = `${cookieName(secure)}=`;
  const found = (headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(name))
    .map((part) => part.slice(name.length));
  return found.length === 1 && TOKEN.test(found[0]!) ? found[0]! : null;
}

export class Sessions {
  readonly #documents: DocumentStore;
  readonly #now: () => number;

  constructor({ documents, now }: { documents: DocumentStore; now: () => number }) {
    this.#documents = documents;
    this.#now = now;
  }

  /** Always a new token: one that somebody brought along never becomes a session. */
  async start(
    who: { username: string; epoch: number },
    from: { address: string; userAgent: string },
  ): Promise<Session> {
    const now = this.#now();
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const userAgent = from.userAgent.slice(0, LONGEST_AGENT);
    const body: Body = { ...who, startedAt: now, seenAt: now, address: from.address, userAgent };
    await this.#put(token, body, 0);
    return { token, ...who, startedAt: now, expiresAt: expiryOf(body) };
  }

  async #put(token: string, body: Body, expected: number): Promise<void> {
    const write = { kind: 'session', name: idOf(token), body: { ...body }, expiresAt: expiryOf(body) } as const;
    await this.#documents.put({ ...write, now: this.#now(), expected });
  }

  async find(token: string): Promise<Session | null> {
    const now = this.#now();
    const document = await this.#documents.get('session', idOf(token), now);
    if (document === null) return null;
    const body = document.body as unknown as Body;
    const { username, epoch, startedAt } = body;
    if (now - body.seenAt >= TOUCH_MS) {
      body.seenAt = now;
      // Of two requests at once one is enough.
      await this.#put(token, body, document.version);
    }
    return { token, username, epoch, startedAt, expiresAt: expiryOf(body) };
  }

  async end(token: string): Promise<void> {
    await this.#documents.remove('session', idOf(token), null);
  }

  /** All that are still good, the last used one first. */
  async of({ username, epoch }: { username: string; epoch: number }): Promise<KnownSession[]> {
    const documents = await this.#documents.all('session', this.#now());
    return documents
      .map(({ name, body }) => ({ id: name, body: body as unknown as Body }))
      .filter(({ body }) => body.username === username && body.epoch === epoch)
      .map(({ id, body }) => {
        const { startedAt, seenAt, address, userAgent } = body;
        return { id, startedAt, seenAt, expiresAt: expiryOf(body), address, userAgent };
      })
      .toSorted((a, b) => b.seenAt - a.seenAt);
  }

  /** @returns how many ended */
  async endOthers(token: string, who: { username: string; epoch: number }): Promise<number> {
    const others = (await this.of(who)).filter(({ id }) => id !== idOf(token));
    for (const { id } of others) await this.#documents.remove('session', id, null);
    return others.length;
  }
}

const expiryOf = ({ startedAt, seenAt }: Body): number => Math.min(seenAt + IDLE_MS, startedAt + LONGEST_MS);
