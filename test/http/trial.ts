/** One operation of the API, asked in the ways that bring each of its statuses. */

import assert from 'node:assert/strict';
import { openApi } from '../../lib/http/openapi.ts';
import type { Answer, Bench } from './fakes.ts';
import { type Ask, WAYS, type Way } from './ways.ts';

export const API = '/api/v1';
const LIMIT_BYTES = 1024 * 1024;
/** Files, and a whole configuration. */
const LARGE_LIMIT_BYTES = 8 * LIMIT_BYTES;
const RECORDING_LIMIT_BYTES = 10_000_000;
const ABSENT = 'there-is-none';

export interface Operation {
  name: string;
  method: string;
  path: string;
  /** Those that are described. */
  statuses: number[];
  /** It has parameters in the query. */
  asks: boolean;
}

type Described = Record<string, { responses: object; parameters?: Array<{ in: string }> }>;

export const OPERATIONS: readonly Operation[] = Object.entries(
  openApi('0')['paths'] as Record<string, Described>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses, parameters = [] }]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    statuses: Object.keys(responses)
      .filter((status) => status !== 'default')
      .map(Number),
    asks: parameters.some((one) => one.in === 'query'),
  })),
);

export function urlOf(path: string, parameter: Way['parameter'], query?: string): string {
  const values = [parameter ?? []].flat();
  const filled = path.replace(/\{\w+\}/g, () => encodeURIComponent(values.shift() ?? ABSENT));
  return query === undefined ? filled : `${filled}?${query}`;
}

/** A query that is wrong, for those that have no pages. */
const WRONG_QUERIES: Record<string, string> = {
  [`GET ${API}/explain`]: 'to=',
  [`GET ${API}/route`]: 'rule=',
  [`GET ${API}/statistics`]: 'from=yesterday',
  [`GET ${API}/callbacks.csv`]: 'state=asleep',
  [`GET ${API}/events`]: 'lastEventId=x',
};

/** What is looked for and is not there, where the address does not name it. */
const ABSENT_THINGS: Record<string, { query?: string; body?: object }> = {
  [`GET ${API}/route`]: { query: 'rule=none&number=48991996260' },
  [`PATCH ${API}/switches`]: { body: { dial: false, trunk: 'none' } },
};

export class Trial {
  readonly #operation: Operation;
  readonly #way: Way;
  readonly #b: Bench;
  readonly #ask: Ask;

  constructor(operation: Operation, b: Bench, ask: Ask = b.request) {
    this.#operation = operation;
    this.#way = WAYS[operation.name] ?? assert.fail(`${operation.name}: how is it asked? test/http/ways.ts`);
    this.#b = b;
    this.#ask = ask;
  }

  async prepare(): Promise<void> {
    await this.#way.before?.(this.#b);
  }

  /** As it succeeds. */
  run(headers: Record<string, string> = {}, ...body: unknown[]): Promise<Answer> {
    const { parameter, query, csv, wav } = this.#way;
    const type: Record<string, string> = csv === undefined && wav === undefined ? {} : { 'content-type': this.#type() };
    const given = body.length > 0 ? body[0] : (csv ?? wav ?? this.#way.body);
    const { method, path } = this.#operation;
    return this.#ask(method, urlOf(path, parameter, query), given, { ...type, ...headers });
  }

  #type(): string {
    if (this.#way.wav !== undefined) return 'audio/wav';
    return this.#way.csv === undefined ? 'application/json' : 'text/csv';
  }

  absent(): Promise<Answer> {
    this.#way.missing?.(this.#b);
    const { method, path, name } = this.#operation;
    const { query, body = this.#way.body } = ABSENT_THINGS[name] ?? {};
    return this.#ask(method, urlOf(path, undefined, query), body);
  }

  async wrong(): Promise<Answer> {
    await this.prepare();
    const { method, path, name, asks } = this.#operation;
    const { parameter, csv, wav } = this.#way;
    if (wav !== undefined) return this.#ask(method, urlOf(path, parameter), wav, { 'content-type': this.#type() });
    if (csv !== undefined) return this.run({}, 'a,a\n1,2\n');
    const query = WRONG_QUERIES[name] ?? 'page=0';
    if (method === 'GET' && asks) return this.#ask(method, urlOf(path, parameter, query));
    if (method === 'GET') return this.#ask(method, path.replace(/\{\w+\}/g, '%ff'));
    return this.run({ 'content-type': 'application/json' }, '{');
  }

  large(): Promise<Answer> {
    const { csv, wav } = this.#way;
    const isLarge = csv !== undefined || this.#operation.name === `PUT ${API}/configuration`;
    const limit = wav !== undefined ? RECORDING_LIMIT_BYTES : isLarge ? LARGE_LIMIT_BYTES : LIMIT_BYTES;
    return this.run({ 'content-type': this.#type() }, 'x'.repeat(limit + 1));
  }

  other(): Promise<Answer> {
    return this.run({ 'content-type': 'text/plain' }, 'a=b');
  }

  async changed(): Promise<Answer> {
    await this.prepare();
    return this.run({ 'if-match': '"another"' });
  }

  async collided(): Promise<Answer> {
    const { colliding, collide } = this.#way;
    if (this.#operation.method !== 'POST') await this.prepare();
    const answer = await collide?.(this.#b, this.#ask);
    if (typeof answer === 'object' && answer !== null && (answer as Answer).status === 409) return answer as Answer;
    return colliding === undefined ? this.run() : this.run({}, colliding);
  }
}
