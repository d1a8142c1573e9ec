import assert from 'node:assert/strict';
import { component } from '../../support/flow-components.ts';
import { announce, dial, PERSON, Run } from './flow-fixture.ts';

const BOTH = dial({ extensions: ['200', '201'] });
const IN_ORDER = dial({ extensions: ['200', '201'], strategy: 'inOrder' });

function dialled(run: Run) {
  return run.effects.flatMap((effect) => (effect.type === 'dial' ? [effect.request.candidate] : []));
}

/** What the last step hangs up, and why. */
function hungUp(run: Run) {
  return run.effects.flatMap((effect) => (effect.type === 'hangUp' ? [[effect.legId, effect.reason.text]] : []));
}

describe('flow: dial several', () => {
  it('ringAll is one leg to all of them', () => {
    const run = new Run({ a: BOTH });
    assert.deepEqual(dialled(run), [{ kind: 'group', extensions: ['200', '201'] }]);
    run.target('answered');
    assert.deepEqual(run.types(), ['bridge']);
    assert.ok(run.state.place.type === 'bridged' && run.state.place.isExtension);
  });

  it('extensions that are gone are passed over, and none left is no route', () => {
    const one = new Run({ a: dial({ extensions: ['999', '201'] }) });
    assert.deepEqual(dialled(one), [{ kind: 'extension', extension: '201' }]);
    assert.deepEqual(new Run({ a: dial({ extensions: ['998', '999'], otherwise: 'other' }) }).prompts(), ['other']);
    new Run({ a: dial({ extensions: ['998'] }) }).over('failed', 'no-route', 'Nobody could be reached');
  });

  it('inOrder rings one after the other, each for the ring timeout', () => {
    const run = new Run({ a: { ...IN_ORDER, ringTimeoutSeconds: 15, noAnswer: 'other' } });
    const first = run.targetLeg;
    assert.deepEqual(dialled(run), [{ kind: 'extension', extension: '200' }]);
    assert.equal(run.deadline, run.now + 15_000);
    run.target('ringing').wait(15_000);
    assert.deepEqual(hungUp(run), [[first, 'No answer']]);
    assert.deepEqual(dialled(run), [{ kind: 'extension', extension: '201' }]);
    assert.equal(run.deadline, run.now + 15_000);
    const second = run.targetLeg;
    assert.notEqual(second, first);
    run.leg({ type: 'answered', legId: first });
    assert.deepEqual([run.effects, run.end], [[], null], 'who answers too late is nobody');
    run.wait(15_000);
    assert.deepEqual(hungUp(run), [[second, 'No answer']]);
    assert.deepEqual(run.prompts(), ['other']);
  });

  for (const [what, result] of [
    ['busy', { status: 486 }],
    ['declining', { status: 603 }],
    ['not there', { kind: 'notReachable', status: 0 }],
    ['silent', { kind: 'noResponse', status: 0 }],
  ] as const) {
    it(`inOrder goes on after one that is ${what}, and leaves no leg of it`, () => {
      const run = new Run({ a: IN_ORDER }).rejected(result);
      assert.deepEqual(dialled(run), [{ kind: 'extension', extension: '201' }]);
      assert.deepEqual(hungUp(run), []);
      run.target('answered');
      assert.deepEqual([run.types(), run.state.place.type], [['bridge'], 'bridged']);
    });
  }

  it('the ringing goes on from one to the next without a gap', () => {
    const run = new Run({ a: { ...IN_ORDER, otherwise: 'other' } }).target('ringing');
    assert.deepEqual(run.prompts(), ['tone:ringback']);
    run.rejected();
    assert.deepEqual(run.types(), ['dial']);
    run.target('ringing');
    assert.deepEqual(run.prompts(), []);
    run.rejected();
    assert.deepEqual(run.types(), ['stopPlay', 'play']);
  });

  it('what became of the last one is the exit', () => {
    const exits = { busy: 'one', rejected: 'two', otherwise: 'other' };
    assert.deepEqual(new Run({ a: { ...IN_ORDER, ...exits } }).rejected().rejected({ status: 603 }).prompts(), ['two']);
    assert.deepEqual(new Run({ a: { ...IN_ORDER, ...exits } }).rejected({ status: 603 }).rejected().prompts(), ['one']);
  });

  it('a person who hangs up ends the one that is being rung', () => {
    const run = new Run({ a: IN_ORDER }).rejected();
    const legId = run.targetLeg;
    run.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(hungUp(run), [[legId, 'The other side hung up']]);
    run.over('abandoned', 'hung-up', null);
  });

  it('a SIP URI is dialled as it stands', () => {
    const uri = 'sip:support@bots.example.com;transport=tcp';
    const run = new Run({ a: dial({ sipUri: uri }) });
    assert.deepEqual(dialled(run), [{ kind: 'uri', uri }]);
    run.target('answered');
    assert.ok(run.state.place.type === 'bridged' && !run.state.place.isExtension);
  });
});

