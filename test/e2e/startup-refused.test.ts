/** What the user can mend keeps the application from starting: one clear line each, exit code 2, nothing changed. */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { silentLog } from '../support/silent-log.ts';
import { loopback } from './loopback.ts';
import { Program, type ProgramOptions, portsBoundAt, Scratch, serveFlags, snapshot, startServe } from './program.ts';

const ADDRESS = loopback(101);
const OTHER = loopback(102);
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

describe('serve that can not start', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());

  /** @returns its lines, after seeing that it ended with 2, changed nothing and left nothing open */
  async function refused(flags: string[], options: ProgramOptions = {}): Promise<string[]> {
    const temporary = new Scratch();
    try {
      chmodSync(temporary.path, 0o777);
      const bound = portsBoundAt(ADDRESS);
      const before = snapshot(scratch.path);
      const { code, stderr, stdout } = await Program.run(flags, {
        ...options,
        env: { TMPDIR: temporary.path, ...options.env },
      });
      assert.equal(code, 2, stdout + stderr);
      assert.deepEqual(snapshot(scratch.path), before);
      assert.deepEqual(portsBoundAt(ADDRESS), bound);
      assert.deepEqual(
        readdirSync(temporary.path).filter((name) => name.startsWith('drachtio-callback')),
        [],
      );
      const lines = stderr.split('\n').filter((line) => line !== '');
      for (const line of lines) assert.doesNotMatch(line, /^\s+at |node:internal|Error:/, stderr);
      return lines;
    } finally {
      temporary.remove();
    }
  }

  async function whileListening(port: number, run: () => Promise<void>): Promise<void> {
    const server = createServer().listen(port, ADDRESS);
    await once(server, 'listening');
    try {
      await run();
    } finally {
      server.close();
      await once(server, 'close');
    }
  }

  async function oneLine(flags: string[], pattern: RegExp, options?: ProgramOptions): Promise<void> {
    const lines = await refused(flags, options);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0]!, pattern);
  }

  it('names a SIP port that is taken, by UDP and by TCP', async () => {
    const udp = createSocket('udp4').bind(5060, ADDRESS);
    await once(udp, 'listening');
    try {
      await oneLine(serveFlags(ADDRESS, scratch.at('data')), new RegExp(`--sip: udp/${ADDRESS}:5060 is taken`));
    } finally {
      udp.close();
      await once(udp, 'close');
    }
    await whileListening(5060, () =>
      oneLine(serveFlags(ADDRESS, scratch.at('data')), new RegExp(`--sip: tcp/${ADDRESS}:5060 is taken`)),
    );
  });

  it('names an HTTP port that is taken; the next start still takes its configuration from the file', async () => {
    await whileListening(8080, () =>
      oneLine(serveFlags(ADDRESS, scratch.at('data')), new RegExp(`--http ${ADDRESS}:8080.*taken`)),
    );
    const stranger = ['serve', '--data', scratch.at('data'), '--sip', `sip:${ADDRESS}`, '--http', '192.0.2.1:8080'];
    await oneLine(stranger, /--http 192\.0\.2\.1:8080.*EADDRNOTAVAIL/);
  });

  it('says what is wrong with a flag', async () => {
    const cases: Array<[string[], RegExp]> = [
      [['--http', 'nonsense:x:y'], /--http/],
      [['--sip', `sip:${ADDRESS};transport=pigeon`], /pigeon/],
      [['--rtp-ports', '9-1'], /--rtp-ports/],
      [['--media', 'rtpengine'], /--media rtpengine/],
      [['--drachtio-conf', scratch.at('nowhere.xml')], /nowhere\.xml/],
      [['--tomorrow'], /--tomorrow/],
      [['--log-level', 'loud'], /--log-level/],
    ];
    for (let from = 0; from < cases.length; from += 2) {
      const some = cases.slice(from, from + 2);
      await Promise.all(
        some.map(([flags, pattern]) => oneLine(['serve', '--data', scratch.at('data'), ...flags], pattern)),
      );
    }
  });

  it('lists every mistake of the configuration file, each on one line', async () => {
    const file = scratch.at('bad.yaml');
    const mistakes = [
      'version: 1',
      'trunk: []',
      'trunks: [{ name: t, proxy: "nonsense" }]',
      'inboundNumbers: [{ number: "+554831210110", flow: nowhere }]',
      '"two\\nlines\\u001b[31m": 1',
      '',
    ];
    writeFileSync(file, mistakes.join('\n'));
    const lines = await refused(serveFlags(ADDRESS, scratch.at('data'), '--config', file));
    assert.equal(lines.length, 4, lines.join('\n'));
    for (const line of lines) assert.ok(line.startsWith(`${file}: `) && !line.includes('\u001b'), line);
    for (const word of ['trunks', 'proxy', 'nowhere', 'lines']) {
      assert.ok(
        lines.some((line) => line.includes(word)),
        word,
      );
    }
  });

  it('says why a configuration file can not be read', async () => {
    writeFileSync(scratch.at('binary.yaml'), Buffer.from([0x76, 0xff, 0xfe, 0x00]));
    writeFileSync(scratch.at('broken.yaml'), 'trunks: [');
    mkdirSync(scratch.at('directory.yaml'));
    const cases: Array<[string, RegExp]> = [
      ['absent.yaml', /absent\.yaml.*no such file/],
      ['binary.yaml', /binary\.yaml.*not UTF-8/],
      ['directory.yaml', /directory\.yaml.*directory/],
      ['broken.yaml', /broken\.yaml/],
    ];
    for (const [name, pattern] of cases) {
      await oneLine(serveFlags(ADDRESS, scratch.at('data'), '--config', scratch.at(name)), pattern);
    }
  });

  it('leaves a damaged database as it is', async () => {
    const store = await openSqliteStore({ directory: scratch.at('data'), log: silentLog() });
    await store.settings.set('filler', 'x'.repeat(200_000));
    await store.close();
    const path = scratch.at('data', 'callback.db');
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096, bytes.length - 4096);
    writeFileSync(path, bytes);
    await oneLine(serveFlags(ADDRESS, scratch.at('data')), /callback\.db.*damaged/);
  });

  it("leaves another program's file as it is", async () => {
    mkdirSync(scratch.at('data'));
    writeFileSync(scratch.at('data', 'callback.db'), 'my shopping list\n'.repeat(100));
    await oneLine(serveFlags(ADDRESS, scratch.at('data')), /callback\.db is not a database/);
  });

  it('does not take the data directory of a running server, which goes on', async () => {
    const running = await startServe(OTHER, serveFlags(OTHER, scratch.at('data')));
    try {
      await oneLine(serveFlags(ADDRESS, scratch.at('data')), /in use by another process/);
      assert.ok(running.running);
    } finally {
      running.signal('SIGTERM');
      assert.equal(await running.exit(), 0);
    }
  });

  it('says that it may not write its data directory, or read its configuration', async function () {
    const data = scratch.at('data');
    mkdirSync(data);
    writeFileSync(scratch.at('secret.yaml'), 'version: 1\n');
    chmodSync(scratch.path, 0o755);
    chmodSync(data, 0o555);
    chmodSync(scratch.at('secret.yaml'), 0o000);
    if (isRoot) chownSync(data, NOBODY, NOBODY);
    const user: ProgramOptions = isRoot ? { uid: NOBODY } : {};
    const probe = await Program.run(['--version'], user).catch(() => null);
    if (probe?.code !== 0) return this.skip();
    await oneLine(serveFlags(ADDRESS, data), /data.*no right to it/, user);
    await oneLine(serveFlags(ADDRESS, scratch.at('made'), '--config', scratch.at('secret.yaml')), /EACCES/, user);
    chmodSync(data, 0o755);
  });
});
