import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostPortText, parseHostPort } from '../../lib/config/address.ts';
import { localConfig } from '../../lib/config/local-config.ts';
import { resolveSecret } from '../../lib/config/secret.ts';
import { type Environment, parseFlags, type ServeConfig } from '../../lib/config/serve-config.ts';

function given(flags: string, environment: Environment = {}): ServeConfig {
  const result = parseFlags(flags === '' ? [] : flags.split(' '), environment);
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.value;
}

function refused(flags: string | string[], environment: Environment = {}): string {
  const result = parseFlags(Array.isArray(flags) ? flags : flags.split(' '), environment);
  assert.ok(!result.ok, 'it was accepted');
  assert.ok(!result.message.includes('\n'), 'one line');
  return result.message;
}

describe('parseFlags', () => {
  it("has the contract's defaults", () => {
    assert.deepEqual(given(''), {
      configFile: null,
      dataDirectory: './data',
      database: null,
      leaseSeconds: 10,
      sip: null,
      tls: {},
      advertise: null,
      drachtio: null,
      drachtioConf: { path: 'drachtio.conf.xml', given: false },
      media: 'embedded',
      mediaThreads: null,
      rtpengine: null,
      rtpPorts: { first: 20000, last: 29999 },
      maxCalls: null,
      http: { host: '127.0.0.1', port: 8080 },
      httpProxies: [],
      cdrDirectory: null,
      shadow: null,
      logLevel: 'info',
      drainSeconds: 30,
      apiKey: null,
      recordingKey: null,
    });
  });

  it('reads every flag, with a space or an equals sign', () => {
    const flags =
      '--config c.yaml --data=/var/x --database postgres://u:geheim@h:5433/d --lease-seconds 3.5 --sip sip:10.0.0.1:5060;transport=udp --sip sip:10.0.0.1;transport=tcp --cert-file c.pem --key-file=k.pem --chain-file i.pem --ca-file ca.pem --advertise sip.example --drachtio 10.0.0.9:9000 --secret s --drachtio-conf d.xml --media rtpengine --rtpengine 10.0.0.7:2223 --rtpengine=10.0.0.8 --rtpengine-dtmf 10.0.0.2:7777 --rtpengine-prompts /var/prompts --rtp-ports 30000-30009 --media-threads 3 --max-calls 250 --http [::1]:0 --http-proxies 127.0.0.1,10.0.0.0/8 --http-proxies 2001:db8::/32 --cdr /var/cdr --shadow --shadow-answer sip:10.0.0.8;transport=tcp --log-level debug --drain-seconds 1.5';
    assert.deepEqual(given(flags, { CALLBACK_API_KEY: 'k' }), {
      configFile: 'c.yaml',
      dataDirectory: '/var/x',
      database: { url: 'postgres://u:geheim@h:5433/d', name: 'postgres://h:5433/d' },
      leaseSeconds: 3.5,
      sip: ['sip:10.0.0.1:5060;transport=udp', 'sip:10.0.0.1;transport=tcp'],
      tls: { certFile: 'c.pem', keyFile: 'k.pem', chainFile: 'i.pem', caFile: 'ca.pem' },
      advertise: 'sip.example',
      drachtio: { host: '10.0.0.9', port: 9000, secret: 's' },
      drachtioConf: { path: 'd.xml', given: true },
      media: 'rtpengine',
      mediaThreads: 3,
      rtpengine: {
        servers: [
          { host: '10.0.0.7', port: 2223 },
          { host: '10.0.0.8', port: 22222 },
        ],
        dtmf: { host: '10.0.0.2', port: 7777 },
        promptDirectory: '/var/prompts',
      },
      rtpPorts: { first: 30000, last: 30009 },
      maxCalls: 250,
      http: { host: '::1', port: 0 },
      httpProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'],
      cdrDirectory: '/var/cdr',
      shadow: { status: 302, redirectTo: 'sip:10.0.0.8;transport=tcp' },
      logLevel: 'debug',
      drainSeconds: 1.5,
      apiKey: 'k',
      recordingKey: null,
    });
  });

  it('reads every variable, and a flag beats it', () => {
    const environment = {
      CALLBACK_CONFIG: 'e.yaml',
      CALLBACK_DATA: '/e',
      CALLBACK_SIP: 'sip:127.0.0.2:5060;transport=udp,tcp, sip:127.0.0.3  sip:127.0.0.4',
      CALLBACK_ADVERTISE: '[2001:db8::1]',
      DRACHTIO_HOST: '::1',
      DRACHTIO_PORT: '9023',
      DRACHTIO_SECRET: 'es',
      CALLBACK_MEDIA: 'none',
      RTPENGINE: '10.0.0.1, media.example:2223',
      RTPENGINE_DTMF: 'none',
      CALLBACK_HTTP: '0.0.0.0:80',
      CALLBACK_CDR: '/ecdr',
      LOG_LEVEL: 'WARN',
    };
    const config = given('', environment);
    assert.deepEqual(config.sip, ['sip:127.0.0.2:5060;transport=udp,tcp', 'sip:127.0.0.3', 'sip:127.0.0.4']);
    assert.deepEqual(
      [config.configFile, config.dataDirectory, config.advertise, config.media, config.logLevel],
      ['e.yaml', '/e', '2001:db8::1', 'none', 'warn'],
    );
    assert.equal(config.cdrDirectory, '/ecdr');
    assert.deepEqual(config.drachtio, { host: '::1', port: 9023, secret: 'es' });
    assert.deepEqual(config.rtpengine, {
      servers: [
        { host: '10.0.0.1', port: 22222 },
        { host: 'media.example', port: 2223 },
      ],
      dtmf: null,
      promptDirectory: null,
    });
    assert.deepEqual(config.http, { host: '0.0.0.0', port: 80 });
    const flags =
      '--data /f --sip sip:127.0.0.9 --media embedded --http 127.0.0.1:81 --drachtio 10.1.1.1 --log-level error';
    const beaten = given(flags, environment);
    assert.deepEqual(
      [beaten.dataDirectory, beaten.sip, beaten.media, beaten.http.port, beaten.logLevel, beaten.configFile],
      ['/f', ['sip:127.0.0.9'], 'embedded', 81, 'error', 'e.yaml'],
    );
    assert.deepEqual(beaten.drachtio, { host: '10.1.1.1', port: 9022, secret: 'es' });
  });

  it('reads what a call in the shadow gets', () => {
    assert.deepEqual(given('--shadow').shadow, { status: 500, redirectTo: null });
    assert.deepEqual(given('--shadow --shadow-answer 404').shadow, { status: 404, redirectTo: null });
    assert.deepEqual(given('', { CALLBACK_SHADOW: 'on', CALLBACK_SHADOW_ANSWER: '480' }).shadow?.status, 480);
    assert.equal(given('', { CALLBACK_SHADOW: '0', CALLBACK_SHADOW_ANSWER: '480' }).shadow, null);
    assert.match(refused('--shadow=no'), /--shadow has no value/);
    assert.match(refused('--shadow-answer 404'), /is for --shadow, which is missing/);
    for (const answer of ['200', '302', '700', 'nobody', 'sip:', 'sip:1@a']) {
      assert.match(refused(`--shadow --shadow-answer ${answer}`), /^--shadow-answer: /, answer);
    }
    assert.match(refused([], { CALLBACK_SHADOW: 'perhaps' }), /^CALLBACK_SHADOW: .*neither on nor off/);
  });

  it('takes an empty variable for none', () => {
    assert.deepEqual(
      given('', { CALLBACK_HTTP: '', CALLBACK_SIP: ' ', CALLBACK_API_KEY: '', DATABASE_URL: '' }),
      given(''),
    );
  });

  it('is frozen', () => {
    const config = given('--sip sip:a');
    assert.throws(() => Object.assign(config.http, { port: 1 }), TypeError);
    assert.throws(() => Object.assign(config, { apiKey: 'x' }), TypeError);
    assert.throws(() => (config.sip as string[]).push('x'), TypeError);
  });

  const wrong: Array<[flags: string, line: RegExp]> = [
    ['--htp 127.0.0.1:1', /^unknown flag `--htp`; did you mean `--http`\?$/],
    ['--http', /^--http needs a value: --http HOST:PORT$/],
    ['--http --data', /^--http needs a value/],
    ['--http=', /^--http needs a value/],
    ['--http 127.0.0.1', /^--http: `127\.0\.0\.1` has no port/],
    ['--http 127.0.0.1:99999', /^--http: .*is not a port/],
    ['--http ::1:80', /^--http: .*brackets/],
    ['--http 300.1.1.1:80', /^--http: .*not an IPv4 address/],
    ['--http :80', /^--http: /],
    ['--http-proxies nginx', /^--http-proxies: `nginx` is not an address range/],
    ['--http-proxies 10.0.0.0/33', /^--http-proxies: /],
    ['--sip 127.0.0.1:5060', /^--sip: .*not a SIP URI/],
    ['--sip sip:a;transport=pigeon', /^--sip: .*transport/],
    ['--advertise a:5060', /^--advertise: /],
    ['--media rtp', /^--media: `rtp` is none of embedded, rtpengine, none$/],
    ['--media rtpengine', /^--media rtpengine needs --rtpengine/],
    ['--rtpengine 10.0.0.1 --rtpengine 10.0.0.1:22222', /^--rtpengine: 10.0.0.1:22222 is named twice$/],
    ['--rtpengine 10.0.0.1 --rtpengine-dtmf 10.0.0.1', /^--rtpengine-dtmf: .*no port/],
    ['--max-calls 0', /^--max-calls: .*from 1 to/],
    ['--media-threads 65', /^--media-threads: .*from 0 to 64/],
    ['--media-threads -1', /^--media-threads: /],
    ['--max-calls 1.5', /^--max-calls: /],
    ['--rtp-ports 20000', /^--rtp-ports: .*FIRST-LAST/],
    ['--rtp-ports 20000-70000', /^--rtp-ports: /],
    ['--rtp-ports 30000-20000', /^--rtp-ports: .*at least 4/],
    ['--log-level loud', /^--log-level: `loud` is none of/],
    ['--drain-seconds -1', /^--drain-seconds: /],
    ['--drain-seconds soon', /^--drain-seconds: .*seconds$/],
    ['--secret x', /^--secret: is for --drachtio/],
    ['--database postgres://u:geheim@h:port/d', /^--database: is no postgres:.*NAME$/],
    ['--database postgres://u:geheim@h', /^--database: names no database/],
    ['--lease-seconds 0.5', /^--lease-seconds: .*from 1 to 300$/],
    ['--database mysql://h', /^--database: is not a postgres/],
    ['serve', /^`serve` is not a flag$/],
    ['-x', /^`-x` is not a flag$/],
  ];
  for (const [flags, line] of wrong) it(`says what is wrong with ${flags}`, () => assert.match(refused(flags), line));

  it('names the variable that is wrong, and shows no password of a database', () => {
    assert.match(refused([], { CALLBACK_HTTP: 'x' }), /^CALLBACK_HTTP: /);
    assert.match(refused([], { CALLBACK_HTTP_PROXIES: '10.0.0.1 x' }), /^CALLBACK_HTTP_PROXIES: `x`/);
    assert.match(refused([], { CALLBACK_SIP: 'sip:a nonsense' }), /^CALLBACK_SIP: `nonsense`/);
    assert.match(refused([], { DRACHTIO_HOST: 'h', DRACHTIO_PORT: 'x' }), /^DRACHTIO_PORT: /);
    assert.ok(!refused([], { DATABASE_URL: 'postgresql://u:geheim@h' }).includes('geheim'));
  });

  it('shows a hostile flag in one short line', () => {
    const line = refused([`--${'x\r\n'.repeat(1000)}`]);
    assert.ok(line.length < 200);
  });
});

