/** What descriptions of the API are put together from. */

import { z } from 'zod';
import { isFields } from '../schema/plain-data.ts';

export type Json = Record<string, unknown>;

export function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest as Json;
}

/** What may be left out may also be null, in requests as in answers. */
export function nullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(nullable);
  if (!isFields(schema)) return schema;
  const result: Json = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, nullable(value)]));
  if (!isFields(result['properties'])) return result;
  const required = new Set(Array.isArray(result['required']) ? result['required'] : []);
  const properties = Object.entries(result['properties']).map(([key, value]) =>
    required.has(key) ? [key, value] : [key, { anyOf: [value, { type: 'null' }] }],
  );
  return { ...result, properties: Object.fromEntries(properties) };
}

export const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const content = (schema: Json): Json => ({ content: { 'application/json': { schema } } });
export const answer = (description: string, schema: Json): Json => ({ description, ...content(schema) });
export const errorAnswer: Json = answer('What is wrong, where, and what to do', reference('Error'));
export const body = (schema: Json): Json => ({ required: true, ...content(schema) });

export const text: Json = { type: 'string' };
export const textOrNull: Json = { type: ['string', 'null'] };
export const instant: Json = { type: 'string', format: 'date-time' };
export const instantOrNull: Json = { type: ['string', 'null'], format: 'date-time' };

const valuesOfWords: Json = { type: 'object', additionalProperties: true };
/** A code and its values, for whoever words it himself; a value is a text, a number, such a sentence, or a list of these. */
export const SENTENCE: Json = {
  type: 'object',
  required: ['code', 'parameters'],
  properties: { code: text, parameters: valuesOfWords },
};
/** Something wrong: where, the English text, and what it is for those who word it themselves. */
export const MISTAKE: Json = {
  type: 'object',
  required: ['path', 'message', 'code', 'parameters'],
  properties: { path: text, message: text, code: text, parameters: valuesOfWords },
};

export const pageOf = (item: Json): Json => ({
  type: 'object',
  required: ['items', 'total', 'page', 'pageSize'],
  properties: {
    items: { type: 'array', items: item },
    total: { type: 'integer' },
    page: { type: 'integer' },
    pageSize: { type: 'integer' },
  },
});

export function queryParameters(schema: z.ZodType): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema) as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, field]) => {
    // whole numbers are checked as the text that a query is
    const { pattern, ...rest } = field as Json;
    const schema = rest['type'] === 'integer' || pattern === undefined ? rest : { ...rest, pattern };
    return { name, in: 'query', required: required.includes(name), schema };
  });
}

export const pathParameter = (name: string): Json => ({ name, in: 'path', required: true, schema: text });

export function operation(summary: string, rest: Json, ok: Record<string, Json>): Json {
  return { summary, ...rest, responses: { ...ok, default: errorAnswer } };
}
