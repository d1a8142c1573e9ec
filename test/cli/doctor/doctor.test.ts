import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCallerIds } from '../../../lib/cli/doctor/caller-ids.ts';
import { checkTls } from '../../../lib/cli/doctor/certificate.ts';
import { diagnosisOf, fault, formatDiagnosis, ok, warning } from '../../../lib/cli/doctor/finding.ts';
import {
  checkDisk,
  checkFiles,
  checkNode,
  checkNtp,
  driftFinding,
  speedFinding,
} from '../../../lib/cli/doctor/machine.ts';
import { checkNat, type NatQuestion, reachOf, seenFinding } from '../../../lib/cli/doctor/nat.ts';
import { bindProblem, checkRtp, portFinding } from '../../../lib/cli/doctor/ports.ts';
import { checkSettings } from '../../../lib/cli/doctor/settings.ts';
import { checkTrunk } from '../../../lib/cli/doctor/trunks.ts';
import type { Secret, Trunk } from '../../../lib/core/configuration.ts';
import { aConfiguration, anInboundNumber, aRule, aTrunk } from '../../core/rules/configuration-fixture.ts';
import { Cli } from '../fakes.ts';
import { Answerer } from './answerer.ts';

const ADDRESS = '127.0.54.60';
const short = (findings: ReturnType<typeof checkNat>) => findings.map(({ state, text }) => `${state}: ${text}`);

