import assert from 'node:assert/strict';
import type { DialFacts } from '../../../lib/core/call/dial-facts.ts';
import { component } from '../../support/flow-components.ts';
import { closed } from '../callback/life-fixture.ts';
import { limits } from '../rules/configuration-fixture.ts';
import { announce, dial, menu, PERSON, Run } from './flow-fixture.ts';

const NUMBER = dial({ number: '+5548999990000', trunk: 'a' });
const COST = { number: { received: '+5548999990000', e164: '+5548999990000' }, rule: null, isAttempt: false };

function granted(run: Run): Run {
  return run.send({ type: 'slotGranted', legId: run.targetLeg });
}

function request(run: Run) {
  const found = run.effects.find((effect) => effect.type === 'dial');
  assert.ok(found?.type === 'dial', `a dial among ${JSON.stringify(run.effects)}`);
  return found.request;
}

describe('flow: announce and hangup', () => {
  it('an announcement goes on at its end, however it ended', () => {
    for (const result of ['played', 'failed', 'stopped'] as const) {
      assert.deepEqual(new Run({ a: announce('hello', 'one') }).promptEnded(result).prompts(), ['one']);
    }
  });

  it('one without a next ends the flow: connected', () => {
    new Run({ a: announce('hello') }).promptEnded().over('connected', 'flow-ended');
  });

  it("hangup is the flow's own exit: connected, with its text", () => {
    new Run({ a: { type: 'hangup', reason: null } }).over('connected', 'flow-ended');
    new Run({ a: { type: 'hangup', reason: 'Closed today' } }).over('connected', 'flow-ended', 'Closed today');
  });

  it('keys during an announcement are not for anybody', () => {
    const run = new Run({ a: announce('hello') }).keys('1');
    assert.deepEqual([run.types(), run.end], [[], null]);
  });

  it('a flow that runs in circles by itself is ended', () => {
    const nobody = dial({ extension: '999', otherwise: 'a', maxEntries: 500 });
    new Run({ a: nobody }).over('failed', 'flow-loop');
    const run = new Run({ a: component('announce', { prompt: 'again', next: 'a', maxEntries: 500 }) });
    for (let round = 0; round < 600 && run.end === null; round += 1) run.promptEnded();
    run.over('failed', 'flow-loop');
  });

  it('a component is entered as often as it says, and once more leads to `otherwise`', () => {
    const again = component('announce', { prompt: 'again', next: 'a', maxEntries: 3, otherwise: 'other' });
    const run = new Run({ a: again });
    for (const _ of ['second', 'third']) assert.deepEqual(run.promptEnded().prompts(), ['again']);
    assert.deepEqual(run.promptEnded().prompts(), ['other']);
    new Run({ a: { ...again, maxEntries: 1, otherwise: null } })
      .promptEnded()
      .over('abandoned', 'entered-too-often', 'Entered too often');
  });

  it('the longest stay in a component ends what it has begun and leads to `otherwise`', () => {
    const run = new Run({ a: menu({ maxSeconds: 4, firstDigitTimeoutSeconds: 60, otherwise: 'other' }) });
    const endsAt = run.now + 4000;
    assert.equal(run.deadline, endsAt);
    run.wait(2000).keys('2');
    assert.deepEqual([run.deadline, run.end], [endsAt, null]);
    assert.deepEqual(run.wait(2000).prompts(), ['other']);
    assert.deepEqual(run.effects[0], { type: 'stopPlay', legId: PERSON });
  });

  it('the longest stay in a dial is over with the answer', () => {
    const patient = dial({ extension: '200', ringTimeoutSeconds: 60, maxSeconds: 4, otherwise: 'other' });
    const late = new Run({ a: patient });
    assert.deepEqual(late.wait(4000).prompts(), ['other']);
    assert.ok(
      late.effects.some(({ type }) => type === 'hangUp'),
      'the target rings on',
    );
    const answered = new Run({ a: patient });
    answered.leg({ type: 'answered', legId: answered.targetLeg });
    assert.deepEqual([answered.state.place.type, answered.deadline], ['bridged', null]);
  });

  it('a missing component ends the flow', () => {
    new Run({ a: announce('hello', 'nowhere') }).promptEnded().over('failed', 'component-missing');
    new Run({ a: announce('hello', '__proto__') }).promptEnded().over('failed', 'component-missing');
  });

  it('a callback component is the end, whatever stood before it', () => {
    const back = component('callback');
    const run = new Run({ a: announce('hello', 'back'), back }).promptEnded();
    assert.deepEqual(run.end, { type: 'callback', flow: 'f', component: 'back' });
  });
});

