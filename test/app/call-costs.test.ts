import assert from 'node:assert/strict';
import type { CallbackRule, Configuration, Flow, Limits, Trunk } from '../../lib/core/configuration.ts';
import { explainWithStore } from '../../lib/core/rules/explain.ts';
import { USUAL_CALLS } from '../../lib/core/settings.ts';
import { anInboundNumber, aRule, aTrunk, DID, limits } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const FLOW_DID = '+554831210120';
const TARGET = '+5511991996299';
const DAY_MS = 86_400_000;
const MINUTE = 60_000;
/** Two a minute, five minutes assumed: ten a call. */
const SPEND = {
  prices: 'prefix,class,perMinute\n55,low,0\n5511,medium,2\n',
  classes: ['low', 'medium'],
  maxPriceClass: null,
  assumedMinutes: 5,
  perDay: 100,
};
const FLOW: Flow = {
  name: 'onward',
  start: 'target',
  components: {
    target: component('dial', { number: TARGET, outgoingRule: 'out', otherwise: 'sorry' }),
    sorry: component('announce', { prompt: 'tone:sorry' }),
  },
};

interface Given {
  rule?: Partial<CallbackRule>;
  perDay?: number;
  limits?: Partial<Limits>;
  /** By trunk: what may be spent there. */
  caps?: Record<string, number | null>;
}

function configured({ rule = {}, perDay = 100, limits: more = {}, caps = { a: null } }: Given): Configuration {
  const trunks = Object.entries(caps).map(([name, spendPerDay], index): Trunk => {
    // The inbound calls of these tests come by the first.
    const proxy = `sip:127.0.0.${index + 1}:5070;transport=udp`;
    return aTrunk({ name, proxy, maxCallsPerSecond: 100, spendPerDay });
  });
  const routes = [{ match: '.', matchOn: 'e164' as const, rewrite: null, trunks: Object.keys(caps) }];
  return configurationWith(
    {},
    {
      trunks,
      outgoingRules: [{ name: 'out', routes }],
      callbackRules: [aRule({ name: 'callers', trunk: null, outgoingRule: 'out', next: null, ...rule })],
      inboundNumbers: [anInboundNumber(), anInboundNumber({ number: FLOW_DID, callback: false, flow: 'onward' })],
      flows: [FLOW],
      limits: limits({ spend: { ...SPEND, perDay }, ...more }),
      calls: { ...USUAL_CALLS, transfers: { ...USUAL_CALLS.transfers, by: 'anyone', outgoingRule: 'out' } },
    },
  );
}

