/** What is no request that a route could answer: it gets an error of the same form, and the headers that all have. */

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

/** Also where a request does not get as far as those that every route has. */
export const GUARDING_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};
const GUARDING_LINES = Object.entries(GUARDING_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/** Malformed HTTP never gets as far as a route. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large']
        : [400, 'Bad Request'];
  const body = JSON.stringify({
    error: { code: 'malformed-request', message: 'the request is not HTTP, too slow, or its headers are too long' },
    correlationId: randomUUID(),
  });
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${GUARDING_LINES}connection: close\r\n\r\n${body}`,
  );
}
