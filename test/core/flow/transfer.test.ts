import assert from 'node:assert/strict';
import { dialledOf } from '../../../lib/core/call/candidate.ts';
import type { LegEvent, LegId } from '../../../lib/core/call/leg.ts';
import type { TransferTarget } from '../../../lib/core/call/transfer.ts';
import type { Configuration } from '../../../lib/core/configuration.ts';
import { targetsStopped } from '../../../lib/core/flow/flow.ts';
import { USUAL_CALLS } from '../../../lib/core/settings.ts';
import { dial, PERSON, Run } from './flow-fixture.ts';

type Options = ConstructorParameters<typeof Run>[1];

const BY_ANYONE = { ...USUAL_CALLS, transfers: { ...USUAL_CALLS.transfers, by: 'anyone' as const } };

/** A person who talks to extension 200. */
function bridged(options: Options = {}): { run: Run; target: LegId } {
  const extensions = ['200', '201'].map((number) => ({ number, contact: `sip:${number}@192.0.2.1`, password: null }));
  const run = new Run(
    { a: dial({ extension: '200' }) },
    { ...options, configuration: { extensions, ...options?.configuration } },
  );
  run.target('answered');
  return { run, target: run.targetLeg };
}

/** What the last step did, in words. */
function said(run: Run): string[] {
  return run.effects.map((effect) => {
    switch (effect.type) {
      case 'transfer':
        return `${effect.legId} ${effect.progress.type}${'status' in effect.progress ? ` ${effect.progress.status}` : ''}`;
      case 'bridge':
        return `bridge ${effect.a} ${effect.b}`;
      case 'dial': {
        const { candidate } = effect.request;
        return `dial ${candidate.kind === 'trunk' ? `${candidate.user} via ${candidate.trunk}` : dialledOf(candidate)}`;
      }
      case 'play':
        return `play ${effect.legId} ${effect.prompt}`;
      default:
        return `${effect.type} ${'legId' in effect ? effect.legId : ''}`;
    }
  });
}

const refer = (run: Run, legId: LegId, target: TransferTarget = { kind: 'user', user: '201' }) =>
  run.leg({ type: 'transferAsked', legId, transferId: 't', target });
const ends = (run: Run, legId: LegId) => run.leg({ type: 'ended', legId, by: 'remote', text: '' });
const huntLeg = (run: Run): LegId => {
  const { place } = run.state;
  return place.type === 'bridged' ? (place.transfer?.hunt.legId ?? '') : '';
};
const hunted = (run: Run, type: 'ringing' | 'answered') =>
  run.leg({ type, legId: huntLeg(run), status: 180 } as unknown as LegEvent);
const busy = (run: Run) =>
  run.leg({
    type: 'rejected',
    legId: huntLeg(run),
    result: {
      kind: 'final',
      status: 486,
      phrase: '',
      q850Cause: null,
      location: null,
      text: '',
      retryAfterSeconds: null,
      rang: true,
    },
  });

