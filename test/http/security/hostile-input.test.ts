import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { csvLine, parseCsv } from '../../../lib/http/csv.ts';
import { processorMs } from '../../support/processor-time.ts';
import { addUser, asNobody, signIn } from '../access/people.ts';
import { API_KEY, type Bench, bench, callbackOf } from '../fakes.ts';
import { API, OPERATIONS, Trial } from '../trial.ts';
import { WAYS } from '../ways.ts';

const HOST = '127.0.83.2';
/** Of the processor. An answer that takes longer keeps calls from being answered meanwhile. */
const PATIENCE_MS = 2000;

async function timed<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  const before = processorMs();
  const result = await work();
  const took = processorMs() - before;
  assert.ok(took < PATIENCE_MS, `${what}: ${Math.round(took)} ms`);
  return result;
}

describe('HTTP: hostile input', function () {
  this.timeout(60_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const json = { 'content-type': 'application/json' };
  const csv = { 'content-type': 'text/csv' };
  const post = (path: string, body: string, headers: Record<string, string> = json) =>
    b.request('POST', `${API}/${path}`, body, headers);

  it('reaches no prototype, at any depth of any body', async () => {
    const evil = ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'];
    for (const operation of OPERATIONS.filter(({ method, name }) => method !== 'GET' && WAYS[name]?.csv === undefined))
      for (const text of [...evil, `{"a":${evil[0]}}`, `{"a":[{"b":${evil[1]}}]}`]) {
        const answer = await new Trial(operation, b).run(json, text);
        assert.ok(answer.status >= 400 && answer.status < 500, `${operation.name}: ${answer.status} ${answer.text}`);
        assert.equal(({} as Record<string, unknown>)['polluted'], undefined, operation.name);
      }
    for (const query of [
      '__proto__=1',
      '__proto__[polluted]=1',
      'constructor.prototype.polluted=1',
      'sort=__proto__',
      'sort=constructor',
    ]) {
      const answer = await b.request('GET', `${API}/trunks?${query}`);
      assert.equal(answer.status, 400, query);
    }
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      for (const path of ['trunks', 'users', 'webhooks', 'flows', 'callbacks', 'suppressions', 'holds'])
        assert.equal((await b.request('GET', `${API}/${path}/${name}`)).status, 404, `${path}/${name}`);
  });

  it('may be as deep or as long as it likes: it gets an error, and nobody waits for it', async () => {
    const deep = (open: string, close: string) => `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    const keys = Array.from({ length: 80_000 }, (_, index) => `"k${index}":1`).join(',');
    const bombs = {
      'lists in lists': deep('[', ']'),
      'fields in fields': deep('{"a":', '}'),
      'userData in userData': `{"rule":"Callback geral","userData":${deep('{"a":', '}')}}`,
      'very many keys': `{${keys}}`,
      'very many long keys': `{${Array.from({ length: 8000 }, (_, i) => `"${String(i).padStart(100, 'x')}":1`).join(',')}}`,
      'a very long text': JSON.stringify({ name: 'x'.repeat(1_000_000) }),
      'a very long number': `{"delaySeconds":1${'0'.repeat(1_000_000)}}`,
      'a great exponent': '{"delaySeconds":1e999999999}',
    };
    for (const [what, text] of Object.entries(bombs))
      for (const path of ['callbacks', 'callback-rules', 'users', 'callbacks/bulk', 'suppressions']) {
        const { status, text: body } = await timed(`${what} at ${path}`, () => post(path, text));
        assert.equal(status, 400, `${what} at ${path}: ${body.slice(0, 200)}`);
        assert.ok(body.length < 50_000, `${what} at ${path}: ${body.length} octets of answer`);
      }
    const whole = JSON.stringify({ version: 1, trunks: Array.from({ length: 400_000 }, () => ({ a: 1 })) });
    const put = await timed('a whole configuration of nonsense', () =>
      b.request('PUT', `${API}/configuration`, whole, json),
    );
    assert.equal(put.status, 400);
  });

  it('may be a CSV file of any shape', async () => {
    const files = {
      'a quote that is never closed': `name\n"${'x'.repeat(7_000_000)}`,
      'quotes without end': `name\n"${'""'.repeat(3_500_000)}`,
      'a quoted cell of megabytes': `name,x\n"${'x'.repeat(7_000_000)}",1`,
      'very many columns': `${Array.from({ length: 1_000_000 }, (_, index) => `c${index}`).join(',')}\n1`,
      'very many empty lines': '\n'.repeat(7_000_000),
      'very many commas': ','.repeat(7_000_000),
      'very many lines': `name\n${'x\n'.repeat(3_500_000)}`,
    };
    for (const [what, text] of Object.entries(files))
      for (const path of ['callback-rules', 'callbacks', 'suppressions']) {
        const answer = await timed(`${what} at ${path}`, () => post(`${path}.csv`, text, csv));
        assert.ok(answer.status === 400 || answer.json.created === 0, `${what} at ${path}: ${answer.status}`);
        assert.ok(answer.text.length < 10_000, `${what} at ${path}: ${answer.text.length} octets of answer`);
      }
    const rules = Array.from({ length: 2000 }, (_, index) => `R${index},+5511${index}*,caller,trunk-80092037,3,7`);
    const file = ['name,origin,method,trunk,retry.attempts,delaySeconds', ...rules].join('\n');
    assert.equal((await post('callback-rules.csv', file, csv)).json.created, 2000);
  });

  it('may be any expression to search, filter or sort by: it is text, and quickly looked for', async () => {
    const texts = [
      "' OR '1'='1",
      "'; DROP TABLE callbacks; --",
      '%',
      '_',
      '\\',
      '" --',
      '1) UNION SELECT 1 --',
      'a'.repeat(127),
    ];
    for (const path of ['callbacks', 'users', 'audit', 'errors', 'trunks', 'holds', 'suppressions'])
      for (const text of texts) {
        const field = path === 'suppressions' ? 'number' : 'q';
        const answer = await b.request('GET', `${API}/${path}?${field}=${encodeURIComponent(text)}`);
        assert.equal(answer.status, 200, `${path} ${text}`);
        const sorted = await b.request('GET', `${API}/${path}?sort=${encodeURIComponent(text)}`);
        // a list that is empty has no fields to be none of
        assert.equal(sorted.status, ['users', 'holds'].includes(path) ? 200 : 400, `${path} by ${text}`);
      }
    const slow = ['(a+)+$', `${'a'.repeat(120)}!`, '(?:.*)*x', `${'0 '.repeat(60)}x`];
    for (const path of ['callbacks', 'trunks', 'audit'])
      for (const text of slow)
        await timed(`${path} for ${text}`, () => b.request('GET', `${API}/${path}?q=${encodeURIComponent(text)}`));
    const long = `${API}/callbacks?q=${'x'.repeat(12_000)}`;
    assert.equal((await timed('a long query', () => b.request('GET', long))).status, 400);
    const many = `${API}/callbacks?${'a=1&'.repeat(3000)}`;
    assert.equal((await timed('many parameters', () => b.request('GET', many))).status, 400);
  });

  it('breaks no line: neither of a header nor of the log', async () => {
    const break_ = 'x\r\nset-cookie: evil=1\r\n\r\n<script>';
    for (const [path, body] of [
      ['trunks', { name: break_, proxy: 'sip:192.0.2.1' }],
      ['users', { username: break_, role: 'agent', password: 'correct horse battery' }],
      ['webhooks', { name: break_, url: 'https://a.example' }],
      ['cors-origins', { origin: break_ }],
      ['callback-rules', { name: break_, origin: 'any', method: 'caller', trunk: 'trunk-80092037' }],
      ['holds', { number: '200', reason: break_ }],
      ['session', { username: break_, password: 'x' }],
    ] as const) {
      const answer = await b.request('POST', `${API}/${path}`, body);
      assert.equal(answer.headers['set-cookie'], undefined, path);
      assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
    }
    for (const url of [
      `${API}/trunks/${encodeURIComponent(break_)}`,
      `${API}/callbacks/${encodeURIComponent(break_)}`,
    ]) {
      const answer = await b.request('GET', url);
      assert.deepEqual([answer.status, answer.headers['set-cookie']], [404, undefined]);
    }
    for (const line of b.log.lines) assert.ok(!/[\r\n]/.test(line.text), line.text);
  });

  it('is Unicode or nothing: half a character is no name', async () => {
    for (const body of [
      '{"name":"\\ud800","proxy":"sip:192.0.2.1"}',
      '{"name":"a","\\udfff":1}',
      '{"name":"\\udbff\\ud800"}',
    ]) {
      const answer = await post('trunks', body);
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'invalid'], answer.text);
    }
    const revision = b.configuration.revision;
    assert.equal(revision, 1);
    const whole = await b.request('POST', `${API}/trunks`, { name: '😀 é', proxy: 'sip:192.0.2.1' });
    assert.equal(whole.status, 201);
    const { status } = await b.request('GET', `${API}/callbacks?q=%00`);
    assert.equal(status, 200);
  });

  it('that is slow is not waited for', async () => {
    const slow = await bench({ requestTimeoutMs: 300 });
    const { port } = await slow.http.listen(HOST, 0);
    const head = `POST /api/v1/callbacks HTTP/1.1\r\nhost: x\r\nx-api-key: ${API_KEY}\r\ncontent-type: application/json\r\n`;
    for (const begun of [
      `${head}content-length: 1000\r\n\r\n{`,
      head,
      'P',
      `${head}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`,
    ]) {
      const socket = connect(port, HOST);
      let answer = '';
      socket.setEncoding('utf8').on('data', (text) => {
        answer += text;
      });
      socket.write(begun);
      await once(socket, 'close');
      assert.match(answer, /^HTTP\/1\.1 408 /, begun);
    }
    assert.deepEqual(slow.callbacks.requests, []);
    await slow.http.close();
  });

  it('in a file is no formula in a spreadsheet, whatever parts its cells, and numbers stay numbers', async () => {
    const starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', ' =', '\u00a0='];
    const cells = starts.flatMap((start) => [
      `${start}cmd|' /C calc'!A0`,
      `Ana;${start}HYPERLINK("http://x")`,
      `a;b;${start}1+1`,
    ]);
    for (const cell of cells) {
      const line = csvLine([cell]).replace(/\r\n$/, '');
      const text = line.startsWith('"') ? line.slice(1, -1).replaceAll('""', '"') : line;
      for (const part of text.split(';'))
        assert.doesNotMatch(part, /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/, JSON.stringify(text));
      assert.equal(parseCsv(csvLine(['x']) + csvLine([cell]))[0]!.cells['x'], cell);
    }
    assert.equal(
      csvLine(['+5548991996260', '-3', '+5548991996260;+554831210110']),
      '+5548991996260,-3,+5548991996260;+554831210110\r\n',
    );
    b.store.items = [
      callbackOf('c1', { callerName: 'Ana;=HYPERLINK("http://x")', reason: '@SUM(A1)', source: '-2+3' }),
    ];
    const { text } = await b.request('GET', `${API}/callbacks.csv`);
    assert.ok(
      text.includes(`"Ana;'=HYPERLINK(""http://x"")"`) && text.includes("'@SUM(A1)") && text.includes("'-2+3"),
      text,
    );
    assert.ok(text.includes(',+5548991996260,'), text);
  });

  it('finds the same headers on every answer', async () => {
    const answers = [
      await b.request('GET', '/healthz'),
      await b.request('GET', '/metrics'),
      await b.request('GET', '/nothing'),
      await b.request('GET', `${API}/callbacks`),
      await b.request('GET', `${API}/callbacks.csv`),
      await b.request('GET', `${API}/nothing`),
      await asNobody(b)('GET', `${API}/callbacks`),
      await b.request('PATCH', `${API}/trunks`),
      await post('trunks', '{'),
      await post('trunks', 'x'.repeat(2_000_000)),
      await b.request('GET', `${API}/trunks/%ff`),
      await b.request('GET', `${API}/trunks/${'x'.repeat(600)}`),
      await b.request('DELETE', `${API}/suppressions/1`),
      await b.request('OPTIONS', `${API}/trunks`),
    ];
    for (const { headers, status, text } of answers) {
      const shown = `${status} ${text.slice(0, 100)}`;
      assert.equal(headers['x-content-type-options'], 'nosniff', shown);
      assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/, shown);
      assert.equal(headers['x-powered-by'], undefined);
      assert.equal(headers['server'], undefined);
      assert.equal(headers['access-control-allow-origin'], undefined);
      if (status >= 400) assert.equal(headers['cache-control'], 'no-store', shown);
    }
    const { port } = await b.http.listen(HOST, 0);
    const socket = connect(port, HOST);
    socket.write('NOT HTTP\r\n\r\n');
    const [data] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    socket.destroy();
    assert.match(data, /x-content-type-options: nosniff\r\n/);
    assert.match(data, /content-security-policy: default-src 'none'/);
  });

  it('is shown as JSON, never as a page', async () => {
    const script = '<script>alert(1)</script>';
    await addUser(b, 'ana', 'administrator', { name: script });
    const ana = await signIn(b, 'ana');
    b.store.items = [callbackOf('c1', { callerName: script, source: script })];
    await ana.ask('POST', `${API}/webhooks`, { name: script, url: 'https://a.example/' });
    await ana.ask('GET', `${API}/trunks/${encodeURIComponent(script)}`);
    for (const path of [
      'callbacks',
      'callbacks/c1',
      'users',
      'users/ana',
      'webhooks',
      'audit',
      'errors',
      'session',
      `trunks/${encodeURIComponent(script)}`,
    ]) {
      const { headers } = await ana.ask('GET', `${API}/${path}`, undefined, { accept: 'text/html' });
      assert.equal(headers['content-type'], 'application/json; charset=utf-8', path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
    }
    const file = await ana.ask('GET', `${API}/callbacks.csv`);
    assert.match(String(file.headers['content-disposition']), /^attachment;/);
  });
});
