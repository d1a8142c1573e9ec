/** Whether an answer is what the description of the API says, asked of every answer that a test gets. */

import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApi } from '../../lib/http/openapi.ts';

const document = openApi('0');
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'api');

type Operations = Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>;
const paths = Object.entries(document['paths'] as Record<string, Operations>).map(([path, operations]) => ({
  path,
  operations,
  /** One that names everything goes before one with parameters. */
  fits: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  weight: path.split('{').length,
}));
paths.sort((a, b) => a.weight - b.weight);
const compiled = new Map<string, ValidateFunction>();

const pointer = (parts: string[]) => parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');

function validatorOf(parts: string[]): ValidateFunction {
  const reference = `api#/${pointer(parts).split('/').map(encodeURIComponent).join('/')}`;
  const known = compiled.get(reference) ?? ajv.compile({ $ref: reference });
  compiled.set(reference, known);
  return known;
}

export interface Seen {
  method: string;
  url: string;
  status: number;
  type: string;
  body: string;
}

export const covered = new Set<string>();

export function assertDescribed({ method, url, status, type, body }: Seen): void {
  const found = paths.find(({ fits }) => fits.test(url.split('?', 1)[0]!));
  const operation = found?.operations[method.toLowerCase()];
  if (found === undefined || operation === undefined || status === 304) return;
  const name = operation.responses[status] === undefined ? 'default' : String(status);
  // what any server says, of what is no operation
  const isGeneral = status >= 500 || [404, 405, 414].includes(status);
  assert.ok(name !== 'default' || isGeneral, `${method} ${found.path}: ${status} is not described`);
  if (status < 400) {
    assert.ok(name !== 'default', `${method} ${found.path}: ${status} is not described`);
    covered.add(`${method.toUpperCase()} ${found.path}`);
  }
  const contents = operation.responses[name]?.content ?? {};
  if (body === '' || type === 'text/event-stream') return;
  assert.ok(contents[type] !== undefined, `${method} ${found.path}: ${type} is not described`);
  if (type !== 'application/json') return;
  const parts = ['paths', found.path, method.toLowerCase(), 'responses', name, 'content', type, 'schema'];
  const validate = validatorOf(parts);
  if (validate(JSON.parse(body))) return;
  const wrong = ajv.errorsText(validate.errors, { separator: '\n' });
  assert.fail(`${method} ${url}: ${status} is not as described:\n${wrong}\n${body.slice(0, 500)}`);
}
