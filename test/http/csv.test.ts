import assert from 'node:assert/strict';
import fc from 'fast-check';
import { csvLine, parseCsv } from '../../lib/http/csv.ts';
import { addUser, signIn } from './access/people.ts';
import { type Bench, bench, callbackOf } from './fakes.ts';

describe('CSV', () => {
  it('comes back as it was, whatever stands in it', () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom('=1+1', "'x", '"', 'a,b', 'a\r\nb', '+5548', '-x', ' a '));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), (rows) => {
        const kept = rows.filter((row) => row.some((text) => text.trim() !== ''));
        const text = csvLine(['a', 'b']) + rows.map((row) => csvLine(row)).join('');
        assert.deepEqual(
          parseCsv(text).map(({ cells }) => [cells['a'], cells['b']]),
          kept,
        );
      }),
    );
  });

  it('holds no formula, and leaves numbers as they are', () => {
    const line = csvLine(['=cmd|x', '@a', '-1+2', '\tx', '+5548991996260', "'=1"]);
    assert.equal(line, `'=cmd|x,'@a,'-1+2,"'\tx",+5548991996260,''=1\r\n`.replace(`"'\tx"`, `'\tx`));
  });
});

describe('HTTP: CSV', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const post = (path: string, payload: string, query = '') =>
    b.http.inject({
      method: 'POST',
      url: `/api/v1/${path}.csv${query}`,
      headers: { authorization: 'Bearer a-key-that-nobody-will-ever-guess', 'content-type': 'text/csv' },
      payload,
    });

  for (const path of ['callback-rules', 'inbound-numbers'])
    it(`${path}: what is exported can be imported and changes nothing`, async () => {
      const { text, headers } = await b.request('GET', `/api/v1/${path}.csv`);
      assert.match(String(headers['content-type']), /^text\/csv/);
      assert.match(String(headers['content-disposition']), /^attachment; filename=/);
      const before = b.configuration.configuration;
      const answer = await post(path, text);
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.json().created, 0);
      assert.deepEqual(b.configuration.configuration, before);
    });

  it('adds and replaces rules, all or nothing, and names the line', async () => {
    const head = 'name,origin,method,trunk,callerId.number,retry.attempts,inboundNumbers,delaySeconds';
    const good = [head, 'Novo,+5511*;+5521*,caller,trunk-80092037,+554831210110,3,+554831210110,7'];
    const dry = await post('callback-rules', good.join('\n'), '?dryRun=true');
    assert.deepEqual([dry.statusCode, dry.json().created], [200, 1]);
    assert.equal((await b.request('GET', '/api/v1/callback-rules/Novo')).status, 404);
    assert.equal((await post('callback-rules', good.join('\n'))).json().created, 1);
    const { json } = await b.request('GET', '/api/v1/callback-rules/Novo');
    assert.deepEqual([json.origin, json.retry.attempts, json.delaySeconds], [['+5511*', '+5521*'], 3, 7]);
    const bad = [...good, 'Outro,+5531*,caller,no-such-trunk,,,,', 'Mais,+5541*,nonsense,trunk-80092037,,,,'];
    const own = (await post('callback-rules', bad.join('\n'))).json();
    assert.equal(own.error.path, 'line 4: method');
    const broken = (await post('callback-rules', bad.slice(0, 3).join('\n'))).json();
    assert.equal(broken.error.path, 'line 3: trunk');
    assert.equal((await b.request('GET', '/api/v1/callback-rules/Outro')).status, 404);
    assert.equal((await post('callback-rules', 'name,name\n1,2')).statusCode, 400);
    assert.equal((await post('callback-rules', '')).statusCode, 400);
    for (const key of ['__proto__', '__proto__.polluted', 'constructor.prototype.polluted'])
      assert.equal((await post('callback-rules', `${head},${key}\nX,any,caller,trunk-80092037,,,,,1`)).statusCode, 400);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('exports callbacks as they are filtered, formulas of callers defused', async () => {
    b.store.items = [callbackOf('c1', { callerName: '=HYPERLINK("http://x")' }), callbackOf('c2', { state: 'done' })];
    const { text } = await b.request('GET', '/api/v1/callbacks.csv?state=scheduled');
    const rows = parseCsv(text);
    assert.deepEqual(
      rows.map(({ cells }) => cells['id']),
      ['c1'],
    );
    assert.ok(text.includes(`"'=HYPERLINK(""http://x"")"`));
    assert.deepEqual(b.store.queries.at(-1)?.state, 'scheduled');
  });

  it('imports callbacks line by line', async () => {
    const text = 'rule,number,dueAt\nCallback geral,+5548991996260,\nCallback geral,48,not-a-time\nnone,1,\n';
    b.callbacks.created = { result: 'refused', code: 'number-impossible', message: 'no' };
    const refused = (await post('callbacks', text)).json();
    assert.deepEqual(
      refused.lines.map(({ result }: { result: string }) => result),
      ['number-impossible', 'invalid', 'number-impossible'],
    );
    b.callbacks.created = { result: 'created', callback: callbackOf('c9') };
    b.callbacks.requests = [];
    assert.equal((await post('callbacks', text, '?dryRun=true')).json().created, 0);
    assert.deepEqual(b.callbacks.requests, []);
    assert.equal((await post('callbacks', text)).json().lines[0].id, 'c9');
  });

  it('imports and exports numbers that are not called', async () => {
    const answer = await post(
      'suppressions',
      'number,reason,expiresAt\n(48) 99199-6260,asked us,\n200,,2027-01-01T00:00:00Z',
    );
    assert.deepEqual([answer.statusCode, answer.json().added], [200, 2]);
    const { text } = await b.request('GET', '/api/v1/suppressions.csv');
    const cells = parseCsv(text).map((row) => [row.cells['number'], row.cells['reason']]);
    assert.deepEqual(cells.sort(), [
      ['+5548991996260', 'asked us'],
      ['200', 'suppressed by the operator'],
    ]);
    const wrong = await post('suppressions', 'number\n12\nx');
    assert.match(wrong.json().error.path, /^line 3: number/);
  });

  it('touches nobody else’s numbers, and is for no other body', async () => {
    await addUser(b, 'ana', 'supervisor', { inboundNumbers: ['+554831210110'] });
    const ana = await signIn(b, 'ana');
    const csv = { 'content-type': 'text/csv' };
    const rule = (numbers: string) =>
      b.http.inject({
        method: 'POST',
        url: '/api/v1/callback-rules.csv',
        headers: { cookie: ana.cookie, 'x-csrf-token': ana.csrf, ...csv },
        payload: `name,origin,method,trunk,inboundNumbers\nR,+5511*,caller,trunk-80092037,${numbers}`,
      });
    assert.equal((await rule('')).statusCode, 403);
    assert.equal((await rule('+554831210111')).statusCode, 403);
    assert.equal((await rule('+554831210110')).statusCode, 200);
    const other = await b.request('POST', '/api/v1/callbacks', 'a,b', csv);
    assert.equal(other.status, 415);
  });
});
