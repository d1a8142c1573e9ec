import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '../support/server.ts';
import { PATIENCE_MS } from './talk.ts';

const DAY_MS = 86_400_000;
export const RULE = 'Callback geral';

/** So far ahead that nobody is dialled while a test looks on. */
export const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** A server that has too much to do says so, and is asked again: it is no test of that. */
export async function created(
  server: Server,
  body: { number: string; rule?: string; dueAt?: string },
): Promise<string> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await server.api('/api/v1/callbacks', { method: 'POST', body: { rule: RULE, ...body } });
    if (answer.status === 201) return (answer.body as { id: string }).id;
    assert.ok(answer.status === 503 && Date.now() < until, JSON.stringify(answer.body));
    await delay(100);
  }
}
