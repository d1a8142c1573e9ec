import assert from 'node:assert/strict';
import { Life, type LifeOptions } from './life-fixture.ts';

describe('callback: made ready before it is due', () => {
  const promised = (options: LifeOptions = {}) =>
    new Life({ aheadMs: 150, ...options }).send({ type: 'promised', at: 1_000_000 });

  it('has its slot and its order so much earlier, and an INVITE that leaves when it is due', () => {
    const life = promised();
    const { dueAt } = life.callback;
    assert.equal(life.deadline, dueAt - 150);
    life.expire();
    assert.equal(life.now, dueAt - 150);
    life.grant();
    assert.equal(life.only('dial').request.notBefore, dueAt);
    assert.equal(life.ledger.get('cb.1')?.plannedAt, dueAt, 'what is planned is the INVITE');
  });

  it('is not made ready a millisecond sooner', () => {
    const life = promised();
    life.now = life.deadline! - 1;
    life.send({ type: 'alarm' });
    assert.deepEqual([life.callback.state, life.effects], ['scheduled', []]);
  });

  it('leaves at once when its slot comes after it was due', () => {
    const life = promised().expire();
    life.now = life.callback.dueAt + 5_000;
    life.grant();
    assert.equal(life.only('dial').request.notBefore, undefined);
  });

  it('leaves at once through the next trunk', () => {
    const life = promised().expire().grant();
    life.now = life.callback.dueAt + 20;
    life.rejected('cb.1.0', { status: 503 }).grant();
    assert.equal(life.only('dial').request.notBefore, undefined);
  });

  it('is asked about the instant at which it leaves: hours that begin then are open', () => {
    const begins = Date.parse('1970-01-01T08:00:00-03:00');
    const life = promised({ terms: { callingHours: ['Mon-Sun 08:00-21:00'], outsideHours: 'refuse' } });
    life.send({ type: 'reschedule', dueAt: begins });
    assert.equal(life.deadline, begins - 150);
    life.expire();
    assert.equal(life.callback.state, 'queued');
    life.grant();
    assert.equal(life.only('dial').request.notBefore, begins);
  });

  it('rings nobody when it is cancelled meanwhile: the leg is taken back', () => {
    const life = promised().expire().grant();
    life.send({ type: 'cancel', by: 'api' });
    assert.deepEqual(
      life.effects.map(({ type }) => type),
      ['hangUp'],
    );
  });
});
