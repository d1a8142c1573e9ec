import assert from 'node:assert/strict';
import type { CallbackEvent } from '../../../lib/core/callback/event.ts';
import { CALL_ID, configuration, Life } from './life-fixture.ts';

/** The words of the last step. */
function words(life: Life, event: CallbackEvent): string[] {
  const before = life.log.length;
  life.send(event);
  return life.log.slice(before).map(({ type }) => type);
}

const AGAIN: CallbackEvent = { type: 'calledAgain', at: 9_000_000 };
const RETRY = { attempts: 2, intervalSeconds: [60], on: ['busy' as const] };

/** What is done to it, and what the log says then. */
const CASES: Array<[string, () => Life, CallbackEvent, string[]]> = [
  ['his CANCEL', () => new Life(), { type: 'callerGaveUp', callId: CALL_ID }, ['caller-gave-up', 'done']],
  ['a second call', () => new Life(), AGAIN, ['called-again']],
  ['a second call that crossed the end', () => new Life().dialled().rejected('cb.1.0'), AGAIN, ['called-again']],
  ['a second call while it rings', () => new Life().dialled(), AGAIN, ['called-again', 'due-again']],
  ['cancel', () => new Life(), { type: 'cancel', by: 'api' }, ['cancel-wanted', 'done']],
  ['reschedule', () => new Life(), { type: 'reschedule', dueAt: 5 }, ['rescheduled']],
  ['retry', () => new Life(), { type: 'retry' }, ['retry-wanted']],
  ['a restart', () => new Life().dialled(), { type: 'recovered' }, ['recovered']],
  ['a restart before the promise', () => new Life(), { type: 'recovered' }, ['promise-assumed']],
  ['a restart in a call', () => new Life().answered(), { type: 'recovered' }, ['recovered', 'done']],
  ['a shutdown', () => new Life().dialled(), { type: 'drain' }, ['drained']],
];

describe('callback: the log', () => {
  for (const [name, life, event, expected] of CASES) {
    it(`${name}: ${expected.join(', ')}`, () => assert.deepEqual(words(life(), event), expected));
  }

  it('says why an attempt ended and when the next one is due', () => {
    const life = new Life({ terms: { retry: RETRY } }).dialled().rejected('cb.1.0', { status: 486, q850Cause: 17 });
    const [rejected, ended, again] = life.log.slice(-3);
    assert.deepEqual([rejected?.type, rejected?.detail['status']], ['rejected', 486]);
    assert.deepEqual(ended?.detail, { outcome: 'busy', reason: 'busy', status: 486, q850Cause: 17 });
    assert.deepEqual([again?.type, again?.detail['dueAt']], ['retry-scheduled', life.callback.dueAt]);
  });

  it('says what was dialled, and through what', () => {
    const ordered = new Life().dialled().log.find(({ type }) => type === 'dial-ordered');
    assert.deepEqual(ordered?.detail, {
      legId: 'cb.1.0',
      via: 'a',
      dialled: '48991996260',
      attempt: 1,
      callerId: '+554831210110',
    });
  });

  it('says who cancelled, and why nothing is retried any more', () => {
    const cancelled = new Life().send({ type: 'cancel', by: 'ana' });
    assert.deepEqual(cancelled.log.at(-2)?.detail, { by: 'ana' });
    const late = new Life({ terms: { retry: RETRY, expiresSeconds: 30 } }).dialled().rejected('cb.1.0');
    assert.equal(late.log.at(-2)?.type, 'retry-would-expire');
  });

  it('says what became of a target', () => {
    const life = new Life().inMenu().digit('1');
    life.rejected(life.only('dial').request.legId, { status: 480 });
    const [ordered, rejected, failed] = life.log.filter(({ type }) => type.startsWith('target-')).slice(-3);
    assert.deepEqual([ordered?.type, ordered?.detail['via']], ['target-dialled', 'extension:200']);
    assert.deepEqual([rejected?.type, rejected?.detail['status']], ['target-rejected', 480]);
    assert.deepEqual([failed?.type, failed?.detail['reason']], ['target-failed', 'no-answer']);
  });

  it('says what was refused and what is missing', () => {
    const refused = new Life({ request: { caller: { received: '190', e164: null } } });
    refused.send({ type: 'promised', at: 1_000_000 }).expire();
    assert.deepEqual([refused.log.at(-2)?.type, refused.log.at(-2)?.detail['gate']], ['refused', 'emergency']);
    assert.match(String(refused.log.at(-2)?.detail['why']), /emergency/);
    const missing = new Life({ configuration: configuration({ flows: [] }) }).answered();
    assert.ok(missing.log.some(({ type }) => type === 'component-missing'));
  });

  it('says that somebody hung up, and that the longest call time was reached', () => {
    const gone = new Life().inMenu().ended('cb.1.0');
    assert.deepEqual(gone.log.at(-3)?.detail, { by: 'remote', bridged: false });
    const long = new Life({ terms: { maxCallSeconds: 7 } }).answered().expire();
    assert.ok(long.log.some(({ type, detail }) => type === 'max-call-time' && detail['seconds'] === 7));
  });

  it('says what a silent trunk was given up for', () => {
    const life = new Life().dialled().expire();
    const given = life.log.find(({ type }) => type === 'given-up');
    assert.deepEqual(given?.detail, { legId: 'cb.1.0', why: 'No response' });
  });
});
