import assert from 'node:assert/strict';
import type { RecordingEnd } from '../../../lib/core/call/recording.ts';
import type { DialComponent, RecordComponent } from '../../../lib/core/configuration.ts';
import type { FlowEffect } from '../../../lib/core/flow/flow-state.ts';
import { component } from '../../support/flow-components.ts';
import { dial, PERSON, Run } from './flow-fixture.ts';

const record = (changes: Partial<RecordComponent> = {}): RecordComponent =>
  component('record', { next: 'one', otherwise: 'other', ...changes });

const run = (changes: Partial<RecordComponent> = {}, options: ConstructorParameters<typeof Run>[1] = {}) =>
  new Run({ message: record(changes) }, options);

function played(at: Run): Run {
  const { place } = at.state;
  return at.leg({
    type: 'playEnded',
    legId: PERSON,
    playId: place.type === 'record' ? (place.playId ?? '') : '',
    result: 'played',
  });
}

const recordingOf = ({ effects }: Run) =>
  effects.find((effect): effect is FlowEffect & { type: 'record' } => effect.type === 'record');
const ended = (at: Run, why: RecordingEnd, said: { seconds?: number; silent?: boolean } = {}): Run =>
  at.leg({ type: 'recorded', legId: PERSON, recordingId: 'run.recording3', seconds: 4, why, silent: false, ...said });
/** The prompt and the beep are over. */
const recording = (changes: Partial<RecordComponent> = {}): Run => played(played(run({ prompt: 'leave', ...changes })));

describe('core/flow/record: a voice message', () => {
  it('begins after its prompt and a beep, with the limits that the component names', () => {
    const at = run({ prompt: 'leave', maxLengthSeconds: 30, silenceSeconds: 3 });
    assert.deepEqual(at.prompts(), ['leave']);
    assert.deepEqual(played(at).prompts(), ['tone:beep']);
    const effect = recordingOf(played(at));
    assert.deepEqual(effect?.options, { what: 'person', maxSeconds: 30, silenceSeconds: 3 });
    assert.equal(effect?.recordingId, 'run.recording3');
    assert.equal(effect?.legId, PERSON);
    assert.equal(effect?.subject.kind, 'message');
  });

  it('is announced where nothing is said before it, unless consent is given', () => {
    assert.deepEqual(run().prompts(), ['recorded']);
    assert.deepEqual(run({ consent: true }).prompts(), ['tone:beep']);
    assert.ok(recordingOf(run({ consent: true, beep: false })));
  });

  it('has its prompt skipped by the terminator, which is heard before it as well', () => {
    const at = run({ prompt: 'leave' });
    at.keys('#');
    assert.deepEqual(at.prompts(), ['tone:beep']);
    assert.equal(at.types()[0], 'stopPlay');
  });

  it('ends with the terminator alone, and goes on when it has been written', () => {
    const at = recording({ terminator: '*' });
    at.keys('#', '1');
    assert.deepEqual(at.effects, []);
    at.keys('*');
    assert.deepEqual(at.effects, [{ type: 'stopRecord', legId: PERSON }]);
    assert.equal(at.state.component, 'message');
    ended(at, 'stopped');
    assert.equal(at.state.component, 'one');
    assert.equal(at.state.variables['recording'], 'run.recording3');
  });

  it('has no key that ends it where there is no terminator', () => {
    const at = recording({ terminator: '' });
    at.keys('#');
    assert.deepEqual(at.effects, []);
  });

  for (const why of ['silence', 'maxSeconds'] as const)
    it(`goes on after ${why}`, () => assert.equal(ended(recording(), why).state.component, 'one'));

  it('that holds nothing but silence leads to otherwise, and is no recording', () => {
    const at = ended(recording(), 'silence', { silent: true });
    assert.equal(at.state.component, 'other');
    assert.equal(at.state.variables['recording'], undefined);
  });

  for (const why of ['storage', 'noMedia', 'overrun'] as const)
    it(`leads to otherwise where it ended by ${why}, and the call goes on`, () => {
      const at = ended(recording(), why, { seconds: why === 'noMedia' ? 0 : 2 });
      assert.equal(at.state.component, 'other');
      assert.equal(at.end, null);
    });

  it('is kept where the person hangs up, which is how many end one', () => {
    const at = ended(recording(), 'hangup');
    assert.equal(at.end, null);
    at.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' }).over('connected', 'message-left', null);
  });

  it('is none where the person hangs up without a word', () => {
    const at = ended(recording(), 'hangup', { silent: true });
    at.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' }).over('abandoned', 'hung-up', null);
  });

  it('of which its leg never tells keeps nobody', () => {
    const at = recording({ maxLengthSeconds: 10 });
    assert.equal(at.deadline, at.now + 15_000);
    at.wait(15_000);
    assert.equal(at.state.component, 'other');
    assert.deepEqual(at.effects[0], { type: 'stopRecord', legId: PERSON });
  });

  it('is stopped by maxSeconds of the component', () => {
    const at = recording({ maxSeconds: 5 });
    at.wait(5000);
    assert.deepEqual(at.effects[0], { type: 'stopRecord', legId: PERSON });
    assert.equal(at.state.component, 'other');
  });
});

