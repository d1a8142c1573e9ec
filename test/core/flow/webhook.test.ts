import assert from 'node:assert/strict';
import type { WebhookComponent } from '../../../lib/core/configuration.ts';
import { type HookRequest, hookPauseMs, longestHookMs, readHookAnswer } from '../../../lib/core/flow/hook.ts';
import { component } from '../../support/flow-components.ts';
import { PERSON, Run } from './flow-fixture.ts';

const hook = (changes: Partial<WebhookComponent> = {}): WebhookComponent =>
  component('webhook', { exits: { known: 'one', new: 'two' }, otherwise: 'other', ...changes });

const run = (changes: Partial<WebhookComponent> = {}, options: ConstructorParameters<typeof Run>[1] = {}) =>
  new Run({ hook: hook(changes) }, options);

function requestOf(at: Run): { requestId: string; request: HookRequest } {
  const effect = at.effects.find(({ type }) => type === 'fetch');
  assert.ok(effect?.type === 'fetch');
  return effect;
}

const idOf = ({ state: { place } }: Run): string => (place.type === 'webhook' ? place.requestId : '');
const answer = (at: Run, given: unknown): Run =>
  at.send({ type: 'fetched', requestId: idOf(at), result: { type: 'answered', answer: given, tries: 1 } });
const noteOf = (at: Run) => at.notes[0]!;

describe('core/flow/webhook: what is asked', () => {
  it('tells who has called, where he is, and all that the flow knows of him', () => {
    const at = run({}, { host: { callbackId: 'c1', attempt: { id: 'a1', number: 2 } } });
    const { requestId, request } = requestOf(at);
    assert.equal(requestId, 'run.fetch1');
    assert.deepEqual(request.body, {
      requestId,
      callbackId: 'c1',
      attempt: { id: 'a1', number: 2 },
      flow: 'f',
      component: 'hook',
      caller: { received: '(48) 99199-6260', e164: '+5548991996260', name: 'Ana' },
      inboundNumber: '+554831210110',
      digits: '',
      variables: {},
      language: 'en',
    });
  });

  it('has a name of its own for each visit', () => {
    const at = new Run({ hook: hook({ exits: { again: 'hook' }, maxEntries: 3 }) });
    const first = idOf(at);
    answer(at, { exit: 'again' });
    assert.notEqual(idOf(at), first);
  });

  it('tells secret variables, which nothing else is told', () => {
    const at = run();
    at.state = { ...at.state, secrets: { pin: '4711' }, variables: { city: 'Floripa' } };
    const again = new Run({ hook: hook({ exits: { again: 'hook' } }) });
    again.state = { ...again.state, secrets: { pin: '4711' }, variables: { city: 'Floripa' } };
    answer(again, { exit: 'again' });
    assert.deepEqual(requestOf(again).request.body.variables, { city: 'Floripa', pin: '4711' });
    assert.ok(!JSON.stringify(again.notes).includes('4711'));
  });
});

describe('core/flow/webhook: the answer', () => {
  it('may write the language in any case: it names a folder of prompts', () => {
    for (const [written, usual] of [
      ['ES', 'es'],
      ['pt-br', 'pt-BR'],
      ['ES-419', 'es-419'],
    ])
      assert.equal(answer(run(), { exit: 'known', language: written }).state.language, usual);
  });

  it('goes where it says, with the variables and the language that it sets', () => {
    const at = answer(run(), { exit: 'new', variables: { vip: true, level: 3, city: 'São José' }, language: 'pt-BR' });
    assert.equal(at.state.component, 'two');
    assert.deepEqual(at.state.variables, { vip: 'true', level: '3', city: 'São José' });
    assert.equal(at.state.language, 'pt-BR');
  });

  it('that names no exit goes to next, else to otherwise', () => {
    assert.equal(answer(run({ next: 'one' }), {}).state.component, 'one');
    assert.equal(answer(run(), {}).state.component, 'other');
    assert.equal(answer(run(), { exit: 'otherwise' }).state.component, 'other');
  });

  for (const [what, given, why] of [
    ['that names an exit which there is not', { exit: 'nowhere' }, 'no-such-exit'],
    ['that names what every object has', { exit: 'constructor' }, 'no-such-exit'],
    ['that is a list', [], 'no-object'],
    ['that is text', 'known', 'no-object'],
    ['whose exit is a number', { exit: 1 }, 'exit'],
    ['whose language is none', { exit: 'known', language: 'pt_BR\r\nX: y' }, 'language'],
    ['that sets the caller', { exit: 'known', variables: { caller: '911' } }, 'variable-name'],
    ['that sets what is no name', { exit: 'known', variables: { 'a b': '1' } }, 'variable-name'],
    ['that sets an object', { exit: 'known', variables: { a: {} } }, 'variable-value'],
    ['that sets what is too long', { exit: 'known', variables: { a: 'x'.repeat(257) } }, 'variable-value'],
    [
      'that sets too many',
      { variables: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, '1'])) },
      'too-many-variables',
    ],
  ] as const)
    it(`${what} leads to otherwise, sets nothing, and it is said why`, () => {
      const at = answer(run(), given);
      assert.equal(at.state.component, 'other');
      assert.deepEqual(at.state.variables, {});
      assert.equal(at.state.language, null);
      assert.equal(noteOf(at).type, 'hook-refused');
      assert.equal(noteOf(at).detail['why'], why);
    });

  it('does not grow the variables beyond their number', () => {
    const full = run();
    full.state = { ...full.state, variables: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`b${i}`, '1'])) };
    answer(full, { exit: 'known', variables: { oneMore: '1' } });
    assert.equal(full.state.component, 'other');
  });

  it('is read with its bounds', () => {
    assert.deepEqual(readHookAnswer({ exit: null, variables: { a: null } }), {
      ok: true,
      answer: { exit: null, variables: { a: '' }, language: null },
    });
    assert.equal(readHookAnswer({ variables: { a: Number.NaN } }).ok, false);
    assert.equal(readHookAnswer(null).ok, false);
  });
});

