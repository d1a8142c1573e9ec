/** What descriptions of the API are put together from. */

import { z } from 'zod';
import { isFields } from '../schema/plain-data.ts';

export type Json = Record<string, unknown>;

/** What nobody can leave out is required, also where a field is read before it is checked: zod alone takes such a one for optional. */
function requiring({ zodSchema, jsonSchema: described }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }): void {
  const { def } = zodSchema._zod;
  if (def.type !== 'object') return;
  const needed = Object.entries(def.shape).filter(([, field]) => !z.safeParse(field, undefined).success);
  const required = new Set([...((described['required'] as string[]) ?? []), ...needed.map(([name]) => name)]);
  if (required.size > 0) described['required'] = [...required];
}

export function jsonSchema(schema: z.ZodType): Json {
  const options = { io: 'input', unrepresentable: 'any', override: requiring } as const;
  const { $schema: _, ...rest } = z.toJSONSchema(schema, options);
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

const PLAIN: readonly unknown[] = ['string', 'number', 'integer', 'boolean'];
const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

/** What a filter may ask of a field, of a list one of its items; null: groups of fields are not asked for. */
function askable(field: Json): Json | null {
  const words = listOf(field['enum']).filter((word) => word !== null);
  if (words.length > 0) return { enum: words };
  const type = listOf(field['type']).find((one) => PLAIN.includes(one));
  if (type !== undefined) return { type };
  const inner = [...listOf(field['anyOf']), ...listOf(field['oneOf']), ...listOf(field['items'])].filter(isFields);
  for (const one of inner) {
    const found = askable(one);
    if (found !== null) return found;
  }
  return field['type'] === undefined && inner.length === 0 ? text : null;
}

/** The plain fields of what a list holds: each of them is a parameter that leaves those that have this value. */
export function filtersOf(schema: Json): Array<[name: string, asked: Json]> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>);
  return properties.flatMap(([name, field]) => {
    const asked = askable(field);
    return asked === null ? [] : [[name, asked] as [string, Json]];
  });
}

export const filterNames = (schema: Json): string[] => filtersOf(schema).map(([name]) => name);

/** Of a list that is searched, sorted, paged, and filtered by the plain fields of its items. */
export function listParameters(paging: z.ZodType, item: Json): Json[] {
  const own = queryParameters(paging);
  // the preference `q` of a contact is not what is searched for
  const filters = filtersOf(item).filter(([name]) => own.every((one) => one['name'] !== name));
  return [...own, ...filters.map(([name, schema]) => ({ name, in: 'query', required: false, schema }))];
}

export const pathParameter = (name: string): Json => ({ name, in: 'path', required: true, schema: text });

export function operation(summary: string, rest: Json, ok: Record<string, Json>): Json {
  return { summary, ...rest, responses: { ...ok, default: errorAnswer } };
}