describe('flow: the exits of a dial', () => {
  const exits = { busy: 'one', noAnswer: 'two', rejected: 'twenty', unreachable: 'other', otherwise: 'rest' };
  const start = (changes = {}) =>
    new Run({ a: dial({ extension: '200', ...exits, ...changes }), rest: announce('rest') });

  for (const [what, result, prompt] of [
    ['486 is busy', { status: 486 }, 'one'],
    ['600 is busy', { status: 600 }, 'one'],
    ['480 is no answer', { status: 480 }, 'two'],
    ['603 is rejected', { status: 603 }, 'twenty'],
    ['404 is unreachable', { status: 404 }, 'other'],
    ['no contact is unreachable', { kind: 'notReachable', status: 0 }, 'other'],
    ['503 is unreachable', { status: 503 }, 'other'],
    ['no media is otherwise', { kind: 'media', status: 200 }, 'rest'],
  ] as const) {
    it(what, () => assert.deepEqual(start().rejected(result).prompts(), [prompt]));
  }

  it('the ring timeout is no answer', () => assert.deepEqual(start().wait(20_000).prompts(), ['two']));

  it('no line on the trunk is unreachable', () => {
    const run = start({ extension: null, number: '+5548999990000', trunk: 'a' });
    assert.deepEqual(run.wait(20_000).prompts(), ['other']);
    assert.ok(run.types().includes('withdrawSlot'));
  });

  it('a number that is refused is otherwise', () => {
    const run = start({ extension: null, number: '190', trunk: 'a' });
    assert.deepEqual(run.prompts(), ['rest']);
  });

  it('without its own exit it is otherwise, and without that the end', () => {
    assert.deepEqual(start({ busy: null }).rejected().prompts(), ['rest']);
    start({ busy: null, otherwise: null }).rejected().over('busy', 'busy', 'Nobody could be reached');
  });
});