describe('core/flow/webhook: a server that does not answer', () => {
  it('leads to otherwise, and ends the call where there is none', () => {
    const failed = (at: Run) =>
      at.send({ type: 'fetched', requestId: idOf(at), result: { type: 'failed', why: 'timeout', tries: 2 } });
    const at = failed(run());
    assert.equal(at.state.component, 'other');
    assert.deepEqual(noteOf(at), {
      type: 'hook-failed',
      detail: { component: 'hook', why: 'timeout', tries: 2, tookMs: 0, next: 'other' },
    });
    failed(run({ otherwise: null })).over('failed', 'hook-failed');
  });

  it('of which the shell never tells keeps nobody longer than all tries could last', () => {
    const at = run({ timeoutSeconds: 2, retries: 2 });
    assert.equal(longestHookMs({ timeoutSeconds: 2, retries: 2 }), 6000 + hookPauseMs(1) + hookPauseMs(2));
    assert.equal(at.deadline, at.now + 6750 + 1000);
    at.wait(7749);
    assert.equal(at.state.component, 'hook');
    at.wait(1);
    assert.equal(at.state.component, 'other');
    assert.ok(at.effects.some(({ type }) => type === 'stopFetch'));
  });

  it('is not waited for longer than maxSeconds', () => {
    const at = run({ maxSeconds: 3 });
    at.wait(3000);
    assert.equal(at.state.component, 'other');
    assert.ok(at.effects.some(({ type }) => type === 'stopFetch'));
  });

  it('has its late answer dropped', () => {
    const at = run({ exits: { known: 'one' }, otherwise: 'hook', maxEntries: 9 });
    const late = idOf(at);
    at.send({ type: 'fetched', requestId: late, result: { type: 'failed', why: 'timeout', tries: 1 } });
    at.send({ type: 'fetched', requestId: late, result: { type: 'answered', answer: { exit: 'known' }, tries: 1 } });
    assert.equal(at.state.component, 'hook');
  });
});

describe('core/flow/webhook: the person meanwhile', () => {
  const playOf = ({ state: { place } }: Run) => (place.type === 'webhook' ? place.meanwhile?.playId : undefined) ?? '';
  const promptOver = (at: Run, result: 'played' | 'failed') =>
    at.leg({ type: 'playEnded', legId: PERSON, playId: playOf(at), result });

  it('hears the prompt again and again until the answer is there', () => {
    const at = run({ prompt: 'tone:ringback' });
    assert.deepEqual(at.prompts(), ['tone:ringback']);
    at.now += 3000;
    promptOver(at, 'played');
    assert.deepEqual(at.prompts(), ['tone:ringback']);
    answer(at, { exit: 'known' });
    assert.equal(at.types()[0], 'stopPlay');
  });

  it('hears nothing more of a prompt that ends at once', () => {
    const at = run({ prompt: 'tone:ringback' });
    promptOver(at, 'played');
    assert.deepEqual(at.prompts(), []);
    const broken = run({ prompt: 'missing' });
    broken.now += 3000;
    promptOver(broken, 'failed');
    assert.deepEqual(broken.prompts(), []);
  });

  it('that hangs up has the request given up', () => {
    const at = run();
    const requestId = idOf(at);
    at.leg({ type: 'ended', legId: PERSON, by: 'remote', text: '' });
    assert.deepEqual(at.effects, [{ type: 'stopFetch', requestId }]);
    at.over('abandoned', 'hung-up', null);
  });

  it('is not answered to be kept in silence, and is to hear something', () => {
    assert.deepEqual(run({}, { answered: false }).types(), ['fetch']);
    assert.deepEqual(run({ prompt: 'tone:ringback' }, { answered: false }).types(), ['answer']);
  });
});
