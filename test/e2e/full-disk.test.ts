/** The disk runs full under a running server: nothing is promised that can't be kept, and it goes on by itself. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { SipPhone } from '../support/sip-phone.ts';
import type { SipText } from '../support/sip-text.ts';
import { loopback } from './loopback.ts';
import { type Program, readiness, Scratch, serveFlags, startServe } from './program.ts';

const ADDRESS = loopback(121);
const PHONE = loopback(122);
const DISK_MB = 3;

const CONFIGURATION = `version: 1
defaultCountry: BR
trunks:
  - { name: provider, proxy: 'sip:${PHONE}:5060;transport=udp', maxCallsPerSecond: 50 }
inboundNumbers:
  - { number: '+554831210110', callback: true }
callbackRules:
  - { name: general, origin: any, method: caller, trunk: provider, delaySeconds: 8 }
`;

/** Takes all the room there is. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096);
  try {
    while (writeSync(file, page) === page.length);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
}

describe('serve on a disk that runs full', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let program: Program | null = null;
  let phone: SipPhone | null = null;

  before(function () {
    scratch = new Scratch();
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', scratch.path]);
    if (mount.status === 0) return;
    scratch.remove();
    this.test!.parent!.title += ' (skipped: only root may mount a small disk)';
    this.skip();
  });
  after(async () => {
    if (program?.running) program.signal('SIGKILL');
    await program?.exit();
    phone?.close();
    spawnSync('umount', [scratch.path]);
    scratch.remove();
  });

  it('answers callers with 503 and no promise, is not ready, lives, and keeps every promise when there is room', async () => {
    writeFileSync(scratch.at('c.yaml'), CONFIGURATION);
    const serving = await startServe(
      ADDRESS,
      serveFlags(ADDRESS, scratch.at('data'), '--config', scratch.at('c.yaml'), '--media', 'none'),
    );
    program = serving;
    const caller = await SipPhone.open({ address: PHONE, port: 5060 });
    phone = caller;
    const dialled = new Map<string, number>();
    caller.onCall = (call) => {
      const id = call.invite.get('x-callback-id');
      dialled.set(id, (dialled.get(id) ?? 0) + 1);
      call.reject(486);
    };
    let calls = 0;
    const ask = (): Promise<SipText> => {
      calls += 1;
      const from = `<sip:489919${String(10_000 + calls)}@${PHONE}>`;
      return caller.call({ to: `sip:+554831210110@${ADDRESS}:5060`, from }).final();
    };
    const promised: string[] = [];
    const accept = async () => {
      const answer = await ask();
      assert.equal(answer.status, 486, answer.raw);
      promised.push(answer.get('x-callback-id'));
    };
    for (let count = 0; count < 10; count += 1) await accept();

    fill(scratch.at('ballast'));
    // Pages that the database has left are filled first.
    let refusal: SipText | null = null;
    for (let count = 0; refusal === null; count += 1) {
      assert.ok(count < 200, 'the disk is never full');
      const answer = await ask();
      if (answer.status === 486) promised.push(answer.get('x-callback-id'));
      else refusal = answer;
    }
    for (const answer of [refusal, await ask(), await ask()]) {
      assert.deepEqual(
        [answer.status, answer.get('retry-after'), answer.get('x-callback-id')],
        [503, '', ''],
        answer.raw,
      );
    }
    await serving.until('not ready', async () => (await readiness(ADDRESS)) === 503);
    assert.ok(serving.running);

    rmSync(scratch.at('ballast'));
    await serving.until('ready again', async () => (await readiness(ADDRESS)) === 200);
    await accept();
    await serving.until('all are called', () => promised.every((id) => dialled.has(id)));
    assert.deepEqual(new Set(dialled.keys()), new Set(promised));
    for (const [id, times] of dialled) assert.equal(times, 1, id);
    assert.doesNotMatch(serving.stdout + serving.stderr, /unhandled|UnhandledPromise/i);
    serving.signal('SIGTERM');
    assert.equal(await serving.exit(), 0);
  });
});
