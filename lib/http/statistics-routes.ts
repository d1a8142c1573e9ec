/** `/api/v1/statistics`: what became of the callbacks of some hours. */

import type { FastifyInstance } from 'fastify';
import { mistake } from '../core/mistake.ts';
import type { Statistics } from '../ports/statistics.ts';
import { checkQuery, statisticsQuery } from '../schema/requests.ts';
import { mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';

const DAY_MS = 86_400_000;

export function statisticsRoutes(app: FastifyInstance, statistics: Statistics, now: () => number): void {
  app.get('/api/v1/statistics', async (request) => {
    const query = checkQuery(statisticsQuery, request.query);
    if (!query.ok) throw mistaken(query.mistakes);
    const { to = now() + 1, from = to - DAY_MS } = query.value;
    if (from >= to) throw mistaken([mistake('from', 'not-before', { other: 'to' })]);
    const { knownSince, slotMs, slots, totals, lateness } = await statistics.report(from, to);
    return {
      from: isoTime(from),
      to: isoTime(to),
      knownSince: isoTime(knownSince),
      slotSeconds: slotMs / 1000,
      totals,
      latenessMs: lateness,
      slots: slots.map((slot) => ({ ...slot, at: isoTime(slot.at) })),
    };
  });
}
