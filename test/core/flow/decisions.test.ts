/** Components in which nobody stays: switch, set, hours, hangup. */

import assert from 'node:assert/strict';
import type { FlowComponent, HangupComponent, SwitchComponent } from '../../../lib/core/configuration.ts';
import { reduceInbound } from '../../../lib/core/flow/inbound-session.ts';
import type { CallContext } from '../../../lib/core/rules/request.ts';
import { component } from '../../support/flow-components.ts';
import { configuration } from '../callback/life-fixture.ts';
import { announce, HOST, Run } from './flow-fixture.ts';

function switched(changes: Partial<SwitchComponent>, call: Partial<CallContext> = {}): Run {
  return new Run({ by: component('switch', changes) }, { host: { call: { ...HOST.call, ...call } } });
}
const taken = (changes: Partial<SwitchComponent>, call: Partial<CallContext> = {}) => switched(changes, call).prompts();

describe('switch', () => {
  it('takes the caller as received and as E.164, however he is written', () => {
    for (const entry of [
      '+5548991996260',
      '(48) 99199-6260',
      '48991996260',
      '+5548*',
      '(48)*',
      '/^\\+5548/',
      '/6260$/',
    ])
      assert.deepEqual(taken({ on: 'caller', cases: { [entry]: 'one' }, otherwise: 'other' }), ['one'], entry);
    for (const entry of ['+5548991996261', '+5511*', '/^11/'])
      assert.deepEqual(taken({ on: 'caller', cases: { [entry]: 'one' }, otherwise: 'other' }), ['other'], entry);
  });

  it('knows who shows no number', () => {
    const call = { caller: { received: '', e164: null } };
    assert.deepEqual(taken({ on: 'caller', cases: { anonymous: 'one', '/./': 'two' } }, call), ['one']);
    assert.deepEqual(taken({ on: 'caller', cases: { '+5548*': 'one' }, otherwise: 'other' }, call), ['other']);
  });

  it('takes the number that was dialled', () => {
    const cases = { '+554831210110': 'one', '+55483121*': 'two' };
    assert.deepEqual(taken({ on: 'inboundNumber', cases }), ['one']);
    assert.deepEqual(taken({ on: 'inboundNumber', cases }, { inboundNumber: '+554831210111' }), ['two']);
    assert.deepEqual(taken({ on: 'inboundNumber', cases, otherwise: 'other' }, { inboundNumber: null }), ['other']);
  });

  it('takes the language in whatever case it is written', () => {
    const cases = { 'PT-br': 'one', 'es*': 'two' };
    const by = component('switch', { on: 'language', cases, otherwise: 'other' });
    for (const [language, prompt] of [
      ['pt-BR', 'one'],
      ['es-419', 'two'],
      ['en', 'other'],
    ] as const)
      assert.deepEqual(new Run({ by }, { host: { language } }).prompts(), [prompt]);
  });

  it('takes what is known of the caller’s identity', () => {
    const cases = { A: 'one', failed: 'two', none: 'twenty' };
    const by = (attestation?: CallContext['attestation']) =>
      taken({ on: 'attestation', cases, otherwise: 'other' }, attestation === undefined ? {} : { attestation });
    assert.deepEqual(by({ level: 'A', failed: false }), ['one']);
    assert.deepEqual(by({ level: 'C', failed: false }), ['other']);
    assert.deepEqual(by({ level: null, failed: true }), ['two']);
    assert.deepEqual([by({ level: null, failed: false }), by()], [['twenty'], ['twenty']]);
  });

  it('takes a variable, also one that is still empty', () => {
    const set = component('set', { variables: { kind: 'gold card' }, next: 'by' });
    const by = component('switch', { on: '{kind}', cases: { 'gold*': 'one' }, otherwise: 'other' });
    assert.deepEqual(new Run({ set, by }).prompts(), ['one']);
    assert.deepEqual(new Run({ by }).prompts(), ['other']);
    assert.deepEqual(taken({ on: '{none}', cases: { '/^$/': 'one' } }), ['one']);
  });

  it('takes an expression in any case of letters only where it says so', () => {
    const set = component('set', { variables: { kind: 'Gold' }, next: 'by' });
    const by = (cases: Record<string, string>) =>
      new Run({ set, by: component('switch', { on: '{kind}', cases, otherwise: 'other' }) }).prompts();
    assert.deepEqual(
      [by({ '/gold/i': 'one' }), by({ '/gold/': 'one' }), by({ '/Gold/': 'one' })],
      [['one'], ['other'], ['one']],
    );
  });

  it('takes the case that says most: whole, then the longest beginning, then the first expression', () => {
    const all = { '/4/': 'other', '+55*': 'other', '+5548*': 'two', '+5548991996260': 'one' };
    assert.deepEqual(taken({ on: 'caller', cases: all }), ['one']);
    const { '+5548991996260': _whole, ...beginnings } = all;
    assert.deepEqual(taken({ on: 'caller', cases: beginnings }), ['two']);
    assert.deepEqual(taken({ on: 'caller', cases: { '/nothing/': 'other', '/62/': 'one', '/6260/': 'two' } }), ['one']);
  });

  it('is told the case, and not the value that was compared', () => {
    const run = switched({ on: 'caller', cases: { '+5548*': 'one' } });
    assert.deepEqual(run.notes[1], { type: 'case-taken', detail: { component: 'by', case: '+5548*', next: 'one' } });
    assert.doesNotMatch(JSON.stringify(run.notes), /99199/);
  });

  it('ends the call where no case is right and there is no `otherwise`', () => {
    switched({ on: 'caller', cases: { '+1*': 'one' } }).over('abandoned', 'no-such-case', 'No such case');
    assert.deepEqual(taken({ on: '{constructor}', cases: { x: 'one' }, otherwise: 'other' }), ['other']);
  });

  it('answers no call', () => {
    const run = new Run(
      { by: component('switch', { on: 'caller', otherwise: 'by2' }), by2: announce('x') },
      { answered: false },
    );
    assert.deepEqual(run.types(), ['answer']);
    assert.equal(run.state.component, 'by2');
  });
});

