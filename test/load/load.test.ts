import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountReport } from '../../load/account.ts';
import { endsWithUs } from '../support/child-processes.ts';
import { Server } from '../support/server.ts';
import { type Fault, SmallServer, type SmallServerOptions } from './small-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIRST = '+5548991000000';
const numberOf = (serial: number) => `+55489${91_000_000 + serial - 1}`;

interface Ended {
  exitCode: number;
  output: string;
  errors: string;
  report: AccountReport | null;
  html: string | null;
}

/** The command as `make load` starts it, with a report of both kinds. */
class LoadCommand {
  output = '';
  #errors = '';
  readonly #directory = mkdtempSync(join(tmpdir(), 'load-test-'));
  readonly #process: ChildProcess;

  constructor(flags: Record<string, string>) {
    const files = { json: join(this.#directory, 'load.json'), report: join(this.#directory, 'load.html') };
    const given = Object.entries({ ...files, ...flags }).flatMap(([flag, value]) => [`--${flag}`, value]);
    this.#process = endsWithUs(
      spawn(process.execPath, ['load/run.ts', ...given], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    this.#process.stdout!.on('data', (text: Buffer) => {
      this.output += text.toString();
    });
    this.#process.stderr!.on('data', (text: Buffer) => {
      this.#errors += text.toString();
    });
  }

  interrupt(): void {
    this.#process.kill('SIGINT');
  }

  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) await once(this.#process.stdout!, 'data');
  }

  async end(): Promise<Ended> {
    const [exitCode] = (await once(this.#process, 'close')) as [number];
    const read = (name: string) => {
      const file = join(this.#directory, name);
      return existsSync(file) ? readFileSync(file, 'utf8') : null;
    };
    const json = read('load.json');
    const report = json === null ? null : (JSON.parse(json).report as AccountReport);
    const ended = { exitCode, output: this.output, errors: this.#errors, report, html: read('load.html') };
    rmSync(this.#directory, { recursive: true, force: true });
    return ended;
  }
}

const ADDRESS = '127.0.41.120';
const AT = {
  server: { address: '127.0.41.121', port: 5060 },
  phones: { address: ADDRESS, port: 5070 },
  extension: { address: ADDRESS, port: 5071 },
};
const flags = (more: Record<string, string> = {}) => ({
  target: '127.0.41.121:5060',
  listen: `${ADDRESS}:5070`,
  callers: `${ADDRESS}:5062`,
  first: FIRST,
  delay: '2',
  talk: '100',
  missing: '4',
  ...more,
});

describe('make load', () => {
  let small: SmallServer | null = null;
  const faulty = async (options: Partial<SmallServerOptions>) => {
    small = await SmallServer.open({ ...AT.server, delayMs: 2_000, phones: AT.phones, ...options });
    return small;
  };
  afterEach(() => {
    small?.close();
    small = null;
  });

  it('reports a faulty server exactly: who is left out, called twice, called early, refused', async function () {
    this.timeout(90_000);
    const faultOf = (serial: number): Fault => {
      if (serial % 7 === 0) return { isLeftOut: true };
      if (serial % 10 === 0) return { againAfterMs: serial % 20 === 0 ? 20 : 600 };
      if (serial % 11 === 0) return { earlyByMs: 1_900 };
      if (serial % 13 === 0) return { status: 503 };
      if (serial % 17 === 0) return { status: 503, isCalledAllTheSame: true };
      if (serial % 19 === 0) return { calls: `+44${serial}` };
      return {};
    };
    const server = await faulty({ faultOf });
    const { exitCode, report, html, output } = await new LoadCommand(flags({ rate: '50', seconds: '4' })).end();
    const callers = Array.from({ length: 201 }, (_, index) => index + 1);
    const those = (matches: (fault: Fault) => boolean) =>
      callers
        .filter((serial) => matches(faultOf(serial)))
        .map(numberOf)
        // The first call of all is no part of the report.
        .filter((number) => number !== FIRST);
    assert.equal(exitCode, 1);
    assert.equal(report!.offered, 200);
    const neverRung = (fault: Fault) => fault.isLeftOut === true || fault.calls !== undefined;
    assert.deepEqual(report!.missing, those(neverRung));
    assert.deepEqual(
      report!.doubled,
      those(({ againAfterMs }) => againAfterMs !== undefined),
    );
    assert.deepEqual(
      report!.overlapping,
      those(({ againAfterMs }) => againAfterMs === 20),
    );
    const early = report!.early.filter(({ isCertain }) => isCertain);
    assert.deepEqual(
      early.map(({ number }) => number),
      those(({ earlyByMs }) => earlyByMs !== undefined),
    );
    assert.ok(
      early.every(({ byMs }) => byMs > 500 && byMs < 4_000),
      JSON.stringify(early),
    );
    const refused = those(({ status }) => status === 503);
    assert.deepEqual(report!.refused, { 503: refused.length });
    assert.deepEqual(
      report!.rungThoughRefused,
      those(({ isCalledAllTheSame }) => isCalledAllTheSame === true),
    );
    assert.deepEqual(report!.unasked, callers.flatMap((serial) => faultOf(serial).calls ?? []).toSorted());
    assert.equal(report!.promised, 200 - refused.length);
    const isRight = ({ status, isLeftOut, againAfterMs, calls }: Fault) =>
      status === undefined && !isLeftOut && againAfterMs === undefined && calls === undefined;
    assert.equal(report!.calledBackOnce, those(isRight).length);
    assert.equal(server.did.promised.length, report!.promised + 1);
    for (const number of report!.missing) assert.ok(html!.includes(number), `the report lists ${number}`);
    assert.match(output, /FAILED: \d+ promised, never called back, \d+ called back more than once/);
  });

  it('finds nothing wrong with this server, over two legs', async function () {
    this.timeout(90_000);
    const configuration = `
version: 1
defaultCountry: BR
trunks: [{ name: load, proxy: 'sip:${ADDRESS}:5070;transport=udp', accept: ['${ADDRESS}'], maxCallsPerSecond: 100, maxConcurrentCalls: 200 }]
extensions: [{ number: '200', contact: 'sip:200@${ADDRESS}:5071' }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: load, origin: any, trunk: load, delaySeconds: 2, next: load }]
flows: [{ name: load, start: ext, components: { ext: { type: dial, extension: '200' } } }]
`;
    const server = await Server.start({ address: AT.server.address, configuration, logLevel: 'warn' });
    try {
      const command = new LoadCommand(flags({ rate: '20', seconds: '4', extension: `${ADDRESS}:5071` }));
      const { exitCode, report, output, errors, html } = await command.end();
      assert.equal(exitCode, 0, output + errors);
      const { offered, promised, calledBackOnce, completed } = report!;
      assert.deepEqual({ offered, promised, calledBackOnce, completed }, all(80));
      assert.match(output, /every caller was promised a callback and called back exactly once/);
      assert.match(html!, /<svg /);
      assert.doesNotMatch(html!, /https?:|<script|@import|src=/);
    } finally {
      await server.stop();
    }
  });

  it('makes one call and no other when the trunk leads elsewhere, and says what the server needs', async function () {
    this.timeout(30_000);
    const server = await faulty({ phones: { address: '127.0.41.122', port: 9 } });
    const { exitCode, errors, report } = await new LoadCommand(flags({ delay: '0', rate: '200', seconds: '5' })).end();
    assert.equal(exitCode, 2);
    assert.equal(report, null);
    assert.match(errors, /promised, but no phone rang at 127\.0\.41\.120:5070 \(LISTEN\)/);
    assert.match(errors, /proxy: 'sip:127\.0\.41\.120:5070;transport=udp'/);
    assert.deepEqual(server.did.promised, [FIRST]);
  });

  it('says in one line why it cannot begin', async function () {
    this.timeout(30_000);
    await faulty({ faultOf: () => ({ status: 403 }) });
    const linesOf = async (more: Record<string, string>) => {
      const { exitCode, errors } = await new LoadCommand(flags(more)).end();
      assert.equal(exitCode, 2);
      return errors.trim().split('\n');
    };
    assert.match((await linesOf({}))[0]!, /answered 403 without X-Callback-ID: calls from 127\.0\.41\.120 \(CALLERS\)/);
    const nobody = await linesOf({ target: '127.0.41.123:5060' });
    assert.deepEqual(nobody, ['load: 127.0.41.123:5060 (TARGET) cannot be reached: nothing listens there']);
    const taken = await linesOf({ listen: '127.0.41.121:5060' });
    assert.deepEqual(taken, ['load: the phones cannot listen on 127.0.41.121:5060 (LISTEN): another program has it']);
    const foreign = await linesOf({ listen: '192.0.2.1:5070' });
    assert.match(foreign.join(), /LISTEN\): it is no address of this machine/);
    const wrong = await linesOf({ rate: '5000', seconds: '0', target: 'x:y', first: '12' });
    assert.deepEqual(
      wrong.map((line) => /--\w+/.exec(line)?.[0]),
      ['--target', '--rate', '--seconds', '--first'],
    );
  });

  it('is ended by ^C with what was seen so far, and leaves no SIPp', async function () {
    this.timeout(30_000);
    await faulty({});
    const command = new LoadCommand(flags({ rate: '20', seconds: '600' }));
    await command.prints(/called back [1-9]/);
    command.interrupt();
    const { exitCode, output, report } = await command.end();
    assert.equal(exitCode, 130);
    assert.match(output, /interrupted; so far/);
    assert.ok(report!.promised > 0 && report!.promised < 1_000);
    assert.equal(isTaken('127.0.41.120', 5062), false);
  });
});

const all = (count: number) => ({ offered: count, promised: count, calledBackOnce: count, completed: count });

/** Linux lists bound sockets in hexadecimal, in the byte order of the machine. */
function isTaken(address: string, port: number): boolean {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  const wanted = `${bytes.reverse().join('')}:${port.toString(16)}`.toUpperCase();
  return readFileSync('/proc/net/udp', 'utf8').includes(` ${wanted} `);
}