describe('flow: dial', () => {
  it('rings an extension at once, and shows it the original caller', () => {
    const run = new Run({ a: dial({ extension: '200' }) });
    assert.deepEqual(request(run), {
      legId: 'run.dial1.0',
      candidate: { kind: 'extension', extension: '200' },
      identity: { callerId: { number: '48991996260', name: 'Ana' }, onBehalfOf: '+554831210110' },
      callerIdChange: null,
      callbackId: null,
      idempotencyKey: 'run.dial1.0',
      likeLeg: PERSON,
    });
  });

  it('waits for a slot of the trunk, and shows the inbound number there', () => {
    const run = new Run({ a: NUMBER });
    assert.deepEqual(run.effects, [{ type: 'reserveSlot', legId: 'run.dial1.0', trunk: 'a', cost: COST }]);
    const { candidate, identity } = request(granted(run));
    assert.deepEqual(candidate, { kind: 'trunk', trunk: 'a', user: '+5548999990000' });
    assert.deepEqual(identity.callerId, { number: '+554831210110', name: null });
  });

  it('shows its own caller ID where it has one', () => {
    const callerId = { number: '+554831210199', name: 'Sapers' };
    const run = new Run({ a: dial({ extension: '200', callerId }) });
    assert.deepEqual(request(run).identity.callerId, callerId);
  });

  it('waits for a slot no longer than it would ring', () => {
    const run = new Run({ a: { ...NUMBER, otherwise: 'other' } });
    assert.equal(run.deadline, run.now + 20_000);
    run.wait(20_000);
    assert.deepEqual([run.types(), run.prompts()], [['withdrawSlot', 'play'], ['other']]);
  });

  it('an alarm before that changes nothing', () => {
    const run = new Run({ a: NUMBER });
    const before = run.state;
    run.wait(19_999);
    assert.deepEqual([run.state, run.effects], [before, []]);
  });

  it('that went with a new configuration is stopped, and the call ends', () => {
    const queued = new Run({ a: NUMBER });
    const ringing = granted(new Run({ a: NUMBER }));
    for (const [run, type] of [
      [queued, 'withdrawSlot'],
      [ringing, 'hangUp'],
    ] as const) {
      run.configuration = { ...run.configuration, flows: [] };
      assert.equal(run.deadline, 0, 'at once');
      assert.deepEqual(run.wait(0).types(), [type]);
      run.over('failed', 'component-missing');
    }
  });

  it('bridges when the target answers', () => {
    const run = granted(new Run({ a: NUMBER }))
      .target('dialled')
      .target('answered');
    assert.deepEqual(run.effects, [{ type: 'bridge', a: PERSON, b: 'run.dial1.0', release: false }]);
    assert.equal(run.deadline, null);
  });

  it('nothing is bridged that has not answered', () => {
    const run = granted(new Run({ a: NUMBER }));
    const seen = [run.target('dialled').types(), run.target('trying').types(), run.target('ringing').types()].flat();
    run.leg({ type: 'answered', legId: 'run.dial9.0' });
    assert.ok(![...seen, ...run.types()].includes('bridge'));
  });

  it('the person hears ringing while the target rings, as long as it rings', () => {
    const run = granted(new Run({ a: NUMBER }))
      .target('dialled')
      .target('trying');
    assert.deepEqual(run.prompts(), []);
    assert.deepEqual(run.target('ringing').prompts(), ['tone:ringback']);
    assert.deepEqual(run.target('ringing').prompts(), []);
    const play = (result: 'played' | 'failed', playId: string) =>
      run.leg({ type: 'playEnded', legId: PERSON, playId, result });
    run.now += 5000;
    assert.deepEqual(play('played', 'run.play2').prompts(), ['tone:ringback']);
    assert.deepEqual(play('played', 'run.play3').prompts(), [], 'one that ends at once is not begun again');
  });

  it('and no longer', () => {
    const run = granted(new Run({ a: { ...NUMBER, otherwise: 'menu' }, menu: menu() })).target('dialled');
    run.target('ringing').rejected();
    assert.deepEqual(run.types(), ['stopPlay', 'play']);
  });

  describe('to a number that the store says something of', () => {
    const told = (run: Run, facts: DialFacts) => run.send({ type: 'slotGranted', legId: run.targetLeg, facts });
    const REFUSED = { type: 'refused', text: 'why' } as const;
    const noted = (run: Run) => run.notes.map(({ type, detail }) => `${type} ${detail['gate'] ?? detail['reason']}`);

    it('dials nobody, gives the slot back, says why, and goes on at the exit for failure', () => {
      for (const gate of ['suppressed', 'spend'] as const) {
        const run = new Run({ a: dial({ number: '+5548999990000', otherwise: 'other' }) });
        told(run, { ...REFUSED, gate });
        assert.deepEqual([run.types(), run.prompts()], [['withdrawSlot', 'play'], ['other']]);
        assert.deepEqual(noted(run).slice(0, 2), [`target-refused ${gate}`, `target-failed ${gate}`]);
        assert.deepEqual(run.notes[0]?.detail, { component: 'a', via: 'a', gate, why: 'why' });
        const last = new Run({ a: NUMBER });
        told(last, { ...REFUSED, gate }).over('refused', gate, 'Nobody could be reached');
      }
    });

    it('goes on through the next trunk where one has spent its own, and fails where all have', () => {
      const run = new Run({ a: dial({ number: '+5548999990000', otherwise: 'other' }) });
      const ofTrunk = { ...REFUSED, gate: 'spend', ofTrunk: true } as const;
      told(run, ofTrunk);
      assert.deepEqual(run.effects, [
        { type: 'withdrawSlot', legId: 'run.dial1.0' },
        { type: 'reserveSlot', legId: 'run.dial1.1', trunk: 'b', cost: COST },
      ]);
      assert.equal(request(told(run, { type: 'free' })).candidate.kind, 'trunk');
      const all = new Run({ a: dial({ number: '+5548999990000', otherwise: 'other' }) });
      while (all.prompts().length === 0) told(all, ofTrunk);
      assert.deepEqual(all.prompts(), ['other']);
      assert.ok(noted(all).includes('target-failed spend'));
    });

    it('dials nobody on a guess', () => {
      const run = told(new Run({ a: { ...NUMBER, otherwise: 'other' } }), { type: 'unknown' });
      assert.deepEqual([run.types(), run.prompts()], [['withdrawSlot', 'play'], ['other']]);
      assert.deepEqual(noted(run).slice(0, 2), ['target-refused store-away', 'target-failed store-away']);
    });

    it('an answer for a leg that it has left behind changes nothing', () => {
      const run = granted(new Run({ a: dial({ number: '+5548999990000' }) })).rejected({ status: 503 });
      const before = run.state;
      run.send({ type: 'slotGranted', legId: 'run.dial1.0', facts: { ...REFUSED, gate: 'spend' } });
      assert.deepEqual([run.state, run.effects], [before, []]);
    });
  });

  it("tries the next trunk for the trunk's own fault", () => {
    const run = granted(new Run({ a: dial({ number: '+5548999990000' }) })).rejected({ status: 503 });
    assert.deepEqual(run.effects, [{ type: 'reserveSlot', legId: 'run.dial1.1', trunk: 'b', cost: COST }]);
    run.target('answered');
    assert.equal(run.state.place.type, 'dial', 'nobody can have answered before the INVITE');
    granted(run).target('answered');
    assert.deepEqual(run.effects, [{ type: 'bridge', a: PERSON, b: 'run.dial1.1', release: false }]);
  });

  it('a silent trunk is given up for the next one', () => {
    const run = granted(new Run({ a: dial({ number: '+5548999990000' }) })).target('dialled');
    assert.equal(run.deadline, run.now + 6000);
    assert.deepEqual(run.wait(6000).types(), ['hangUp', 'reserveSlot']);
  });

  it('the ring timeout stops the target and goes to `otherwise`', () => {
    const run = granted(new Run({ a: { ...NUMBER, otherwise: 'other' } }))
      .target('dialled')
      .target('trying');
    assert.equal(run.deadline, run.now + 20_000);
    assert.deepEqual([run.wait(20_000).types(), run.prompts()], [['hangUp', 'play'], ['other']]);
  });

  it('without `otherwise` the call ends by the last verdict', () => {
    granted(new Run({ a: NUMBER }))
      .rejected()
      .over('busy', 'busy', 'Nobody could be reached');
    granted(new Run({ a: NUMBER }))
      .target('trying')
      .wait(20_000)
      .over('no-answer', 'no-answer', 'Nobody could be reached');
    const unregistered = new Run({ a: dial({ extension: '200' }) }).rejected({ kind: 'notReachable', status: 0 });
    unregistered.over('unreachable', 'not-registered', 'Nobody could be reached');
  });

  it('what the dial plan refuses is not dialled', () => {
    new Run({ a: dial({ number: '190', trunk: 'a' }) }).over('refused', 'emergency', 'Nobody could be reached');
    const run = new Run({ a: dial({ number: '190', trunk: 'a', otherwise: 'other' }) });
    assert.deepEqual(run.prompts(), ['other']);
  });

  it("an event that is not the target's changes nothing", () => {
    const run = granted(new Run({ a: NUMBER }));
    const before = run.state;
    run.leg({ type: 'answered', legId: 'run.dial0.0' }).send({ type: 'slotGranted', legId: 'run.dial0.0' });
    assert.deepEqual([run.state, run.effects], [before, []]);
  });
});