describe('parseHostPort', () => {
  it('gives back what it read', () => {
    for (const text of ['127.0.0.1:80', '[::1]:80', 'a.example:1']) {
      const parsed = parseHostPort(text, null);
      assert.ok(parsed.ok);
      assert.equal(hostPortText(parsed.value), text);
    }
  });
});

describe('localConfig', () => {
  it('takes flag, then environment, then default', () => {
    const environment = { CALLBACK_DATA: '/e', CALLBACK_HTTP: '[::1]:81', CALLBACK_API_KEY: 'k' };
    assert.deepEqual(localConfig({}, {}), {
      ok: true,
      value: { dataDirectory: './data', database: null, http: { host: '127.0.0.1', port: 8080 }, apiKey: null },
    });
    assert.deepEqual(localConfig({}, environment), {
      ok: true,
      value: { dataDirectory: '/e', database: null, http: { host: '::1', port: 81 }, apiKey: 'k' },
    });
    assert.deepEqual(localConfig({ data: '/f', http: 'h:1', apiKey: 'f' }, environment), {
      ok: true,
      value: { dataDirectory: '/f', database: null, http: { host: 'h', port: 1 }, apiKey: 'f' },
    });
    assert.equal(localConfig({ http: 'h' }, {}).ok, false);
    const database = localConfig({ database: 'postgres://u:geheim@h/d' }, { DATABASE_URL: 'postgres://other/e' });
    assert.deepEqual(database.ok && database.value.database, {
      url: 'postgres://u:geheim@h/d',
      name: 'postgres://h/d',
    });
    assert.deepEqual(localConfig({}, { DATABASE_URL: 'mysql://u:geheim@h/d' }), {
      ok: false,
      message: 'DATABASE_URL: is not a postgres:// URL; leave it out: SQLite in --data',
    });
  });
});

describe('resolveSecret', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'secret-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('takes it as written, from the environment, or from a file without its last line end', () => {
    const file = join(directory, 'p');
    writeFileSync(file, 'a b \r\n');
    assert.deepEqual(resolveSecret('x', {}), { ok: true, value: 'x' });
    assert.deepEqual(resolveSecret({ env: 'P' }, { P: 'y' }), { ok: true, value: 'y' });
    assert.deepEqual(resolveSecret({ file }, {}), { ok: true, value: 'a b ' });
  });

  it('names what is missing', () => {
    for (const [secret, part] of [
      [{ env: 'P' }, 'P'],
      [{ file: join(directory, 'none') }, 'ENOENT'],
      [{ file: directory }, directory],
      [{ file: '/dev/zero' }, '/dev/zero'],
    ] as const) {
      const resolved = resolveSecret(secret, {});
      assert.ok(!resolved.ok && resolved.message.includes(part));
    }
  });
});