describe('set', () => {
  it('fills all texts in with what was before, whatever their order', () => {
    const first = component('set', { variables: { a: 'x', b: 'y' }, next: 'swap' });
    const swap = component('set', { variables: { a: '{b}', b: '{a}{caller}' }, next: 'one' });
    const run = new Run({ first, swap });
    assert.deepEqual(run.state.variables, { a: 'y', b: 'x(48) 99199-6260' });
  });

  it('changes the language of all that is said from here on', () => {
    const run = new Run({
      set: component('set', { language: 'pt-BR', next: 'hello' }),
      hello: announce('hello', 'one'),
    });
    const languages = () => run.effects.flatMap((effect) => (effect.type === 'play' ? [effect.language] : []));
    assert.deepEqual([languages(), run.promptEnded() && languages()], [['pt-BR'], ['pt-BR']]);
  });

  it('keeps the language where it says none', () => {
    const run = new Run({
      es: component('set', { language: 'es', next: 'x' }),
      x: component('set', { variables: { a: '{language}' }, next: 'one' }),
    });
    assert.deepEqual([run.state.language, run.state.variables], ['es', { a: 'es' }]);
  });

  it('is told by names alone, and without what there was no room for', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`v${i}`, 'secret value']));
    const run = new Run({
      many: component('set', { variables: many, next: 'more' }),
      more: component('set', { variables: { v0: 'new', extra: 'x' }, next: 'one' }),
    });
    assert.doesNotMatch(JSON.stringify(run.notes), /secret value/);
    const refused = run.notes.find(({ type }) => type === 'variables-refused');
    assert.deepEqual(refused?.detail, { component: 'more', variables: 'extra' });
  });

  it('goes to `otherwise` where there is no `next`, and is over where there is neither', () => {
    assert.deepEqual(new Run({ set: component('set', { otherwise: 'other' }) }).prompts(), ['other']);
    new Run({ set: component('set') }).over('connected', 'flow-ended');
  });
});