describe('flow: variables in the number', () => {
  function dialled(number: string, digits: string[] = []): string {
    const components = {
      menu: menu({ choices: {}, maxDigits: 1, otherwise: 'out' }),
      out: dial({ number, trunk: 'a' }),
    };
    const candidate = request(granted(new Run(components).promptEnded().keys(...digits))).candidate;
    return candidate.kind === 'trunk' ? candidate.user : '';
  }

  it('caller, inbound number and digits are filled in', () => {
    assert.equal(dialled('{caller}', ['1']), '48991996260');
    assert.equal(dialled('{inboundNumber}', ['1']), '+554831210110');
    assert.equal(dialled('+554899999000{digits}', ['7']), '+5548999990007');
  });

  it('only digits and + get in, whatever was pressed', () => {
    assert.equal(dialled('+5548999990000{digits}', ['*']), '+5548999990000');
  });

  it('an empty number is not dialled', () => {
    const run = new Run({ a: dial({ number: '{digits}', trunk: 'a' }) });
    run.over('refused', 'impossible', 'Nobody could be reached');
  });

  it('what is no variable stays as it is, and is refused by the dial plan', () => {
    new Run({ a: dial({ number: '{other}', trunk: 'a' }) }).over('refused', 'impossible', 'Nobody could be reached');
  });
});

