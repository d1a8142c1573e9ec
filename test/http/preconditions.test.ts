/** If-Match where something is taken away, or replaced, that nobody else is to have changed since it was read. */

import assert from 'node:assert/strict';
import { someone } from './access/people.ts';
import { type Bench, bench } from './fakes.ts';

const API = '/api/v1';
const NUMBER = '+5548991996260';
const condition = (etag: unknown) => ({ 'if-match': String(etag) });

describe('HTTP: If-Match', function () {
  this.timeout(20_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  /** Read, taken away and made again by somebody else: what was read is not there any more. */
  const madeAgain = async (path: string, name: string, first: object, second: object) => {
    const url = `${API}/${path}/${encodeURIComponent(name)}`;
    const added = await b.request('POST', `${API}/${path}`, first);
    const read = await b.request('GET', url);
    assert.equal(read.headers['etag'], added.headers['etag']);
    b.now.at += 1000;
    await b.request('DELETE', url);
    await b.request('POST', `${API}/${path}`, second);
    const late = await b.request('DELETE', url, undefined, condition(read.headers['etag']));
    assert.deepEqual([late.status, late.json.error.code], [412, 'precondition-failed']);
    const { headers, json } = await b.request('GET', url);
    const same = await b.request('GET', url, undefined, { 'if-none-match': String(headers['etag']) });
    assert.deepEqual([same.status, same.text], [304, '']);
    assert.equal((await b.request('DELETE', url, undefined, condition(headers['etag']))).status, 204);
    assert.equal((await b.request('DELETE', url, undefined, condition(headers['etag']))).status, 404);
    return json;
  };

  it('does not release a hold that was set anew for another reason', async () => {
    const hold = (reason: string) => ({ number: NUMBER, reason });
    assert.equal((await madeAgain('holds', NUMBER, hold('a complaint'), hold('a court'))).reason, 'a court');
  });

  it('does not take a number off the list for which another reason came meanwhile', async () => {
    const entry = (reason: string) => ({ number: NUMBER, reason });
    assert.equal((await madeAgain('suppressions', NUMBER, entry('a letter'), entry('a court'))).reason, 'a court');
  });

  it('sees that an entry of the list was renewed in its place, in the same millisecond too', async () => {
    const url = `${API}/suppressions/${encodeURIComponent(NUMBER)}`;
    const { headers } = await b.request('POST', `${API}/suppressions`, { number: NUMBER, reason: 'a letter' });
    await b.request('POST', `${API}/suppressions`, { number: NUMBER, reason: 'a court' });
    assert.equal((await b.request('DELETE', url, undefined, condition(headers['etag']))).status, 412);
    assert.equal((await b.request('GET', url)).json.reason, 'a court');
  });

  it('revokes a key that was used meanwhile: its use is no change', async () => {
    const { json, headers } = await b.request('POST', `${API}/api-keys`, { name: 'crm', scopes: ['callbacks:read'] });
    const url = `${API}/api-keys/${json.id}`;
    b.now.at += 120_000;
    const used = await b.request('GET', `${API}/callbacks`, undefined, { authorization: `Bearer ${json.key}` });
    assert.equal(used.status, 200);
    assert.notEqual((await b.request('GET', url)).json.lastUsedAt, null);
    assert.equal((await b.request('DELETE', url, undefined, condition('"v1-7"'))).status, 412);
    assert.equal((await b.request('DELETE', url, undefined, condition(headers['etag']))).status, 204);
  });

  it('keeps what another window of the same person has kept meanwhile', async () => {
    const ana = await someone(b, 'agent');
    const url = `${API}/session/preferences`;
    const put = (preferences: object, headers = {}) => ana.ask('PUT', url, { preferences }, headers);
    const first = await ana.ask('GET', url);
    const [one, other] = [condition(first.headers['etag']), condition(first.headers['etag'])];
    const kept = await put({ a: 1 }, one);
    assert.equal(kept.status, 200);
    assert.deepEqual(
      [(await put({ b: 1 }, other)).status, (await ana.ask('GET', url)).json.preferences],
      [412, { a: 1 }],
    );
    assert.equal((await put({ a: 1, b: 1 }, condition(kept.headers['etag']))).status, 200);
    assert.equal((await put({ c: 1 })).status, 200);
    assert.deepEqual((await ana.ask('GET', url)).json.preferences, { c: 1 });
  });

  it('is heeded wherever something is taken away that people may change', async () => {
    const { paths } = (await b.request('GET', `${API}/openapi.json`)).json;
    type Described = { parameters?: Array<{ name: string; in: string }> };
    const without = Object.entries(paths as Record<string, Record<string, Described>>)
      .filter(([, { delete: removal }]) => removal?.parameters?.every(({ name }) => name !== 'if-match') ?? removal)
      .map(([path]) => path.replace(API, ''));
    assert.deepEqual(without.toSorted(), [
      // what phones say of themselves, and what is one’s own
      '/extensions/{name}/registrations',
      // nobody changes one
      '/recordings/{id}',
      '/session',
      '/session/totp',
      '/sessions',
    ]);
  });
});
