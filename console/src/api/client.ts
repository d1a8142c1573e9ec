/** The API, typed by its own description. An answer that is not the wanted one is an `ApiFailure`. */

import { ApiFailure, type FailureBody } from './failure.ts';
import type { Paths } from './schema';
import { session } from './session.ts';

export { ApiFailure, type Mistake } from './failure.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsWith<M extends Method> = { [P in keyof Paths]: Paths[P] extends Record<M, unknown> ? P : never }[keyof Paths];
type Operation<P extends keyof Paths, M extends Method> =
  Paths[P] extends Record<M, infer O extends { query: unknown; body: unknown; answer: unknown }> ? O : never;
export type Answer<P extends keyof Paths, M extends Method> = Operation<P, M>['answer'];

export interface Asked<P extends keyof Paths, M extends Method> {
  /** What stands in `{braces}` in the path. */
  parameters?: Record<string, string>;
  query?: Operation<P, M>['query'];
  body?: Operation<P, M>['body'];
  /** The ETag that was read: a change of somebody else's in between is not overwritten. */
  ifMatch?: string | null;
  signal?: AbortSignal;
}

export interface Answered<T> {
  body: T;
  etag: string | null;
}

function addressOf(path: string, parameters: Record<string, string>, query: object): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

async function failureOf(answer: Response): Promise<ApiFailure> {
  const text = await answer.text();
  try {
    const { error, correlationId } = JSON.parse(text) as {
      error: FailureBody & { path?: string };
      correlationId: string;
    };
    const { path, code, message } = error;
    const mistakes = error.mistakes ?? (path === undefined ? [] : [{ path, code, message }]);
    return new ApiFailure(answer.status, { ...error, mistakes, correlationId });
  } catch {
    return new ApiFailure(answer.status, { code: 'unreadable', message: text.slice(0, 200) });
  }
}

/** `fetch` with the session's credentials. Rejects with `ApiFailure`, or with an AbortError. */
export async function request(address: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const signedIn = session.current() ?? null;
  if (signedIn?.authorization && !headers.has('authorization')) headers.set('authorization', signedIn.authorization);
  if (signedIn?.csrfToken && (init.method ?? 'GET') !== 'GET') headers.set('x-csrf-token', signedIn.csrfToken);
  let answer: Response;
  try {
    answer = await fetch(address, { ...init, headers, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiFailure(0, { code: 'unreachable-server', message: 'the server does not answer' });
  }
  if (answer.ok) return answer;
  const failure = await failureOf(answer);
  // Only the session that was refused is over, not one that began meanwhile.
  if (failure.status === 401 && signedIn !== null && session.current() === signedIn) session.end();
  throw failure;
}

async function ask<P extends keyof Paths, M extends Method>(
  method: M,
  path: P,
  asked: Asked<P, M> = {},
): Promise<Answered<Answer<P, M>>> {
  const { parameters = {}, query = {}, body, ifMatch, signal } = asked;
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (ifMatch) headers['if-match'] = ifMatch;
  const answer = await request(addressOf(path, parameters, query as object), {
    method: method.toUpperCase(),
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return { body: (isJson ? JSON.parse(text) : text) as Answer<P, M>, etag: answer.headers.get('etag') };
}

export const api = {
  get: async <P extends PathsWith<'get'>>(path: P, asked?: Asked<P, 'get'>) => (await ask('get', path, asked)).body,
  /** With the ETag, for a later change. */
  read: <P extends PathsWith<'get'>>(path: P, asked?: Asked<P, 'get'>) => ask('get', path, asked),
  post: async <P extends PathsWith<'post'>>(path: P, asked?: Asked<P, 'post'>) => (await ask('post', path, asked)).body,
  put: <P extends PathsWith<'put'>>(path: P, asked?: Asked<P, 'put'>) => ask('put', path, asked),
  patch: async <P extends PathsWith<'patch'>>(path: P, asked?: Asked<P, 'patch'>) =>
    (await ask('patch', path, asked)).body,
  delete: <P extends PathsWith<'delete'>>(path: P, asked?: Asked<P, 'delete'>) => ask('delete', path, asked),
};
