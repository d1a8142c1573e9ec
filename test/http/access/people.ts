/** People at the API: made by the administrator, signed in as a browser does. */

import type { Role } from '../../../lib/core/access/role.ts';
import type { Answer, Bench } from '../fakes.ts';

export const PASSWORD = 'correct horse battery';

export interface Browser {
  cookie: string;
  csrf: string;
  /** As a page asks: the cookie, and on writes the token. */
  ask(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** A request of nobody in particular. */
export function asNobody(b: Bench): Browser['ask'] {
  return (method, url, body, headers = {}) => b.request(method, url, body, { authorization: '', ...headers });
}

export async function addUser(b: Bench, username: string, role: Role | null, more: object = {}): Promise<void> {
  const body = { username, role, password: PASSWORD, ...more };
  const answer = await b.request('POST', '/api/v1/users', body);
  if (answer.status !== 201) throw new Error(answer.text);
}

export function cookieIn(answer: Answer): string {
  return String([answer.headers['set-cookie']].flat()[0] ?? '').split(';')[0] ?? '';
}

export async function signIn(b: Bench, username: string, more: object = {}): Promise<Browser> {
  const answer = await asNobody(b)('POST', '/api/v1/session', { username, password: PASSWORD, ...more });
  if (answer.status !== 201) throw new Error(answer.text);
  const cookie = cookieIn(answer);
  const csrf = answer.json.csrfToken as string;
  const ask: Browser['ask'] = (method, url, body, headers = {}) =>
    asNobody(b)(method, url, body, { cookie, ...(method === 'GET' ? {} : { 'x-csrf-token': csrf }), ...headers });
  return { cookie, csrf, ask };
}

export async function someone(b: Bench, role: Role | null, more: object = {}): Promise<Browser> {
  const username = `${role ?? 'nobody'}-${Object.keys(more).length}`;
  await addUser(b, username, role, more);
  return signIn(b, username);
}
