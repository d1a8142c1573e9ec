import assert from 'node:assert/strict';
import type { Store } from '../../lib/ports/store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { BASE_AT, type Bench, bench, MemoryLog } from './fakes.ts';

describe('HTTP: suppressions', () => {
  let store: Store;
  let b: Bench;
  beforeEach(async () => {
    store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    b = await bench({ store });
  });
  afterEach(async () => {
    await b.http.close();
    await store.close();
  });

  const shown = {
    number: '+5548991996260',
    reason: 'asked us to',
    source: 'api',
    createdAt: new Date(BASE_AT).toISOString(),
    expiresAt: null,
  };

  it('adds a number in any usual form, shows it, and removes it', async () => {
    const added = await b.request('POST', '/api/v1/suppressions', { number: '(48) 99199-6260', reason: 'asked us to' });
    assert.deepEqual([added.status, added.json], [201, shown]);
    assert.equal(added.headers['location'], '/api/v1/suppressions/%2B5548991996260');
    for (const form of ['%2B5548991996260', '+5548991996260', '048991996260']) {
      assert.deepEqual((await b.request('GET', `/api/v1/suppressions/${form}`)).json, shown, form);
    }
    assert.equal((await b.request('DELETE', '/api/v1/suppressions/48991996260')).status, 204);
    assert.equal((await b.request('DELETE', '/api/v1/suppressions/48991996260')).status, 404);
    assert.equal((await b.request('GET', '/api/v1/suppressions/48991996260')).status, 404);
  });

  it('takes many at once, and none of them where one is no number', async () => {
    const many = await b.request('POST', '/api/v1/suppressions', { numbers: ['4899190001', '+554899190001', '200'] });
    assert.deepEqual([many.status, many.json], [201, { added: 2 }]);
    const wrong = await b.request('POST', '/api/v1/suppressions', { numbers: ['4899190002', 'ana', '; drop'] });
    assert.equal(wrong.status, 400);
    assert.deepEqual(
      wrong.json.error.mistakes.map(({ path }: { path: string }) => path),
      ['numbers[1]', 'numbers[2]'],
    );
    const { json } = await b.request('GET', '/api/v1/suppressions?pageSize=1&page=2');
    assert.deepEqual([json.total, json.page, json.items.length], [2, 2, 1]);
    assert.equal((await b.request('GET', '/api/v1/suppressions?number=4899190001')).json.total, 1);
  });

  it('lets an entry expire', async () => {
    const expiresAt = new Date(BASE_AT + 1000).toISOString();
    await b.request('POST', '/api/v1/suppressions', { number: '48991996260', expiresAt });
    assert.equal((await b.request('GET', '/api/v1/suppressions/48991996260')).json.expiresAt, expiresAt);
    b.now.at = BASE_AT + 1000;
    assert.equal((await b.request('GET', '/api/v1/suppressions/48991996260')).status, 404);
    assert.equal((await b.request('GET', '/api/v1/suppressions')).json.total, 0);
  });

  it('says what is wrong with a request', async () => {
    const pathOf = async (body: object) => (await b.request('POST', '/api/v1/suppressions', body)).json.error.path;
    assert.equal(await pathOf({}), 'number');
    assert.equal(await pathOf({ number: '1', numbers: ['2'] }), 'number');
    assert.equal(await pathOf({ number: 'nobody' }), 'number');
    assert.equal(await pathOf({ number: '48991996260', expiresAt: '2020-01-01T00:00:00Z' }), 'expiresAt');
    assert.equal(await pathOf({ number: '48991996260', reson: 'x' }), 'reson');
    assert.equal((await b.request('GET', '/api/v1/suppressions', undefined, { authorization: 'no' })).status, 401);
  });
});
