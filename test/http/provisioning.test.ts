import assert from 'node:assert/strict';
import { type Bench, bench } from './fakes.ts';

const PASSWORD = 'a"b<c>&d';

describe('HTTP: setting up a softphone', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await b.request('POST', '/api/v1/extensions', { number: '207', password: PASSWORD });
    await b.request('POST', '/api/v1/extensions', { number: '200', contact: 'sip:200@192.0.2.1' });
  });
  afterEach(() => b.http.close());

  const make = (body: object = { server: 'pbx.example.com:5070', transport: 'tcp' }, number = '207') =>
    b.request('POST', `/api/v1/extensions/${number}/provisioning`, body);
  const fetched = (path: string, method: 'GET' | 'HEAD' = 'GET') => b.http.inject({ method, url: path });

  it('makes an address without a secret in its answer or in the audit, valid for ten minutes', async () => {
    const { status, json, text } = await make();
    assert.equal(status, 201);
    assert.equal(Date.parse(json.expiresAt) - b.now.at, 600_000);
    assert.match(json.path, /^\/provisioning\/[\w-]{32}$/);
    assert.ok(!text.includes(PASSWORD));
    const audit = await b.request('GET', '/api/v1/audit?pageSize=1');
    assert.deepEqual([audit.json.items[0].action, audit.json.items[0].subject], ['provisioned', 'extensions/207']);
    assert.ok(!audit.text.includes(PASSWORD) && !audit.text.includes(json.path.split('/').at(-1)));
  });

  it('gives the phone its settings once, to nobody who only looks, and says then that it is used', async () => {
    const { path } = (await make()).json;
    assert.equal((await fetched(path, 'HEAD')).statusCode, 405);
    const answer = await fetched(path);
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers['content-type']), /^application\/xml/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    const entries = Object.fromEntries(
      [...answer.body.matchAll(/<entry name="(\w+)" overwrite="true">(.*?)<\/entry>/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    assert.deepEqual(
      [
        entries['username'],
        entries['passwd'],
        entries['reg_identity'],
        entries['reg_proxy'],
        entries['transient_provisioning'],
      ],
      [
        '207',
        'a&quot;b&lt;c&gt;&amp;d',
        'sip:207@pbx.example.com',
        '&lt;sip:pbx.example.com:5070;transport=tcp&gt;',
        '1',
      ],
    );
    assert.equal((await fetched(path)).statusCode, 404);
  });

  it('is gone after its time, and with the extension', async () => {
    const late = (await make()).json.path;
    b.now.at += 600_001;
    assert.equal((await fetched(late)).statusCode, 404);
    const orphan = (await make()).json.path;
    assert.equal((await b.request('DELETE', '/api/v1/extensions/207')).status, 204);
    assert.equal((await fetched(orphan)).statusCode, 404);
    assert.equal((await fetched('/provisioning/guessed')).statusCode, 404);
  });

  it('is for an extension that registers, and for a server that can be one', async () => {
    assert.equal((await make({ server: 'pbx' }, '999')).status, 404);
    assert.equal((await make({ server: 'pbx' }, '200')).status, 409);
    for (const server of ['', 'a b', 'x@y', 'x;transport=tcp', 'host:99999', '<x>'])
      assert.equal((await make({ server })).status, 400, server);
    assert.equal((await make({ server: 'pbx', transport: 'ws' })).status, 400);
  });
});