describe('hours', () => {
  const calendar = {
    name: 'office',
    timezone: 'America/Sao_Paulo',
    regular: ['Mon-Fri 08:00-18:00'],
    extra: ['2027-12-24 09:00-12:00'],
    holidays: ['12-24', '12-25'],
  };
  const exits = { open: 'one', closed: 'two', holiday: 'twenty' };

  function at(text: string, changes = {}, hours = [calendar]): string[] {
    const run = new Run(
      { hours: component('hours', { hours: 'office', ...exits, ...changes }) },
      {
        configuration: { hours },
        now: Date.parse(text),
      },
    );
    return run.prompts();
  }

  it('goes by the clock and the days of its calendar, to the minute', () => {
    assert.deepEqual(at('2026-11-27T10:59:59Z'), ['two']);
    assert.deepEqual(at('2026-11-27T11:00:00Z'), ['one']);
    assert.deepEqual(at('2026-11-27T20:59:59Z'), ['one']);
    assert.deepEqual(at('2026-11-27T21:00:00Z'), ['two']);
    assert.deepEqual(at('2026-11-28T15:00:00Z'), ['two']);
  });

  it('tells holidays from hours that are over; extra hours on one are open', () => {
    assert.deepEqual(at('2026-12-25T15:00:00Z'), ['twenty']);
    assert.deepEqual(at('2027-12-24T13:00:00Z'), ['one']);
    assert.deepEqual(at('2027-12-24T16:00:00Z'), ['twenty']);
    // It is still the day before in São Paulo.
    assert.deepEqual(at('2026-12-26T02:59:00Z'), ['twenty']);
    assert.deepEqual(at('2026-12-26T03:00:00Z'), ['two']);
  });

  it('takes `closed` on holidays without an exit of their own, then `otherwise`', () => {
    assert.deepEqual(at('2026-12-25T15:00:00Z', { holiday: null }), ['two']);
    assert.deepEqual(at('2026-12-25T15:00:00Z', { holiday: null, closed: null, otherwise: 'other' }), ['other']);
  });

  it('takes `otherwise` where the calendar has gone', () => {
    assert.deepEqual(at('2026-11-27T15:00:00Z', { otherwise: 'other' }, []), ['other']);
  });
});

describe('hangup', () => {
  const said = (changes: Partial<HangupComponent> = {}) => component('hangup', changes);

  it('ends an answered call by its cause and text', () => {
    const run = new Run({ bye: said({ reason: 'Closed', cause: 31 }) });
    assert.deepEqual(run.end, {
      type: 'over',
      outcome: 'connected',
      reason: 'flow-ended',
      hangUp: { cause: 31, text: 'Closed' },
      unanswered: { status: 480, cause: 31 },
    });
  });

  function rejected(bye: FlowComponent) {
    const current = configuration({ flows: [{ name: 'f', start: 'bye', components: { bye } }] });
    const context = { now: 1, configuration: current, engine: { showsTrying: true } };
    const start = { legId: 'in', call: HOST.call, flow: 'f', component: null };
    const [effect] = reduceInbound(start, { type: 'offered' }, context).effects;
    assert.ok(effect?.type === 'reject');
    const { status, reason } = effect.rejection;
    return [status, reason?.cause, reason?.text];
  }

  it('gives a call that is not answered the status that it names, and the cause that fits', () => {
    assert.deepEqual(rejected(said({ status: 603, reason: 'No' })), [603, 21, 'No']);
    assert.deepEqual(rejected(said({ status: 486 })), [486, 17, 'Call ended']);
    assert.deepEqual(rejected(said({ status: 404, cause: 3 })), [404, 3, 'Call ended']);
    assert.deepEqual(rejected(said({ status: 699 })), [699, 31, 'Call ended']);
  });

  it('or the status that fits its cause', () => {
    assert.deepEqual(rejected(said({ cause: 17 })), [486, 17, 'Call ended']);
    assert.deepEqual(rejected(said({ cause: 99 })), [480, 99, 'Call ended']);
  });

  it('or what it always got', () => {
    assert.deepEqual(rejected(said()), [480, 31, 'Call ended']);
  });
});
