import assert from 'node:assert/strict';
import { Account } from '../../load/account.ts';
import { Callers, type CallersOptions } from '../../load/callers.ts';
import { type Fault, SmallServer } from './small-server.ts';

const SERVER = { address: '127.0.41.110', port: 5060 };

describe('the callers of a load', () => {
  let server: SmallServer;

  const open = async (faultOf: (serial: number) => Fault) => {
    const phones = { address: '127.0.41.111', port: 9 };
    server = await SmallServer.open({ ...SERVER, delayMs: 60_000, phones, faultOf });
  };
  const start = (account: Account, options: Partial<CallersOptions> = {}) =>
    Callers.start({
      address: '127.0.41.112',
      port: 5062,
      target: `${SERVER.address}:${SERVER.port}`,
      number: '+554831210110',
      rate: 50,
      calls: 20,
      firstNumber: '+5548991000000',
      account,
      ...options,
    });
  afterEach(() => server.close());

  it('go on whatever becomes of some, and tell each outcome with its instants', async function () {
    this.timeout(20_000);
    const faults: Fault[] = [
      {},
      { status: 503 },
      { isSilent: true },
      { status: 480 },
      { isAnswered: true },
      { status: 699 },
    ];
    await open((serial) => faults[serial - 1] ?? {});
    const account = new Account({ delayMs: 60_000 });
    const before = Date.now();
    const end = await start(account, { giveUpAfterMs: 1_500, promiseStatuses: [480] }).finished;
    assert.deepEqual(end, { how: 'done', errors: '' });
    const report = account.report(before);
    assert.equal(report.offered, 20);
    assert.equal(report.promised, 17);
    assert.deepEqual(report.refused, { 503: 1 });
    // A status that SIPp has no line for is none that it understands.
    assert.equal(report.unanswered, 2);
    assert.ok(report.rejectMs.max! > 50, 'the promise of an answered call is its BYE');
    assert.ok(report.rejectMs.p50! < 50, `a rejection takes ${report.rejectMs.p50} ms`);
    const rejected = server.did.promised.toSpliced(server.did.promised.indexOf('+5548991000004'), 1);
    for (const number of [...rejected, '+5548991000001']) assert.ok(server.did.acknowledged.includes(number), number);
  });

  it('call from numbers that count up, at the rate that was asked for', async () => {
    await open(() => ({}));
    const offered: Array<{ number: string; at: number }> = [];
    const account = new Account({ delayMs: 60_000 });
    const end = await start(account, {
      calls: 40,
      rate: 40,
      firstNumber: '5548990999990',
      account: {
        offered: (number, at) => offered.push({ number, at }),
        promised: (...event) => account.promised(...event),
        refused: () => assert.fail('nobody is refused'),
        unanswered: () => assert.fail('everybody is answered'),
      },
    }).finished;
    assert.equal(end.how, 'done');
    assert.deepEqual(
      offered.map(({ number }) => number),
      Array.from({ length: 40 }, (_, index) => String(5_548_990_999_990 + index)),
    );
    const tookMs = offered.at(-1)!.at - offered[0]!.at;
    assert.ok(tookMs > 700 && tookMs < 2_000, `40 calls at 40/s took ${tookMs} ms`);
  });

  it('end when they are stopped, and say why when SIPp cannot begin', async () => {
    await open(() => ({}));
    const account = new Account({ delayMs: 60_000 });
    const callers = start(account, { calls: 100_000, rate: 20 });
    while (account.tally().promised < 3) await new Promise((resolve) => setImmediate(resolve));
    callers.kill();
    assert.deepEqual(await callers.finished, { how: 'stopped', errors: '' });
    const failed = await start(account, { address: '192.0.2.1' }).finished;
    assert.equal(failed.how, 'failed');
    assert.match(failed.errors, /bind|assign/i);
    assert.throws(() => start(account, { firstNumber: '+5548-1' }), /eight digits/);
  });
});
