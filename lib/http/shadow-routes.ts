/** `/api/v1/shadow`: what a server that runs in the shadow of another one would have done with each call. */

import type { FastifyInstance } from 'fastify';
import type { ShadowRecord, ShadowRecords } from '../ports/shadow-records.ts';
import { checkQuery, listQuery } from '../schema/requests.ts';
import { askedBy, shownTo } from './access/guard.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { pageOf } from './page.ts';

function recordView({ id, at, callId, peer, source, joins, explanation }: ShadowRecord): Record<string, unknown> {
  const { dueAt, expiresAt } = explanation;
  const times = { dueAt: isoTime(dueAt), expiresAt: isoTime(expiresAt) };
  return { id, at: isoTime(at), callId, peer, source, joins, ...explanation, ...times };
}

/** @param records null: the server takes its calls itself */
export function shadowRoutes(app: FastifyInstance, records: ShadowRecords | null): void {
  const inShadow = (): ShadowRecords => {
    if (records === null) throw new ApiError('not-found', 'this server was not started with --shadow');
    return records;
  };

  app.get('/api/v1/shadow', async (request) => {
    const query = checkQuery(listQuery, request.query);
    if (!query.ok) throw mistaken(query.mistakes);
    return pageOf(shownTo(askedBy(request), inShadow().all().map(recordView)), query.value);
  });

  app.get('/api/v1/shadow/:id', async (request) => {
    const { id } = request.params as { id: string };
    const record = inShadow()
      .all()
      .find((one) => one.id === id);
    if (record === undefined) throw new ApiError('not-found', 'there is no shadow record with this id');
    return recordView(record);
  });
}
