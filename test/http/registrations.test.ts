import assert from 'node:assert/strict';
import type { Registration } from '../../lib/ports/store.ts';
import { type Bench, bench } from './fakes.ts';

const contact = (name: string, more: Partial<Registration> = {}): Registration => ({
  extension: '201',
  contact: `sip:${name}@10.0.0.7`,
  reachedAt: 'sip:192.0.2.1:40000;transport=udp',
  path: [],
  q: 1000,
  callId: 'secret-of-the-phone',
  cseq: 3,
  registeredAt: 0,
  expiresAt: 8_000_000_000_000,
  userAgent: 'phone <1>',
  ...more,
});

describe('HTTP: registrations', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    const put = [contact('a', { q: 500, path: ['<sip:edge;lr>'] }), contact('b'), contact('old', { expiresAt: 1 })];
    await b.store.registrations.update('201', { put, remove: [], now: 0 });
    await b.store.registrations.update('200', { put: [contact('c', { extension: '200' })], remove: [], now: 0 });
  });
  afterEach(() => b.http.close());

  it('shows the contacts of an extension, the preferred first, without what is the phone’s own', async () => {
    const { status, json, text } = await b.request('GET', '/api/v1/extensions/201/registrations');
    assert.equal(status, 200, text);
    assert.equal(json.total, 2);
    assert.deepEqual(json.items[0].contact, 'sip:b@10.0.0.7');
    assert.deepEqual(json.items[1], {
      extension: '201',
      contact: 'sip:a@10.0.0.7',
      reachedAt: 'sip:192.0.2.1:40000;transport=udp',
      path: ['<sip:edge;lr>'],
      q: 0.5,
      registeredAt: '1970-01-01T00:00:00.000Z',
      expiresAt: '2223-07-06T14:13:20.000Z',
      userAgent: 'phone <1>',
    });
    assert.doesNotMatch(text, /secret/);
  });

  it('shows those of all extensions, and searches them', async () => {
    assert.equal((await b.request('GET', '/api/v1/registrations')).json.total, 3);
    assert.equal((await b.request('GET', '/api/v1/registrations?q=sip:c@')).json.total, 1);
    assert.equal((await b.request('GET', '/api/v1/registrations?page=x')).status, 400);
  });

  it('forgets those of an extension', async () => {
    assert.equal((await b.request('DELETE', '/api/v1/extensions/201/registrations')).status, 204);
    assert.equal((await b.request('GET', '/api/v1/extensions/201/registrations')).json.total, 0);
    assert.equal((await b.request('GET', '/api/v1/registrations')).json.total, 1);
  });

  it('knows no registrations of an extension that does not exist', async () => {
    for (const method of ['GET', 'DELETE'] as const)
      assert.equal((await b.request(method, '/api/v1/extensions/999/registrations')).status, 404);
  });
});
