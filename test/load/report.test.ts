import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { Account } from '../../load/account.ts';
import { ticksOf } from '../../load/axis.ts';
import { lineChart } from '../../load/chart.ts';
import { htmlReport } from '../../load/html-report.ts';
import { BadOptions, type LoadOptions, readLoadOptions } from '../../load/load-options.ts';
import { serverNeeds } from '../../load/server-needs.ts';
import type { Second } from '../../load/timeline.ts';
import { backlogHint, failedCalls, failuresOf } from '../../load/verdict.ts';

const options = async (...args: string[]) => (await readLoadOptions(args, () => 0.5)) as LoadOptions;
const quiet: Second = {
  ...{ offered: 0, promised: 0, refused: 0, unanswered: 0, calledBack: 0, completed: 0 },
  ...{ lateness: null, reject: null },
};

describe('the report of a load', () => {
  const reportOf = async (account: Account, seconds: Second[]) => {
    const report = { ...account.report(1e6), instrument: { heldUpMs: 1 } };
    const given = { ...(await options()), delayMs: 2_000 };
    return htmlReport({ options: given, report, seconds, failures: failuresOf(report, null), hint: null, account });
  };

  it('can be read when nothing came of anything, and when everything did', async () => {
    const nothing = new Account({ delayMs: 2_000 });
    assert.match(await reportOf(nothing, []), /Nobody was called back/);
    const one = new Account({ delayMs: 2_000 });
    one.offered('1', 0);
    one.promised('1', 1, 'id');
    one.rang('1', 'call', 2_001);
    const html = await reportOf(one, [quiet, { ...quiet, calledBack: 1, lateness: { p50: 0, p99: 0, max: 0 } }]);
    assert.doesNotMatch(html, /NaN|undefined|Infinity/);
    assert.match(html, /✓/);
  });

  it('takes numbers from the wire for what they are: hostile', async () => {
    const account = new Account({ delayMs: 2_000 });
    account.rang('<script>alert(1)</script>"&', 'call', 1);
    const html = await reportOf(account, [quiet]);
    assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&amp;/);
    assert.doesNotMatch(html, /<script/);
  });

  it('has a line with gaps where nothing was seen, and round numbers beside it', () => {
    const svg = lineChart({
      ...{ x: [0, 1, 2, 3], xUnit: 's', yUnit: 'ms' },
      series: [{ name: 'p99', tone: 'high', values: [1, 2, null, 4] }],
    });
    assert.equal(/class="line high" d="([^"]*)"/.exec(svg)![1]!.match(/M/g)!.length, 2);
    assert.deepEqual(ticksOf(0, 97), [0, 20, 40, 60, 80, 100]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e4, max: 1e4, noNaN: true }),
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        (from, span) => {
          const ticks = ticksOf(from, from + span);
          assert.ok(ticks.length >= 2 && ticks.length <= 9, `${ticks}`);
          assert.ok(ticks[0]! <= from + span * 1e-6 && ticks.at(-1)! >= from + span * (1 - 1e-6), `${ticks}`);
        },
      ),
    );
  });

  it('counts a caller who was failed in two ways once', () => {
    const account = new Account({ delayMs: 2_000 });
    account.offered('1', 0);
    account.promised('1', 1, 'id');
    account.rang('1', 'a', 10);
    account.rang('1', 'b', 11);
    account.offered('2', 0);
    account.refused('2', 1, 503);
    const failures = failuresOf(account.report(1e6), null);
    const expected = ['called back more than once', 'rung while a call to them was up', 'called back too early'];
    assert.deepEqual(
      failures.map(({ what }) => what),
      [...expected, 'refused with 503'],
    );
    assert.equal(failedCalls(failures), 2);
  });

  it('fails for lateness only where that was asked for, and says when callbacks fall behind', () => {
    const account = new Account({ delayMs: 0 });
    account.offered('1', 0);
    account.promised('1', 0, 'id');
    account.rang('1', 'a', 500);
    account.rungEnd('1', 'a', 600);
    assert.deepEqual(failuresOf(account.report(1e6), null), []);
    assert.equal(failuresOf(account.report(1e6), 499)[0]!.what, 'lateness p99 above 499 ms');
    const late = (p50: number) => ({ lateness: { p50 } });
    assert.equal(backlogHint([1, 2, 1, 2, 1, 2, 1, 2].map(late)), null);
    assert.match(backlogHint([0, 0, 500, 900, 1_400, 1_900, 2_000, 2_000].map(late))!, /fell behind by 2\.0 s/);
  });
});

describe('the flags of make load', () => {
  it('have defaults that fit the demo, with callers whose numbers can be counted up', async () => {
    const { target, listen, callers, rate, firstNumber, delayMs } = await options();
    assert.deepEqual(target, { address: '127.0.0.1', port: 5060 });
    assert.deepEqual([listen.port, callers.port, rate, delayMs], [5070, 5062, 4, null]);
    assert.match(firstNumber, /^\+55489\d{8}$/);
    const last = (await readLoadOptions(['--rate', '2000', '--seconds', '7200'], () => 0.999_999)) as LoadOptions;
    assert.ok(Number(last.firstNumber.slice(-8)) + 2_000 * 7_200 < 1e8);
    assert.equal(await readLoadOptions(['--help']), 'help');
  });

  it('take IPv6, a delay in seconds, and statuses', async () => {
    const given = await options(
      '--target',
      '[::1]:5080',
      '--delay',
      '2.5',
      '--promise',
      '486, 480',
      '--report',
      'none',
    );
    assert.deepEqual(given.target, { address: '::1', port: 5080 });
    assert.deepEqual(given.listen, { address: '::1', port: 5070 });
    assert.deepEqual([given.delayMs, given.promiseStatuses, given.reportFile], [2_500, [486, 480], null]);
  });

  it('say every mistake at once', async () => {
    await assert.rejects(options('--rate', 'many', '--answer=-1', '--promise', '100', '--number', 'a b'), (error) => {
      assert.ok(error instanceof BadOptions);
      const flags = error.message.split('\n').map((line) => line.split(' ', 1)[0]);
      assert.deepEqual(flags.toSorted(), ['--answer', '--number', '--promise', '--rate']);
      return true;
    });
    await assert.rejects(options('--rat', '5'), /^\w+: Unknown option '--rat'; --help lists the flags$/);
    await assert.rejects(options('--rate', '-5'), ({ message }) => !message.includes('\n'));
  });

  it('print a configuration that this application takes', async () => {
    for (const extension of [[], ['--extension', '127.0.0.1:5071']]) {
      const yaml = `version: 1\ndefaultCountry: BR\n${serverNeeds(await options('--rate', '300', ...extension)).replaceAll(/^ {2}/gm, '')}`;
      const parsed = parseConfiguration(yaml);
      assert.ok('configuration' in parsed, JSON.stringify(parsed));
    }
  });
});