describe('flow: after the talk', () => {
  const talking = (changes = {}, host = {}) =>
    new Run({ a: dial({ extension: '200', next: 'other', ...changes }) }, { host }).target('answered');

  it('the person goes on at `next` when the target has hung up', () => {
    const run = talking();
    run.now += 60_000;
    run.target('ended');
    assert.deepEqual([run.types(), run.prompts(), run.end], [['play'], ['other'], null]);
    assert.equal(run.state.talkedMs, 60_000);
  });

  it('without `next` the call ends', () => {
    talking({ next: null }).target('ended').over('connected', 'completed', 'The other side hung up');
  });

  it('a person who hangs up ends the call, whatever `next` says', () => {
    const run = talking().leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(hungUp(run), [['run.dial1.0', 'The other side hung up']]);
    run.over('connected', 'completed', null);
  });

  it('maxTalkSeconds hangs the target up and leads on, and counts from the answer', () => {
    const run = talking({ maxTalkSeconds: 30 });
    assert.equal(run.deadline, run.now + 30_000);
    run.wait(29_999);
    assert.deepEqual([run.types(), run.state.place.type], [[], 'bridged']);
    run.wait(1);
    assert.deepEqual(hungUp(run), [['run.dial1.0', 'Longest talk reached']]);
    assert.deepEqual([run.prompts(), run.state.talkedMs], [['other'], 30_000]);
    run.leg({ type: 'ended', legId: 'run.dial1.0', by: 'local', text: '' });
    assert.equal(run.end, null);
  });

  it('maxTalkSeconds without `next` ends both', () => {
    const run = talking({ maxTalkSeconds: 30, next: null }).wait(30_000);
    assert.deepEqual(hungUp(run), [['run.dial1.0', 'Longest talk reached']]);
    run.over('connected', 'longest-talk', 'Longest talk reached');
  });

  it('a transfer under way ends with the longest talk, and whoever asked for it is told', () => {
    const run = talking({ maxTalkSeconds: 30 });
    const target = { kind: 'user', user: '201' } as const;
    run.leg({ type: 'transferAsked', legId: 'run.dial1.0', transferId: 't', target });
    assert.ok(run.types().includes('dial'));
    run.wait(30_000);
    assert.deepEqual(
      hungUp(run).map(([legId]) => legId),
      ['run.transfer2.0', 'run.dial1.0'],
    );
    assert.ok(run.effects.some((effect) => effect.type === 'transfer' && effect.progress.type === 'failed'));
    assert.deepEqual(run.prompts(), ['other']);
  });

  it('whoever has come in the place of the target leads on as well', () => {
    const run = talking();
    const target = { kind: 'user', user: '201' } as const;
    run.leg({ type: 'transferAsked', legId: 'run.dial1.0', transferId: 't', target });
    run.leg({ type: 'answered', legId: 'run.transfer2.0' });
    run.leg({ type: 'ended', legId: 'run.transfer2.0', by: 'remote', text: '' });
    assert.deepEqual([run.prompts(), run.end], [['other'], null]);
  });

  it('whoever was handed over and finds nobody goes on, too', () => {
    const run = talking();
    const target = { kind: 'user', user: '201' } as const;
    run.leg({ type: 'transferAsked', legId: 'run.dial1.0', transferId: 't', target });
    run.target('ended');
    run.leg({ type: 'rejected', legId: 'run.transfer2.0', result: BUSY });
    assert.deepEqual([run.prompts(), run.end], [['other'], null]);
  });

  it('a person who has handed the target over and is gone goes nowhere', () => {
    const run = talking({}, { isExtension: true });
    const target = { kind: 'user', user: '201' } as const;
    run.leg({ type: 'transferAsked', legId: PERSON, transferId: 't', target });
    run.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    run.target('ended');
    assert.deepEqual(run.prompts(), []);
    assert.equal(run.end?.type, 'over');
  });

  it('talks one after the other add up', () => {
    const run = new Run({
      a: dial({ extension: '200', next: 'b' }),
      b: dial({ extension: '201', next: 'other' }),
    }).target('answered');
    run.now += 5_000;
    run.target('ended').target('answered');
    run.now += 7_000;
    run.target('ended');
    assert.deepEqual([run.state.talkedMs, run.prompts()], [12_000, ['other']]);
  });

  it("the component's releaseMedia beats the rule's", () => {
    const released = (run: Run) => run.effects.find((effect) => effect.type === 'bridge');
    assert.equal(released(talking({ releaseMedia: true }))?.release, true);
    assert.equal(released(talking({ releaseMedia: false }, { releaseMedia: true }))?.release, false);
    assert.equal(released(talking({}, { releaseMedia: true }))?.release, true);
  });

  it('a component that went with a new configuration ends the call as before', () => {
    const run = talking({ maxTalkSeconds: 30 });
    run.configuration = { ...run.configuration, flows: [] };
    assert.equal(run.deadline, null);
    run.target('ended').over('connected', 'completed', 'The other side hung up');
  });

  it('a hangup at `next` is the end that the flow says', () => {
    const run = new Run({
      a: dial({ extension: '200', next: 'bye' }),
      bye: component('hangup', { reason: 'Thank you' }),
    });
    run.target('answered').target('ended').over('connected', 'flow-ended', 'Thank you');
  });
});

const BUSY = {
  kind: 'final',
  status: 486,
  phrase: '',
  q850Cause: null,
  location: null,
  text: '',
  retryAfterSeconds: null,
  rang: false,
} as const;
