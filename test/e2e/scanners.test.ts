import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endsWithUs } from '../support/child-processes.ts';
import { digestProof } from '../support/digest-proof.ts';
import { Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders, SipText } from '../support/sip-text.ts';
import { loopback } from './loopback.ts';
import { SCANNED } from './scanned-configuration.ts';

const APPLICATION = loopback(71);
const DIALLED = '+554831210110';

/** What an answer tells, apart from what differs by itself. */
function shapeOf(answer: SipText | null): string {
  return answer === null
    ? 'silence'
    : answer.raw.replace(/^(Via|From|To|CSeq|Call-ID):.*\r\n/gim, '').replace(/nonce="[^"]*"/g, 'nonce');
}

interface Watched {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** sipvicious binds to all addresses, so it runs in a network of its own. null: none can be made here. */
async function watchSipvicious(signal: AbortSignal): Promise<Watched | null> {
  const [command, ...options] = process.getuid?.() === 0 ? ['unshare', '-n'] : ['unshare', '-rn'];
  if (spawnSync(command!, [...options, 'ip', 'link', 'set', 'lo', 'up']).status !== 0) return null;
  const observer = join(import.meta.dirname, 'scanner-observer.ts');
  const script = `ip link set lo up && exec "$0" "$1"`;
  const rest = [...options, 'sh', '-c', script, process.execPath, observer];
  const child = endsWithUs(spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 110_000, signal }));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (more: string) => {
      text[name] += more;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

describe('the application under a scanner', function () {
  this.timeout(30_000);
  let server: Server;
  let phones: SipPhone[];
  let last = 80;
  let watched: Promise<Watched | null>;
  const watching = new AbortController();
  before(async () => {
    // It waits for silence most of its time: meanwhile the other tests have theirs.
    watched = watchSipvicious(watching.signal);
    // The test that waits for it hears of it.
    watched.catch(() => undefined);
    server = await Server.start({ address: APPLICATION, configuration: SCANNED });
  });
  after(async () => {
    watching.abort();
    await server?.stop();
  });
  beforeEach(() => {
    phones = [];
  });
  afterEach(() => {
    for (const phone of phones) phone.close();
  });

  async function scanner(): Promise<SipPhone> {
    const phone = await SipPhone.open({ address: loopback(last++) });
    phones.push(phone);
    return phone;
  }

  /** One request as `user`; null: no answer. */
  function ask(phone: SipPhone, method: string, user: string, more: SipHeaders = []): Promise<SipText | null> {
    const isRegister = method === 'REGISTER';
    const uri = isRegister
      ? `sip:${APPLICATION}:5060`
      : `sip:${method === 'INVITE' ? DIALLED : user}@${APPLICATION}:5060`;
    const aor = `<sip:${user}@${APPLICATION}>`;
    const headers: SipHeaders = [['From', `${aor};tag=t`], ['To', isRegister ? aor : `<${uri}>`], ...more];
    return phone.requestOnce(method, uri, { headers, timeoutMs: 1500 }).catch(() => null);
  }

  const proof = (challenge: SipText, method: string, login: { user: string; password: string }) =>
    digestProof(challenge, { ...login, method, uri: `sip:${APPLICATION}` });

  /** What a guess is told, and then a guess of the password. */
  async function shapesOf(method: string, user: string): Promise<string[]> {
    const phone = await scanner();
    const first = await ask(phone, method, user);
    if (first?.status !== 401) return [shapeOf(first)];
    const guess = proof(first, method, { user, password: 'guess' });
    const second = await ask(phone, method, user, [guess, ['CSeq', `2 ${method}`]]);
    return [shapeOf(first), `then ${shapeOf(second)}`];
  }

  it('answers for an extension with a password, one with a contact, and none at all the same, whatever is asked', async () => {
    for (const method of ['REGISTER', 'INVITE', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE', 'BYE', 'NOTIFY']) {
      // Silence takes its time: all three at once.
      const answers = await Promise.all(['201', '200', '299'].map((user) => shapesOf(method, user)));
      const shapes = new Set(answers.flat());
      const isChallenged = method === 'REGISTER' || method === 'INVITE';
      assert.equal(shapes.size, isChallenged ? 2 : 1, `${method}: ${[...shapes].join('\n')}`);
    }
  });

  it('tells nobody of its trunks, rules, and who it is by name', async () => {
    const phone = await scanner();
    for (const method of ['OPTIONS', 'REGISTER', 'INVITE']) {
      const answer = await ask(phone, method, 'scanner');
      assert.ok(answer, method);
      assert.doesNotMatch(answer.raw, /secret|carrier|rule|192\.0\.2|User-Agent|Server:/i);
    }
    assert.equal((await server.callbacks()).length, 0);
  });

  it('lets one guess ten passwords, and then not even the right one is right from there', async () => {
    const phone = await scanner();
    const attempt = async (password: string) => {
      const challenge = await ask(phone, 'REGISTER', '201');
      assert.equal(challenge?.status, 401);
      const login = proof(challenge, 'REGISTER', { user: '201', password });
      return (await ask(phone, 'REGISTER', '201', [login, ['CSeq', '2 REGISTER'], ['Contact', `<${phone.uri}>`]]))
        ?.status;
    };
    for (let i = 0; i < 10; i += 1) assert.equal(await attempt(`guess ${i}`), 403);
    assert.equal(await attempt('1250'), 403);
    // Nobody else is kept out by it
    const other = await scanner();
    const challenge = await ask(other, 'REGISTER', '201');
    const login = proof(challenge!, 'REGISTER', { user: '201', password: '1250' });
    const answer = await ask(other, 'REGISTER', '201', [login, ['CSeq', '2 REGISTER'], ['Contact', `<${other.uri}>`]]);
    assert.equal(answer?.status, 200);
  });

  it('does not answer the calls of one that goes on calling', async () => {
    const phone = await scanner();
    const answers: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      // An ACK is owed to each; none is sent, as scanners do
      const answer = await ask(phone, 'INVITE', 'nobody');
      answers.push(String(answer?.status ?? 'silence'));
    }
    assert.equal(answers[0], '403');
    assert.equal(answers.at(-1), 'silence');
    assert.equal((await ask(await scanner(), 'INVITE', 'nobody'))?.status, 403);
  });

  it('keeps nothing of a scan of a thousand requests, and soon answers its registrations alone', async () => {
    const { legs } = await gauges();
    const phone = await scanner();
    const methodOf = (i: number) => (i % 2 === 0 ? 'REGISTER' : 'OPTIONS');
    const round = (from: number) =>
      Promise.all(Array.from({ length: 100 }, (_, i) => ask(phone, methodOf(i), String(from + i))));
    let answers: Array<SipText | null> = [];
    for (let from = 1000; from < 2000; from += 100) answers = await round(from);
    for (const [i, answer] of answers.entries()) assert.equal(answer?.status, i % 2 === 0 ? 401 : undefined);
    assert.ok((await gauges()).legs <= legs);
    assert.equal((await server.callbacks()).length, 0);
  });

  async function gauges(): Promise<{ legs: number }> {
    const { body } = await server.api('/metrics');
    return { legs: Number(/^callback_legs (\d+)$/m.exec(String(body))?.[1]) };
  }

  it('shows sipvicious that something speaks SIP there, and nothing else', async function () {
    this.timeout(120_000);
    const run = await watched;
    if (run === null) {
      this.test!.title += ' (skipped: no network namespace can be made here)';
      return this.skip();
    }
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const found = JSON.parse(run.stdout) as Record<string, string>;
    assert.match(found['svmap']!, /127\.0\.0\.1:5060 \| unknown/);
    for (const scan of ['svwar REGISTER', 'svwar OPTIONS', 'svcrack 201', 'svcrack 299'])
      assert.match(found[scan]!, /found nothing/, `${scan}: ${found[scan]}`);
    // Every number of this length looks the same: all sixteen, or none
    const marks = [...found['svwar INVITE']!.matchAll(/^\| (\d+) +\| (\S+) +\|$/gm)].map(([, , mark]) => mark);
    assert.ok(marks.length === 0 || (marks.length === 16 && new Set(marks).size === 1), found['svwar INVITE']);
    assert.equal(found['callbacks'], '0');
    assert.doesNotMatch(found['output']!, /"level":50/);
  });
});
