import assert from 'node:assert/strict';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Configuration, Flow } from '../../lib/core/configuration.ts';
import { anInboundNumber, limits, terms } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith, type RigOptions } from './application-rig.ts';

const EARLY = '+554831210112';
const LATE = '+554831210113';

const TERMS = terms({ delaySeconds: 5, ringTimeoutSeconds: 20 });
const BACK = component('callback', { terms: TERMS, next: 'say', otherwise: 'sorry' });
const SORRY = component('announce', { prompt: 'sorry' });
/** `early` asks before anything has answered the call, `late` after an announcement. Both lead into `late` again. */
const EARLY_FLOW: Flow = {
  name: 'early',
  start: 'back',
  components: { back: BACK, say: component('announce', { next: 'back' }), sorry: SORRY },
};
const LATE_FLOW: Flow = { ...EARLY_FLOW, name: 'late', start: 'say' };

const configurationOf = (changes: Partial<Configuration> = {}) =>
  configurationWith(
    {},
    {
      inboundNumbers: [
        anInboundNumber({ number: EARLY, callback: false, flow: 'early' }),
        anInboundNumber({ number: LATE, callback: false, flow: 'late' }),
      ],
      flows: [EARLY_FLOW, LATE_FLOW],
      ...changes,
    },
  );
const BLOCKED = { limits: limits({ blockedNumbers: ['+5548*'] }) };
const ONE_PER_HOUR = { limits: limits({ perNumber: { max: 1, perSeconds: 3600 } }) };

