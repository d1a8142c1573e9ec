import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginFork,
  bestFailure,
  type Fork,
  type ForkEffect,
  type ForkEvent,
  NEXT_GROUP_MS,
  reduceFork,
} from '../../../lib/core/call/fork.ts';
import type { LegEvent, LegResult } from '../../../lib/core/call/leg.ts';

const failure = (status: number, kind: LegResult['kind'] = 'final'): LegResult => ({
  kind,
  status,
  phrase: '',
  q850Cause: null,
  location: null,
  text: '',
  retryAfterSeconds: null,
  rang: false,
});

/** A fork and what came out of it, in words. */
class Table {
  fork: Fork;
  now = 0;
  readonly said: string[] = [];

  constructor(...contacts: Array<number | [extension: string, q: number]>) {
    const all = contacts.map((one) => (typeof one === 'number' ? (['201', one] as const) : one));
    const { fork, effects } = beginFork(
      'leg',
      all.map(([extension, q]) => ({ extension, q })),
      0,
    );
    this.fork = fork;
    this.#note(effects);
  }

  #note(effects: ForkEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'tell') {
        const { event } = effect;
        this.said.push(event.type === 'rejected' ? `rejected ${event.result.kind} ${event.result.status}` : event.type);
      } else this.said.push(`${effect.type} ${effect.index}`);
    }
  }

  step(event: ForkEvent): this {
    const { fork, effects } = reduceFork(this.fork, event, this.now);
    this.fork = fork;
    this.#note(effects);
    return this;
  }

  on(index: number, type: 'dialled' | 'trying' | 'ringing' | 'answered' | 'ended' | number): this {
    const base = { legId: 'leg' };
    const event =
      typeof type === 'number'
        ? { ...base, type: 'rejected', result: failure(type) }
        : { ...base, type, callId: 'c', status: 180, by: 'remote', text: '' };
    return this.step({ type: 'branch', index, event: event as LegEvent });
  }

  saying(): string[] {
    return this.said.splice(0);
  }
}

