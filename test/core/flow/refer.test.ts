import assert from 'node:assert/strict';
import { flowMoved } from '../../../lib/core/flow/clock-step.ts';
import { component } from '../../support/flow-components.ts';
import { limits } from '../rules/configuration-fixture.ts';
import { menu, PERSON, Run } from './flow-fixture.ts';

const AWAY = component('transfer', { number: '(48) 99999-0000', timeoutSeconds: 20, otherwise: 'other' });

function referred(run: Run, result: 'transferred' | 'failed', status: number, referId = 'run.refer1'): Run {
  return run.leg({ type: 'referred', legId: PERSON, referId, result, status });
}

function target(run: Run) {
  const found = run.effects.find((effect) => effect.type === 'refer');
  return found?.request.target ?? null;
}

describe('flow: transfer', () => {
  it('refers the person to the number as it stands, without what makes it readable', () => {
    const run = new Run({ a: AWAY });
    const request = { target: { kind: 'number', number: '48999990000' }, timeoutSeconds: 20 };
    assert.deepEqual(run.effects, [{ type: 'refer', legId: PERSON, referId: 'run.refer1', request }]);
  });

  it('refers to an extension of ours and to a SIP URI', () => {
    const extension = new Run({ a: component('transfer', { extension: '200' }) });
    assert.deepEqual(target(extension), { kind: 'extension', extension: '200' });
    const uri = 'sip:x@y.example';
    assert.deepEqual(target(new Run({ a: component('transfer', { sipUri: uri }) })), { kind: 'uri', uri });
    const gone = new Run({ a: component('transfer', { extension: '999' }) });
    gone.over('refused', 'no-route', 'Transfer failed');
  });

  it('transferred, the call is over, or goes on at next', () => {
    referred(new Run({ a: AWAY }), 'transferred', 200).over('connected', 'transferred', 'Transferred');
    assert.deepEqual(referred(new Run({ a: { ...AWAY, next: 'one' } }), 'transferred', 200).prompts(), ['one']);
  });

  it('failed, it leads to otherwise, or ends as what it was', () => {
    assert.deepEqual(referred(new Run({ a: AWAY }), 'failed', 486).prompts(), ['other']);
    const alone = { ...AWAY, otherwise: null };
    for (const [status, outcome] of [
      [486, 'busy'],
      [603, 'rejected'],
      [408, 'no-answer'],
      [0, 'failed'],
      [503, 'unreachable'],
    ] as const)
      referred(new Run({ a: alone }), 'failed', status).over(outcome, 'transfer-failed', 'Transfer failed');
  });

  it('the word on another one changes nothing', () => {
    assert.deepEqual(referred(new Run({ a: AWAY }), 'failed', 486, 'run.refer7').effects, []);
  });

  it('where nothing is told it is over two seconds after its time', () => {
    const run = new Run({ a: AWAY });
    assert.equal(run.deadline, run.now + 22_000);
    run.state = flowMoved(run.state, 1_000);
    assert.equal(run.deadline, run.now + 23_000);
    assert.deepEqual(run.wait(22_999).effects, []);
    assert.deepEqual(run.wait(1).prompts(), ['other']);
  });

  it('emergency numbers are nobody that we refer to', () => {
    const run = new Run({ a: { ...AWAY, number: '190' } });
    assert.deepEqual([target(run), run.prompts()], [null, ['other']]);
  });

  it('a number that the caller chose passes the gates, one of the configuration does not have to', () => {
    const blocked = { limits: limits({ blockedNumbers: ['+5548999*'] }) };
    const chosen = (number: string) =>
      new Run(
        { a: menu({ choices: { '48999990000': 'b' }, maxDigits: 11 }), b: { ...AWAY, number } },
        { configuration: blocked },
      )
        .promptEnded()
        .keys(...'48999990000');
    assert.deepEqual(chosen('{digits}').prompts(), ['other']);
    assert.deepEqual(target(chosen('+5548999990000')), { kind: 'number', number: '+5548999990000' });
    const free = new Run({
      a: menu({ choices: { '48999990000': 'b' }, maxDigits: 11 }),
      b: { ...AWAY, number: '{digits}' },
    });
    assert.deepEqual(target(free.promptEnded().keys(...'48999990000')), { kind: 'number', number: '48999990000' });
  });

  it('nothing chosen is nothing to refer to', () => {
    const run = new Run({ a: { ...AWAY, number: '{digits}' } });
    assert.deepEqual([target(run), run.prompts()], [null, ['other']]);
  });

  it('a person who hangs up before the word has hung up', () => {
    new Run({ a: AWAY })
      .leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' })
      .over('abandoned', 'hung-up', null);
  });
});
