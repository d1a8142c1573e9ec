/** The console: its files, and its page at every address that a browser asks for and nothing else answers. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';
import { ConsoleFiles } from './console-files.ts';

const NOT_BUILT = 'The console is not built: run `make build` in the checkout, then load this page again.\n';
/** The names of built files hold a hash of what is in them. */
const FOREVER = 'public, max-age=31536000, immutable';
const A_WHILE = 'public, max-age=3600';

/** Scripts are files of ours alone. Style elements that the libraries make carry the nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    // Recordings: fetched with whatever signs the reader in, and played from memory.
    "media-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const acceptsGzip = (request: FastifyRequest): boolean => /\bgzip\b/.test(String(request.headers['accept-encoding']));

export interface ConsoleRoutes {
  /** Whether a browser wants to see a page here: an address of the console, when nothing else is there. */
  isPage(request: FastifyRequest): boolean;
  sendPage(request: FastifyRequest, reply: FastifyReply): FastifyReply;
}

/** @param directory where the built console is; it is read when the first browser comes */
export function consoleRoutes(app: FastifyInstance, directory: string): ConsoleRoutes {
  let read: ConsoleFiles | null = null;
  const files = () => {
    read ??= ConsoleFiles.read(directory);
    return read;
  };

  const sendPage = (_request: FastifyRequest, reply: FastifyReply) => {
    const page = files()?.page();
    if (page === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply
      .code(200)
      .headers({ 'content-security-policy': policy(page.nonce), 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(page.html);
  };
  const sendFile = async (request: FastifyRequest, reply: FastifyReply, name: string) => {
    const file = await files()?.file(name);
    if (file === undefined || file === null) throw new ApiError('not-found', 'there is nothing at this address');
    const gzipped = acceptsGzip(request) ? file.gzipped : null;
    if (gzipped !== null) reply.header('content-encoding', 'gzip');
    return reply
      .headers({ 'cache-control': name.startsWith('assets/') ? FOREVER : A_WHILE, vary: 'accept-encoding' })
      .type(file.type)
      .send(gzipped ?? file.body);
  };

  app.get('/', async (request, reply) => sendPage(request, reply));
  app.get('/favicon.svg', async (request, reply) => sendFile(request, reply, 'favicon.svg'));
  app.get('/assets/:name', async (request, reply) =>
    sendFile(request, reply, `assets/${(request.params as { name: string }).name}`),
  );
  return {
    isPage: ({ method, url, headers }) =>
      (method === 'GET' || method === 'HEAD') &&
      !/^\/(?:api|assets)(?:[/?]|$)/.test(url) &&
      /\btext\/html\b/.test(headers.accept ?? ''),
    sendPage,
  };
}
