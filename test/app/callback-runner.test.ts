import assert from 'node:assert/strict';
import type { Flow } from '../../lib/core/configuration.ts';
import type { CallbackSave } from '../../lib/ports/store.ts';
import { anExtension, aRule, aTrunk } from '../core/rules/configuration-fixture.ts';
import type { RejectResult } from '../support/fake-calls.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith, type RigOptions } from './application-rig.ts';

const SALES: Flow = {
  name: 'sales',
  start: 'ring',
  components: {
    ring: component('dial', { number: '+5548999990000', trunk: 'trunk-80092037' }),
  },
};

describe('a callback in the shell', () => {
  let rig: ApplicationRig;
  const start = async (options: RigOptions = {}) => {
    rig = await ApplicationRig.start({ configuration: configurationWith({}), ...options });
  };
  afterEach(() => rig.stop());
  const lastLeg = () => rig.calls.dialled.at(-1)!.legId;
  /** It is queued, and the save of its dial fails again and again. */
  const failTheDial = () => {
    rig.watched.onCall = (method, argument) => {
      if (method !== 'save') return;
      rig.watched.failing = (argument as CallbackSave).callback.state === 'dialing' ? ['save'] : [];
    };
  };

  it('is dialled at its due time, not before, and after the save that says so', async () => {
    await start();
    const { dueAt } = await rig.promised();
    await rig.clock.advance(dueAt - rig.clock.now() - 1);
    assert.equal(rig.calls.dialled.length, 0);
    rig.journal.length = 0;
    await rig.clock.advance(1);
    assert.deepEqual(rig.journal, ['save dialing', `dial ${lastLeg()}`]);
    assert.equal(rig.calls.dialled[0]?.at, dueAt);
  });

  it('is not dialled while the save is under way', async () => {
    await start();
    await rig.promised();
    rig.watched.hold();
    await rig.clock.advance(5_200);
    assert.equal(rig.calls.dialled.length, 0);
    rig.watched.release();
    await rig.settle();
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('is written down without what somebody presses in its flow', async () => {
    const menu: Flow = { name: 'menu', start: 'menu', components: { menu: component('menu') } };
    await start({ configuration: configurationWith({ next: 'menu' }, { flows: [menu] }) });
    await rig.promised();
    const written: Array<CallbackSave['callback']> = [];
    rig.watched.onCall = (method, argument) => {
      if (method === 'save') written.push((argument as CallbackSave).callback);
    };
    await rig.clock.advance(5_200);
    rig.calls.answered(lastLeg());
    await rig.settle();
    assert.deepEqual(
      written.map(({ flow }) => flow),
      written.map(() => null),
    );
    assert.equal(written.at(-1)?.state, 'answered');
  });

  it('waits with the dial for a store that is away, and dials once when it is back', async () => {
    await start();
    const { id } = await rig.promised();
    rig.watched.failWrites();
    // Longer than a trunk may take to answer.
    await rig.clock.advance(30_000);
    assert.equal(rig.calls.dialled.length, 0);
    assert.deepEqual(rig.application.stats().trunks['trunk-80092037'], { waiting: 0, active: 0 });
    rig.watched.mend();
    await rig.clock.advance(1_000);
    assert.equal(rig.calls.dialled.length, 1);
    assert.equal((await rig.callback(id)).state, 'dialing');
    rig.calls.answered(lastLeg());
    await rig.clock.advance(1_000);
    assert.equal((await rig.callback(id)).outcome, 'connected');
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('waits with the INVITE itself for as long as it takes: not having left is no silence of the trunk, and no answer', async () => {
    await start({ configuration: configurationWith({ ringTimeoutSeconds: 20, expiresSeconds: 1_800 }) });
    const { id } = await rig.promised();
    // It is queued, and the save of the dial fails.
    rig.watched.onCall = (method) => {
      if (method === 'save') rig.watched.failing = rig.application.stats().trunks['trunk-80092037'] ? ['save'] : [];
    };
    await rig.clock.advance(5_000);
    rig.watched.onCall = () => undefined;
    for (const [awayMs, dials] of [
      [24_000, 0],
      [1_000, 1],
    ] as const) {
      await rig.clock.advance(awayMs);
      assert.equal(rig.calls.dialled.length, dials);
      rig.watched.mend();
    }
    await rig.clock.advance(5_900);
    const { state, attempts } = await rig.callback(id);
    assert.deepEqual([state, attempts], ['dialing', 1]);
    await rig.clock.advance(200);
    assert.equal((await rig.callback(id)).reason, 'trunk-silent');
  });

  it('does not forget the dial that waited when another of its events is saved first', async () => {
    await start();
    await rig.promised();
    rig.watched.failWrites();
    await rig.clock.advance(5_000);
    rig.watched.mend();
    await rig.promised();
    await rig.settle();
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('does not make a dial that waited after the callback has moved on, and gives its slot back', async () => {
    await start({
      configuration: configurationWith({}, { trunks: [aTrunk({ maxCallsPerSecond: 100, maxConcurrentCalls: 1 })] }),
    });
    const first = await rig.promised();
    failTheDial();
    await rig.clock.advance(6_000);
    assert.deepEqual(rig.application.stats().trunks['trunk-80092037'], { waiting: 0, active: 1 });
    rig.watched.onCall = () => undefined;
    await rig.application.callbacks.cancel(first.id);
    rig.watched.mend();
    await rig.clock.advance(2_000);
    assert.equal((await rig.callback(first.id)).outcome, 'cancelled');
    assert.deepEqual(rig.application.stats().trunks['trunk-80092037'], { waiting: 0, active: 0 });
    await rig.promised();
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('calls again after its delay when the person calls while its dial waits for the disk', async () => {
    await start();
    const { id } = await rig.promised();
    failTheDial();
    await rig.clock.advance(6_000);
    rig.watched.onCall = () => undefined;
    rig.watched.mend();
    await rig.promised();
    const { state, dueAt, closing } = await rig.callback(id);
    assert.deepEqual([state, dueAt], ['scheduled', rig.clock.now() + 5_000]);
    assert.ok(closing.length <= 1);
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('hangs up at once though nothing can be saved, and saves later what happened', async () => {
    await start();
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.event({ type: 'dialled', legId: lastLeg(), callId: 'x' });
    rig.calls.event({ type: 'ringing', legId: lastLeg(), status: 180 });
    await rig.settle();
    rig.watched.failWrites();
    const done = rig.application.callbacks.cancel(id);
    await rig.settle();
    assert.deepEqual(
      rig.calls.hangUps.map(({ legId }) => legId),
      [lastLeg()],
    );
    await done;
    assert.equal((await rig.callback(id)).state, 'dialing');
    rig.watched.mend();
    await rig.clock.advance(1_000);
    const { state, outcome } = await rig.callback(id);
    assert.deepEqual([state, outcome], ['done', 'cancelled']);
    assert.deepEqual((await rig.logOf(id)).slice(-2), ['cancel-wanted', 'done']);
  });

  it('saves what could not be saved though something that needs no save happens in between', async () => {
    await start();
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.watched.failWrites();
    rig.calls.event({ type: 'dialled', legId: lastLeg(), callId: 'x' });
    await rig.settle();
    rig.calls.event({ type: 'ringing', legId: lastLeg(), status: 180 });
    await rig.settle();
    rig.watched.mend();
    await rig.clock.advance(1_000);
    assert.notEqual((await rig.callback(id)).attempt?.dialledAt, null);
  });

  it("makes a flow's dial that had to wait for the disk", async () => {
    await start({ configuration: configurationWith({ next: 'sales' }, { flows: [SALES] }) });
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.watched.failWrites();
    rig.calls.answered(lastLeg());
    await rig.clock.advance(3_000);
    assert.equal(rig.calls.dialled.length, 1);
    rig.watched.mend();
    await rig.clock.advance(1_000);
    assert.equal(rig.calls.dialled.length, 2);
    rig.calls.answered(lastLeg());
    await rig.settle();
    assert.equal((await rig.callback(id)).state, 'connected');
  });

  it('survives an alarm that is out of date', async () => {
    await start();
    const { id, dueAt } = await rig.promised();
    await rig.application.callbacks.reschedule(id, dueAt + 2_000);
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 0);
    await rig.clock.advance(2_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('is kept in the store alone until some seconds before it is due, and dialled on time', async () => {
    await start({ configuration: configurationWith({ delaySeconds: 3_600 }) });
    const { dueAt } = await rig.promised();
    assert.equal(rig.application.stats().held, 0);
    await rig.clock.advance(dueAt - rig.clock.now() - 11_000);
    assert.equal(rig.application.stats().held, 0);
    await rig.clock.advance(10_999);
    assert.deepEqual([rig.application.stats().held, rig.calls.dialled.length], [1, 0]);
    await rig.clock.advance(1);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('is dialled on time after the clock was set back by hours', async () => {
    await start({ configuration: configurationWith({ delaySeconds: 60 }) });
    rig.clock.step(-4 * 3_600_000);
    const { dueAt } = await rig.promised();
    assert.equal(dueAt, rig.clock.now() + 60_000);
    await rig.clock.advance(60_000);
    assert.equal(rig.calls.dialled[0]?.at, dueAt);
  });

  for (const byMs of [-3_600_000, 3_600_000]) {
    const way = byMs < 0 ? 'back' : 'forward';

    it(`is dialled, and rings, as long as it would have when the clock is set ${way} meanwhile`, async () => {
      await start({ configuration: configurationWith({ delaySeconds: 5, ringTimeoutSeconds: 20 }) });
      await rig.promised();
      await rig.clock.advance(2_000);
      rig.clock.step(byMs);
      await rig.clock.advance(2_999);
      assert.equal(rig.calls.dialled.length, 0);
      await rig.clock.advance(1);
      rig.calls.event({ type: 'dialled', legId: lastLeg(), callId: 'x' });
      rig.calls.event({ type: 'ringing', legId: lastLeg(), status: 180 });
      await rig.clock.advance(10_000);
      rig.clock.step(byMs);
      await rig.clock.advance(9_999);
      assert.equal(rig.calls.hangUps.length, 0);
      await rig.clock.advance(1);
      assert.equal(rig.calls.hangUps.length, 1);
    });

    it(`counts its delay from its rejection, at whichever look after that it is seen that the clock was set ${way}`, async () => {
      let look = 1;
      for (; look < 100; look += 1) {
        await start({ configuration: configurationWith({ delaySeconds: 5 }) });
        rig.calls.onReject = () => {
          const at = rig.clock.now();
          rig.clock.stepAtLook(look, byMs);
          return { result: 'sent', at };
        };
        rig.offer();
        await rig.settle();
        if (rig.clock.isAboutToStep) break;
        await rig.clock.advance(4_999);
        assert.equal(rig.calls.dialled.length, 0, `early, look ${look}`);
        await rig.clock.advance(1);
        assert.equal(rig.calls.dialled.length, 1, `late, look ${look}`);
        await rig.stop();
      }
      assert.ok(look > 3, 'there are some looks');
    });

    for (const saves of ['work', 'fail at first'] as const) {
      it(`is dialled once, at whichever look around its due time it is seen that the clock was set ${way}, where saves ${saves}`, async () => {
        let look = 1;
        for (; look < 100; look += 1) {
          await start({ configuration: configurationWith({ delaySeconds: 5, expiresSeconds: 1_800 }) });
          const { id } = await rig.promised();
          await rig.clock.advance(4_999);
          if (saves === 'fail at first') rig.watched.failWrites();
          rig.clock.stepAtLook(look, byMs);
          await rig.clock.advance(1);
          if (rig.clock.isAboutToStep) break;
          rig.watched.mend();
          await rig.clock.advance(2_000);
          assert.equal(rig.calls.dialled.length, 1, `look ${look}: ${(await rig.callback(id)).state}`);
          await rig.stop();
        }
        assert.ok(look > 3, 'there are some looks');
      });
    }

    it(`counts its delay from a rejection that is heard of after the clock was set ${way}`, async () => {
      await start({ configuration: configurationWith({ delaySeconds: 5 }) });
      const first = Promise.withResolvers<RejectResult>();
      const sent = () => ({ result: 'sent' as const, at: rig.clock.now() });
      rig.calls.onReject = () => first.promise;
      rig.offer();
      await rig.settle();
      // He calls again, and the save of that keeps the mailbox busy.
      rig.calls.onReject = () => {
        rig.watched.hold();
        return sent();
      };
      rig.offer();
      await rig.settle();
      await rig.clock.advance(1);
      first.resolve(sent());
      await rig.settle();
      rig.clock.step(byMs);
      rig.watched.release();
      await rig.clock.advance(4_999);
      assert.equal(rig.calls.dialled.length, 0);
      await rig.clock.advance(1);
      assert.equal(rig.calls.dialled.length, 1);
    });
  }

  it('of the store falls due when the clock is set over its instant, and does not expire by that', async () => {
    await start({ configuration: configurationWith({ delaySeconds: 300, expiresSeconds: 600 }) });
    const { id } = await rig.promised();
    rig.clock.step(3_600_000);
    await rig.clock.advance(1);
    assert.equal(rig.calls.dialled.length, 1);
    assert.equal((await rig.callback(id)).state, 'dialing');
  });

  it('of the store that was overdue before the clock was set forward expires', async () => {
    await start({ configuration: configurationWith({ delaySeconds: 300, expiresSeconds: 600 }) });
    const { id } = await rig.promised();
    rig.watched.failing = ['due'];
    await rig.clock.advance(500_000);
    rig.watched.mend();
    rig.clock.step(3_600_000);
    await rig.clock.advance(1_000);
    assert.deepEqual([(await rig.callback(id)).outcome, rig.calls.dialled.length], ['expired', 0]);
  });

  it('keeps what the clock moved while it was being saved', async () => {
    await start({ configuration: configurationWith({ delaySeconds: 5 }) });
    rig.calls.onReject = () => {
      rig.watched.hold();
      return { result: 'sent', at: rig.clock.now() };
    };
    rig.offer();
    await rig.settle();
    rig.clock.step(-3_600_000);
    rig.watched.release();
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('leaves memory when it is done and its legs are gone, with its slot', async () => {
    await start();
    await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.answered(lastLeg());
    await rig.settle();
    assert.deepEqual(rig.calls.up, []);
    await rig.clock.advance(1_000);
    const { held, live, trunks } = rig.application.stats();
    assert.deepEqual([held, live, trunks['trunk-80092037']?.active], [0, 0, 0]);
  });

  it('whose leg never reports its end leaves memory a minute after it is done', async () => {
    await start();
    const { id } = await rig.promised();
    rig.calls.endsWhenHungUp = false;
    await rig.clock.advance(5_000);
    rig.calls.event({ type: 'dialled', legId: lastLeg(), callId: 'x' });
    await rig.application.callbacks.cancel(id);
    await rig.clock.advance(59_000);
    assert.deepEqual([rig.application.stats().held, rig.application.stats().live], [1, 1]);
    await rig.clock.advance(2_000);
    assert.deepEqual([rig.application.stats().held, rig.application.stats().live], [0, 0]);
    assert.equal(rig.application.stats().trunks['trunk-80092037']?.active, 0);
  });

  it('keeps the whole ladder, the messages that come after its end included', async () => {
    await start();
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    const legId = lastLeg();
    rig.calls.wire(legId, 'sent', 'INVITE');
    rig.calls.event({ type: 'dialled', legId, callId: 'x' });
    rig.calls.wire(legId, 'received', '486 Busy Here');
    rig.calls.rejected(legId);
    await rig.settle();
    assert.equal((await rig.callback(id)).state, 'done');
    rig.calls.wire(legId, 'sent', 'ACK');
    await rig.clock.advance(300);
    rig.calls.wire(legId, 'received', '486 Busy Here');
    await rig.clock.advance(1_000);
    assert.deepEqual(await rig.ladderOf(id), ['INVITE', '486 Busy Here', 'ACK', '486 Busy Here']);
    assert.equal(rig.application.stats().held, 0);
  });

  it('that is being stored when the application stops sets no alarm: the process could not end', async () => {
    await start();
    rig.watched.hold();
    rig.offer();
    await new Promise((resolve) => setImmediate(resolve));
    rig.application.stop();
    rig.watched.release();
    await rig.settle();
    assert.equal(rig.clock.pending, 0);
  });

  it('keeps the lines that wait for their next change when the application drains', async () => {
    await start();
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.event({ type: 'dialled', legId: lastLeg(), callId: 'x' });
    rig.calls.rejected(lastLeg());
    await rig.settle();
    rig.calls.wire(lastLeg(), 'sent', 'ACK');
    await rig.application.drain(rig.clock.now());
    assert.deepEqual(await rig.ladderOf(id), ['ACK']);
  });

  it('tells watchers of each durable change once, and of none that is not durable', async () => {
    await start();
    const { id } = await rig.promised();
    rig.watched.failWrites();
    await rig.clock.advance(5_000);
    assert.deepEqual(
      rig.events.map(({ type }) => type),
      ['callback.accepted', 'callback.promised'],
    );
    rig.watched.mend();
    await rig.clock.advance(1_000);
    const types = rig.events.filter(({ callbackId }) => callbackId === id).map(({ type }) => type);
    assert.deepEqual(types, ['callback.accepted', 'callback.promised', 'callback.queued', 'callback.dial-ordered']);
  });

  it('of each of many is dialled once each, in the order and at the rate of the trunk', async () => {
    const trunks = [aTrunk({ maxCallsPerSecond: 2, maxConcurrentCalls: 3 })];
    await start({
      configuration: configurationWith(
        {},
        { trunks, extensions: [anExtension()], callbackRules: [aRule({ next: null })] },
      ),
    });
    for (let index = 0; index < 6; index += 1) await rig.promised({ fromUser: `4899199626${index}` });
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 2);
    await rig.clock.advance(1_020);
    assert.equal(rig.calls.dialled.length, 3);
    for (const { legId } of [...rig.calls.dialled]) rig.calls.rejected(legId);
    await rig.clock.advance(3_000);
    assert.equal(rig.calls.dialled.length, 6);
    assert.equal(new Set(rig.calls.dialled.map(({ callbackId }) => callbackId)).size, 6);
  });
});
