/** Bodies and queries as their schemas have them, or the answer that says what is wrong. */

import type { z } from 'zod';
import { checkQuery, checkRequest, listQuery } from '../schema/requests.ts';
import { mistaken } from './api-error.ts';

export function bodyOf<T>(schema: z.ZodType<T>, body: unknown): T {
  const checked = checkRequest(schema, body);
  if (!checked.ok) throw mistaken(checked.mistakes);
  return checked.value;
}

export function queryOf<T>(schema: z.ZodType<T>, query: unknown): T {
  const checked = checkQuery(schema, query);
  if (!checked.ok) throw mistaken(checked.mistakes);
  return checked.value;
}

export const listQueryOf = (query: unknown) => queryOf(listQuery, query);

export const parameterOf = (params: unknown, name: string): string =>
  ((params as Record<string, string>)[name] ?? '').normalize('NFC');
