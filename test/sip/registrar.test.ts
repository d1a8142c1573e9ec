import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { USUAL_REGISTRAR } from '../../lib/core/settings.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders, SipText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.14.40';

interface Login {
  user?: string;
  password?: string;
  nc?: number;
  nonce?: string;
  algorithm?: 'MD5' | 'SHA-256';
  qop?: boolean;
  method?: string;
}

describe('sip: the registrar', () => {
  let rig: Rig;
  let phone: SipPhone;
  let cseq: number;
  let secretsRead: number;
  let tags = 0;
  beforeEach(async () => {
    secretsRead = 0;
    const secretOf = (secret: unknown) => {
      secretsRead += 1;
      return String(secret);
    };
    rig = await Rig.open({ address, sip: { secretOf } });
    rig.configuration = configuration(
      [],
      [
        { number: '201', contact: null, password: 's3cret' },
        { number: '203', contact: null, password: 's3cret' },
        { number: '202', contact: 'sip:202@127.0.0.1', password: null },
      ],
    );
    phone = await rig.phone();
    cseq = 0;
  });
  afterEach(() => rig.close());

  function send(headers: SipHeaders, extension = '201', callId = 'reg'): Promise<SipText> {
    const aor = `sip:${extension}@${address}`;
    return phone.requestOnce('REGISTER', `sip:${address}:${rig.port}`, {
      headers: [
        ['From', `<${aor}>;tag=r${++tags}`],
        ['To', `<${aor}>`],
        ['Call-ID', callId],
        ['CSeq', `${++cseq} REGISTER`],
        ...headers,
      ],
    });
  }

  function authorization(nonce: string, login: Login = {}): [string, string] {
    const { user = '201', password = 's3cret', nc = 1, algorithm = 'MD5', qop = true, method = 'REGISTER' } = login;
    const hash = (text: string) =>
      createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
        .update(text)
        .digest('hex');
    const count = nc.toString(16).padStart(8, '0');
    const [a1, a2] = [hash(`${user}:drachtio-callback:${password}`), hash(`${method}:sip:${address}`)];
    const response = qop ? hash(`${a1}:${nonce}:${count}:c:auth:${a2}`) : hash(`${a1}:${nonce}:${a2}`);
    const more = qop ? `, qop=auth, nc=${count}, cnonce="c"` : '';
    return [
      'Authorization',
      `Digest username="${user}", realm="drachtio-callback", nonce="${nonce}", uri="sip:${address}", response="${response}", algorithm=${algorithm}${more}`,
    ];
  }

  async function nonceOf(extension = '201'): Promise<string> {
    const response = await send([], extension);
    assert.equal(response.status, 401);
    return /nonce="([^"]+)"/.exec(response.get('www-authenticate'))?.[1] ?? '';
  }

  async function register(headers: SipHeaders, login: Login = {}, callId = 'reg'): Promise<SipText> {
    const nonce = login.nonce ?? (await nonceOf(login.user));
    return send([...headers, authorization(nonce, login)], login.user, callId);
  }

  const contacts = () => rig.registrations.all(Date.now());
  const contact = (expires?: number): [string, string] => [
    'Contact',
    `<${phone.uri}>${expires === undefined ? '' : `;expires=${expires}`}`,
  ];

  it('takes one contact of a configured extension with the right password, and says for how long', async () => {
    const response = await register([contact(), ['Expires', '300'], ['User-Agent', 'test phone']]);
    assert.equal(response.status, 200);
    assert.match(response.get('contact'), new RegExp(`^<${phone.uri}>;expires=(300|299)$`));
    const [stored] = await contacts();
    assert.equal(stored?.reachedAt, `sip:${address}:${phone.port};transport=udp`);
    assert.equal(stored?.contact, phone.uri);
    assert.equal(stored?.userAgent, 'test phone');
    assert.ok(Math.abs((stored?.expiresAt ?? 0) - Date.now() - 300_000) < 3000);

    const legId = rig.dial({ kind: 'extension', extension: '201' });
    const call = await phone.nextCall();
    call.reject(486);
    await rig.recorder.last(legId);
  });

  it('knows SHA-256 as well', async () => {
    assert.equal((await register([contact()], { algorithm: 'SHA-256' })).status, 200);
  });

  it('refuses a wrong password, and answers for an unknown extension exactly the same', async () => {
    const shapes = [];
    for (const user of ['201', '999', '202']) {
      const first = await send([], user);
      const nonce = /nonce="([^"]+)"/.exec(first.get('www-authenticate'))?.[1] ?? '';
      const second = await send([contact(), authorization(nonce, { user, password: 'wrong' })], user);
      const shape = (message: SipText) =>
        message.raw.replace(/nonce="[^"]+"/, '').replace(/(Via|From|To|CSeq|Call-ID): .*/g, '');
      shapes.push(`${shape(first)}${shape(second)}`);
      assert.equal(`${first.status} ${second.status}`, '401 403');
    }
    assert.equal(shapes[0], shapes[1]);
    assert.equal(shapes[0], shapes[2]);
    assert.deepEqual(await contacts(), []);
  });

  it('does the same work for an unknown extension as for a known one: a secret may be in a file', async () => {
    const reads = [];
    for (const user of ['201', '999', '202', '']) {
      const nonce = /nonce="([^"]+)"/.exec((await send([], user)).get('www-authenticate'))?.[1] ?? '';
      secretsRead = 0;
      await send([contact(), authorization(nonce, { user, password: 'wrong' })], user);
      reads.push(secretsRead);
    }
    assert.deepEqual(reads, [1, 1, 1, 1]);
  });

  it('does not let one extension register another', async () => {
    const nonce = await nonceOf();
    for (const [nc, other] of ['202', '203'].entries()) {
      const response = await send([contact(), authorization(nonce, { user: '201', nc: nc + 1 })], other);
      assert.equal(response.status, 403);
    }
    assert.deepEqual(await contacts(), []);
  });

  it('does not take the same credentials twice, nor a nonce of its own making or of another address', async () => {
    const nonce = await nonceOf();
    assert.equal((await register([contact()], { nonce })).status, 200);
    const again = await register([contact()], { nonce });
    assert.equal(again.status, 401);
    assert.match(again.get('www-authenticate'), /stale=true/);
    assert.equal((await register([contact()], { nonce, nc: 2 })).status, 200);
    for (const foreign of [
      '',
      'x',
      'a.b.c',
      `${Date.now().toString(36)}.00.${'0'.repeat(32)}`,
      nonce.replace(/^./, '0'),
    ]) {
      const response = await register([contact()], { nonce: foreign });
      assert.equal(response.status, 401, foreign);
      assert.doesNotMatch(response.get('www-authenticate'), /stale/);
    }
    assert.equal((await register([contact()], { nonce: await nonceOf(), qop: false })).status, 401);
  });

  it('asks for longer times than 60 s, and grants 3600 at most', async () => {
    const brief = await register([contact(59)]);
    assert.equal(`${brief.status} ${brief.get('min-expires')}`, '423 60');
    assert.match((await register([contact(60)])).get('contact'), /expires=(60|59)$/);
    assert.match((await register([contact(999_999)])).get('contact'), /expires=3(600|599)$/);
    assert.match((await register([contact(), ['Expires', 'soon']])).get('contact'), /expires=3(600|599)$/);
  });

  it('keeps several contacts, each with its own time, and tells of all of them', async () => {
    const first = await register([
      ['Contact', '<sip:a@192.0.2.1>;q=0.5;expires=100, <sip:b@192.0.2.2>;q=0.9'],
      ['Expires', '200'],
    ]);
    assert.match(
      first.get('contact'),
      /^<sip:a@192\.0\.2\.1>;q=0\.5;expires=(100|99), <sip:b@192\.0\.2\.2>;q=0\.9;expires=(200|199)$/,
    );
    await register([['Contact', '<sip:c@192.0.2.3>']], {}, 'another-client');
    const uris = async () => (await contacts()).map(({ contact: uri }) => uri.slice(4, 5));
    assert.deepEqual(await uris(), ['c', 'b', 'a']);
    // The same contact in other letters is the same
    await register([['Contact', '<SIP:c@192.0.2.3>;q=0.1;expires=70, <sip:a@192.0.2.1>;expires=0']]);
    const asked = await register([]);
    assert.match(
      asked.get('contact'),
      /^<sip:b@192\.0\.2\.2>;q=0\.9;expires=\d+, <SIP:c@192\.0\.2\.3>;q=0\.1;expires=(70|69)$/,
    );
    await register([['Contact', '<sip:old@192.0.2.9>;expires=0']]);
    assert.equal((await contacts()).length, 2);
  });

  it('takes all contacts back by a star, alone and with Expires 0', async () => {
    await register([['Contact', '<sip:a@192.0.2.1>, <sip:b@192.0.2.2>']]);
    const star = (expires: string): SipHeaders => [
      ['Contact', '*'],
      ['Expires', expires],
    ];
    assert.equal((await register(star('60'))).status, 400);
    assert.equal(
      (
        await register([
          ['Contact', '*, <sip:a@192.0.2.1>'],
          ['Expires', '0'],
        ])
      ).status,
      400,
    );
    assert.equal((await contacts()).length, 2);
    assert.equal((await register(star('0'))).status, 200);
    assert.deepEqual(await contacts(), []);
  });

  it('has the contact that would end first make room for one too many, and refuses too many at once', async () => {
    rig.configuration = { ...rig.configuration, registrar: { ...USUAL_REGISTRAR, maxContacts: 2 } };
    await register([['Contact', '<sip:a@h>;expires=300']]);
    await register([['Contact', '<sip:b@h>;expires=200']]);
    await register([['Contact', '<sip:c@h>;expires=100']]);
    assert.deepEqual(
      (await contacts()).map(({ contact: uri }) => uri),
      ['sip:a@h', 'sip:c@h'],
    );
    assert.equal((await register([['Contact', '<sip:x@h>, <sip:y@h>, <sip:z@h>']])).status, 403);
    assert.equal((await contacts()).length, 2);
    const [extension] = rig.configuration.extensions;
    rig.configuration = { ...rig.configuration, extensions: [{ ...extension!, maxContacts: 1 }] };
    await register([['Contact', '<sip:d@h>']]);
    assert.deepEqual(
      (await contacts()).map(({ contact: uri }) => uri),
      ['sip:d@h'],
    );
  });

  it('takes two phones that register at the same moment one after the other, so that a limit holds', async () => {
    rig.configuration = { ...rig.configuration, registrar: { ...USUAL_REGISTRAR, maxContacts: 1 } };
    const of = rig.registrations.of.bind(rig.registrations);
    // A store that takes its time
    rig.registrations.of = async (extension, now) => {
      const known = await of(extension, now);
      await new Promise((resolve) => setTimeout(resolve, 30));
      return known;
    };
    const nonces = [await nonceOf(), await nonceOf()];
    const both = nonces.map((nonce, i) => register([['Contact', `<sip:${i}@h>`]], { nonce }, `client-${i}`));
    for (const { status } of await Promise.all(both)) assert.equal(status, 200);
    assert.equal((await contacts()).length, 1);
  });

  it('leaves nothing out when two phones register at the same moment', async () => {
    const nonces = [await nonceOf(), await nonceOf()];
    const both = nonces.map((nonce, i) => register([['Contact', `<sip:${i}@h>`]], { nonce }, `client-${i}`));
    for (const { status } of await Promise.all(both)) assert.equal(status, 200);
    assert.equal((await contacts()).length, 2);
  });

  it('keeps the path to a contact behind proxies, and takes it when it calls', async () => {
    const path: SipHeaders = [
      ['Path', `<sip:${address}:${phone.port};lr>`],
      ['Path', '<sip:edge.example;lr;ob>'],
      ['Supported', 'path'],
    ];
    const response = await register([['Contact', '<sip:201@10.9.9.9:5060>'], ['Require', 'path'], ...path]);
    assert.equal(response.status, 200);
    assert.equal(response.get('path'), `<sip:${address}:${phone.port};lr>, <sip:edge.example;lr;ob>`);
    const legId = rig.dial({ kind: 'extension', extension: '201' });
    const call = await phone.nextCall();
    assert.equal(call.invite.uri, 'sip:201@10.9.9.9:5060');
    assert.equal(call.invite.all('route').join(', '), `<sip:${address}:${phone.port};lr>, <sip:edge.example;lr;ob>`);
    call.reject(486);
    await rig.recorder.last(legId);
    assert.equal((await register([contact(), ['Path', '<sip:a b@h>, x']])).status, 400);
  });

  it('never calls through a third party that a path names, only where the REGISTER came from', async () => {
    const victim = await rig.phone('127.0.14.41');
    await register([
      ['Contact', '<sip:0900@192.0.2.1>'],
      ['Path', `<${victim.uri};lr>`],
    ]);
    const legId = rig.dial({ kind: 'extension', extension: '201' });
    (await phone.nextCall()).reject(486);
    await rig.recorder.last(legId);
    assert.equal(victim.received('INVITE').length, 0);
  });

  it('asks one that changes its contacts without end to wait', async () => {
    rig.configuration = { ...rig.configuration, registrar: { ...USUAL_REGISTRAR, maxChangesPerMinute: 3 } };
    for (let i = 0; i < 3; i++) assert.equal((await register([contact()])).status, 200);
    const refused = await register([contact()]);
    assert.equal(`${refused.status} ${refused.get('retry-after')}`, '503 60');
    assert.equal((await register([])).status, 200);
  });

  it('refuses a request that was overtaken by a later one of the same client', async () => {
    await register([contact()]);
    cseq = 0;
    assert.equal((await register([contact(120)])).status, 500);
    cseq = 100;
    assert.equal((await register([contact(120)])).status, 200);
  });

  it('refuses contacts that are none, and extensions that it does not know', async () => {
    for (const bad of [
      'tel:123',
      '<http://x>',
      '<sip:>',
      `<sip:${'x'.repeat(600)}@h>`,
      '<sip:a@h',
      '"<>" ;;',
      '<sip:a@h>x;expires=0;;=',
    ]) {
      const { status } = await register([['Contact', bad]]);
      assert.ok(status === 400 || status === 200, `${bad} ${status}`);
      for (const { contact: stored } of await contacts()) assert.match(stored, /^sip:a@h$/);
    }
    const required = await register([contact(), ['Require', 'path, gruu']]);
    assert.equal(`${required.status} ${required.get('unsupported')}`, '420 gruu');
  });

  it('silences a source that goes on guessing, and forgives one that gets it right', async () => {
    for (let i = 0; i < 9; i++) await register([contact()], { password: `guess ${i}` });
    assert.equal(rig.silenced.length, 0);
    await register([contact()]);
    for (let i = 0; i < 10; i++) await register([contact()], { password: `guess ${i}` });
    assert.equal(rig.silenced.length, 1);
    assert.equal(rig.silenced[0]?.address, address);
    assert.ok(rig.silenced[0].untilMs > Date.now());
  });

  it('says 503 when registrations cannot be stored', async () => {
    rig.registrations.update = () => Promise.reject(new Error('disk full'));
    assert.equal((await register([contact()])).status, 503);
    assert.equal(rig.log.at('error').length, 1);
    rig.log.lines.length = 0;
  });

  const invite = (user: string, more: SipHeaders = []) =>
    phone.call({ to: rig.uri('+554831210110'), from: `<sip:${user}@${address}>`, headers: more });

  it('takes credentials in an INVITE as proof of who calls, and passes on the others without', async () => {
    rig.recorder.onOffered = ({ legId, extension }) =>
      extension === null
        ? rig.sip.challenge(legId)
        : rig.sip.reject(legId, { status: 486, reason: null, callbackId: null });
    for (const user of ['201', '999']) {
      const response = await invite(user).final();
      assert.equal(response.status, 401);
      assert.match(response.get('www-authenticate'), /^Digest realm="drachtio-callback", nonce=/);
    }
    const nonce = await nonceOf();
    const proof = (login: Login) => [authorization(nonce, { method: 'INVITE', ...login })];
    assert.equal((await invite('201', proof({})).final()).status, 486);
    assert.equal((await invite('201', proof({ nc: 2, password: 'x' })).final()).status, 403);
    assert.equal((await invite('999', proof({ nc: 3, user: '999' })).final()).status, 403);
    // Captured, and sent again
    assert.equal((await invite('201', proof({})).final()).status, 401);
    assert.deepEqual(
      rig.recorder.calls.map((call) => call.extension),
      [null, null, '201'],
    );
  });

  it('silences one that has itself challenged without end, unless others call from there too', async () => {
    rig.recorder.onOffered = ({ legId }) => rig.sip.challenge(legId);
    for (let i = 0; i < 59; i++) await send([]);
    assert.equal(rig.silenced.length, 0);
    await invite('100').final();
    assert.equal(rig.silenced.length, 1);
    rig.configuration = { ...rig.configuration, trunks: [trunk('proxy', `sip:${address}`)] };
    for (let i = 0; i < 70; i++) await send([]);
    for (let i = 0; i < 12; i++) await register([contact()], { password: `guess ${i}` });
    assert.equal(rig.silenced.length, 1);
    // Wherever it is behind, it is the extension that is not listened to for a while
    assert.equal((await register([contact()])).status, 403);
    assert.equal((await register([contact()], { user: '203' })).status, 200);
  });
});
