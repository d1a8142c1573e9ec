/** `/api/v1/callbacks/ID/messages`: the texts behind the lines of its ladder, of the latest calls of this node. */

import type { FastifyInstance } from 'fastify';
import type { CallbackStore } from '../ports/store.ts';
import type { WireTexts } from '../ports/wire-texts.ts';
import { askedBy } from './access/guard.ts';
import { ApiError } from './api-error.ts';
import { ownCallback } from './callback-routes.ts';
import { isoTime } from './callback-view.ts';

/** Who has the response of a digest can try passwords on it for as long as he likes. */
const PROOF = /^((?:Proxy-)?Authorization[ \t]*:.*?\bresponse[ \t]*=[ \t]*)(?:"[^"\r\n]*"|[^\s,]+)/gim;
const withoutProof = (text: string): string => text.replace(PROOF, '$1"********"');

export function messageRoutes(app: FastifyInstance, store: CallbackStore, texts: WireTexts): void {
  app.get('/api/v1/callbacks/:id/messages', async (request) => {
    // The headers name the caller in more ways than a mask could cover.
    if (askedBy(request).masked) throw new ApiError('forbidden', 'numbers are masked for you: messages are not shown');
    const { id } = await ownCallback(request, store);
    const lines = (await store.log(id)).filter(({ type }) => type === 'sip');
    const legIds = new Set(lines.map(({ detail }) => String(detail['legId'])));
    const items = texts.of(id, [...legIds]);
    return { items: items.map((one) => ({ ...one, at: isoTime(one.at), text: withoutProof(one.text) })) };
  });
}