describe('a callback component of a flow that goes on if it is refused', () => {
  let rig: ApplicationRig;
  const start = async (options: Omit<RigOptions, 'configuration'> & { changes?: Partial<Configuration> } = {}) => {
    const { changes, ...rest } = options;
    rig = await ApplicationRig.start({ configuration: configurationOf(changes), ...rest });
  };
  afterEach(() => rig.stop());

  const all = async (): Promise<Callback[]> => {
    const sort = { field: 'acceptedAt', descending: false } as const;
    return (await rig.watched.store.callbacks.list({ page: 1, pageSize: 10, sort })).items;
  };
  const lastPlay = () => rig.calls.orders.findLast((one) => one.startsWith('play '))?.split(' ') ?? [];
  /** The prompt that is being played has come to its end. */
  const played = async (legId: string) => {
    rig.calls.event({ type: 'playEnded', legId, playId: lastPlay()[2]!, result: 'played' });
    await rig.settle();
  };
  /** A caller who hears the announcement, and then asks for his callback. */
  const caller = async () => {
    const { legId } = rig.offer({ dialledUser: LATE });
    rig.calls.event({ type: 'answered', legId });
    await played(legId);
    return legId;
  };
  /** He is called back, answers, and hears the announcement: he is about to ask for another one. */
  const calledBack = async () => {
    const { legId: inbound } = rig.offer({ dialledUser: EARLY });
    await rig.settle();
    const first = rig.rejectionOf(inbound).callbackId!;
    await rig.clock.advance(5_000);
    const { legId } = rig.calls.dialled.at(-1)!;
    rig.calls.event({ type: 'dialled', legId, callId: 'x' });
    rig.calls.event({ type: 'answered', legId });
    await rig.settle();
    return { first, legId };
  };

  describe('of an unanswered call', () => {
    it('granted: it is rejected with the promise, and its flow is over', async () => {
      await start();
      const callback = await rig.promised({ dialledUser: EARLY });
      assert.deepEqual([callback.state, callback.dueAt], ['scheduled', rig.clock.now() + 5_000]);
      assert.deepEqual([rig.calls.up, rig.application.stats().flows, rig.decisions], [[], 0, ['flow', 'accepted']]);
    });

    it('refused: it is answered and led on, with no word of a promise', async () => {
      await start({ changes: BLOCKED });
      const { legId } = rig.offer({ dialledUser: EARLY });
      await rig.settle();
      assert.deepEqual([rig.calls.rejections, rig.decisions.at(-1)], [[], 'refused blocked']);
      rig.calls.event({ type: 'answered', legId });
      await rig.settle();
      assert.deepEqual(lastPlay().at(-1), 'sorry');
      await played(legId);
      assert.deepEqual([rig.calls.up, await all()], [[], []]);
    });

    it('at a limit of the store: the same', async () => {
      await start({ changes: ONE_PER_HOUR });
      const { id } = await rig.promised({ dialledUser: EARLY });
      await rig.application.callbacks.cancel(id);
      const { legId } = rig.offer({ dialledUser: EARLY });
      await rig.settle();
      assert.equal(rig.decisions.at(-1), 'refused limits');
      rig.calls.event({ type: 'answered', legId });
      await rig.settle();
      assert.equal(lastPlay().at(-1), 'sorry');
      assert.equal((await all()).length, 1);
    });

    it('who has an open callback is promised that one again', async () => {
      await start();
      const first = await rig.promised({ dialledUser: EARLY });
      assert.equal((await rig.promised({ dialledUser: EARLY })).id, first.id);
    });

    it('a store that takes nothing is a refusal, too', async () => {
      await start();
      rig.watched.failWrites();
      const { legId } = rig.offer({ dialledUser: EARLY });
      await rig.settle();
      assert.deepEqual([rig.calls.rejections, rig.decisions.at(-1)], [[], 'unavailable']);
      rig.calls.event({ type: 'answered', legId });
      await rig.settle();
      assert.equal(lastPlay().at(-1), 'sorry');
    });

    it('whose caller gives up while it is decided has no promise', async () => {
      await start();
      rig.calls.onReject = () => ({ result: 'cancelled' });
      rig.watched.hold();
      const { legId } = rig.offer({ dialledUser: EARLY });
      await rig.settle();
      rig.calls.ended(legId);
      rig.watched.release();
      await rig.settle();
      const [callback] = await all();
      assert.deepEqual([callback?.state, callback?.reason], ['done', 'caller-gave-up']);
    });

    it('that went on while it was decided is promised nothing, and nobody is called back', async () => {
      const early = { ...EARLY_FLOW, components: { ...EARLY_FLOW.components, back: { ...BACK, maxSeconds: 2 } } };
      await start({
        changes: {
          flows: [early],
          inboundNumbers: [anInboundNumber({ number: EARLY, callback: false, flow: 'early' })],
        },
      });
      rig.watched.hold();
      const { legId } = rig.offer({ dialledUser: EARLY });
      await rig.settle();
      await rig.clock.advance(2_000);
      rig.calls.event({ type: 'answered', legId });
      rig.watched.release();
      await rig.settle();
      assert.equal(lastPlay().at(-1), 'sorry');
      assert.deepEqual(rig.calls.rejections, []);
      await rig.clock.advance(60_000);
      assert.deepEqual([(await all())[0]?.outcome, rig.calls.dialled.length], ['cancelled', 0]);
    });
  });

  describe('of an answered call', () => {
    it('granted: it is ended by BYE with the promise', async () => {
      await start();
      const legId = await caller();
      const reason = { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' };
      assert.deepEqual([rig.calls.hangUps, rig.application.stats().flows], [[{ legId, reason }], 0]);
      assert.equal((await all())[0]?.promisedAt, rig.clock.now());
    });

    it('refused: it is led on', async () => {
      await start({ changes: BLOCKED });
      const legId = await caller();
      assert.deepEqual([rig.calls.hangUps, lastPlay().at(-1)], [[], 'sorry']);
      await played(legId);
      assert.equal(rig.calls.hangUps.length, 1);
    });

    it('whose caller hangs up while it is decided is called back all the same', async () => {
      await start();
      const { legId } = rig.offer({ dialledUser: LATE });
      rig.calls.event({ type: 'answered', legId });
      rig.watched.hold();
      await played(legId);
      rig.calls.ended(legId);
      rig.watched.release();
      await rig.settle();
      assert.equal((await all())[0]?.promisedAt, rig.clock.now());
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 1);
    });
  });

  describe('of an answered callback', () => {
    it('granted: this one is done, durably, before the new one is written, though they have one duplicate key', async () => {
      await start();
      const { first, legId } = await calledBack();
      const from = rig.journal.length;
      await played(legId);
      const [before, after] = await all();
      assert.deepEqual([before?.id, before?.state, before?.reason], [first, 'done', 'callback-requested']);
      assert.deepEqual([after?.state, after?.promisedAt], ['scheduled', rig.clock.now()]);
      const words = rig.journal.slice(from).filter((line) => !line.startsWith('play'));
      assert.deepEqual(words, ['save done', 'insert', `hangUp ${legId} 17 Callback scheduled`, 'save scheduled']);
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 2);
    });

    it('refused: the call goes on, this one is not over, and the new one is not written', async () => {
      await start({ changes: ONE_PER_HOUR });
      const { first, legId } = await calledBack();
      await played(legId);
      assert.deepEqual([rig.calls.hangUps, lastPlay().at(-1), rig.decisions.at(-1)], [[], 'sorry', 'refused limits']);
      await played(legId);
      const [before, after] = await all();
      assert.deepEqual(
        [before?.id, before?.outcome, before?.reason, after],
        [first, 'connected', 'flow-ended', undefined],
      );
      assert.ok((await rig.logOf(first)).includes('callback-refused'));
    });

    it('this one does not count as the open one that would be promised again', async () => {
      const perPrefix = [{ prefix: '+5548', digits: null, max: 1, perSeconds: 3600 }];
      await start({ changes: { limits: limits({ perPrefix }) } });
      const { legId } = await calledBack();
      await played(legId);
      assert.equal(rig.decisions.at(-1), 'refused limits', 'what is counted by prefix counts this one, too');
    });

    it('with the switch off: it goes on', async () => {
      await start();
      const { legId } = await calledBack();
      await rig.application.trunks.switch([{ name: 'accept', trunk: null, on: false }]);
      await played(legId);
      assert.deepEqual([rig.decisions.at(-1), lastPlay().at(-1)], ['refused accept', 'sorry']);
    });

    it('where the end of this one can not be written nothing is promised, and the call is ended', async () => {
      await start();
      const { first, legId } = await calledBack();
      rig.watched.failWrites();
      await played(legId);
      assert.equal(rig.calls.hangUps.at(-1)?.reason.cause, 41);
      rig.watched.mend();
      await rig.clock.advance(60_000);
      assert.deepEqual(
        (await all()).map(({ id, state }) => [id, state]),
        [[first, 'done']],
      );
      assert.equal(rig.calls.dialled.length, 1);
    });

    const IN_A_ROW = 3;
    /** Each that was called back asks for the next one, until it is refused. @returns the leg of the last one */
    const inARow = async (otherwise: string | null): Promise<string> => {
      const back = { ...BACK, otherwise, maxEntries: IN_A_ROW };
      const flows = [EARLY_FLOW, LATE_FLOW].map((flow) => ({ ...flow, components: { ...flow.components, back } }));
      await start({ changes: { flows } });
      await rig.promised({ dialledUser: EARLY });
      for (let serial = 1; ; serial += 1) {
        await rig.clock.advance(5_000);
        assert.equal(rig.calls.dialled.length, serial);
        const { legId } = rig.calls.dialled.at(-1)!;
        rig.calls.event({ type: 'dialled', legId, callId: `x${serial}` });
        rig.calls.event({ type: 'answered', legId });
        await rig.settle();
        await played(legId);
        if (serial === IN_A_ROW) return legId;
        rig.calls.ended(legId);
        await rig.settle();
      }
    };

    it('as many in a row as the component may be entered: the last one goes on', async () => {
      const legId = await inARow('sorry');
      assert.deepEqual([rig.decisions.at(-1), lastPlay().at(-1)], ['refused limits', 'sorry']);
      await played(legId);
      await rig.clock.advance(600_000);
      assert.deepEqual(
        [rig.calls.dialled.length, (await all()).map(({ state }) => state)],
        [3, ['done', 'done', 'done']],
      );
    });

    it('as many in a row without `otherwise`: the last one is ended, and nobody is called any more', async () => {
      const legId = await inARow(null);
      const reason = { protocol: 'Q.850', cause: 21, text: 'Too many callbacks for this number' };
      assert.deepEqual(rig.calls.hangUps.at(-1), { legId, reason });
      rig.calls.ended(legId);
      await rig.clock.advance(600_000);
      assert.equal(rig.calls.dialled.length, IN_A_ROW);
    });

    it('cancelled while it is decided: nothing is promised', async () => {
      await start();
      const { first, legId } = await calledBack();
      const played2 = played(legId);
      const cancelled = rig.application.callbacks.cancel(first);
      await Promise.all([played2, cancelled]);
      await rig.settle();
      await rig.clock.advance(60_000);
      const states = (await all()).map(({ id, outcome }) => [id === first, outcome]);
      const dials = rig.calls.dialled.length;
      // Whichever came first: never both.
      assert.ok(states.length === 1 ? dials === 1 : states[0]![1] === 'connected', JSON.stringify(states));
    });
  });
});
