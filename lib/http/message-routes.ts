/** `/api/v1/callbacks/ID/messages`: the texts behind the lines of its ladder, of the latest calls of this node. */

import type { FastifyInstance } from 'fastify';
import type { CallbackStore } from '../ports/store.ts';
import type { WireTexts } from '../ports/wire-texts.ts';
import { ApiError } from './api-error.ts';
import { isoTime } from './callback-view.ts';

const LONGEST_ID = 128;

export function messageRoutes(app: FastifyInstance, store: Pick<CallbackStore, 'get' | 'log'>, texts: WireTexts): void {
  app.get('/api/v1/callbacks/:id/messages', async (request) => {
    const { id } = request.params as { id: string };
    const callback = id.length > LONGEST_ID ? null : await store.get(id);
    if (callback === null) throw new ApiError('not-found', 'there is no callback with this id');
    const lines = (await store.log(id)).filter(({ type }) => type === 'sip');
    const legIds = new Set(lines.map(({ detail }) => String(detail['legId'])));
    return { items: texts.of([...legIds]).map((message) => ({ ...message, at: isoTime(message.at) })) };
  });
}
