import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders, SipText } from '../support/sip-text.ts';
import { configuration, Rig } from './sip-rig.ts';

const address = '127.0.14.40';

interface Login {
  user?: string;
  password?: string;
  nc?: number;
  nonce?: string;
  algorithm?: 'MD5' | 'SHA-256';
  qop?: boolean;
}

describe('sip: the registrar', () => {
  let rig: Rig;
  let phone: SipPhone;
  let cseq: number;
  let tags = 0;
  beforeEach(async () => {
    rig = await Rig.open({ address });
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
    const { user = '201', password = 's3cret', nc = 1, algorithm = 'MD5', qop = true } = login;
    const hash = (text: string) =>
      createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
        .update(text)
        .digest('hex');
    const count = nc.toString(16).padStart(8, '0');
    const [a1, a2] = [hash(`${user}:drachtio-callback:${password}`), hash(`REGISTER:sip:${address}`)];
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

  const contact = (expires?: number): [string, string] => [
    'Contact',
    `<${phone.uri}>${expires === undefined ? '' : `;expires=${expires}`}`,
  ];

  it('takes one contact of a configured extension with the right password, and says for how long', async () => {
    const response = await register([contact(), ['Expires', '300'], ['User-Agent', 'test phone']]);
    assert.equal(response.status, 200);
    assert.match(response.get('contact'), new RegExp(`^<${phone.uri}>;expires=(300|299)$`));
    const stored = rig.registrations.byExtension.get('201');
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
    assert.equal(rig.registrations.byExtension.size, 0);
  });

  it('does not let one extension register another', async () => {
    const nonce = await nonceOf();
    for (const [nc, other] of ['202', '203'].entries()) {
      const response = await send([contact(), authorization(nonce, { user: '201', nc: nc + 1 })], other);
      assert.equal(response.status, 403);
    }
    assert.equal(rig.registrations.byExtension.size, 0);
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

  it('keeps the last contact, tells it when asked, and forgets it when told', async () => {
    const present = async () => (await register([])).get('contact');
    await register([['Contact', '<sip:a@192.0.2.1>, <sip:b@192.0.2.2>']]);
    assert.match(await present(), /^<sip:b@192\.0\.2\.2>/);
    await register([
      ['Contact', '<sip:c@192.0.2.3>'],
      ['Contact', '<sip:b@192.0.2.2>;expires=0'],
    ]);
    assert.match(await present(), /^<sip:c@192\.0\.2\.3>/);
    await register([['Contact', '<sip:old@192.0.2.9>;expires=0']], {}, 'another client');
    assert.match(await present(), /^<sip:c@192\.0\.2\.3>/);
    assert.equal(
      (
        await register([
          ['Contact', '*'],
          ['Expires', '60'],
        ])
      ).status,
      400,
    );
    assert.equal(
      (
        await register([
          ['Contact', '*'],
          ['Expires', '0'],
        ])
      ).status,
      200,
    );
    assert.equal(await present(), '');
    await register([contact()]);
    await register([contact(0)]);
    assert.equal(rig.registrations.byExtension.size, 0);
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
      for (const { contact: stored } of rig.registrations.byExtension.values()) assert.match(stored, /^sip:a@h$/);
    }
    assert.equal((await register([contact(), ['Require', 'path']])).status, 420);
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
    rig.registrations.put = () => Promise.reject(new Error('disk full'));
    assert.equal((await register([contact()])).status, 503);
    assert.equal(rig.log.at('error').length, 1);
    rig.log.lines.length = 0;
  });

  it('makes calls from where an extension registered that extension, and from nowhere else', async () => {
    await register([contact()]);
    const stranger = await rig.phone();
    rig.recorder.onOffered = ({ legId }) => rig.sip.reject(legId, { status: 486, reason: null, callbackId: null });
    const from = `<sip:201@${address}>`;
    await phone.call({ to: rig.uri('+554831210110'), from }).final();
    await stranger.call({ to: rig.uri('+554831210110'), from }).final();
    await phone.call({ to: rig.uri('+554831210110'), from: `<sip:202@${address}>` }).final();
    assert.deepEqual(
      rig.recorder.calls.map((call) => call.extension),
      ['201', null, null],
    );
  });

  it('a call that is cancelled while its registration is looked up is never offered', async () => {
    const get = rig.registrations.get.bind(rig.registrations);
    let release = () => {};
    rig.registrations.get = async (extension, now) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return get(extension, now);
    };
    const call = phone.call({ to: rig.uri('100'), from: `<sip:201@${address}>` });
    await call.waitFor(100);
    call.cancel();
    assert.equal((await call.final()).status, 487);
    await rig.recorder.until('the end', () => (rig.sip.stats().legs === 0 ? true : undefined)).catch(() => {});
    release();
    assert.equal(rig.recorder.calls.length, 0);
  });
});
