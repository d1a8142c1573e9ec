import assert from 'node:assert/strict';
import { parseConf, readConf } from '../../../lib/engine/conf.ts';

const file = (inside: string, admin = '<admin/>') => `<drachtio>${admin}<sip>${inside}</sip></drachtio>`;

function problemOf(text: string): string {
  const result = parseConf(text);
  assert.ok(!result.ok, 'was accepted');
  assert.doesNotMatch(result.problem, /\n/, 'one line');
  return result.problem;
}

function settingsOf(text: string) {
  const result = parseConf(text);
  assert.ok(result.ok, result.ok ? '' : result.problem);
  return result.conf.settings;
}

describe('drachtio.conf.xml', () => {
  it('of the project is read without a warning', async () => {
    const path = new URL('../../../drachtio.conf.xml', import.meta.url).pathname;
    const result = await readConf(path);
    assert.ok(result.ok);
    assert.deepEqual(result.conf, {
      settings: {
        listenPoints: [
          { protocol: 'udp', address: '127.0.0.1', port: 5060 },
          { protocol: 'tcp', address: '127.0.0.1', port: 5060 },
        ],
        control: { kind: 'listen', address: '127.0.0.1', port: 9022, secret: 'cymru' },
        timers: { t1: 500, t2: 4000, t4: 5000, t1x64: 32_000 },
        tls: { minVersion: 'TLSv1.2' },
        outboundProxy: undefined,
        recordsCalls: false,
      },
      warnings: [],
    });
  });

  it('has the defaults of a drachtio-server: port 9022, secret admin, every address on 5060', () => {
    const { control, listenPoints } = settingsOf('<drachtio><admin>127.0.0.1</admin></drachtio>');
    assert.deepEqual(control, { kind: 'listen', address: '127.0.0.1', port: 9022, secret: 'admin' });
    assert.deepEqual(listenPoints, [
      { protocol: 'udp', address: '0.0.0.0', port: 5060 },
      { protocol: 'tcp', address: '0.0.0.0', port: 5060 },
    ]);
  });

  it('names the certificates as a drachtio-server does', () => {
    const names = ['key-file', 'cert-file', 'chain-file', 'ca-file'];
    const tls = names.map((name) => `<${name}>/etc/${name}.pem</${name}>`).join('');
    const text = `<drachtio><admin/><sip><tls>${tls}<dh-param>d</dh-param><min-tls-version>1.3</min-tls-version></tls></sip></drachtio>`;
    const result = parseConf(text);
    assert.ok(result.ok);
    assert.deepEqual(result.conf.warnings, []);
    assert.deepEqual(result.conf.settings.tls, {
      keyFile: '/etc/key-file.pem',
      certFile: '/etc/cert-file.pem',
      chainFile: '/etc/chain-file.pem',
      caFile: '/etc/ca-file.pem',
      minVersion: 'TLSv1.3',
    });
  });

  for (const [text, points] of [
    [
      '<contacts><contact>sip:10.0.0.1;transport=tls</contact><contact>sips:10.0.0.2:5071</contact></contacts>',
      ['tls/10.0.0.1:5061', 'tls/10.0.0.2:5071'],
    ],
    ['<contacts><contact>sip:10.0.0.1;transport=udp</contact></contacts>', ['udp/10.0.0.1:5060']],
    ['<contacts><contact>sip:10.0.0.1:5062</contact></contacts>', ['udp/10.0.0.1:5062', 'tcp/10.0.0.1:5062']],
    ['<contacts><contact>sip:*:5061;transport=TCP</contact></contacts>', ['tcp/0.0.0.0:5061']],
    ['<contacts><contact>sip:[::1]:5060;transport=udp</contact></contacts>', ['udp/::1:5060']],
    ['<contacts><contact>sip:127.0.0.1:0;transport=udp</contact></contacts>', ['udp/127.0.0.1:0']],
    [
      '<contacts><contact>sip:1.1.1.1</contact><contact>sip:2.2.2.2;transport=udp</contact></contacts>',
      ['udp/1.1.1.1:5060', 'tcp/1.1.1.1:5060', 'udp/2.2.2.2:5060'],
    ],
    ['<contact>sip:3.3.3.3;transport=udp</contact>', ['udp/3.3.3.3:5060']],
    [
      '<contacts><contact external-ip="198.51.100.7">sip:10.0.0.5;transport=udp</contact></contacts>',
      ['udp/10.0.0.5:5060 as 198.51.100.7'],
    ],
  ] as const) {
    it(`contacts: ${text}`, () => {
      const told = settingsOf(file(text)).listenPoints.map(
        ({ protocol, address, port, advertised }) =>
          `${protocol}/${address}:${port}${advertised === undefined ? '' : ` as ${advertised}`}`,
      );
      assert.deepEqual(told, points);
    });
  }

  it('timers, outbound proxy, call records', () => {
    const settings = settingsOf(
      '<drachtio><admin/><sip><timers><t1>250</t1><t1x64>16000</t1x64></timers><outbound-proxy>sip:10.1.1.1</outbound-proxy></sip><cdrs>yes</cdrs></drachtio>',
    );
    assert.deepEqual(settings.timers, { t1: 250, t2: 4000, t4: 5000, t1x64: 16_000 });
    assert.equal(settings.outboundProxy, 'sip:10.1.1.1');
    assert.equal(settings.recordsCalls, true);
  });

  it('warns of what a drachtio-server would do and the engine does not, and of what nobody knows', () => {
    const result = parseConf(file('<spammers/><contacs/><udp-buffer-size>1</udp-buffer-size>'));
    assert.ok(result.ok);
    assert.deepEqual(result.conf.warnings, [
      'drachtio.sip.spammers: not supported by the embedded engine, ignored',
      'drachtio.sip.contacs: unknown element, ignored',
    ]);
  });

  for (const [text, problem] of [
    ['', /^line 1/],
    ['<drachtio>', /^line 1.*Unclosed tag 'drachtio'/],
    ['<config/>', /^drachtio: the root element is missing/],
    ['<drachtio/>', /^drachtio\.admin: is missing/],
    ['<drachtio><admin port="70000"/></drachtio>', /^drachtio\.admin\.port: "70000" is no number from 0 to 65535/],
    ['<drachtio><admin port="9o22"/></drachtio>', /^drachtio\.admin\.port: /],
    ['<drachtio><admin>here</admin></drachtio>', /^drachtio\.admin: "here" is no IP address/],
    ['<drachtio><admin secret="a|b"/></drachtio>', /^drachtio\.admin\.secret: /],
    ['<drachtio><admin tls-port="9023"/></drachtio>', /^drachtio\.admin\.tls-port: /],
    ['<drachtio><admin/><admin/></drachtio>', /^drachtio\.admin: stands there 2 times/],
    ['<drachtio><admin/><cdrs>maybe</cdrs></drachtio>', /^drachtio\.cdrs: "maybe"/],
    [
      file('<contacts><contact>sip:host.example</contact></contacts>'),
      /^drachtio\.sip\.contacts\.contact: "host\.example" is no IP address/,
    ],
    [
      file('<contacts><contact>sip:1.1.1.1</contact><contact>sip:1.1.1.1;transport=wss</contact></contacts>'),
      /^drachtio\.sip\.contacts\.contact\[2\]: .*no transport "wss"/,
    ],
    [file('<tls><min-tls-version>1.0</min-tls-version></tls>'), /^drachtio\.sip\.tls\.min-tls-version: "1\.0"/],
    [file('<contacts><contact>sip:1.1.1.1;transport=ws</contact></contacts>'), /no transport "ws"/],
    [file('<contacts><contact/></contacts>'), /^drachtio\.sip\.contacts\.contact: is empty/],
    [file('<contacts><contact>5060</contact></contacts>'), /is no SIP URI/],
    [
      file('<contacts><contact external-ip="me">sip:1.1.1.1</contact></contacts>'),
      /^drachtio\.sip\.contacts\.contact\.external-ip: /,
    ],
    [
      file('<contacts><contact>sip:1.1.1.1</contact><contact>sip:1.1.1.1;transport=udp</contact></contacts>'),
      /udp\/1\.1\.1\.1:5060 is named twice/,
    ],
    [file('<timers><t1>fast</t1></timers>'), /^drachtio\.sip\.timers\.t1: "fast" is no number/],
    [file('<timers><t2>100</t2></timers>'), /^drachtio\.sip\.timers\.t2: 100 is less than t1/],
    [file('<outbound-proxy>no uri</outbound-proxy>'), /^drachtio\.sip\.outbound-proxy: /],
    ['<!DOCTYPE x [<!ENTITY a "b">]><drachtio><admin/></drachtio>', /document type/],
    ['<drachtio><admin/><__proto__/></drachtio>', /./],
  ] as const) {
    it(`a mistake is named with its place: ${text.slice(0, 70)}`, () => assert.match(problemOf(text), problem));
  }

  it('a file that is not there is named', async () => {
    const result = await readConf('/nowhere/drachtio.conf.xml');
    assert.ok(!result.ok);
    assert.match(result.problem, /^\/nowhere\/drachtio\.conf\.xml: ENOENT/);
  });
});
