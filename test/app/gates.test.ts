import assert from 'node:assert/strict';
import type { LegResult } from '../../lib/core/call/leg.ts';
import type { CallbackRule, Configuration, Limits } from '../../lib/core/configuration.ts';
import { type Explanation, explainWithStore } from '../../lib/core/rules/explain.ts';
import { aRule, aTrunk, DID, limits } from '../core/rules/configuration-fixture.ts';
import { BUSY } from '../support/fake-calls.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const NUMBER = '+5548991996260';
const STORE_GATES = ['suppressed', 'ping-pong', 'limits', 'spend', 'duplicate'];
const UNWANTED: LegResult = { ...BUSY, status: 607, phrase: 'Unwanted' };
/** A Thursday, 20:59 in São Paulo. */
const EVENING = Date.parse('2026-11-26T23:59:00Z');
const MINUTE = 60_000;

function configured(rule: Partial<CallbackRule>, given: Partial<Limits> = {}, more: Partial<Configuration> = {}) {
  return configurationWith(rule, { limits: limits(given), ...more });
}

describe('the gates that need the store', () => {
  let rig: ApplicationRig;
  const start = async (configuration: Configuration, now?: number) => {
    rig = await ApplicationRig.start({ configuration, ...(now === undefined ? {} : { now }) });
  };
  afterEach(() => rig.stop());

  const call = async (fromUser = '48991996260') => {
    const { legId } = rig.offer({ fromUser });
    await rig.settle();
    return rig.rejectionOf(legId);
  };
  const outcomeOf = async (id: string) => {
    const { state, outcome, reason } = await rig.callback(id);
    return `${state} ${outcome} ${reason}`;
  };
  const suppress = (number = NUMBER, expiresAt: number | null = null) =>
    rig.watched.store.suppressions.put([{ number, reason: 'test', source: 'api', createdAt: 0, expiresAt }]);
  const detailOf = async (id: string, type: string) =>
    (await rig.watched.store.callbacks.log(id)).find((entry) => entry.type === type)?.detail;

  describe('the suppression list', () => {
    it('keeps a number from being promised a call, until its entry expires', async () => {
      await start(configured({}));
      await suppress(NUMBER, rig.clock.now() + 1000);
      const refusal = await call();
      assert.deepEqual([refusal.status, refusal.callbackId], [403, null]);
      assert.deepEqual(rig.decisions, ['refused suppressed']);
      assert.doesNotMatch(refusal.reason?.text ?? '', /test|48/);
      await rig.clock.advance(1000);
      assert.equal((await call()).status, 486);
    });

    it('keeps a number that was promised a call from being dialled', async () => {
      await start(configured({}));
      const { id } = await rig.promised();
      await suppress();
      await rig.clock.advance(5000);
      assert.equal(rig.calls.dialled.length, 0);
      assert.equal(await outcomeOf(id), 'done refused suppressed');
      assert.match(String((await detailOf(id, 'refused'))?.['why']), /suppression list: test/);
    });

    it('gets a number that answers 607, in the same save, and keeps it off the phone from then on', async () => {
      await start(
        configured({ retry: { attempts: 3, intervalSeconds: [60], on: ['rejected'] } }, { unwantedSeconds: 900 }),
      );
      const { id } = await rig.promised();
      await rig.clock.advance(5000);
      rig.calls.rejected(rig.calls.dialled[0]!.legId, UNWANTED);
      await rig.settle();
      assert.equal(await outcomeOf(id), 'done rejected unwanted');
      const entry = await rig.watched.store.suppressions.get(NUMBER, rig.clock.now());
      assert.deepEqual([entry?.source, entry?.reason], [`callback:${id}`, 'unwanted']);
      assert.equal(entry?.expiresAt, rig.clock.now() + 900_000);
      assert.equal((await call()).status, 403);
      assert.equal(rig.events.filter(({ type }) => type === 'callback.suppressed').length, 1);
    });

    it('is waited for while the store is away: nobody is dialled on a guess', async () => {
      await start(configured({}));
      const { id } = await rig.promised();
      const { suppressions } = rig.watched.store;
      rig.watched.store.suppressions = { ...suppressions, get: () => Promise.reject(new Error('away')) };
      await rig.clock.advance(8000);
      assert.equal(rig.calls.dialled.length, 0);
      rig.watched.store.suppressions = suppressions;
      await rig.clock.advance(1000);
      assert.equal(rig.calls.dialled.length, 1);
      assert.equal((await rig.callback(id)).state, 'dialing');
    });
  });

  describe('rates', () => {
    const number = (last: number) => `4899199${String(last).padStart(4, '0')}`;

    it('hold per prefix, given or as long as is said, and let others through', async () => {
      const perPrefix: Limits['perPrefix'] = [
        { prefix: '+5548', digits: null, max: 3, perSeconds: 60 },
        { prefix: null, digits: 10, max: 2, perSeconds: 60 },
      ];
      await start(configured({}, { perPrefix }));
      const statuses = [];
      // The first two are of one ten-digit prefix, the others of others.
      for (const from of ['48991990001', '48991990002', '48991990003', '48991980001', '48991970001', '11991970001'])
        statuses.push((await call(from)).status);
      assert.deepEqual(statuses, [486, 486, 403, 486, 403, 486]);
      assert.ok(rig.decisions.includes('refused limits'));
      await rig.clock.advance(62_000);
      assert.equal((await call('48991990003')).status, 486);
    });

    it('hold per rule, and for all together', async () => {
      const rules = [
        aRule({ next: null, limit: { max: 1, perSeconds: 60 } }),
        aRule({ name: 'others', origin: ['+5511*'], next: null }),
      ];
      await start(
        configured(
          {},
          { perRule: { max: 5, perSeconds: 60 }, total: { max: 3, perSeconds: 60 } },
          { callbackRules: rules },
        ),
      );
      const statuses = [];
      for (const from of [number(1), number(2), '11991970001', '11991970002', '11991970003'])
        statuses.push((await call(from)).status);
      assert.deepEqual(statuses, [486, 403, 486, 486, 403]);
    });

    it('count what is promised, not what is merged, refused or not stored', async () => {
      await start(configured({}, { total: { max: 2, perSeconds: 600 }, perNumber: { max: 100, perSeconds: 3600 } }));
      assert.equal((await call(number(1))).status, 486);
      for (let again = 0; again < 5; again += 1) assert.equal((await call(number(1))).status, 486);
      rig.watched.failing = ['insert'];
      assert.equal((await call(number(2))).status, 503);
      rig.watched.mend();
      assert.equal((await call(number(3))).status, 486);
      assert.equal((await call(number(4))).status, 403);
      assert.equal((await call(number(1))).status, 486, 'whoever has an open callback keeps it');
    });

    it('give back what was counted for a call that turned out to have its promise already', async () => {
      await start(configured({}, { total: { max: 2, perSeconds: 600 } }));
      assert.equal((await call(number(1))).status, 486);
      // Another node stores it between our look and our insert.
      const { callbacks } = rig.watched.store;
      rig.watched.store.callbacks = { ...callbacks, findOpen: async () => null };
      assert.equal((await call(number(1))).status, 486);
      rig.watched.store.callbacks = callbacks;
      assert.deepEqual(rig.decisions, ['accepted', 'merged']);
      assert.deepEqual([(await call(number(2))).status, (await call(number(3))).status], [486, 403]);
    });

    it('hold for numbers that were never called before, and let known ones through', async () => {
      await start(configured({}, { newNumbers: { max: 2, perSeconds: 60 } }));
      const first = await rig.promised({ fromUser: number(1) });
      await rig.application.callbacks.cancel(first.id);
      assert.equal((await call(number(2))).status, 486);
      assert.equal((await call(number(3))).status, 403);
      assert.equal((await call(number(1))).status, 486);
      await rig.clock.advance(62_000);
      assert.equal((await call(number(3))).status, 486);
    });
  });

  describe('spend', () => {
    const prices = 'prefix,class,perMinute\n55,low,0.10\n5511,medium,2\n';
    const spend = {
      prices,
      classes: ['low', 'medium', 'high'],
      maxPriceClass: 'medium',
      assumedMinutes: 5,
      perDay: 20,
    };
    const spent = async () => {
      const { usage } = rig.watched.store;
      const windowMs = 86_400_000;
      const counter = `spend|total|${windowMs}`;
      return (
        ((await usage.totals([{ counter, slot: 0, firstSlot: 0, endsAt: 0, amount: 0, max: 0 }]))[0] ?? 0) / 1_000_000
      );
    };

    it('keeps a destination above its class from being promised, by rule and by trunk', async () => {
      const countries = { allow: ['BR', 'US'] };
      await start(configured({ maxPriceClass: 'low' }, { spend, countries }));
      assert.equal((await call()).status, 486);
      assert.equal((await call('11991996260')).status, 403);
      assert.deepEqual(rig.decisions, ['accepted', 'refused price']);
      await rig.stop();
      const trunks = [aTrunk({ maxCallsPerSecond: 100, maxPriceClass: 'low' })];
      await start(configured({}, { spend, countries }, { trunks }));
      assert.equal((await call('11991996260')).status, 403);
      // No prefix fits: the dearest class.
      assert.equal((await call('+12125551234')).status, 403);
    });

    it('is counted as assumed when a call is made, and as it was when it is over', async () => {
      await start(configured({}, { spend }));
      await rig.promised({ fromUser: '11991996260' });
      await rig.clock.advance(5000);
      assert.equal(await spent(), 10);
      const { legId } = rig.calls.dialled[0]!;
      rig.calls.answered(legId);
      await rig.settle();
      await rig.clock.advance(0);
      assert.equal(await spent(), 2);
    });

    it('costs nothing where nobody answers, also where a call waits for its trunk and expires', async () => {
      const trunks = [aTrunk({ maxCallsPerSecond: 100, maxConcurrentCalls: 1 })];
      await start(configured({ expiresSeconds: 10, ringTimeoutSeconds: 30 }, { spend }, { trunks }));
      await rig.promised({ fromUser: '11991996260' });
      const { id } = await rig.promised({ fromUser: '11991996261' });
      await rig.clock.advance(5000);
      const { legId } = rig.calls.dialled[0]!;
      rig.calls.event({ type: 'dialled', legId, callId: 'c' });
      rig.calls.event({ type: 'ringing', legId, status: 180 });
      assert.equal(await spent(), 20);
      await rig.clock.advance(10_000);
      assert.equal(await outcomeOf(id), 'done expired expired');
      assert.equal(await spent(), 10);
      rig.calls.rejected(legId);
      await rig.settle();
      assert.equal(await spent(), 0);
    });

    it('never exceeds the cap, however many were promised before', async () => {
      await start(configured({}, { spend }));
      const ids = [];
      for (let last = 0; last < 5; last += 1) ids.push((await rig.promised({ fromUser: `1199199626${last}` })).id);
      await rig.clock.advance(5000);
      assert.equal(rig.calls.dialled.length, 2);
      assert.equal(await spent(), 20);
      const outcomes = await Promise.all(ids.map(outcomeOf));
      assert.equal(outcomes.filter((text) => text === 'done refused spend').length, 3);
      assert.equal((await call('11991990000')).status, 403);
      assert.ok(rig.decisions.includes('refused spend'));
    });

    it('has a cap per rule', async () => {
      await start(configured({ spendPerDay: 10 }, { spend: { ...spend, perDay: null } }));
      const first = await rig.promised({ fromUser: '11991996260' });
      const second = await rig.promised({ fromUser: '11991996261' });
      await rig.clock.advance(5000);
      assert.deepEqual(
        [(await rig.callback(first.id)).state, await outcomeOf(second.id)],
        ['dialing', 'done refused spend'],
      );
    });
  });

  describe('hours', () => {
    const callingHours = ['Mon-Sun 08:00-21:00'];
    const MORNING = Date.parse('2026-11-27T11:00:00Z');

    it('refuse a call that would come outside them, by the clocks of whoever is called', async () => {
      await start(configured({ callingHours, delaySeconds: 61 }), EVENING);
      assert.equal((await call()).status, 403);
      assert.deepEqual(rig.decisions, ['refused hours']);
      // Manaus is an hour behind.
      assert.equal((await call('92991996260')).status, 486);
    });

    it('are waited for where the rule says so, and the wait does not count towards the expiry', async () => {
      await start(configured({ callingHours, outsideHours: 'wait', delaySeconds: 61 }), EVENING);
      const callback = await rig.promised();
      assert.deepEqual([callback.dueAt, callback.expiresAt], [MORNING, MORNING + 1_800_000]);
      await rig.clock.advance(MORNING - EVENING - 1);
      assert.equal(rig.calls.dialled.length, 0);
      await rig.clock.advance(1);
      assert.deepEqual(
        rig.calls.dialled.map(({ at }) => at),
        [MORNING],
      );
    });

    it('put a retry off that would come outside them', async () => {
      const retry = { attempts: 2, intervalSeconds: [60], on: ['busy' as const] };
      await start(configured({ callingHours, outsideHours: 'wait', retry }), EVENING);
      const { id } = await rig.promised();
      await rig.clock.advance(5000);
      rig.calls.rejected(rig.calls.dialled[0]!.legId);
      await rig.settle();
      assert.equal((await rig.callback(id)).dueAt, EVENING + 65_000);
      await rig.clock.advance(60_000);
      assert.equal((await rig.callback(id)).dueAt, MORNING);
      await rig.clock.advance(MORNING - rig.clock.now());
      assert.deepEqual(
        rig.calls.dialled.map(({ at }) => at),
        [EVENING + 5000, MORNING],
      );
    });

    it('that changed since the promise put it off, or end it where it would come too late', async () => {
      const open = configured({ hours: 'office' }, {}, { hours: [office(['Mon-Sun 00:00-24:00'])] });
      await start(open, EVENING);
      const kept = await rig.promised();
      const soon = configured({ hours: 'office' }, {}, { hours: [office(['Mon-Sun 21:10-22:00'])] });
      await rig.live.replace(soon, null);
      await rig.clock.advance(5000);
      const putOff = await detailOf(kept.id, 'put-off');
      assert.deepEqual([putOff?.['gate'], putOff?.['dueAt']], ['hours', EVENING + 11 * MINUTE]);
      await rig.clock.advance(11 * MINUTE - 5000);
      assert.equal(rig.calls.dialled.length, 1);
      const late = await rig.promised({ fromUser: '48991996261' });
      await rig.live.replace(configured({ hours: 'office' }, {}, { hours: [office(['Mon 08:00-09:00'])] }), null);
      await rig.clock.advance(5000);
      assert.equal(await outcomeOf(late.id), 'done refused hours');
    });

    const office = (regular: string[]) => ({
      name: 'office',
      timezone: 'America/Sao_Paulo',
      regular,
      extra: [],
      holidays: [],
    });
  });

  describe('lists that changed after the promise', () => {
    it('keep a number from being dialled: blocked, of a country that is not allowed any more, our own', async () => {
      const cases: Array<[Partial<Configuration>, string]> = [
        [{ limits: limits({ blockedNumbers: ['+5548*'] }) }, 'blocked'],
        [{ limits: limits({ countries: { allow: ['PT'] } }) }, 'country'],
        [{ inboundNumbers: [{ number: NUMBER, callback: true, flow: null }] }, 'loop'],
      ];
      for (const [change, gate] of cases) {
        await start(configured({}));
        const { id } = await rig.promised();
        await rig.live.replace(configurationWith({}, change), null);
        await rig.clock.advance(5000);
        assert.equal(await outcomeOf(id), `done refused ${gate}`);
        assert.equal((await detailOf(id, 'refused'))?.['gate'], gate);
        assert.equal(rig.calls.dialled.length, 0);
        if (gate !== 'loop') await rig.stop();
      }
    });
  });

  describe('the dry run', () => {
    const explained = (from: string) => {
      const { configuration } = rig.live;
      const asked = { request: { to: DID, from }, now: rig.clock.now(), situation: rig.application.situation() };
      return explainWithStore(configuration, asked, (request) => rig.application.gatekeeper.explain(request));
    };
    const stepsOf = (explanation: Explanation) =>
      explanation.steps
        .filter(({ step }) => STORE_GATES.includes(step))
        .map(({ step, verdict }) => `${verdict} ${step}`);

    it('says what each gate of the store found, and counts nothing by it', async () => {
      await start(configured({}, { total: { max: 1, perSeconds: 60 } }));
      for (let again = 0; again < 3; again += 1) {
        const free = await explained('48991996260');
        assert.equal(free.outcome, 'callback');
        assert.deepEqual(stepsOf(free), [
          'passed suppressed',
          'passed ping-pong',
          'passed limits',
          'passed spend',
          'chosen duplicate',
        ]);
      }
      assert.equal((await call('48991996261')).status, 486);
      const full = await explained('48991996260');
      assert.deepEqual([full.outcome, full.gate, full.status], ['refused', 'limits', 403]);
      assert.match(full.steps.at(-1)?.text ?? '', /at most 1 in 60 s/);
      await suppress();
      const listed = await explained('48991996260');
      assert.deepEqual([listed.gate, stepsOf(listed)], ['suppressed', ['refused suppressed']]);
    });
  });

  describe('ping-pong', () => {
    const busyRound = async () => {
      await rig.clock.advance(5000);
      rig.calls.rejected(rig.calls.dialled.at(-1)!.legId);
      await rig.settle();
      await rig.clock.advance(5000);
    };

    it('ends at once where the other side promises a callback itself', async () => {
      await start(configured({ retry: { attempts: 3, intervalSeconds: [10], on: ['busy'] } }));
      const { id } = await rig.promised();
      await rig.clock.advance(5000);
      rig.calls.rejected(rig.calls.dialled[0]!.legId, { ...BUSY, callsBack: true });
      await rig.settle();
      assert.equal(await outcomeOf(id), 'done busy calls-back');
      await rig.clock.advance(5000);
      assert.equal((await call()).status, 403);
      assert.deepEqual(rig.decisions, ['accepted', 'refused ping-pong']);
      await rig.clock.advance(3_600_000);
      assert.equal((await call()).status, 486);
    });

    const ONE = { withinSeconds: 120, rounds: 1, answeredSeconds: 0 };

    it('ends after one round where it does not, and a person who missed us is called once more', async () => {
      await start(configured({}, { pingPong: ONE }));
      assert.equal((await call()).status, 486);
      await busyRound();
      assert.equal((await call()).status, 486);
      await busyRound();
      for (let again = 0; again < 5; again += 1) {
        assert.equal((await call()).status, 403);
        await rig.clock.advance(10_000);
      }
      assert.equal(rig.calls.dialled.length, 2);
      await rig.clock.advance(120_000);
      assert.equal((await call()).status, 486);
    });

    it('is none where somebody answered, or takes his time', async () => {
      await start(configured({}, { pingPong: ONE }));
      for (let round = 0; round < 4; round += 1) {
        assert.equal((await call()).status, 486);
        await rig.clock.advance(5000);
        rig.calls.answered(rig.calls.dialled.at(-1)!.legId);
        await rig.settle();
        await rig.clock.advance(1000);
      }
      for (let round = 0; round < 4; round += 1) {
        assert.equal((await call('48991996261')).status, 486);
        await busyRound();
        await rig.clock.advance(120_000);
      }
    });

    it('breaks off where both ring at the same moment', async () => {
      await start(configured({}, { pingPong: ONE }));
      assert.equal((await call()).status, 486);
      await rig.clock.advance(5000);
      // He calls while we ring him: he is rung later. And again: he is a machine, and our call rings on.
      assert.equal((await call()).status, 486);
      await rig.clock.advance(5000);
      assert.equal((await call()).status, 403);
      assert.equal(rig.calls.dialled.length, 2);
      assert.deepEqual(rig.decisions, ['accepted', 'merged', 'refused ping-pong']);
    });
  });
});
