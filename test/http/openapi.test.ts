import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApi } from '../../lib/http/openapi.ts';
import { assertDescribed } from './openapi-check.ts';

describe('the description of the API', () => {
  const document = openApi('0') as Record<string, Record<string, Record<string, object>>>;

  it('holds schemas that are schemas, and refers to nothing that is not there', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    const schemas = Object.keys(document['components']!['schemas']!);
    for (const name of schemas) ajv.compile({ $ref: `api#/components/schemas/${name}` });
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
    assert.deepEqual(
      names.filter((name) => !schemas.includes(name)),
      [],
    );
  });

  it('names every parameter of an address', () => {
    for (const [path, operations] of Object.entries(document['paths']!))
      for (const [method, operation] of Object.entries(operations)) {
        const { parameters = [] } = operation as { parameters?: Array<{ name: string; in: string }> };
        const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        assert.deepEqual(named, wanted, `${method} ${path}`);
      }
  });

  it('is what every answer in these tests is held against', () => {
    const seen = { method: 'GET', url: '/api/v1/users', status: 200, type: 'application/json' };
    const page = (items: object[]) => JSON.stringify({ items, total: 0, page: 1, pageSize: 5 });
    assertDescribed({ ...seen, body: page([]) });
    assert.throws(() => assertDescribed({ ...seen, body: page([{ username: 5 }]) }), /not as described/);
    assert.throws(() => assertDescribed({ ...seen, status: 299, body: page([]) }), /not described/);
    assert.throws(() => assertDescribed({ ...seen, status: 403, body: '{"error":"x"}' }), /not as described/);
  });
});
