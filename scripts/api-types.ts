// Writes console/src/api/schema.d.ts: the API's types, out of the description that the server itself gives.
// Usage: node scripts/api-types.ts

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { openApi } from '../lib/http/openapi.ts';

type Schema = Record<string, unknown>;

const TARGET = new URL('../console/src/api/schema.d.ts', import.meta.url);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const isFields = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function objectType(schema: Schema): string {
  const properties = isFields(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : []);
  const extra = schema['additionalProperties'];
  const fields = Object.entries(properties).map(
    ([name, field]) => `${key(name)}${required.has(name) ? '' : '?'}: ${typeOf(field)}`,
  );
  if (fields.length === 0) return isFields(extra) ? `Record<string, ${typeOf(extra)}>` : 'Record<string, unknown>';
  return `{ ${fields.join('; ')} }`;
}

function plainType(type: string, schema: Schema): string {
  if (type === 'object') return objectType(schema);
  if (type === 'array') return `Array<${typeOf(schema['items'])}>`;
  if (type === 'integer' || type === 'number') return 'number';
  return ['string', 'boolean', 'null'].includes(type) ? type : 'unknown';
}

function typeOf(schema: unknown): string {
  if (!isFields(schema)) return 'unknown';
  const { $ref, enum: words, const: only, anyOf, oneOf, allOf, type } = schema;
  if (typeof $ref === 'string') return `Schemas[${JSON.stringify($ref.split('/').at(-1))}]`;
  if (Array.isArray(words)) return words.map((word) => JSON.stringify(word)).join(' | ');
  if (only !== undefined) return JSON.stringify(only);
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return `(${[...new Set(choices.map(typeOf))].join(' | ')})`;
  if (Array.isArray(allOf)) return `(${allOf.map(typeOf).join(' & ')})`;
  if (Array.isArray(type)) return type.map((one) => plainType(String(one), schema)).join(' | ');
  return typeof type === 'string'
    ? plainType(type, schema)
    : isFields(schema['properties'])
      ? objectType(schema)
      : 'unknown';
}

function schemaOf(answer: unknown): unknown {
  const content = isFields(answer) && isFields(answer['content']) ? answer['content'] : {};
  return isFields(content['application/json']) ? content['application/json']['schema'] : undefined;
}

function operationType(operation: Schema): string {
  const parameters = (operation['parameters'] ?? []) as Schema[];
  const queries = parameters
    .filter((one) => one['in'] === 'query')
    .map((one) => `${key(String(one['name']))}?: ${typeOf(one['schema'])}`);
  const answers = Object.entries(operation['responses'] as Schema)
    .filter(([status]) => /^2/.test(status))
    .map(([, answer]) => (schemaOf(answer) === undefined ? 'undefined' : typeOf(schemaOf(answer))));
  const body = schemaOf(operation['requestBody']);
  const fields = [
    `query: ${queries.length === 0 ? 'Record<never, never>' : `{ ${queries.join('; ')} }`}`,
    `body: ${body === undefined ? 'undefined' : typeOf(body)}`,
    `answer: ${[...new Set(answers)].join(' | ') || 'undefined'}`,
  ];
  return `{ ${fields.join('; ')} }`;
}

function text(): string {
  const { paths, components } = openApi('0') as { paths: Record<string, Schema>; components: { schemas: Schema } };
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `  ${key(name)}: ${typeOf(schema)};`);
  const routes = Object.entries(paths).map(([path, methods]) => {
    const operations = METHODS.filter((method) => methods[method] !== undefined).map(
      (method) => `    ${method}: ${operationType(methods[method] as Schema)};`,
    );
    return `  ${JSON.stringify(path)}: {\n${operations.join('\n')}\n  };`;
  });
  return [
    '// Made by scripts/api-types.ts out of the description of the API.',
    `export interface Schemas {\n${schemas.join('\n')}\n}`,
    `export interface Paths {\n${routes.join('\n')}\n}\n`,
  ].join('\n\n');
}

const written = text();
mkdirSync(new URL('.', TARGET), { recursive: true });
let before = '';
try {
  before = readFileSync(TARGET, 'utf8');
} catch {
  // The first time.
}
if (before !== written) writeFileSync(TARGET, written);