describe('flow: a transfer by the extension', () => {
  it('rings the target while the two go on talking, and connects the person with it when it answers', () => {
    const { run, target } = bridged();
    assert.deepEqual(said(refer(run, target)), [`${target} trying`, 'dial 201']);
    assert.deepEqual(said(hunted(run, 'ringing')), [`${target} ringing`]);
    assert.deepEqual(said(hunted(run, 'ringing')), []);
    const fresh = huntLeg(run);
    assert.deepEqual(said(hunted(run, 'answered')), [`bridge ${PERSON} ${fresh}`, `${target} answered`]);
    // Whoever has handed over is nobody's any more
    assert.deepEqual(said(ends(run, target)), []);
    assert.equal(run.targetLeg, fresh);
    ends(run, fresh).over('connected', 'completed', 'The other side hung up');
  });

  it('has its media go past us if that of the talk did, by the rule or by the component', () => {
    const released = (component: boolean | null, rule: boolean) => {
      const run = new Run(
        { a: dial({ extension: '200', releaseMedia: component }) },
        { host: { releaseMedia: rule } },
      ).target('answered');
      const of = () => run.effects.flatMap((effect) => (effect.type === 'bridge' ? [effect.release] : []));
      const before = of();
      refer(run, run.targetLeg);
      hunted(run, 'answered');
      return [...before, ...of()];
    };
    assert.deepEqual(released(null, true), [true, true]);
    assert.deepEqual(released(false, true), [false, false]);
    assert.deepEqual(released(true, false), [true, true]);
  });

  it('that fails leaves the two as they are, and another one may follow', () => {
    const { run, target } = bridged();
    refer(run, target);
    assert.deepEqual(said(busy(run)), [`${target} failed 486`]);
    assert.equal(run.targetLeg, target);
    assert.deepEqual(said(refer(run, target)), [`${target} trying`, 'dial 201']);
    run.now = run.deadline!;
    assert.deepEqual(said(run.send({ type: 'alarm' })).at(-1), `${target} failed 480`);
    assert.equal(run.deadline, null);
    ends(run, PERSON).over('connected', 'completed', null);
    assert.deepEqual(said(run), [`hangUp ${target}`]);
  });

  it('that hangs up at once leaves the person with a ringing tone, as long as it rings', () => {
    const { run, target } = bridged();
    refer(run, target);
    assert.deepEqual(said(ends(run, target)), []);
    assert.deepEqual(said(hunted(run, 'ringing')), [`play ${PERSON} tone:ringback`]);
    const play = run.effects.find((effect) => effect.type === 'play')!;
    run.leg({ type: 'playEnded', legId: PERSON, playId: play.playId, result: 'played' });
    assert.deepEqual(said(run), [`play ${PERSON} tone:ringback`]);
    const fresh = huntLeg(run);
    assert.deepEqual(said(hunted(run, 'answered')), [`stopPlay ${PERSON}`, `bridge ${PERSON} ${fresh}`]);
    ends(run, PERSON);
    assert.deepEqual(said(run), [`hangUp ${fresh}`]);
  });

  it('that hung up, of a target that does not answer, is the end of the call', () => {
    const { run, target } = bridged();
    ends(refer(run, target), target);
    busy(run).over('connected', 'transfer-failed', 'Nobody could be reached');
  });

  it('is given up when the person goes', () => {
    const { run, target } = bridged();
    refer(run, target);
    const fresh = huntLeg(run);
    ends(run, PERSON).over('connected', 'completed', null);
    assert.deepEqual(said(run), [`hangUp ${fresh}`, `${target} failed 487`, `hangUp ${target}`]);
  });

  it('is refused while another one is under way', () => {
    const { run, target } = bridged();
    refer(run, target);
    assert.deepEqual(said(refer(run, target)), [`${target} refused 603`]);
    assert.equal(run.end, null);
  });

  it('of the same phone’s other call is the SIP room’s to join', () => {
    const { run, target } = bridged();
    assert.deepEqual(said(refer(run, target, { kind: 'call' })), [`${target} join`]);
    assert.equal(run.targetLeg, target);
  });

  it('ends with everything else when the call is stopped', () => {
    const { run, target } = bridged();
    refer(run, target);
    const stopped = targetsStopped(run.state, PERSON, { cause: 16, text: '' });
    assert.deepEqual(
      stopped.map((effect) => `${effect.type} ${'legId' in effect ? effect.legId : ''}`),
      [`hangUp ${huntLeg(run)}`, `hangUp ${target}`],
    );
  });
});

describe('flow: a transfer by the person', () => {
  it('who is an extension connects the other side with the target, and the call goes on without him', () => {
    const { run, target } = bridged({ host: { isExtension: true } });
    assert.deepEqual(said(refer(run, PERSON)), [`${PERSON} trying`, 'dial 201']);
    const fresh = huntLeg(run);
    assert.deepEqual(said(hunted(run, 'answered')), [`bridge ${target} ${fresh}`, `${PERSON} answered`]);
    ends(run, PERSON);
    assert.equal(run.end, null);
    assert.deepEqual(
      targetsStopped(run.state, PERSON, { cause: 16, text: '' }).map((effect) =>
        'legId' in effect ? effect.legId : '',
      ),
      [fresh, target],
    );
    // The person's leg is gone, so the one who is left is hung up here
    ends(run, target).over('connected', 'completed', null);
    assert.deepEqual(said(run), [`hangUp ${fresh}`]);
  });

  it('may go on to be one by the new target, which is an extension too', () => {
    const { run, target } = bridged({ host: { isExtension: true } });
    refer(run, PERSON);
    hunted(run, 'answered');
    const second = run.targetLeg;
    assert.deepEqual(said(refer(run, second, { kind: 'user', user: '200' })), [`${second} trying`, 'dial 200']);
    const third = huntLeg(run);
    assert.deepEqual(said(hunted(run, 'answered')), [`bridge ${target} ${third}`, `${second} answered`]);
    ends(run, third).over('connected', 'completed', null);
    assert.deepEqual(said(run), [`hangUp ${target}`]);
  });
});

