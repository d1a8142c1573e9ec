/** Pages of other origins that may use the API, with a key (Fetch standard, CORS protocol). Cookies are never allowed. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentStore } from '../../ports/documents.ts';

const KNOWN_MS = 5_000;
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, x-api-key, content-type, if-match, if-none-match, last-event-id',
  'access-control-max-age': '600',
};
const SHOWN_HEADERS = 'etag, location, retry-after, x-correlation-id';

export class CorsOrigins {
  readonly #documents: DocumentStore;
  readonly #now: () => number;
  #known: { at: number; names: ReadonlySet<string> } | null = null;

  constructor({ documents, now }: { documents: DocumentStore; now: () => number }) {
    this.#documents = documents;
    this.#now = now;
  }

  /** It was changed here. */
  forget(): void {
    this.#known = null;
  }

  async #names(): Promise<ReadonlySet<string>> {
    const now = this.#now();
    if (this.#known === null || now - this.#known.at >= KNOWN_MS || now < this.#known.at) {
      const documents = await this.#documents.all('cors-origin', now);
      this.#known = { at: now, names: new Set(documents.map(({ name }) => name)) };
    }
    return this.#known.names;
  }

  /** Says so to the browser; answers preflight requests. @returns whether the origin is one of them */
  async allow(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const { origin } = request.headers;
    if (origin === undefined || !(await this.#names()).has(origin)) return false;
    reply.headers({ 'access-control-allow-origin': origin, vary: 'origin' });
    reply.header('access-control-expose-headers', SHOWN_HEADERS);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined)
      await reply.code(204).headers(PREFLIGHT).send();
    return true;
  }
}