describe('core/flow: a talk that is recorded', () => {
  const answered = (changes: Partial<DialComponent>, options: ConstructorParameters<typeof Run>[1] = {}) => {
    const at = new Run({ sales: dial({ extension: '200', ...changes }) }, options);
    return at.target('dialled').target('answered');
  };
  const told = (at: Run, legId: string, result: 'played' | 'failed' = 'played'): Run => {
    const { place } = at.state;
    const play = place.type === 'dial' ? place.announcing?.plays.find((one) => one.legId === legId) : undefined;
    return at.leg({ type: 'playEnded', legId, playId: play?.playId ?? '', result });
  };

  it('is not, unless somebody says so', () => {
    const at = answered({});
    assert.ok(at.types().includes('bridge'));
    assert.equal(recordingOf(at), undefined);
  });

  it('is announced to both before they are connected', () => {
    const at = answered({ record: true });
    const target = at.targetLeg;
    assert.deepEqual(
      at.effects.flatMap((effect) => (effect.type === 'play' ? [[effect.legId, effect.prompt]] : [])),
      [
        [PERSON, 'recorded'],
        [target, 'recorded'],
      ],
    );
    told(at, PERSON);
    assert.ok(!at.types().includes('bridge'));
    told(at, target);
    const [bridge, recorded] = at.effects;
    assert.equal(bridge?.type, 'bridge');
    assert.ok(recorded?.type === 'record');
    assert.equal(recorded.options.what, 'stereo');
    assert.equal(recorded.legId, PERSON);
    assert.equal(recorded.subject.otherLegId, target);
  });

  it('is not announced where consent is given otherwise', () => {
    const at = answered({ record: true, consent: true });
    assert.deepEqual(at.prompts(), []);
    assert.ok(recordingOf(at));
  });

  it('follows the rule where the component says nothing, and the component where it does', () => {
    const host = { record: { consent: true } };
    assert.ok(recordingOf(answered({}, { host })));
    assert.equal(recordingOf(answered({ record: false }, { host })), undefined);
  });

  it('is not recorded where one of the two could not be told; they talk all the same', () => {
    const at = told(answered({ record: true }), PERSON, 'failed');
    assert.ok(at.types().includes('bridge'));
    assert.equal(recordingOf(at), undefined);
    const silent = answered({ record: true });
    assert.equal(silent.deadline, silent.now + 20_000);
    silent.wait(20_000);
    assert.ok(silent.types().includes('bridge'));
    assert.equal(recordingOf(silent), undefined);
  });

  it('keeps the media with us, whatever the rule says of it', () => {
    const at = answered({ record: true, consent: true }, { host: { releaseMedia: true } });
    const bridge = at.effects.find(({ type }) => type === 'bridge');
    assert.ok(bridge?.type === 'bridge' && !bridge.release);
  });

  it('goes to otherwise where the target hangs up while it is being told', () => {
    const at = answered({ record: true, otherwise: 'other' });
    at.target('ended');
    assert.equal(at.state.component, 'other');
  });

  it('ends with the talk', () => {
    const at = answered({ record: true, consent: true });
    at.target('ended');
    assert.deepEqual(at.effects[0], { type: 'stopRecord', legId: PERSON });
  });

  const transfers = { by: 'anyone', outgoingRule: null, ringTimeoutSeconds: 30 } as const;
  const calls = { sessionTimers: false, mediaTimeoutSeconds: 60, holdMusic: null, transfers } as const;

  it('ends before another call is joined to it: whoever is in that has not been told', () => {
    const at = answered({ record: true, consent: true }, { configuration: { calls } });
    at.leg({ type: 'transferAsked', legId: at.targetLeg, transferId: 't', target: { kind: 'call' } });
    assert.deepEqual(at.types(), ['stopRecord', 'transfer']);
    at.target('ended');
    assert.ok(!at.types().includes('stopRecord'));
  });

  it('that has ended by itself is not ended again', () => {
    const at = answered({ record: true, consent: true });
    const { recordingId } = recordingOf(at)!;
    at.leg({ type: 'recorded', legId: PERSON, recordingId, seconds: 3, why: 'storage' });
    at.target('ended');
    assert.ok(!at.types().includes('stopRecord'));
    assert.ok(!at.notes.some(({ type }) => type === 'recording-stopped'));
  });

  it('ends when somebody comes into it who has not been told', () => {
    const extensions = ['200', '201'].map((number) => ({ number, contact: `sip:${number}@192.0.2.1`, password: null }));
    const at = answered({ record: true, consent: true }, { configuration: { calls, extensions } });
    const target = at.targetLeg;
    at.leg({ type: 'transferAsked', legId: target, transferId: 't', target: { kind: 'user', user: '201' } });
    const { place } = at.state;
    const third = place.type === 'bridged' ? (place.transfer?.hunt.legId ?? '') : '';
    assert.notEqual(third, '');
    at.leg({ type: 'dialled', legId: third, callId: 'x' }).leg({ type: 'answered', legId: third });
    assert.ok(at.effects.some((effect) => effect.type === 'stopRecord' && effect.legId === PERSON));
  });
});