describe('flow: a number that the person chose', () => {
  const options = {
    configuration: { limits: limits({ countries: { allow: ['BR'] }, blockedNumbers: ['+5511*'] }) },
  };
  const dialled = (number: string, keys: string) =>
    new Run(
      { menu: menu({ choices: { [keys]: 'out' }, maxDigits: keys.length }), out: dial({ number, trunk: 'a' }) },
      options,
    )
      .promptEnded()
      .keys(...keys);

  it('passes the gates that a callback passes', () => {
    dialled('+{digits}', '19005551234').over('refused', 'special', 'Nobody could be reached');
    dialled('+{digits}', '351912345678').over('refused', 'country', 'Nobody could be reached');
    dialled('0{digits}', '11991996260').over('refused', 'blocked', 'Nobody could be reached');
    assert.deepEqual(dialled('0{digits}', '48991996260').types(), ['reserveSlot']);
  });

  it('is none where the configuration alone says it', () => {
    assert.deepEqual(dialled('+351912345678', '1').types(), ['reserveSlot']);
  });
});

describe('flow: the end of a side', () => {
  it("the person's end stops what is dialled for him", () => {
    const slot = new Run({ a: NUMBER }).leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(slot.effects, [{ type: 'withdrawSlot', legId: 'run.dial1.0' }]);
    slot.over('abandoned', 'hung-up', null);
    const ringing = granted(new Run({ a: NUMBER })).leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(ringing.types(), ['hangUp']);
  });

  it("either side's end of a talk ends the other: connected", () => {
    const talk = () => granted(new Run({ a: NUMBER })).target('answered');
    const person = talk().leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(person.types(), ['hangUp']);
    person.over('connected', 'completed', null);
    talk().target('ended').over('connected', 'completed', 'The other side hung up');
  });
});

describe('flow: trunks that are closed', () => {
  const out = dial({ number: '+5548999990000', trunk: 'a', otherwise: 'other' });

  it('a person on the line is not kept waiting for a trunk that is down: the flow goes on elsewhere', () => {
    const run = new Run({ out }, { line: closed({ a: 'down' }) });
    assert.deepEqual(run.prompts(), ['other']);
  });

  it('a target that waits for its turn goes on elsewhere when its trunk goes down', () => {
    const run = new Run({ out });
    run.line = closed({ a: 'down' });
    run.send({ type: 'slotClosed', legId: run.targetLeg });
    assert.deepEqual([run.types()[0], run.prompts()], ['withdrawSlot', ['other']]);
  });

  it('an extension is rung whatever the switch says: what is on the line goes on', () => {
    const run = new Run({ out: dial({ extension: '200' }) }, { line: closed({}, 'switched-off') });
    assert.deepEqual(run.types(), ['dial']);
  });
});