describe('doctor: the machine', () => {
  it('knows which Node.js is too old, and how many files a server needs', () => {
    assert.equal(checkNode('v18.20.1').state, 'fault');
    assert.equal(checkNode('v24.1.0').state, 'ok');
    assert.equal(
      checkFiles('Max open files            1024                 524288               files')[0]?.state,
      'warning',
    );
    assert.equal(
      checkFiles('Max open files            65536                524288               files')[0]?.state,
      'ok',
    );
    assert.deepEqual(checkFiles(null), []);
  });

  it('measures the disk and leaves nothing there; a directory that is not there yet is none to make', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
    try {
      const findings = await checkDisk('disk', join(directory, 'a/b'));
      assert.equal(findings.length, 2);
      assert.match(findings[0]!.text, /GB free of/);
      assert.match(findings[1]!.text, /on the disk after [\d.]+ ms/);
      assert.deepEqual(readdirSync(directory), []);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('tells a slow disk by its usual write and by its worst one', () => {
    assert.equal(speedFinding('disk', [1, 2, 3]).state, 'ok');
    assert.equal(speedFinding('disk', [1, 2, 300]).state, 'warning');
    assert.equal(speedFinding('disk', [50, 60, 70]).state, 'warning');
    assert.equal(speedFinding('disk', [300, 300, 300]).state, 'fault');
  });

  it('asks whoever keeps the clock', async () => {
    const says = (answers: Record<string, string>) => checkNtp(async (command) => answers[command] ?? null);
    assert.equal((await says({ timedatectl: 'yes\n' })).state, 'ok');
    assert.equal((await says({ timedatectl: 'no\n', chronyc: 'Leap status     : Normal\n' })).state, 'ok');
    assert.equal((await says({ timedatectl: 'no\n' })).state, 'warning');
    assert.equal((await says({ chronyc: 'Leap status     : Not synchronised\n' })).state, 'warning');
    assert.equal((await says({})).state, 'note');
    assert.equal(driftFinding('x', 2_400, 500).state, 'ok');
    assert.deepEqual(driftFinding('x', -61_000, 500).text, '61.0 s behind x');
    assert.equal(driftFinding('x', -61_000, 500).state, 'warning');
  });
});

describe('doctor: sockets', () => {
  it('finds a port that is taken, an address that is not here, and says what to do', async () => {
    const other = await Answerer.open(ADDRESS);
    try {
      for (const protocol of ['udp', 'tcp'] as const) {
        const socket = { protocol, address: ADDRESS, port: other.port };
        assert.equal(await bindProblem(socket), 'EADDRINUSE');
        assert.equal(await bindProblem({ ...socket, address: '192.0.2.77' }), 'EADDRNOTAVAIL');
      }
    } finally {
      other.close();
    }
    const socket = { protocol: 'udp' as const, address: ADDRESS, port: other.port };
    assert.equal(await bindProblem({ ...socket, protocol: 'tcp' }), null);
    const states = (isRunning: boolean) =>
      [null, 'EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'EOTHER'].map(
        (problem) => portFinding('sip', socket, { problem, flag: '--sip', isRunning }).state,
      );
    assert.deepEqual(states(false), ['ok', 'fault', 'fault', 'fault', 'fault']);
    assert.deepEqual(states(true), ['warning', 'ok', 'fault', 'fault', 'fault']);
  });

  it('tries RTP ports all over the range', async () => {
    assert.equal((await checkRtp({ first: 40_000, last: 40_999 }, { address: ADDRESS, isRunning: false })).state, 'ok');
    const other = await Answerer.open(ADDRESS);
    const range = { first: other.port, last: other.port + 3 };
    assert.equal((await checkRtp(range, { address: ADDRESS, isRunning: false })).state, 'warning');
    assert.equal((await checkRtp(range, { address: ADDRESS, isRunning: true })).state, 'ok');
    other.close();
  });
});

describe('doctor: NAT', () => {
  it('knows how far an address reaches', () => {
    const reaches = [
      '127.0.0.1',
      '::1',
      '10.1.1.1',
      '192.168.0.9',
      '100.64.0.1',
      'fe80::1',
      'fd00::1',
      '8.8.8.8',
      '0.0.0.0',
      '::',
    ];
    assert.deepEqual(reaches.map(reachOf), [
      ...['loopback', 'loopback', 'private', 'private', 'private', 'private', 'private', 'public', 'any', 'any'],
    ]);
  });

  const question = (changes: Partial<NatQuestion>): NatQuestion => ({
    listening: ['10.0.0.5'],
    advertise: null,
    trunks: [{ name: 'operator', addresses: ['8.8.8.8'] }],
    local: ['127.0.0.1', '10.0.0.5'],
    ...changes,
  });
  const advertise = (host: string, addresses = [host]) => ({ host, addresses });
  const cases: Array<[what: string, question: NatQuestion, states: string[]]> = [
    [
      'a trunk on this machine',
      question({ listening: ['127.0.0.1'], trunks: [{ name: 'a', addresses: ['127.0.0.9'] }] }),
      ['ok'],
    ],
    ['loopback, and a trunk elsewhere', question({ listening: ['127.0.0.1'] }), ['fault']],
    ['a private address, and a trunk on the Internet', question({}), ['warning']],
    [
      'a private address, and a trunk in the same network',
      question({ trunks: [{ name: 'a', addresses: ['10.0.0.9'] }] }),
      ['ok'],
    ],
    ['a public address', question({ listening: ['9.9.9.9'] }), ['ok']],
    ['any address of a machine with private ones', question({ listening: ['0.0.0.0'] }), ['warning']],
    [
      'any address of a machine with a public one',
      question({ listening: ['0.0.0.0'], local: ['127.0.0.1', '9.9.9.9'] }),
      ['ok'],
    ],
    ['an advertised address that the router has', question({ advertise: advertise('9.9.9.9') }), ['ok', 'note']],
    [
      'an advertised address that is here',
      question({ listening: ['9.9.9.9'], local: ['9.9.9.9'], advertise: advertise('9.9.9.9') }),
      ['ok'],
    ],
    ['an advertised loopback', question({ advertise: advertise('127.0.0.1') }), ['fault']],
    ['an advertised private address', question({ advertise: advertise('10.0.0.5') }), ['warning']],
    ['an advertised name without address', question({ advertise: advertise('nowhere.example', []) }), ['fault']],
    [
      'a trunk whose name is not found',
      question({ listening: ['127.0.0.1'], trunks: [{ name: 'a', addresses: [] }] }),
      ['ok'],
    ],
  ];
  for (const [what, asked, states] of cases) {
    it(`${what}: ${states}`, () => {
      const findings = checkNat(asked);
      assert.deepEqual(
        findings.map(({ state }) => state),
        states,
        short(findings).join('\n'),
      );
      for (const { state, advice } of findings) if (state === 'warning' || state === 'fault') assert.ok(advice);
    });
  }

  it('believes a trunk that sees another address', () => {
    const sent = { sentFrom: '10.0.0.5', advertised: [] };
    assert.deepEqual(seenFinding('a', null, sent), []);
    assert.deepEqual(seenFinding('a', { address: '10.0.0.5' }, sent), []);
    assert.deepEqual(seenFinding('a', { address: '9.9.9.9' }, { ...sent, advertised: ['9.9.9.9'] }), []);
    assert.equal(
      seenFinding('a', { address: '9.9.9.9' }, sent)[0]?.advice,
      'there is NAT between: --advertise 9.9.9.9',
    );
    assert.match(
      seenFinding('a', { address: '9.9.9.9' }, { ...sent, advertised: ['8.8.8.8'] })[0]!.text,
      /not at 8\.8\.8\.8/,
    );
  });
});

describe('doctor: a trunk', () => {
  let answerer: Answerer;
  beforeEach(async () => {
    answerer = await Answerer.open(ADDRESS);
  });
  afterEach(() => answerer.close());

  const ask = (changes: Partial<Trunk> = {}, more: { protocol?: 'udp' | 'tcp'; now?: () => number } = {}) => {
    const { protocol = 'udp', now = Date.now } = more;
    const target = { protocol, address: ADDRESS, port: answerer.port };
    return checkTrunk({
      tls: checkTls({}, [], now()).connector,
      trunk: aTrunk({ name: 'operator', proxy: `sip:${ADDRESS}:${answerer.port}`, domain: 'op.example', ...changes }),
      resolved: { ok: true, targets: [target] },
      from: () => ({ address: '127.0.54.61', port: 0 }),
      advertised: [],
      environment: { OP_PASSWORD: 'right' },
      now,
    });
  };
  const auth = (password: Secret) => ({
    auth: { username: 'sapers', password },
  });
  const challenge = ['WWW-Authenticate: Digest realm="op", nonce="n1", qop="auth", algorithm=MD5'];
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  /** A registrar that knows one password. */
  const registrar = () => {
    answerer.answer = ({ method, authorization }) => {
      if (method !== 'REGISTER') return { status: 200 };
      if (authorization === null) return { status: 401, headers: challenge };
      const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(authorization)?.[1] ?? '';
      const [ha1, ha2] = [md5('sapers:op:right'), md5('REGISTER:sip:op.example')];
      const wanted = md5(`${ha1}:n1:${field('nc')}:${field('cnonce')}:auth:${ha2}`);
      return field('response') === wanted ? { status: 200 } : { status: 401, headers: challenge };
    };
  };

  it('that answers OPTIONS lives, whatever it answers, by UDP and by TCP; it is asked from our address', async () => {
    for (const protocol of ['udp', 'tcp'] as const) {
      answerer.answer = () => ({ status: 404, phrase: 'Not Found' });
      assert.match(
        short(await ask({}, { protocol })).join(),
        /^ok: trunk 'operator' .* answers OPTIONS: 404 Not Found/,
      );
    }
    assert.deepEqual(
      answerer.asked.map(({ from }) => from.address),
      ['127.0.54.61', '127.0.54.61'],
    );
    answerer.answer = () => ({ status: 403, phrase: 'Forbidden' });
    assert.equal((await ask())[0]?.state, 'warning');
    answerer.answer = () => ({ status: 503, phrase: 'Unavailable' });
    assert.equal((await ask())[0]?.state, 'warning');
  });

  it('that is silent is asked again, then called a fault; one that is not there is so at once', async () => {
    answerer.answer = () => null;
    assert.match(short(await ask()).join(), /^fault: .* does not answer OPTIONS: nothing came back in 4 s/);
    assert.equal(answerer.asked.length, 4);
    answerer.close();
    for (const protocol of ['udp', 'tcp'] as const) {
      const since = performance.now();
      assert.match(short(await ask({}, { protocol })).join(), /^fault: .*ECONNREFUSED/);
      assert.ok(performance.now() - since < 2_000);
    }
    answerer = await Answerer.open(ADDRESS);
  }).timeout(15_000);

  it('has our password tried without a contact, so that no registration changes', async () => {
    registrar();
    assert.match(
      short(await ask(auth('right'))).join('\n'),
      /^ok: trunk 'operator', user 'sapers': the password is taken$/m,
    );
    assert.match(short(await ask(auth({ env: 'OP_PASSWORD' }))).join('\n'), /the password is taken/);
    const registers = answerer.asked.filter(({ method }) => method === 'REGISTER');
    assert.ok(registers.length === 4 && registers.every(({ hasContact }) => !hasContact));
  });

  it('refuses a wrong password once, not over and over', async () => {
    registrar();
    assert.match(short(await ask(auth('wrong'))).join('\n'), /^fault: .*REGISTER without a contact gets 401/m);
    assert.equal(answerer.asked.filter(({ method }) => method === 'REGISTER').length, 2);
    answerer.answer = ({ method }) => ({ status: method === 'REGISTER' ? 403 : 200 });
    assert.equal((await ask(auth('wrong')))[1]?.state, 'fault');
  });

  it('that is no registrar, or asks for nothing, proves nothing', async () => {
    answerer.answer = ({ method }) => ({ status: method === 'REGISTER' ? 405 : 200 });
    assert.equal((await ask(auth('right')))[1]?.state, 'note');
    answerer.answer = () => ({ status: 200 });
    assert.match(short(await ask(auth('right')))[1]!, /^note: .*did not ask for a password/);
  });

  it('whose password is with the server, or nowhere, is said to be so; it is in no finding', async () => {
    registrar();
    const all = [
      ...(await ask(auth('********'))),
      ...(await ask(auth({ env: 'NOT_SET' }))),
      ...(await ask(auth('geheim'))),
    ];
    assert.match(short(all).join('\n'), /^note: .*in the store of the running server/m);
    assert.match(short(all).join('\n'), /^fault: .*NOT_SET/m);
    assert.doesNotMatch(JSON.stringify(all), /geheim/);
  });

  it('whose clock is another one is told', async () => {
    answerer.answer = () => ({ status: 200, headers: [`Date: ${new Date(Date.now() - 3_600_000).toUTCString()}`] });
    assert.match(short(await ask()).join('\n'), /^warning: 3\d{3}\.\d s ahead of trunk 'operator'/m);
    answerer.answer = () => ({ status: 200, headers: [`Date: ${new Date().toUTCString()}`] });
    assert.match(short(await ask()).join('\n'), /^ok: \d+ ms (ahead of|behind) trunk 'operator'/m);
  });

  it('that answers rubbish does no harm', async () => {
    for (const phrase of ['\u001b[31mred', 'x'.repeat(2_000), 'ü\u0000']) {
      answerer.answer = () => ({ status: 200, phrase });
      const screen = formatDiagnosis(diagnosisOf(await ask()));
      assert.doesNotMatch(screen.replaceAll('\n', ''), /\p{C}/u);
      assert.ok(screen.length < 500);
    }
  });
});

describe('doctor: what the configuration says', () => {
  it('judges the numbers that are shown', () => {
    const findings = (callerId: string | null, changes: Partial<Trunk> = {}) =>
      checkCallerIds(
        aConfiguration({
          trunks: [aTrunk(changes)],
          inboundNumbers: [anInboundNumber()],
          callbackRules: [aRule({ callerId: callerId === null ? null : { number: callerId, name: null } })],
        }),
      );
    assert.deepEqual(short(findings(null)), ['ok: all rules show whole numbers that lead back to us']);
    assert.equal(findings('(48) 3121-0110')[0]?.state, 'ok');
    assert.match(short(findings('1234'))[0]!, /^warning: .*no whole number/);
    assert.match(short(findings('190'))[0]!, /^warning: /);
    assert.match(short(findings('+554831219999'))[0]!, /^note: .*does not come here/);
    const allow = (entry: string) => findings(null, { callerIds: { allow: [entry], default: null } })[0]?.state;
    assert.deepEqual([allow('+554831210110'), allow('+5548*'), allow('+5547*')], ['ok', 'ok', 'warning']);
  });

  it('counts, warns of what does nothing, and misses passwords', () => {
    const trunk = aTrunk({ auth: { username: 'u', password: { env: 'NOT_SET' } } });
    const findings = checkSettings(aConfiguration({ trunks: [trunk], inboundNumbers: [] }), {});
    assert.deepEqual(
      findings.map(({ state }) => state),
      ['ok', 'warning', 'fault'],
    );
    assert.match(findings[2]!.text, /NOT_SET/);
  });
});

describe('doctor: the command', () => {
  let directory: string;
  let cli: Cli;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'doctor-'));
    cli = new Cli();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const flags = (data: string, ...more: string[]) => [
    ...['doctor', '--data', data, '--sip', `sip:${ADDRESS}:5060;transport=udp`, '--http', `${ADDRESS}:0`],
    ...['--rtp-ports', '41000-41099', ...more],
  ];
  const file = (text: string) => {
    writeFileSync(join(directory, 'c.yaml'), text);
    return join(directory, 'c.yaml');
  };

  it('ends with 0 where nothing is broken, with 1 where something is, with 2 for a bad flag', async () => {
    const trunk = await Answerer.open(ADDRESS);
    const good = file(`
trunks: [{ name: t, proxy: 'sip:${ADDRESS}:${trunk.port};transport=udp' }]
inboundNumbers: [{ number: '+554831210110' }]
callbackRules: [{ name: r, trunk: t }]`);
    assert.equal(await cli.run(...flags(join(directory, 'data'), '--config', good)), 0, cli.output);
    assert.match(cli.output, /^doctor: (nothing is wrong|0 faults)/);
    assert.match(cli.output, /^ok {5}trunk/m);
    trunk.close();
    assert.equal(await cli.run(...flags(join(directory, 'data'), '--config', good)), 1);
    assert.equal(await cli.run(...flags(join(directory, 'data'), '--config', good, '--offline')), 0, cli.output);
    assert.equal(await cli.run('doctor', '--datta', 'x'), 2);
    assert.match(cli.complaints, /did you mean `--data`/);
    assert.equal(existsSync(join(directory, 'data')), false, 'nothing was made');
  });

  it('prints data with --json, wherever the flag stands', async () => {
    const broken = file('trunks: [{ name: t, proxy: nowhere }]');
    for (const order of [
      ['--json', ...flags('x').slice(1)],
      [...flags('x').slice(1), '--json'],
    ]) {
      cli.printed.length = 0;
      assert.equal(await cli.run('doctor', ...order, '--config', broken, '--offline'), 1, cli.complaints);
      const { faults, findings } = JSON.parse(cli.output);
      assert.equal(faults, 1);
      const found = findings.find(({ state }: { state: string }) => state === 'fault');
      assert.match(found.text, /^trunks\[0\]\.proxy: /);
      assert.match(found.advice, /check /);
    }
  });

  it('says that a directory can not be written', async () => {
    mkdirSync(join(directory, 'locked'));
    chmodSync(join(directory, 'locked'), 0o500);
    const findings = await checkDisk('disk', join(directory, 'locked'));
    // Root may write anywhere.
    assert.equal(findings[0]?.state, process.getuid?.() === 0 ? 'ok' : 'fault');
  });

  it('fits on one screen: a state, a word, a sentence, and what to do', () => {
    const text = formatDiagnosis(
      diagnosisOf([ok('a', 'is well'), warning('b', 'is odd', 'look'), fault('c', 'is broken', 'mend')]),
    );
    assert.equal(
      text,
      [
        'doctor: 1 fault, 1 warning',
        '',
        'ok     a             is well',
        'WARN   b             is odd',
        `${' '.repeat(21)}-> look`,
        'FAULT  c             is broken',
        `${' '.repeat(21)}-> mend`,
      ].join('\n'),
    );
  });
});
