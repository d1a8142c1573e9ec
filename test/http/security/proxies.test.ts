import assert from 'node:assert/strict';
import { clientOf } from '../../../lib/http/access/client.ts';
import { addUser, PASSWORD } from '../access/people.ts';
import { type Bench, bench } from '../fakes.ts';

const NGINX = '192.0.2.80';
const EDGE = '198.51.100.4';
const ANA = '203.0.113.7';

describe('whose request it is', () => {
  const address = (peer: string, forwarded: string | undefined, proxies = [NGINX, '198.51.100.0/24']) =>
    clientOf(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }, peer, proxies).address;

  it('is the socket’s other end, unless that is a proxy of ours', () => {
    assert.equal(address(ANA, undefined), ANA);
    assert.equal(address(ANA, '127.0.0.1'), ANA);
    assert.equal(address(NGINX, undefined), NGINX);
    assert.equal(address(NGINX, ANA), ANA);
    assert.equal(address(NGINX, ANA, []), NGINX);
  });

  it('is read from the right, past each proxy of ours and no further: what stands left of it is its own word', () => {
    assert.equal(address(NGINX, `${ANA}, ${EDGE}`), ANA);
    assert.equal(address(NGINX, `127.0.0.1, 10.0.0.1, ${ANA}, ${EDGE}`), ANA);
    assert.equal(address(NGINX, `${ANA}, 10.0.0.1`), '10.0.0.1');
    assert.equal(address(NGINX, `${EDGE}, ${EDGE}`), EDGE);
  });

  it('is the proxy itself where it writes what is no address', () => {
    for (const text of ['', 'unknown', '_hidden', '1.2.3', 'x'.repeat(16_000), `${ANA}, unknown`])
      assert.equal(address(NGINX, text), NGINX, text.slice(0, 40));
  });

  it('has no port: each connection would be another client', () => {
    assert.equal(address(NGINX, `${ANA}:41234`), ANA);
    assert.equal(address(NGINX, '[2001:db8::7]:41234'), '2001:db8::7');
    assert.equal(address(NGINX, '2001:db8::7'), '2001:db8::7');
    assert.equal(address(`::ffff:${NGINX}`, ANA), ANA);
  });

  it('is over TLS, and at a host, as the outermost proxy of ours says', () => {
    const seen = (headers: Record<string, string>, peer = NGINX) =>
      clientOf({ host: 'inside:8080', ...headers }, peer, [NGINX, EDGE]);
    assert.equal(seen({ 'x-forwarded-proto': 'https' }).isSecure, true);
    assert.equal(seen({ 'x-forwarded-proto': 'https' }, ANA).isSecure, false);
    assert.equal(seen({ 'x-forwarded-proto': 'http' }).isSecure, false);
    const chain = { 'x-forwarded-for': `${ANA}, ${EDGE}` };
    assert.equal(seen({ ...chain, 'x-forwarded-proto': 'http, https, http' }).isSecure, true);
    assert.equal(seen({ ...chain, 'x-forwarded-proto': 'https' }).isSecure, true);
    assert.equal(seen({ 'x-forwarded-host': 'pbx.example' }).host, 'pbx.example');
    assert.equal(seen({ 'x-forwarded-host': 'pbx.example' }, ANA).host, 'inside:8080');
  });
});

describe('HTTP: behind proxies', function () {
  this.timeout(30_000);
  let b: Bench;
  const open = async (proxies: string[]) => {
    b = await bench({ proxies });
    await addUser(b, 'ana', 'administrator');
  };
  afterEach(() => b.http.close());

  const signIn = (remoteAddress: string, headers: Record<string, string>, password = 'wrong', username = 'x') =>
    b.http.inject({
      method: 'POST',
      url: '/api/v1/session',
      remoteAddress,
      headers,
      payload: { username, password },
    });
  const names = Array.from({ length: 30 }, (_, index) => `nobody-${index}`);

  it('one client’s guesses lock out nobody else', async () => {
    await open([NGINX, '198.51.100.0/24']);
    const through = (client: string) => ({ 'x-forwarded-for': `${client}, ${EDGE}` });
    for (const name of names.slice(0, 20)) await signIn(NGINX, through(ANA), 'wrong', name);
    assert.equal((await signIn(NGINX, through(ANA), PASSWORD, 'ana')).statusCode, 429);
    assert.equal((await signIn(NGINX, through('203.0.113.8'), PASSWORD, 'ana')).statusCode, 201);
  });

  it('a stranger’s header is not looked at: he is locked out, and nobody in his place', async () => {
    await open([NGINX]);
    for (const [index, name] of names.slice(0, 20).entries())
      await signIn('203.0.113.66', { 'x-forwarded-for': `10.0.0.${index}` }, 'wrong', name);
    const again = await signIn('203.0.113.66', { 'x-forwarded-for': ANA }, PASSWORD, 'ana');
    assert.equal(again.statusCode, 429);
    assert.equal((await signIn(ANA, {}, PASSWORD, 'ana')).statusCode, 201);
  });

  it('a client’s own entries before the proxy’s change nothing', async () => {
    await open([NGINX]);
    for (const [index, name] of names.slice(0, 20).entries())
      await signIn(NGINX, { 'x-forwarded-for': `10.0.0.${index}, ${ANA}` }, 'wrong', name);
    assert.equal((await signIn(NGINX, { 'x-forwarded-for': `10.0.9.9, ${ANA}` }, PASSWORD, 'ana')).statusCode, 429);
  });

  it('where none is configured every header is a stranger’s', async () => {
    await open([]);
    for (const [index, name] of names.slice(0, 20).entries())
      await signIn('127.0.0.1', { 'x-forwarded-for': `10.0.0.${index}` }, 'wrong', name);
    assert.equal((await signIn('127.0.0.1', { 'x-forwarded-for': ANA }, PASSWORD, 'ana')).statusCode, 429);
  });

  it('cookies are Secure, and HSTS is said, as the proxy says that the browser speaks TLS', async () => {
    await open([NGINX]);
    const tls = { 'x-forwarded-proto': 'https', 'x-forwarded-for': ANA };
    const mine = await signIn(NGINX, tls, PASSWORD, 'ana');
    assert.match(String(mine.headers['set-cookie']), /^__Host-callback_session=.*; Secure$/);
    assert.equal(mine.headers['strict-transport-security'], 'max-age=31536000');
    const forged = await signIn(ANA, tls, PASSWORD, 'ana');
    assert.match(String(forged.headers['set-cookie']), /^callback_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict/);
    assert.equal(forged.headers['strict-transport-security'], undefined);
  });

  it('the audit names the client, not the proxy', async () => {
    await open([NGINX]);
    await signIn(NGINX, { 'x-forwarded-for': ANA }, PASSWORD, 'ana');
    const { json } = await b.request('GET', '/api/v1/audit?subject=users/ana');
    assert.deepEqual([json.items[0].action, json.items[0].address], ['signed in', ANA]);
  });
});