describe('a fork over the contacts of an extension', () => {
  it('rings all of one q at once; the first answer wins, and the others are told that it was elsewhere', () => {
    const table = new Table(1000, 1000, 1000);
    assert.deepEqual(table.saying(), ['call 0', 'call 1', 'call 2']);
    table.on(0, 'dialled').on(1, 'dialled').on(0, 'ringing').on(1, 'answered');
    assert.deepEqual(table.saying(), ['dialled', 'ringing', 'win 1', 'stop 0', 'stop 2', 'answered']);
    table.on(0, 487).on(2, 487);
    assert.deepEqual(table.saying(), []);
    table.on(1, 'ended');
    assert.deepEqual(table.saying(), ['ended']);
  });

  it('hangs up the second of two that answer in the same moment', () => {
    const table = new Table(1000, 1000);
    table.on(0, 'answered').on(1, 'answered');
    assert.deepEqual(table.saying().slice(2), ['win 0', 'stop 1', 'answered', 'stop 1']);
    assert.equal(table.fork.winner, 0);
  });

  it('is told of by the most telling failure, when all have failed', () => {
    const table = new Table(1000, 1000, 1000);
    table.on(0, 404).on(1, 486);
    assert.deepEqual(table.saying().slice(3), []);
    table.on(2, 503);
    assert.deepEqual(table.saying(), ['rejected final 486']);
  });

  it('ends for all phones when the person declines for all (6xx)', () => {
    const table = new Table(1000, 1000, 1000, 500);
    table.on(1, 'ringing').on(0, 603);
    // One that rings has to be silent first; one that was never heard may be dead
    assert.deepEqual(table.saying().slice(3), ['ringing', 'stop 1', 'stop 2']);
    table.on(1, 487);
    assert.deepEqual(table.saying(), ['rejected final 603']);
    table.on(2, 'answered');
    assert.deepEqual(table.saying(), ['stop 2']);
  });

  it('goes on to the next q when the one before has failed, or has rung for a while', () => {
    const table = new Table(1000, 500, 500, 0);
    assert.deepEqual(table.saying(), ['call 0']);
    table.on(0, 480);
    assert.deepEqual(table.saying(), ['call 1', 'call 2']);
    table.now = NEXT_GROUP_MS - 1;
    table.step({ type: 'alarm' });
    assert.deepEqual(table.saying(), []);
    table.now = NEXT_GROUP_MS;
    table.step({ type: 'alarm' }).step({ type: 'alarm' });
    assert.deepEqual(table.saying(), ['call 3']);
    assert.equal(table.fork.nextGroupAt, null);
  });

  it('of several extensions rings each at its own highest q at once, and says which of them has answered', () => {
    const table = new Table(['200', 500], ['200', 100], ['201', 1000], ['202', 0]);
    assert.deepEqual(table.saying(), ['call 0', 'call 2', 'call 3']);
    const { effects } = reduceFork(
      table.fork,
      { type: 'branch', index: 2, event: { type: 'answered', legId: 'b' } },
      0,
    );
    assert.deepEqual(effects.at(-1), {
      type: 'tell',
      event: { type: 'answered', legId: 'leg', extension: '201' },
    });
  });

  it('of several extensions goes on ringing the others when one of them declines at all of its phones (6xx)', () => {
    const table = new Table(['200', 1000], ['200', 1000], ['200', 0], ['201', 1000]);
    table.on(0, 603);
    assert.deepEqual(table.saying().slice(3), ['stop 1']);
    assert.equal(table.fork.nextGroupAt, null);
    table.on(1, 487).on(3, 486);
    // Rung out or declined: a word of refusal is the most telling one
    assert.deepEqual(table.saying(), ['rejected final 603']);
    const answered = new Table(['200', 1000], ['201', 1000]);
    answered.on(0, 600).on(1, 'answered');
    assert.deepEqual(answered.saying().slice(2), ['win 1', 'answered']);
  });

  it('that is hung up is over when every phone is', () => {
    const table = new Table(1000, 1000, 0);
    table.step({ type: 'hangUp', reason: { cause: 19, text: 'No answer' } }).on(0, 487);
    assert.deepEqual(table.saying().slice(2), ['stop 0', 'stop 1']);
    table.on(1, 487);
    assert.deepEqual(table.saying(), ['rejected cancelled 0']);
  });

  it('chooses among failures: 6xx, then the lowest class, then what only the network said', () => {
    const best = (...results: LegResult[]) => bestFailure(results).status || bestFailure(results).kind;
    assert.equal(best(failure(486), failure(600), failure(404)), 600);
    assert.equal(best(failure(503), failure(404)), 404);
    assert.equal(best(failure(404), failure(480), failure(486)), 486);
    assert.equal(best(failure(0, 'noResponse'), failure(503)), 503);
    assert.equal(best(failure(0, 'noResponse'), failure(0, 'media')), 'media');
    assert.equal(best(), 'notReachable');
  });
});

describe('a fork, whatever its branches do', () => {
  const word = fc.constantFrom('dialled', 'trying', 'ringing', 'answered', 'ended', 486, 603, 'hangUp', 'alarm');
  const move = fc.record({ index: fc.nat(4), word, ms: fc.nat(20_000) });

  it('has one winner at most, one last event, and calls nobody twice or after the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('200', '201'), fc.constantFrom(0, 500, 1000)), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.array(move),
        (qs, moves) => {
          const table = new Table(...qs);
          const up = new Set<number>();
          const heard: string[] = [];
          const look = () => {
            for (const text of table.saying()) {
              const [what, index] = text.split(' ');
              if (what === 'call') {
                assert.ok(!heard.some((one) => /^(rejected|ended|answered)/.test(one)), 'called after the end');
                assert.ok(!up.has(Number(index)), 'called twice');
                up.add(Number(index));
              }
              heard.push(text);
            }
          };
          look();
          for (const { index, word: what, ms } of moves) {
            table.now += ms;
            if (what === 'hangUp') table.step({ type: 'hangUp', reason: { cause: 16, text: '' } });
            else if (what === 'alarm') table.step({ type: 'alarm' });
            else if (up.has(index)) table.on(index, what as 'ringing');
            look();
          }
          // Whatever is still up ends
          for (let round = 0; round < qs.length; round += 1) {
            for (const index of [...up]) table.on(index, 487);
            look();
          }
          const last = heard.filter((text) => /^(rejected|ended)/.test(text));
          assert.ok(heard.filter((text) => text.startsWith('win')).length <= 1);
          assert.equal(last.length, 1, heard.join(', '));
        },
      ),
    );
  });
});