describe('flow: who may transfer, and where to', () => {
  const withCalls = (transfers: Partial<typeof USUAL_CALLS.transfers>): Partial<Configuration> => ({
    calls: { ...USUAL_CALLS, transfers: { ...USUAL_CALLS.transfers, ...transfers } },
  });
  const answer = (options: Options, from: 'person' | 'target', user = '201') => {
    const { run, target } = bridged(options);
    return said(refer(run, from === 'person' ? PERSON : target, { kind: 'user', user }))
      .join(', ')
      .replace(target, 'target');
  };

  it('is an extension, unless the configuration says nobody, or anybody', () => {
    assert.equal(answer({}, 'person'), 'person refused 603');
    assert.equal(answer({ configuration: withCalls({ by: 'anyone' }) }, 'person'), 'person trying, dial 201');
    assert.equal(answer({ configuration: withCalls({ by: 'nobody' }) }, 'target'), 'target refused 603');
  });

  it('is an extension, and never a number where no outgoing rule is named for it', () => {
    for (const user of ['+5548999990000', '999', '0', 'alice', '201;x', ' ', '190'])
      assert.equal(answer({ configuration: { calls: BY_ANYONE } }, 'target', user), 'target refused 404', user);
  });

  it('is a number through that rule, past the gates', () => {
    const outgoingRules = [
      { name: 'out', routes: [{ match: '^55(\\d+)$', matchOn: 'e164' as const, rewrite: '0$1', trunks: ['a'] }] },
    ];
    const options = { configuration: { ...withCalls({ outgoingRule: 'out' }), outgoingRules } };
    const { run, target } = bridged(options);
    assert.deepEqual(said(refer(run, target, { kind: 'user', user: '+5548999990000' })), [
      `${target} trying`,
      'reserveSlot run.transfer2.0',
    ]);
    assert.equal(run.deadline, run.now + 30_000);
    run.send({ type: 'slotGranted', legId: huntLeg(run) });
    assert.deepEqual(said(run), ['dial 048999990000 via a']);
    const anywhere = [
      { name: 'out', routes: [{ match: '.', matchOn: 'received' as const, rewrite: null, trunks: ['a'] }] },
    ];
    const open = { configuration: { ...options.configuration, outgoingRules: anywhere } };
    for (const user of ['+12125551234', run.host.call.inboundNumber!])
      assert.equal(answer(open, 'target', user), 'target refused 603', user);
    for (const user of ['190', '0', 'alice', ''])
      assert.match(answer(open, 'target', user), /^target refused (404|603)$/, user);
  });

  it('is no number that is suppressed, or dearer than may be spent: whoever asked hears a decline, and they talk on', () => {
    const outgoingRules = [
      { name: 'out', routes: [{ match: '.', matchOn: 'e164' as const, rewrite: null, trunks: ['a'] }] },
    ];
    const rule = { origin: 'rule:r', perDay: 5 };
    for (const gate of ['suppressed', 'spend'] as const) {
      const { run, target } = bridged({
        configuration: { ...withCalls({ outgoingRule: 'out' }), outgoingRules },
        host: { rule },
      });
      refer(run, target, { kind: 'user', user: '+5548999990000' });
      const asked = run.effects.find((effect) => effect.type === 'reserveSlot');
      const number = { received: '+5548999990000', e164: '+5548999990000' };
      assert.deepEqual(asked?.type === 'reserveSlot' && asked.cost, { number, rule, isAttempt: false });
      run.send({ type: 'slotGranted', legId: huntLeg(run), facts: { type: 'refused', gate, text: 'why' } });
      assert.deepEqual(said(run), ['withdrawSlot run.transfer2.0', `${target} failed 603`]);
      const detail = { legId: target, via: 'a', gate, why: 'why' };
      assert.deepEqual(run.notes[0], { type: 'target-refused', detail });
      assert.equal(run.state.place.type === 'bridged' && run.state.place.transfer, null);
      // The transferor hung up meanwhile: the call is over for the other one.
      const alone = bridged({ configuration: { ...withCalls({ outgoingRule: 'out' }), outgoingRules } });
      refer(alone.run, alone.target, { kind: 'user', user: '+5548999990000' });
      ends(alone.run, alone.target);
      alone.run.send({ type: 'slotGranted', legId: huntLeg(alone.run), facts: { type: 'refused', gate, text: 'why' } });
      assert.equal(alone.run.end?.type === 'over' && alone.run.end.reason, 'transfer-failed');
    }
  });

  it('is not waited for longer than a target rings, where the trunk has no room', () => {
    const outgoingRules = [
      { name: 'out', routes: [{ match: '.', matchOn: 'e164' as const, rewrite: null, trunks: ['a'] }] },
    ];
    const { run, target } = bridged({ configuration: { ...withCalls({ outgoingRule: 'out' }), outgoingRules } });
    refer(run, target, { kind: 'user', user: '+5548999990000' });
    const slot = huntLeg(run);
    run.now = run.deadline!;
    assert.deepEqual(said(run.send({ type: 'alarm' })), [`withdrawSlot ${slot}`, `${target} failed 480`]);
  });
});
