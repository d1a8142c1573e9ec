/** ETag and If-Match of what is kept as documents. */

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { etagMatches, notModified, preconditionFailed } from './configuration-editor.ts';

/** One that was removed and made again is another one. */
export const documentTag = ({ version, createdAt }: { version: number; createdAt: number | null }): string =>
  `"v${version}-${createdAt ?? 0}"`;

/** Of what has no version: the same as long as it says the same. */
export const contentTag = (content: unknown): string =>
  `"s${createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)}"`;

type Tagged = { version: number; createdAt: number | null };

/** Throws 412 where the one that is to be changed is not the one that was read. */
export function assertUnchanged(request: FastifyRequest, found: Tagged): void {
  if (!etagMatches(request.headers['if-match'], documentTag(found))) throw preconditionFailed();
}

/** @returns whether the answer is 304 */
export function tagged(request: FastifyRequest, reply: FastifyReply, found: Tagged): boolean {
  reply.header('etag', documentTag(found));
  return notModified(request.headers['if-none-match'], documentTag(found));
}
