import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readControlFile, removeControlFile, writeControlFile } from '../../lib/cli/control-file.ts';
import { mistake } from '../../lib/core/mistake.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { API_KEY, BASE_AT, bench, CONTRACT_YAML, WELL } from '../http/fakes.ts';
import { Cli } from './fakes.ts';

const CONTRACT_FILE = new URL('../fixtures/contract.yaml', import.meta.url).pathname;
const HOST = '127.4.0.2';

describe('commands', () => {
  let directory: string;
  let cli: Cli;
  let data: string;
  const fileOf = (text: string, name = 'c.yaml') => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cli-'));
    data = directory;
    cli = new Cli();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  describe('check', () => {
    it("takes the contract's example, warnings on stderr", async () => {
      assert.equal(await cli.run('check', CONTRACT_FILE), 0);
      assert.match(cli.output, /is right$/);
      assert.deepEqual(
        cli.complained.map((line) => line.replace(/ \(line \d+\)$/, '')),
        ['queues', 'agents', 'services'].map((section) => `${section}: not active yet`),
      );
      assert.equal(cli.opened, 0);
    });

    it('ends with 1 and each mistake on its own line', async () => {
      const file = fileOf('trunks: [{ name: t, proxy: x, trunck: 1 }]\ncallbackRules: [{ name: r, trunk: u }]\n');
      assert.equal(await cli.run('check', file), 1);
      assert.equal(cli.complained.length, 3);
      assert.match(cli.complaints, /^trunks\[0\]\.proxy: .* \(line 1\)$/m);
      assert.match(cli.complaints, /^callbackRules\[0\]\.trunk: there is no trunk `u`.* \(line 2\)$/m);
      assert.equal(cli.output, '');
    });

    it('names the file where a mistake has no path', async () => {
      const file = fileOf('');
      assert.equal(await cli.run('check', file), 1);
      assert.ok(cli.complaints.startsWith(`${file}: is empty`), cli.complaints);
    });

    it('asks core for ties', async () => {
      cli.ties = [mistake('callbackRules[0].origin', 'as-said', { text: 'ties with another' })];
      assert.equal(await cli.run('check', CONTRACT_FILE), 1);
      assert.match(cli.complaints, /^callbackRules\[0\]\.origin: ties with another \(line \d+\)$/);
    });

    it('reads JSON', async () => {
      assert.equal(await cli.run('check', fileOf('{\n\t"version": 1\n}', 'c.json')), 0);
      assert.equal(await cli.run('check', fileOf('version: 1', 'd.json')), 1);
    });

    it('warns of a prompt that is nowhere: not with the program, and not in the data directory', async () => {
      const file = fileOf(
        'version: 1\nflows: [{ name: f, start: a, components: { a: { type: announce, prompt: mine&goodbye } } }]\n',
      );
      assert.equal(await cli.run('check', file, '--data', data), 0);
      assert.deepEqual(cli.complained, [
        'flows[0].components.a.prompt: there is no recording `mine`: nothing would be heard',
      ]);
      mkdirSync(join(data, 'prompts'));
      writeFileSync(join(data, 'prompts/mine.wav'), 'RIFF');
      cli = new Cli();
      assert.equal(await cli.run('check', file, '--data', data), 0);
      assert.deepEqual(cli.complained, []);
    });

    it('ends with 2 for a file that can not be read', async () => {
      writeFileSync(join(directory, 'latin1'), Buffer.from([0x61, 0xe9, 0x62]));
      for (const file of [join(directory, 'none'), directory, join(directory, 'latin1')]) {
        cli = new Cli();
        assert.equal(await cli.run('check', file), 2);
        assert.equal(cli.complained.length, 1);
        assert.ok(cli.complaints.startsWith(`${file}: `));
      }
    });
  });

  describe('apply and export', () => {
    it('store a file once: the second time nothing is changed', async () => {
      assert.equal(await cli.run('apply', CONTRACT_FILE, '--data', data), 0);
      assert.match(cli.output, /^applied: revision 1$/);
      assert.equal(await cli.run('apply', CONTRACT_FILE, '--data', data), 0);
      assert.match(cli.printed[1]!, /^nothing to change: revision 1/);
      assert.equal(cli.stored?.revision, 1);
      assert.deepEqual([cli.opened, cli.closed], [2, 2]);
    });

    it('warn of a prompt that nobody has recorded or uploaded', async () => {
      const file = fileOf(
        'version: 1\nflows: [{ name: f, start: a, components: { a: { type: announce, prompt: mine } } }]\n',
      );
      assert.equal(await cli.run('apply', file, '--data', data), 0);
      assert.match(cli.complaints, /no recording `mine`/);
      cli = new Cli();
      cli.uploaded = ['pt-BR/mine'];
      assert.equal(await cli.run('apply', file, '--data', data), 0);
      assert.equal(cli.complaints, '', 'another node may have it');
    });

    it('print what was applied, without passwords, so that it can be applied again', async () => {
      await cli.run('apply', CONTRACT_FILE, '--data', data);
      const before = JSON.stringify(cli.stored);
      assert.equal(await cli.run('export', '--data', data), 0);
      const text = cli.printed.at(-1)!;
      assert.ok(!text.includes('s3cret'));
      assert.ok(parseConfiguration(text).ok);
      assert.equal(await cli.run('apply', fileOf(text), '--data', data), 0);
      assert.equal(JSON.stringify(cli.stored), before);
    });

    it('store nothing and open nothing where a file has any mistake', async () => {
      assert.equal(await cli.run('apply', fileOf(`${CONTRACT_YAML}\nfoo: 1\n`), '--data', data), 1);
      assert.equal(cli.opened, 0);
      assert.match(cli.complaints, /^foo: unknown key/);
    });

    it('complain of a masked password that nobody has stored', async () => {
      const file = fileOf("extensions: [{ number: '1', password: '********' }]");
      assert.equal(await cli.run('apply', file, '--data', data), 1);
      assert.match(cli.complaints, /^extensions\[0\]\.password: is missing/);
      assert.deepEqual([cli.stored, cli.closed], [null, 1]);
    });

    it('say that nothing is stored, without making a directory', async () => {
      const nowhere = join(directory, 'nowhere');
      for (const argv of [['export'], ['explain', '--to', '1', '--from', '2']]) {
        assert.equal(await cli.run(...argv, '--data', nowhere), 2);
        assert.equal(await cli.run(...argv, '--data', data), 2);
      }
      assert.match(cli.complaints, /nothing is stored in .*nowhere/);
      assert.equal(existsSync(nowhere), false);
    });

    it('end with 2 and one line when the store can not be opened', async () => {
      cli.failure = Object.assign(new Error('callback.db is not ours; choose another --data'), {
        code: 'STORE_FOREIGN',
      });
      for (const argv of [['apply', CONTRACT_FILE], ['export'], ['migrate']]) {
        cli.complained.length = 0;
        assert.equal(await cli.run(...argv, '--data', data), 2);
        assert.deepEqual(cli.complained, ['callback.db is not ours; choose another --data']);
      }
    });

    it('take the directory from the environment', async () => {
      cli.environment = { CALLBACK_DATA: join(directory, 'elsewhere') };
      assert.equal(await cli.run('export'), 2);
      assert.match(cli.complaints, /elsewhere/);
    });
  });

  describe('explain and migrate', () => {
    it('explain by what is stored, or by a file', async () => {
      await cli.run('apply', CONTRACT_FILE, '--data', data);
      assert.equal(await cli.run('explain', '--to', '+554831210110', '--from', '48991996260', '--data', data), 0);
      assert.equal(cli.printed.at(-1), 'called back');
      assert.deepEqual(cli.explained[0]?.call, { to: '+554831210110', from: '48991996260' });
      assert.equal(cli.explained[0]?.configuration.trunks.length, 1);
      const argv = ['explain', '--to', '1', '--from', '2', '--source', 't', '--config', fileOf('version: 1'), '--json'];
      assert.equal(await cli.run(...argv), 0);
      assert.deepEqual(JSON.parse(cli.printed.at(-1)!), { outcome: 'callback' });
      assert.deepEqual(cli.explained[1]?.configuration.trunks, []);
    });

    it('explain takes a number with its plus sign, and a file with mistakes ends with 1', async () => {
      const argv = ['explain', '--to=+55', '--from', '+1'];
      assert.equal(await cli.run(...argv, '--config', fileOf('version: 2')), 1);
      assert.equal(await cli.run(...argv, '--config', fileOf('version: 1')), 0);
      assert.deepEqual(cli.explained[0]?.call, { to: '+55', from: '+1' });
    });

    it('migrate opens and closes', async () => {
      assert.equal(await cli.run('migrate', '--data', data), 0);
      assert.deepEqual([cli.opened, cli.closed], [1, 1]);
      assert.match(cli.output, /is up to date$/);
    });
  });

  describe('move', () => {
    it('copies the directory to the database, named as one likes, and says how much it was', async () => {
      const url = 'postgres://u:geheim@h/d';
      assert.equal(await cli.run('move', '--from', '/a', '--to', url), 0);
      assert.equal(await cli.run('move', '--data', '/b', '--database', url), 0);
      cli.environment = { CALLBACK_DATA: '/c', DATABASE_URL: url };
      assert.equal(await cli.run('move'), 0);
      assert.deepEqual(cli.moved, [
        ['/a', url],
        ['/b', url],
        ['/c', url],
      ]);
      assert.match(cli.output, /moved 2 callbacks with 7 log entries.* from \/a to postgres:\/\/h\/d/);
      assert.ok(!cli.output.includes('geheim'));
    });

    it('says in one line what is missing or in the way', async () => {
      assert.equal(await cli.run('move', '--from', '/a'), 2);
      cli.failure = Object.assign(new Error('the database is not empty'), { code: 'STORE_IN_USE' });
      assert.equal(await cli.run('move', '--from', '/a', '--to', 'postgres://h/d'), 2);
      assert.deepEqual(cli.complained, [
        'where to? give --to postgres://USER:PASSWORD@HOST:PORT/NAME',
        'the database is not empty',
      ]);
    });
  });

  describe('against a running server', () => {
    const inUse = () => Object.assign(new Error('a server owns it'), { code: 'STORE_IN_USE' });

    it('ask it who is registered', async () => {
      const server = await bench();
      const { port } = await server.http.listen(HOST, 0);
      writeControlFile(data, { http: `http://${HOST}:${port}`, key: API_KEY });
      cli.failure = inUse();
      assert.equal(await cli.run('registrations', '--data', data), 0);
      assert.equal(cli.printed.at(-1), 'nobody is registered');
      const registration = (extension: string) => ({
        extension,
        contact: `sip:${extension}@10.0.0.7`,
        reachedAt: 'sip:192.0.2.1:4;transport=udp',
        path: [],
        q: 500,
        callId: 'c',
        cseq: 1,
        registeredAt: 0,
        expiresAt: 8_000_000_000_000,
        userAgent: 'evil\u001b[2J',
      });
      for (const extension of ['200', '201'])
        await server.store.registrations.update(extension, { put: [registration(extension)], remove: [], now: 0 });
      assert.equal(await cli.run('registrations', '201', '--data', data), 0);
      const [head, line, ...more] = cli.printed.at(-1)!.split('\n');
      assert.match(head!, /^EXTENSION {2}CONTACT/);
      assert.match(line!, /^201 +sip:201@10\.0\.0\.7 +sip:192\.0\.2\.1:4;transport=udp +q=0\.5 +2223-\S+ +evil\?\[2J$/);
      assert.deepEqual(more, []);
      assert.equal(await cli.run('registrations', '--json', '--data', data), 0);
      assert.equal(JSON.parse(cli.printed.at(-1)!).length, 2);
      await server.http.close();
    });

    it('speak to it by the control file: export, apply, idempotent, mistakes with paths', async () => {
      const server = await bench();
      const { port } = await server.http.listen(HOST, 0);
      writeControlFile(data, { http: `http://${HOST}:${port}`, key: API_KEY });
      cli.failure = inUse();
      assert.equal(await cli.run('export', '--data', data), 0);
      const text = cli.output;
      assert.ok(text.includes('trunk-80092037') && !text.includes('s3cret'));
      assert.equal(await cli.run('apply', fileOf(text), '--data', data), 0);
      assert.match(cli.printed.at(-1)!, /^nothing to change: revision 1/);
      const changed = text.replace('name: Sapers', 'name: Sapiens');
      assert.equal(await cli.run('apply', fileOf(changed), '--data', data), 0);
      assert.match(cli.printed.at(-1)!, /^applied: revision 2$/);
      assert.equal(server.configuration.configuration.callbackRules[0]!.callerId?.name, 'Sapiens');
      assert.equal(server.configuration.configuration.extensions[1]!.password, 's3cret');
      const masked = fileOf("extensions: [{ number: '9', password: '********' }]");
      assert.equal(await cli.run('apply', masked, '--data', data), 1);
      assert.match(cli.complaints, /^extensions\[0\]\.password: is missing/m);
      await server.http.close();
    });

    it('send passwords of a file on, and use --http and --api-key where there is no control file', async () => {
      const server = await bench();
      const { port } = await server.http.listen(HOST, 0);
      cli.failure = inUse();
      const file = fileOf("extensions: [{ number: '9', password: brand-new }]");
      const argv = ['apply', file, '--data', data, '--http', `${HOST}:${port}`];
      assert.equal(await cli.run(...argv), 2);
      assert.match(cli.complaints, /refuses the key: give --api-key/);
      assert.equal(await cli.run(...argv, '--api-key', API_KEY), 0);
      assert.equal(server.configuration.configuration.extensions[0]!.password, 'brand-new');
      await server.http.close();
    });

    it('end with 2 and one line when it does not answer', async () => {
      const server = await bench();
      const { port } = await server.http.listen(HOST, 0);
      await server.http.close();
      cli.failure = inUse();
      assert.equal(await cli.run('export', '--data', data, '--http', `${HOST}:${port}`), 2);
      assert.equal(cli.complained.length, 1);
      assert.match(cli.complaints, /does not answer at http:\/\/127\.4\.0\.2:\d+: give --http/);
    });
  });

  describe('trunks and switches', () => {
    it('show and turn the switches in the store, where no server runs', async () => {
      await cli.run('apply', fileOf("trunks: [{ name: t, proxy: 'sip:a' }]"), '--data', data);
      assert.equal(await cli.run('switch', '--data', data), 0);
      assert.deepEqual(
        cli.printed
          .at(-1)!
          .split('\n')
          .map((line) => line.split(/ {2,}/).filter((word) => word !== '')),
        [
          ['ACCEPT', 'DIAL'],
          ['(all)', 'on', 'on'],
          ['t', 'on', 'on'],
        ],
      );
      assert.equal(await cli.run('switch', 'dial', 'off', '--data', data), 0);
      assert.equal(await cli.run('switch', 'accept', 'off', '--trunk', 't', '--data', data, '--json'), 0);
      assert.deepEqual(JSON.parse(cli.printed.at(-1)!), {
        accept: true,
        dial: false,
        trunks: [{ name: 't', accept: false, dial: true }],
      });
      assert.equal(await cli.run('explain', '--to', '1', '--from', '2', '--data', data), 0);
      assert.deepEqual(cli.explained.at(-1)?.situation?.line.trunks.get('t'), 'switched-off');
    });

    it('say in one line what is wrong', async () => {
      await cli.run('apply', fileOf("trunks: [{ name: t, proxy: 'sip:a' }]"), '--data', data);
      const wrong: Array<[string[], RegExp]> = [
        [['switch', 'dail', 'off'], /no switch dail: `accept` or `dial`/],
        [['switch', 'dial'], /needs `on` or `off`/],
        [['switch', 'dial', 'maybe'], /needs `on` or `off`/],
        [['switch', 'dial', 'off', '--trunk', 'nobody'], /no trunk named nobody/],
        [['switch', '--trunk', 'nobody'], /no trunk named nobody/],
        [['trunks', '--http', `${HOST}:9`], /known to a running server, and none answers/],
      ];
      for (const [argv, expected] of wrong) {
        assert.equal(await cli.run(...argv, '--data', data), 2, argv.join(' '));
        assert.match(cli.complained.at(-1)!, expected);
      }
      assert.deepEqual(cli.switches.dial, true);
    });

    it('speak to the server that owns the store', async () => {
      const server = await bench();
      const { port } = await server.http.listen(HOST, 0);
      writeControlFile(data, { http: `http://${HOST}:${port}`, key: API_KEY });
      cli.failure = Object.assign(new Error('a server owns it'), { code: 'STORE_IN_USE' });
      server.trunks.states = [
        { ...WELL, state: 'parked', usable: false, parkedUntilAt: BASE_AT, name: 'evil\u001b[2J' },
        {
          ...WELL,
          alarm: 'credentials',
          ping: { at: BASE_AT, answered: true, status: 404, roundTripMs: 12 },
          registration: { state: 'registered', expiresAt: BASE_AT, nextAt: BASE_AT, lastError: null },
        },
      ];
      assert.equal(await cli.run('trunks', '--data', data), 0);
      assert.match(cli.output, /^evil\?\[2J +parked +1 +2 +parked until 2026-11-20T12:00:00\.000Z$/m);
      assert.match(cli.output, /alarm: credentials, registered until 2026\S+, OPTIONS 404 in 12 ms$/m);
      assert.equal(await cli.run('switch', 'dial', 'off', '--trunk', WELL.name, '--data', data), 0);
      assert.equal(server.trunks.present.trunks.get(WELL.name)?.dial, false);
      assert.equal(await cli.run('switch', 'dial', 'off', '--trunk', 'nobody', '--data', data), 2);
      assert.match(cli.complained.at(-1)!, /answers 404: there is no trunk of this name/);
      const explain = ['explain', '--to', '1', '--from', '2', '--source', 'evil', '--at', '2026-11-20T12:00:00Z'];
      assert.equal(await cli.run(...explain, '--data', data), 0);
      assert.deepEqual(server.asked, [{ to: '1', from: '2', source: 'evil', at: BASE_AT }]);
      assert.deepEqual(cli.explained, [], 'the server knows more than its store');
      assert.match(cli.printed.at(-1)!, /Callback geral/);
      await server.http.close();
    });
  });

  describe('the control file', () => {
    it('is for its owner only, also over an older one, and is read back', () => {
      writeFileSync(join(data, 'control.json'), '{}', { mode: 0o644 });
      const control = { http: 'http://127.0.0.1:1', key: 'k' };
      writeControlFile(data, control);
      assert.equal(statSync(join(data, 'control.json')).mode & 0o777, 0o600);
      assert.deepEqual(readControlFile(data), control);
      removeControlFile(data);
      removeControlFile(data);
      assert.equal(readControlFile(data), null);
    });

    it('counts as none when it is broken', () => {
      for (const text of ['', '{', 'null', '[]', '{"http": 1, "key": "k"}', '{"http": "file:///etc", "key": "k"}']) {
        writeFileSync(join(data, 'control.json'), text);
        assert.equal(readControlFile(data), null, text);
      }
    });
  });
});

describe('the command line', () => {
  it('gives `serve` its parsed flags and takes its exit code', async () => {
    const cli = new Cli();
    cli.environment = { CALLBACK_API_KEY: 'k' };
    assert.equal(await cli.run('serve', '--http', '[::1]:0', '--sip=sip:127.0.0.1', '--sip', 'sip:127.0.0.2'), 0);
    assert.deepEqual(cli.served[0]?.http, { host: '::1', port: 0 });
    assert.deepEqual(cli.served[0]?.sip, ['sip:127.0.0.1', 'sip:127.0.0.2']);
    assert.equal(cli.served[0]?.apiKey, 'k');
    assert.equal(await cli.run('serve'), 0);
  });

  it('gives `engine` its file', async () => {
    const cli = new Cli();
    await cli.run('engine');
    await cli.run('engine', '--drachtio-conf', 'x.xml');
    assert.deepEqual(
      cli.engines.map((options) => options.drachtioConf),
      [
        { path: 'drachtio.conf.xml', given: false },
        { path: 'x.xml', given: true },
      ],
    );
  });

  it('ends with 2 and one clear line for whatever is not understood, and starts nothing', async () => {
    for (const argv of [
      ['serv'],
      ['serve', '--htp', 'x'],
      ['serve', '--http'],
      ['serve', 'now'],
      ['serve', '--sip', 'nonsense'],
      ['engine', '--nope'],
      ['check'],
      ['check', 'a', 'b'],
      ['apply'],
      ['apply', '--data'],
      ['apply', 'x', '--http', 'nonsense'],
      ['explain', '--to', '1'],
      ['export', 'x'],
      ['--nope'],
    ]) {
      const cli = new Cli();
      assert.equal(await cli.run(...argv), 2, argv.join(' '));
      assert.equal(cli.complained.length, 1, argv.join(' '));
      assert.ok(cli.complaints !== '' && !cli.complaints.includes('\n'), cli.complaints);
      assert.deepEqual([cli.served.length, cli.engines.length, cli.opened], [0, 0, 0]);
    }
  });

  it('prints help and version with 0', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    const cli = new Cli();
    assert.equal(await cli.run('--version'), 0);
    assert.equal(cli.output, version);
    assert.equal(await cli.run('serve', '--help'), 0);
    for (const word of ['--rtp-ports', 'CALLBACK_SIP', '--drain-seconds']) assert.ok(cli.output.includes(word));
    assert.equal(await cli.run('--help'), 0);
    for (const command of ['serve', 'engine', 'apply', 'export', 'check', 'explain', 'migrate'])
      assert.ok(cli.output.includes(command));
    assert.equal(cli.complaints, '');
  });
});
