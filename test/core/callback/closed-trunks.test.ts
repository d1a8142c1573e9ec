import assert from 'node:assert/strict';
import { aTrunk } from '../rules/configuration-fixture.ts';
import { closed, configuration, Life, type LifeOptions } from './life-fixture.ts';

function due(line: Life['line'], options: LifeOptions = {}): Life {
  const life = new Life(options).send({ type: 'promised', at: 1_000_000 });
  life.line = line;
  return life.expire();
}

const notes = (life: Life, type: string) => life.log.filter((entry) => entry.type === type).map(({ detail }) => detail);

describe('callback: trunks that are closed', () => {
  it('passes over one that is down, and its log says so', () => {
    const life = due(closed({ a: 'down' }));
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.1', trunk: 'b' }]);
    assert.deepEqual(notes(life, 'trunk-skipped'), [{ trunk: 'a', why: 'down' }]);
    life.grant();
    assert.equal(life.only('dial').request.candidate.kind === 'trunk' && life.ledger.get('cb.1')?.via, 'b');
  });

  it('waits in the lane of the first one where all are closed: no attempt is used, nobody is dialled', () => {
    const life = due(closed({ a: 'down', b: 'parked', c: 'switched-off' }));
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.0', trunk: 'a' }]);
    assert.deepEqual([life.callback.state, life.callback.attempts], ['queued', 0]);
    assert.deepEqual(notes(life, 'queued'), [{ trunk: 'a', closed: 'down' }]);
    assert.equal(life.deadline, life.callback.expiresAt, 'and its expiry counts');
    life.expire().done('expired', 'expired');
    assert.deepEqual(life.effects, [{ type: 'withdrawSlot', legId: 'cb.1.0' }]);
  });

  it('moves to another one that opens, under another name, and back again', () => {
    const life = due(closed({ a: 'down', b: 'down', c: 'down' }));
    life.line = closed({ a: 'down', b: 'down' });
    life.send({ type: 'slotClosed', legId: 'cb.1.0' });
    assert.deepEqual(life.effects, [
      { type: 'withdrawSlot', legId: 'cb.1.0' },
      { type: 'reserveSlot', legId: 'cb.1.2m1', trunk: 'c' },
    ]);
    life.line = closed({ b: 'down', c: 'parked' });
    life.send({ type: 'slotClosed', legId: 'cb.1.2m1' });
    assert.deepEqual(life.only('reserveSlot'), { type: 'reserveSlot', legId: 'cb.1.0m2', trunk: 'a' });
    life.grant();
    assert.deepEqual([life.callback.state, life.callback.attempts], ['dialing', 1]);
  });

  it('stays where it is while its own lane is open, and while every lane is closed', () => {
    const waiting = due(closed({ a: 'down', b: 'down', c: 'down' }));
    waiting.send({ type: 'slotClosed', legId: 'cb.1.0' });
    assert.deepEqual([waiting.effects, waiting.persist], [[], false]);
    waiting.line = closed({});
    waiting.send({ type: 'slotClosed', legId: 'cb.1.0' });
    assert.deepEqual(waiting.effects, []);
  });

  it('a word about another leg than the one that waits changes nothing', () => {
    const life = due(closed({ a: 'down', b: 'down', c: 'down' }));
    life.line = closed({ a: 'down' });
    life.send({ type: 'slotClosed', legId: 'cb.0.0' });
    assert.deepEqual(life.effects, []);
    const dialling = due(undefined).grant();
    dialling.line = closed({ a: 'down' });
    dialling.send({ type: 'slotClosed', legId: 'cb.1.0' });
    assert.deepEqual([dialling.effects, dialling.callback.state], [[], 'dialing']);
  });

  it('after one trunk failed it goes to the next open one, and does not wait for a closed one', () => {
    const life = due(closed({ b: 'down' })).grant();
    life.rejected('cb.1.0', { status: 503 });
    assert.deepEqual(life.only('reserveSlot'), { type: 'reserveSlot', legId: 'cb.1.2', trunk: 'c' });
    const alone = due(closed({ b: 'down', c: 'parked' })).grant();
    alone.rejected('cb.1.0', { status: 503 }).done('unreachable', 'trunk-unavailable');
  });

  it('after one trunk failed, one that closes while it waits there is given up as well', () => {
    const life = due(undefined).grant().rejected('cb.1.0', { status: 503 });
    life.line = closed({ b: 'down', c: 'down' });
    life.send({ type: 'slotClosed', legId: 'cb.1.1' }).done('unreachable', 'trunk-closed');
    assert.equal(
      life.effects.some(({ type }) => type === 'withdrawSlot'),
      true,
    );
  });

  it('a callback to an extension waits while dialling is off, and rings it when it is on again', () => {
    const life = due(closed({}, 'switched-off'), { terms: { method: 'extension', extension: '200' } });
    assert.deepEqual(life.effects, [{ type: 'reserveSlot', legId: 'cb.1.0', trunk: 'extension:' }]);
    life.grant();
    assert.deepEqual(life.only('dial').request.candidate, { kind: 'extension', extension: '200' });
  });

  it('waits for a trunk that is there, not for one that went with a configuration', () => {
    const trunks = [aTrunk({ name: 'b' }), aTrunk({ name: 'c' })];
    const life = due(closed({ b: 'down', c: 'down' }), { configuration: configuration({ trunks }) });
    assert.deepEqual(life.only('reserveSlot').trunk, 'b');
  });
});