describe('calls that cost money', () => {
  let rig: ApplicationRig;
  const start = async (given: Given = {}) => {
    rig = await ApplicationRig.start({ configuration: configured(given) });
  };
  afterEach(() => rig.stop());

  const spent = async (counter = 'total') => {
    const change = { counter: `spend|${counter}|${DAY_MS}`, slot: 0, firstSlot: 0, endsAt: 0, amount: 0, max: 0 };
    return ((await rig.watched.store.usage.totals([change]))[0] ?? 0) / 1_000_000;
  };
  const suppress = (number = TARGET) =>
    rig.watched.store.suppressions.put([{ number, reason: 'test', source: 'api', createdAt: 0, expiresAt: null }]);
  /** A caller in the flow, who is answered. @returns his leg */
  const inFlow = async () => {
    const { legId } = rig.offer({ dialledUser: FLOW_DID });
    await rig.settle();
    rig.calls.event({ type: 'answered', legId });
    await rig.settle();
    return legId;
  };
  const lastDialled = () => rig.calls.dialled.at(-1)!;
  const via = () => rig.calls.dialled.map(({ candidate }) => (candidate.kind === 'trunk' ? candidate.trunk : ''));
  const apologies = () => rig.calls.orders.filter((order) => order.includes('tone:sorry')).length;
  const eventOf = (type: string) => rig.events.find((event) => event.type === `callback.${type}`)?.data;

  describe('the target of a flow', () => {
    it('is counted when it is dialled, and by its real minutes when its leg is over, once', async () => {
      await start({ caps: { a: 50 } });
      const caller = await inFlow();
      assert.deepEqual([await spent(), await spent('trunk:a')], [10, 10]);
      const { legId } = lastDialled();
      rig.calls.answered(legId);
      await rig.settle();
      await rig.clock.advance(MINUTE + 1000);
      assert.deepEqual([await spent(), await spent('trunk:a')], [10, 10]);
      rig.calls.ended(legId);
      rig.calls.event({ type: 'ended', legId, by: 'remote', text: 'again' });
      await rig.settle();
      assert.deepEqual([await spent(), await spent('trunk:a')], [4, 4]);
      assert.ok(!rig.calls.up.includes(caller));
      assert.equal(await spent(), 4);
    });

    it('costs nothing where it does not answer, or the caller hangs up before', async () => {
      await start();
      await inFlow();
      rig.calls.rejected(lastDialled().legId);
      await rig.settle();
      assert.deepEqual([await spent(), apologies()], [0, 1]);
      const caller = await inFlow();
      assert.equal(await spent(), 10);
      rig.calls.ended(caller);
      await rig.settle();
      assert.equal(await spent(), 0);
    });

    it('is not dialled where it is suppressed or too dear by now: the flow goes on at the exit for failure', async () => {
      await start({ perDay: 15 });
      await inFlow();
      assert.equal(rig.calls.dialled.length, 1);
      await inFlow();
      assert.deepEqual([rig.calls.dialled.length, apologies(), await spent()], [1, 1, 10]);
      await rig.live.replace(configured({ perDay: 100 }), null);
      await suppress();
      await inFlow();
      assert.deepEqual([rig.calls.dialled.length, apologies(), await spent()], [1, 2, 10]);
      const said = rig.log.at('info').map(({ text }) => text);
      assert.ok(said.includes('not dialled: at most 15 may be spent in 24 hours'), said.join('\n'));
      assert.ok(said.includes('not dialled: the number is on the suppression list: test'));
      assert.deepEqual(rig.application.stats().trunks['a'], { waiting: 0, active: 1 }, 'the slots went back');
    });

    it('is not dialled on a guess while the store is away', async () => {
      await start();
      const { suppressions } = rig.watched.store;
      rig.watched.store.suppressions = { ...suppressions, get: () => Promise.reject(new Error('away')) };
      await inFlow();
      rig.watched.store.suppressions = suppressions;
      assert.deepEqual([rig.calls.dialled.length, apologies(), await spent()], [0, 1, 0]);
    });

    it('of a caller who hung up while the store was being asked costs nothing, and is not dialled', async () => {
      await start({ caps: { a: 50 } });
      const { usage } = rig.watched.store;
      const asked = Promise.withResolvers<void>();
      rig.watched.store.usage = {
        ...usage,
        take: async (changes) => {
          await asked.promise;
          return usage.take(changes);
        },
      };
      const caller = await inFlow();
      rig.calls.ended(caller);
      await rig.settle();
      asked.resolve();
      await rig.settle();
      await rig.settle();
      assert.deepEqual([rig.calls.dialled.length, await spent(), await spent('trunk:a')], [0, 0, 0]);
      assert.equal(rig.application.stats().trunks['a']?.active ?? 0, 0);
    });

    it('that was given up while the store was being asked is not counted, though the call goes on', async () => {
      await start();
      const { usage } = rig.watched.store;
      const asked = Promise.withResolvers<void>();
      rig.watched.store.usage = { ...usage, take: (changes) => asked.promise.then(() => usage.take(changes)) };
      const caller = await inFlow();
      await rig.clock.advance(20_000);
      assert.equal(apologies(), 1);
      asked.resolve();
      await rig.settle();
      assert.deepEqual([rig.calls.up, rig.calls.dialled.length, await spent()], [[caller], 0, 0]);
      assert.equal(rig.application.stats().trunks['a']?.active ?? 0, 0);
    });

    it('of a callback is over when the engine is lost, and so is the call to the person', async () => {
      await start({ rule: { next: 'onward' }, caps: { a: 50 } });
      await rig.promised({ fromUser: '11991996260' });
      await rig.clock.advance(5000);
      rig.calls.answered(lastDialled().legId);
      await rig.settle();
      rig.calls.answered(lastDialled().legId);
      await rig.settle();
      await rig.clock.advance(MINUTE / 2);
      rig.calls.loseEngine();
      await rig.settle();
      await rig.clock.advance(10 * MINUTE);
      assert.deepEqual([await spent(), await spent('trunk:a')], [4, 4]);
    });

    it('is over when the engine is lost', async () => {
      await start();
      await inFlow();
      rig.calls.answered(lastDialled().legId);
      await rig.settle();
      await rig.clock.advance(MINUTE / 2);
      rig.calls.loseEngine();
      await rig.settle();
      assert.equal(await spent(), 2);
      await rig.clock.advance(10 * MINUTE);
      assert.equal(await spent(), 2);
    });

    it('counts for the rule of the callback whose flow dials it, and its refusal stands in the log', async () => {
      await start({ rule: { next: 'onward', spendPerDay: 15 } });
      const { id } = await rig.promised({ fromUser: '11991996260' });
      await rig.clock.advance(5000);
      assert.deepEqual([await spent(), await spent('rule:callers')], [10, 10]);
      rig.calls.answered(lastDialled().legId);
      await rig.settle();
      assert.deepEqual([rig.calls.dialled.length, apologies(), await spent()], [1, 1, 10]);
      rig.calls.ended(lastDialled().legId);
      await rig.settle();
      const why = 'at most 15 may be spent in 24 hours';
      const refused = (await rig.watched.store.callbacks.log(id)).find(({ type }) => type === 'target-refused');
      assert.deepEqual(refused?.detail, { component: 'target', via: 'a', gate: 'spend', why });
      assert.deepEqual([eventOf('target-refused')?.['gate'], eventOf('target-failed')?.['reason']], ['spend', 'spend']);
      assert.deepEqual([await spent(), await spent('rule:callers')], [2, 2]);
    });

    it('is counted beside the call to the person himself', async () => {
      await start({ rule: { next: 'onward', spendPerDay: 50 }, caps: { a: 50 } });
      await rig.promised({ fromUser: '11991996260' });
      await rig.clock.advance(5000);
      const person = lastDialled().legId;
      rig.calls.answered(person);
      await rig.settle();
      const target = lastDialled().legId;
      for (const counter of ['total', 'rule:callers', 'trunk:a']) assert.equal(await spent(counter), 20, counter);
      rig.calls.answered(target);
      await rig.settle();
      await rig.clock.advance(2 * MINUTE + 1000);
      rig.calls.ended(target);
      await rig.settle();
      for (const counter of ['total', 'rule:callers', 'trunk:a']) assert.equal(await spent(counter), 12, counter);
    });
  });

  describe('a transfer to a number', () => {
    const bridged = async () => {
      const caller = await inFlow();
      const { legId } = lastDialled();
      rig.calls.answered(legId);
      await rig.settle();
      return { caller, target: legId };
    };
    const refer = async (legId: string, user: string) => {
      const target = { kind: 'user', user } as const;
      rig.calls.event({ type: 'transferAsked', legId, transferId: 't', target });
      await rig.settle();
    };

    it('is counted and settled as any other leg', async () => {
      await start({ caps: { a: 50 } });
      const { target } = await bridged();
      await refer(target, '+5511991996277');
      assert.equal(await spent(), 20);
      const third = lastDialled().legId;
      rig.calls.answered(third);
      rig.calls.ended(target);
      await rig.settle();
      assert.equal(await spent(), 12);
      await rig.clock.advance(3 * MINUTE);
      rig.calls.ended(third);
      await rig.settle();
      assert.deepEqual([await spent(), await spent('trunk:a')], [8, 8]);
    });

    it('is refused by the suppression list and by spend, and the two talk on', async () => {
      await start({ perDay: 15 });
      const { caller, target } = await bridged();
      await refer(target, '+5511991996277');
      await rig.live.replace(configured({}), null);
      await suppress('+5511991996277');
      await refer(target, '+5511991996277');
      assert.equal(rig.calls.dialled.length, 1);
      const told = rig.calls.orders.filter((order) => order === `transfer ${target} failed`);
      assert.deepEqual([told.length, rig.calls.up.toSorted(), await spent()], [2, [caller, target].toSorted(), 10]);
    });

    it('that joins two calls goes on costing under its new name, and is settled once', async () => {
      await start({ caps: { a: 50 } });
      const one = await bridged();
      const other = await bridged();
      assert.equal(await spent(), 20);
      await rig.clock.advance(MINUTE / 2);
      // The target of the first call has handed its caller over to that of the second: they go on under its name.
      const continuesAs = one.target;
      rig.calls.event({ type: 'ended', legId: other.target, by: 'local', text: 'transferred', continuesAs });
      await rig.settle();
      assert.equal(await spent(), 12, "the transferor's own call is over");
      await rig.clock.advance(MINUTE);
      rig.calls.ended(one.target);
      await rig.settle();
      assert.deepEqual([await spent(), await spent('trunk:a')], [6, 6]);
      rig.application.stop();
      await rig.settle();
      assert.equal(await spent(), 6);
    });
  });

  describe('a trunk with a cap', () => {
    const calls = async (count: number) => {
      const ids = [];
      for (let last = 0; last < count; last += 1) ids.push((await rig.promised({ fromUser: `1199199626${last}` })).id);
      await rig.clock.advance(5000);
      return ids;
    };

    it('is passed over for the next one once it has spent what it may, and carries again what was not spent', async () => {
      await start({ caps: { a: 20, b: null } });
      const ids = await calls(3);
      assert.deepEqual(via().toSorted(), ['a', 'a', 'b']);
      assert.deepEqual([await spent(), await spent('trunk:a'), await spent('trunk:b')], [30, 20, 0]);
      const { trunk, gate, why } = eventOf('trunk-refused') ?? {};
      assert.deepEqual([trunk, gate, why], ['a', 'spend', 'at most 20 may be spent through the trunk "a" in 24 hours']);
      assert.ok((await rig.promised({ fromUser: '11991990000' })).id, 'the other trunk can still carry calls');
      for (const { legId } of [...rig.calls.dialled]) rig.calls.rejected(legId);
      await rig.settle();
      assert.deepEqual([await spent(), await spent('trunk:a')], [0, 0]);
      assert.equal((await rig.callback(ids[2]!)).outcome, 'busy');
    });

    it('ends a callback that no other may carry, as refused, and keeps the next one from being promised', async () => {
      await start({ caps: { a: 20, b: 10 } });
      const ids = await calls(4);
      assert.deepEqual(via().toSorted(), ['a', 'a', 'b']);
      const ends = await Promise.all(ids.map(async (id) => (await rig.callback(id)).reason));
      assert.equal(ends.filter((reason) => reason === 'spend').length, 1);
      assert.deepEqual([await spent(), await spent('trunk:a'), await spent('trunk:b')], [30, 20, 10]);
      const { legId } = rig.offer({ fromUser: '11991990000' });
      await rig.settle();
      assert.deepEqual([rig.rejectionOf(legId).status, rig.decisions.at(-1)], [403, 'refused spend']);
      rig.calls.rejected(lastDialled().legId);
      await rig.settle();
      assert.ok((await rig.promised({ fromUser: '11991990000' })).id);
    });

    it('is shown with what it has spent by the dry run', async () => {
      await start({ caps: { a: 20, b: 10 } });
      await calls(2);
      const asked = { to: DID, from: '11991990000' };
      const explained = async () =>
        explainWithStore(
          rig.live.configuration,
          { request: asked, now: rig.clock.now(), situation: rig.application.situation() },
          (request) => rig.application.gatekeeper.explain(request),
        );
      const free = (await explained()).steps.find(({ step }) => step === 'spend');
      assert.equal(free?.verdict, 'passed');
      assert.equal(
        free?.text,
        'at most 100 may be spent in 24 hours: 20 now; at most 20 may be spent through the trunk "a" in 24 hours: 20 now; ' +
          'at most 10 may be spent through the trunk "b" in 24 hours: 0 now',
      );
      await rig.promised({ fromUser: '11991996265' });
      await rig.clock.advance(5000);
      const full = await explained();
      assert.deepEqual([full.gate, full.steps.at(-1)?.verdict], ['spend', 'refused']);
      assert.match(full.steps.at(-1)?.text ?? '', /through the trunk "a"/);
    });

    it('costs a callback that was waiting for the store nothing but time', async () => {
      await start({ caps: { a: 20 } });
      const { usage } = rig.watched.store;
      const { id } = await rig.promised({ fromUser: '11991996260' });
      let isAway = true;
      rig.watched.store.usage = {
        ...usage,
        take: (changes) =>
          isAway && changes.some(({ counter }) => counter.includes('trunk:'))
            ? Promise.reject(new Error('away'))
            : usage.take(changes),
      };
      await rig.clock.advance(8000);
      assert.deepEqual([rig.calls.dialled.length, (await rig.callback(id)).attempts], [0, 0]);
      isAway = false;
      await rig.clock.advance(1000);
      assert.deepEqual([via(), await spent(), await spent('trunk:a')], [['a'], 10, 10]);
    });
  });
});
