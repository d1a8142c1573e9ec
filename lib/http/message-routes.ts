/** `/api/v1/callbacks/ID/messages`: the texts behind the lines of its ladder, of the latest calls of this node. */

import type { FastifyInstance } from 'fastify';
import type { CallbackStore } from '../ports/store.ts';
import type { WireTexts } from '../ports/wire-texts.ts';
import { askedBy } from './access/guard.ts';
import { ApiError } from './api-error.ts';
import { ownCallback } from './callback-routes.ts';
import { isoTime } from './callback-view.ts';

export function messageRoutes(app: FastifyInstance, store: CallbackStore, texts: WireTexts): void {
  app.get('/api/v1/callbacks/:id/messages', async (request) => {
    // The headers name the caller in more ways than a mask could cover.
    if (askedBy(request).masked) throw new ApiError('forbidden', 'numbers are masked for you: messages are not shown');
    const { id } = await ownCallback(request, store);
    const lines = (await store.log(id)).filter(({ type }) => type === 'sip');
    const legIds = new Set(lines.map(({ detail }) => String(detail['legId'])));
    return { items: texts.of(id, [...legIds]).map((message) => ({ ...message, at: isoTime(message.at) })) };
  });
}
