import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Bench, bench } from './fakes.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('HTTP: the console', () => {
  let directory: string;
  let b: Bench;
  const get = (url: string, headers: Record<string, string> = {}) => b.http.inject({ method: 'GET', url, headers });

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-console-'));
    const pages = join(directory, 'console');
    mkdirSync(join(pages, 'assets'), { recursive: true });
    writeFileSync(join(directory, 'secret.js'), 'secret');
    writeFileSync(join(pages, '.sources'), 'secret');
    writeFileSync(
      join(pages, 'index.html'),
      '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/a.js">',
    );
    writeFileSync(join(pages, 'assets/a.js'), 'console.log(1)');
    b = await bench({ consoleDirectory: pages });
  });
  after(async () => {
    await b.http.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is a page that anybody may load, at / and at each of its addresses', async () => {
    for (const url of ['/', '/callbacks', '/callback-rules/Callback%20geral?x=1']) {
      const answer = await get(url, BROWSER);
      assert.equal(answer.statusCode, 200, url);
      assert.match(String(answer.headers['content-type']), /^text\/html/);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });

  it('runs no script that is not a file of ours, and no style without the nonce of this very answer', async () => {
    const [one, other] = [await get('/', BROWSER), await get('/', BROWSER)];
    const policy = String(one.headers['content-security-policy']);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(policy, /frame-ancestors 'none'/);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    assert.ok(nonce !== undefined && one.body.includes(`nonce="${nonce}"`));
    assert.notEqual(one.headers['content-security-policy'], other.headers['content-security-policy']);
  });

  it('gives its files for ever, compressed for those who can read that', async () => {
    const plain = await get('/assets/a.js');
    assert.equal(plain.body, 'console.log(1)');
    assert.match(String(plain.headers['cache-control']), /immutable/);
    assert.equal(plain.headers['x-content-type-options'], 'nosniff');
    const zipped = await get('/assets/a.js', { 'accept-encoding': 'gzip, br' });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(zipped.rawPayload).toString(), 'console.log(1)');
  });

  it('leads to no other file of the machine', async () => {
    const ways = [
      '/assets/../../secret.js',
      '/assets/..%2f..%2fsecret.js',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.js',
      '/assets/..%5c..%5csecret.js',
      '/assets/../.sources',
      '/assets/%2fetc%2fpasswd',
      '/assets/__proto__',
    ];
    for (const url of ways) {
      const answer = await get(url);
      assert.equal(answer.statusCode, 404, url);
      assert.doesNotMatch(answer.body, /secret|root:/, url);
    }
  });

  it('is not what scripts and the API get for an unknown address', async () => {
    assert.equal((await get('/callbacks', { accept: '*/*' })).statusCode, 404);
    assert.equal((await get('/api/v1/nothing', BROWSER)).statusCode, 401);
    assert.equal((await get('/assets/gone.js', BROWSER)).statusCode, 404);
    assert.equal((await b.http.inject({ method: 'POST', url: '/callbacks', headers: BROWSER })).statusCode, 404);
  });

  it('says what to do where it was not built', async () => {
    const bare = await bench({ consoleDirectory: join(directory, 'nowhere') });
    const answer = await bare.http.inject({ method: 'GET', url: '/', headers: BROWSER });
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /make build/);
    await bare.http.close();
  });
});
