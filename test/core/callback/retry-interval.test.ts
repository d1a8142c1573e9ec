import assert from 'node:assert/strict';
import { RETRY_INTERVALS, retryIntervalSeconds, retrySaid } from '../../../lib/core/callback/retry-interval.ts';
import type { RetryOutcome, RetryPolicy } from '../../../lib/core/configuration.ts';
import { parseConfiguration } from '../../../lib/schema/parse-configuration.ts';

const OUTCOMES = Object.keys(RETRY_INTERVALS) as RetryOutcome[];

const parsed = (text: string) =>
  parseConfiguration(`trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: a, trunk: t, retry: ${text} }]`);

function retryOf(text: string): RetryPolicy {
  const result = parsed(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.configuration.callbackRules[0]!.retry;
}

const times = (retry: RetryPolicy, outcome: string) =>
  [1, 2, 3, 4].map((attempts) => retryIntervalSeconds(retry, outcome, attempts));

describe('the interval before the next attempt', () => {
  it('is 60 s after anything, unless told', () => {
    for (const outcome of OUTCOMES) assert.deepEqual(times(retryOf('{ attempts: 9 }'), outcome), [60, 60, 60, 60]);
  });

  it('follows the list of the rule, whose last entry goes on', () => {
    assert.deepEqual(times(retryOf('{ intervalSeconds: [5, 7] }'), 'busy'), [5, 7, 7, 7]);
  });

  it('is that of the outcome, where the rule says so: shorter after busy than after no answer', () => {
    const retry = retryOf('{ intervalSeconds: byOutcome }');
    assert.deepEqual(times(retry, 'busy'), [60, 120, 300, 300]);
    assert.deepEqual(times(retry, 'no-answer'), [300, 900, 900, 900]);
    for (const attempts of [1, 2, 3])
      assert.ok(retryIntervalSeconds(retry, 'busy', attempts) < retryIntervalSeconds(retry, 'no-answer', attempts));
  });

  it('is the own one of an outcome that has one, beside a list and beside `byOutcome`', () => {
    for (const others of ['[5, 7]', 'byOutcome']) {
      const retry = retryOf(`{ intervalSeconds: ${others}, intervals: { busy: 30, no-answer: [1, 2] } }`);
      assert.deepEqual(times(retry, 'busy'), [30, 30, 30, 30]);
      assert.deepEqual(times(retry, 'no-answer'), [1, 2, 2, 2]);
      assert.equal(retryIntervalSeconds(retry, 'unreachable', 1), others === 'byOutcome' ? 300 : 5);
    }
  });

  it('has a word for every outcome, and an outcome that is none is nothing of an object', () => {
    const retry = retryOf('{ intervalSeconds: byOutcome }');
    for (const outcome of ['constructor', 'expired', '']) assert.deepEqual(times(retry, outcome), [60, 60, 60, 60]);
  });

  it('is written out for the dry run', () => {
    const retry = retryOf(
      '{ attempts: 3, intervalSeconds: byOutcome, intervals: { busy: 30 }, on: [busy, no-answer] }',
    );
    assert.equal(retrySaid(retry).text, 'at most 3 attempts: busy after 30 s; no-answer after 300, 900 s');
  });

  it('refuses what is none', () => {
    for (const text of ['{ intervalSeconds: byMood }', '{ intervalSeconds: [] }', '{ intervals: { bussy: 3 } }'])
      assert.equal(parsed(text).ok, false, text);
  });
});
