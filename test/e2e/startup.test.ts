/** From the first start to the last goodbye, as a process of its own. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';
import { kernelAddress, Program, portsBoundAt, readiness, Scratch, serveFlags, startServe } from './program.ts';

const ADDRESS = loopback(111);
const PHONE = loopback(112);
const GATE = loopback(113);
const ENGINE = loopback(114);
const KEY = 'key-of-the-operator-0123456789';

const CONFIGURATION = `version: 1
defaultCountry: BR
trunks:
  - { name: provider, proxy: 'sip:${PHONE}:5060;transport=udp' }
inboundNumbers:
  - { number: '+554831210110', callback: true }
  - { number: '+554831210111', flow: talk }
callbackRules:
  - { name: general, origin: any, method: caller, trunk: provider, delaySeconds: 3600 }
flows:
  - name: talk
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:beep', firstDigitTimeoutSeconds: 60, choices: { '1': bye }, otherwise: bye }
      bye: { type: hangup }
`;

describe('serve as a process', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  const programs: Program[] = [];
  beforeEach(() => {
    scratch = new Scratch();
    writeFileSync(scratch.at('c.yaml'), CONFIGURATION);
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) {
      if (program.running) program.signal('SIGKILL');
      await program.exit();
    }
    scratch.remove();
  });

  const flags = (...more: string[]) =>
    serveFlags(ADDRESS, scratch.at('data'), '--config', scratch.at('c.yaml'), ...more);
  const start = async (more: string[] = [], env: Record<string, string> = {}) => {
    const program = await startServe(ADDRESS, flags(...more), { env });
    programs.push(program);
    return program;
  };
  const api = (path: string, headers: Record<string, string>) => fetch(`http://${ADDRESS}:8080${path}`, { headers });
  const statusOf = async (headers: Record<string, string>) => {
    const answer = await api('/api/v1/trunks', headers);
    await answer.body?.cancel();
    return answer.status;
  };
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  it('listens by TCP for SIP and HTTP and nothing else', async () => {
    const program = await start();
    const here = kernelAddress(ADDRESS);
    assert.deepEqual(program.tcpListeners().toSorted(), [`${here}:13C4`, `${here}:1F90`]);
  });

  it("prints the administrator's password once and never again, keeps it out of the log, and takes it", async () => {
    const first = await start(['--log-level', 'trace']);
    const password = /administrator is (\S+) with the password (\S+)/.exec(first.stderr);
    assert.ok(password, first.stderr);
    assert.ok(!first.stdout.includes(password[2]!));
    assert.equal(await statusOf(basic(password[1]!, password[2]!)), 200);
    assert.equal(await statusOf(basic(password[1]!, 'wrong')), 401);
    first.signal('SIGTERM');
    assert.equal(await first.exit(), 0);
    const second = await start();
    assert.doesNotMatch(second.stderr + second.stdout, /password/);
    assert.equal(await statusOf(basic(password[1]!, password[2]!)), 200);
    const files = readdirSync(scratch.at('data')).filter((name) => statSync(scratch.at('data', name)).isFile());
    for (const file of files) assert.ok(!readFileSync(scratch.at('data', file)).includes(password[2]!), file);
  });

  it('takes CALLBACK_API_KEY as Bearer, as x-api-key and as the password of Basic, and no other key', async () => {
    const program = await start([], { CALLBACK_API_KEY: KEY });
    assert.deepEqual(
      await Promise.all([
        statusOf({ authorization: `Bearer ${KEY}` }),
        statusOf({ 'x-api-key': KEY }),
        statusOf(basic('anybody', KEY)),
        statusOf({}),
        statusOf({ authorization: 'Bearer nonsense' }),
        statusOf({ 'x-api-key': '' }),
      ]),
      [200, 200, 200, 401, 401, 401],
    );
    assert.ok(!(program.stdout + program.stderr).includes(KEY));
  });

  it('keeps its control file to itself, and takes it away at the end', async () => {
    const program = await start();
    const path = scratch.at('data', 'control.json');
    await program.until('the control file', () => existsSync(path));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { http, key } = JSON.parse(readFileSync(path, 'utf8')) as { http: string; key: string };
    assert.equal(http, `http://${ADDRESS}:8080`);
    assert.equal(await statusOf({ 'x-api-key': key }), 200);
    program.signal('SIGTERM');
    assert.equal(await program.exit(), 0);
    assert.equal(existsSync(path), false);
    assert.deepEqual(portsBoundAt(ADDRESS), []);
  });

  it('is not ready before the SIP engine is connected, and is after', async () => {
    const conf = scratch.at('engine.xml');
    writeFileSync(
      conf,
      `<drachtio><admin port="9022" secret="cymru">${ENGINE}</admin><sip><contacts><contact>sip:${ENGINE}:5060;transport=udp</contact></contacts></sip></drachtio>`,
    );
    const engine = new Program(['engine', '--drachtio-conf', conf]);
    programs.push(engine);
    await engine.until('the engine listens', () => engine.stdout.includes('"ready"'));
    const sockets: Socket[] = [];
    const held = Promise.withResolvers<Socket>();
    const gate = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      held.resolve(socket);
    }).listen(9022, GATE);
    await once(gate, 'listening');
    try {
      const serving = new Program([
        ...['serve', '--data', scratch.at('data'), '--http', `${ADDRESS}:8080`, '--media', 'none'],
        ...['--drachtio', `${GATE}:9022`, '--secret', 'cymru', '--drain-seconds', '1'],
      ]);
      programs.push(serving);
      const socket = await held.promise;
      await serving.until('not ready', async () => (await readiness(ADDRESS)) === 503);
      assert.equal(existsSync(scratch.at('data', 'control.json')), false);
      const through = connect(9022, ENGINE).on('error', () => undefined);
      sockets.push(through);
      socket.pipe(through).pipe(socket);
      await serving.until('ready', async () => (await readiness(ADDRESS)) === 200);
      serving.signal('SIGTERM');
      assert.equal(await serving.exit(), 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      gate.close();
    }
  });

  describe('with a call on the line', () => {
    let phone: SipPhone;
    beforeEach(async () => {
      phone = await SipPhone.open({ address: PHONE, port: 5060, user: '48991996260' });
    });
    afterEach(() => phone.close());
    const talk = async () => {
      const call = phone.call({ to: `sip:+554831210111@${ADDRESS}:5060` });
      assert.equal((await call.final()).status, 200);
      return call;
    };

    it('drains on SIGTERM: not ready any more, BYE at the deadline, exit 0', async () => {
      const program = await start(['--drain-seconds', '1']);
      const call = await talk();
      const stream = await api('/api/v1/events', { 'x-api-key': readKey(scratch) });
      const askedAt = Date.now();
      program.signal('SIGTERM');
      await program.until('not ready', async () => (await readiness(ADDRESS)) === 503);
      const bye = await call.waitFor('BYE');
      assert.ok(Date.now() - askedAt >= 1_000);
      assert.match(bye.get('reason'), /Q\.850;cause=16;text="Shutdown"/);
      assert.equal(await program.exit(), 0);
      await stream.text().catch(() => undefined);
      assert.equal(call.count('BYE'), 1);
    });

    it('ends as soon as the call has ended by itself', async () => {
      const program = await start(['--drain-seconds', '60']);
      const call = await talk();
      program.signal('SIGTERM');
      await program.until('draining', () => program.stdout.includes('draining'));
      assert.equal((await call.hangUp()).status, 200);
      assert.equal(await program.exit(8_000), 0);
    });

    it('ends at once on a second SIGTERM, and leaves nothing behind', async () => {
      const temporary = scratch.at('tmp');
      spawnSync('mkdir', [temporary]);
      const program = await start(['--drain-seconds', '60'], { TMPDIR: temporary });
      await talk();
      program.signal('SIGTERM');
      await program.until('draining', () => program.stdout.includes('draining'));
      // Two within 50 ms are one that came twice.
      await new Promise((resolve) => setTimeout(resolve, 100));
      program.signal('SIGTERM');
      assert.equal(await program.exit(5_000), 0);
      assert.equal(existsSync(scratch.at('data', 'control.json')), false);
      assert.deepEqual(
        readdirSync(temporary).filter((name) => name.startsWith('drachtio-callback')),
        [],
      );
    });

    it('ends in time though the phone that is rung answers nothing any more', async () => {
      writeFileSync(scratch.at('c.yaml'), CONFIGURATION.replace('delaySeconds: 3600', 'delaySeconds: 1'));
      const program = await start(['--drain-seconds', '1']);
      await phone.call({ to: `sip:+554831210110@${ADDRESS}:5060` }).final();
      (await phone.nextCall()).ring();
      phone.drop = () => true;
      program.signal('SIGTERM');
      assert.equal(await program.exit(9_000), 0);
    });

    it('starts again after kill -9 with what it had promised', async () => {
      const program = await start();
      const promise = await phone.call({ to: `sip:+554831210110@${ADDRESS}:5060` }).final();
      const id = promise.get('x-callback-id');
      assert.equal(promise.status, 486);
      program.signal('SIGKILL');
      assert.equal(await program.exit(), null);
      await start([], { CALLBACK_API_KEY: KEY });
      const answer = await api(`/api/v1/callbacks/${id}`, { 'x-api-key': KEY });
      const { state } = (await answer.json()) as { state: string };
      assert.equal(state, 'scheduled');
    });
  });

  it('without any flag runs the demo in an empty directory', function () {
    // Ports 5060 and 8080 of 127.0.0.1, in a network of its own.
    const unshare = process.getuid?.() === 0 ? ['unshare', '-n'] : ['unshare', '-rn'];
    const [command, ...options] = unshare;
    if (spawnSync(command!, [...options, 'ip', 'link', 'set', 'lo', 'up']).status !== 0) {
      this.test!.title += ' (skipped: no network namespace can be made here)';
      return this.skip();
    }
    const script = `ip link set lo up && exec "$0" "$1" "$2"`;
    const observer = join(import.meta.dirname, 'demo-observer.ts');
    const run = spawnSync(command!, [...options, 'sh', '-c', script, process.execPath, observer, scratch.at('demo')], {
      encoding: 'utf8',
      timeout: 25_000,
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const title = '<title>drachtio-callback</title>';
    const seen = { ready: 200, console: title, rejected: 486, promise: true, files: ['data'], exit: 0 };
    assert.deepEqual(JSON.parse(run.stdout), seen);
  });

  describe('and the commands beside it', () => {
    const run = (...argv: string[]) => Program.run(argv);

    it('apply, export and explain do the same with the server running and stopped', async () => {
      const changed = scratch.at('changed.yaml');
      writeFileSync(changed, CONFIGURATION.replace('delaySeconds: 3600', 'delaySeconds: 7'));
      const data = ['--data', scratch.at('data')];
      const explain = ['explain', '--to', '+554831210110', '--from', '48991996260', ...data];
      const program = await start();
      await program.until('the control file', () => existsSync(scratch.at('data', 'control.json')));
      const running = [await run('export', ...data), await run('apply', changed, ...data), await run(...explain)];
      for (const { code, stderr } of running) assert.equal(code, 0, stderr);
      assert.match(running[0]!.stdout, /delaySeconds: 3600/);
      assert.match(running[1]!.stdout, /^applied: revision 2$/m);
      const bad = scratch.at('bad.yaml');
      writeFileSync(bad, 'version: 1\ntrunk: []\ncallbackRules: [{ name: x }]\n');
      const refused = await run('apply', bad, ...data);
      assert.deepEqual([refused.code, refused.stderr.trim().split('\n').length >= 2], [1, true], refused.stderr);
      program.signal('SIGTERM');
      assert.equal(await program.exit(), 0);
      const again = await run('apply', changed, ...data);
      assert.match(again.stdout, /^nothing to change: revision 2/m);
      const stopped = [await run('export', ...data), await run(...explain)];
      assert.match(stopped[0]!.stdout, /delaySeconds: 7/);
      // The moment, and how busy the process is, are of the running one alone.
      assert.match(running[2]!.stdout, /^ *passed +overload /m);
      const lasting = (text: string) => text.replace(/^ *(?:due|passed +overload) .*\n/gm, '');
      assert.equal(lasting(stopped[1]!.stdout), lasting(running[2]!.stdout));
      assert.match(stopped[1]!.stdout, /general/);
    });

    it('check says what is right and what is wrong, whether a server runs or not', async () => {
      const right = await run('check', scratch.at('c.yaml'));
      assert.deepEqual([right.code, right.stderr], [0, '']);
      writeFileSync(scratch.at('bad.yaml'), 'version: 1\ntrunk: []\nflows: 7\n');
      const wrong = await run('check', scratch.at('bad.yaml'));
      assert.equal(wrong.code, 1);
      assert.equal(wrong.stderr.trim().split('\n').length, 2, wrong.stderr);
    });
  });
});

function readKey(scratch: Scratch): string {
  return (JSON.parse(readFileSync(scratch.at('data', 'control.json'), 'utf8')) as { key: string }).key;
}
