import assert from 'node:assert/strict';
import { dialledOf } from '../../lib/core/call/candidate.ts';
import type { LegResult } from '../../lib/core/call/leg.ts';
import type { Configuration, Trunk } from '../../lib/core/configuration.ts';
import { aConfiguration, aTrunk } from '../core/rules/configuration-fixture.ts';
import { BUSY } from '../support/fake-calls.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';
import { FakeSignalling, NOTHING, WELL } from './fake-signalling.ts';

/** The first call finds out after 30 s. */
const HEALTH = { ...aTrunk().health, probeSeconds: 300 };

/** Trunks a and b in order, callers called back after a second, once. */
function configurationOf(a: Partial<Trunk> = {}, b: Partial<Trunk> = {}): Configuration {
  const bears = { maxCallsPerSecond: 1_000, maxConcurrentCalls: 1_000 };
  return configurationWith(
    { trunk: null, outgoingRule: 'both', delaySeconds: 1 },
    {
      trunks: [aTrunk({ name: 'a', ...bears, ...a }), aTrunk({ name: 'b', ...bears, ...b })],
      outgoingRules: [
        { name: 'both', routes: [{ match: '.', matchOn: 'received', rewrite: null, trunks: ['a', 'b'] }] },
      ],
      limits: { ...aConfiguration().limits, perNumber: { max: 1_000, perSeconds: 3_600 } },
    },
  );
}

const status = (code: number, more: Partial<LegResult> = {}): LegResult => ({ ...BUSY, status: code, ...more });

describe('the life of trunks', () => {
  let rig: ApplicationRig;
  let signalling: FakeSignalling;
  let callers = 0;

  async function start(configuration: Configuration): Promise<void> {
    callers = 0;
    signalling = new FakeSignalling();
    rig = await ApplicationRig.start({ configuration, signalling });
    signalling.now = () => rig.clock.now();
  }
  afterEach(() => rig.stop());

  /** A caller is promised a callback, and it falls due. @returns its id */
  async function called(): Promise<string> {
    callers += 1;
    const { id } = await rig.promised({ fromUser: `4899199${String(6_000 + callers)}` });
    await rig.clock.advance(1_000);
    return id;
  }

  const viaOf = (id: string) =>
    rig.calls.dialled
      .filter(({ legId }) => legId.startsWith(`${id}.`))
      .map(({ candidate }) => (candidate.kind === 'trunk' ? candidate.trunk : dialledOf(candidate)));

  const lastLegOf = (id: string) => rig.calls.dialled.findLast(({ legId }) => legId.startsWith(`${id}.`))!.legId;

  /** The trunk of the latest leg fails it. */
  async function fails(id: string, result: LegResult): Promise<void> {
    rig.calls.event({ type: 'dialled', legId: lastLegOf(id), callId: 'x' });
    rig.calls.rejected(lastLegOf(id), result);
    await rig.settle();
  }

  const stateOf = (name: string) => rig.application.trunks.status().find((one) => one.name === name)!;
  const eventsOf = (type: string) => rig.events.filter((event) => event.type === type).map(({ data }) => data);

  describe('passive health', () => {
    it('three calls that a trunk fails take it down: the next one goes to the second trunk at once', async () => {
      await start(configurationOf());
      for (const _ of [1, 2, 3]) {
        const id = await called();
        await fails(id, status(500));
        assert.deepEqual(viaOf(id), ['a', 'b']);
        rig.calls.rejected(lastLegOf(id));
      }
      assert.deepEqual([stateOf('a').state, stateOf('a').down?.cause, stateOf('b').state], ['down', 'errors', 'up']);
      const id = await called();
      assert.deepEqual(viaOf(id), ['b']);
      assert.ok((await rig.logOf(id)).includes('trunk-skipped'));
      assert.deepEqual(eventsOf('trunk.down'), [{ trunk: 'a', cause: 'errors', by: 'calls' }]);
      assert.ok(rig.counted.includes('a down'));
    });

    it('after a while one call finds out, the others go on elsewhere; it brings the trunk back', async () => {
      await start(configurationOf({ health: { ...HEALTH, downAfter: 1 } }));
      await fails(await called(), status(503));
      await rig.clock.advance(40_000);
      assert.equal(stateOf('a').state, 'probing');
      const [probe, other] = [await called(), await called()];
      assert.deepEqual([viaOf(probe), viaOf(other)], [['a'], ['b']]);
      rig.calls.event({ type: 'ringing', legId: lastLegOf(probe), status: 180 });
      await rig.settle();
      assert.equal(stateOf('a').state, 'up');
      assert.deepEqual(viaOf(await called()), ['a']);
    });

    it('a probe that never reports its end is over when its callback is forgotten', async () => {
      await start(configurationOf({ health: { ...HEALTH, downAfter: 1 } }));
      await fails(await called(), status(500));
      await rig.clock.advance(40_000);
      const probe = await called();
      rig.calls.endsWhenHungUp = false;
      await rig.application.callbacks.cancel(probe);
      assert.deepEqual(viaOf(await called()), ['b']);
      await rig.clock.advance(120_000);
      assert.deepEqual(viaOf(await called()), ['a']);
    });

    it('callbacks that wait for a trunk, all being down, are dialled in their order when it is back', async () => {
      await start(configurationOf({ health: { ...HEALTH, downAfter: 1 } }, { health: { ...HEALTH, downAfter: 1 } }));
      const first = await called();
      await fails(first, status(500));
      await fails(first, status(500));
      assert.equal((await rig.callback(first)).outcome, 'unreachable');
      const waiting = [await called(), await called(), await called()];
      for (const id of waiting) assert.deepEqual([viaOf(id), (await rig.callback(id)).state], [[], 'queued']);
      assert.deepEqual(stateOf('a').calls, { active: 0, waiting: 3 });
      await rig.clock.advance(30_000);
      // Both are half open: the first two find out, by one trunk each.
      assert.deepEqual(waiting.map(viaOf), [['a'], ['b'], []]);
      rig.calls.answered(lastLegOf(waiting[1]!));
      await rig.settle();
      assert.deepEqual(viaOf(waiting[2]!), ['b'], 'the first trunk that shows life takes those who wait');
    });

    it('a callback that waits until it expires is done: expired, and nobody was dialled', async () => {
      const configuration = configurationOf({ health: { ...HEALTH, downAfter: 1, probeSeconds: 9_999 } });
      const [rule] = configuration.callbackRules;
      await start({
        ...configuration,
        callbackRules: [{ ...rule!, outgoingRule: null, trunk: 'a', expiresSeconds: 60 }],
      });
      await fails(await called(), status(500));
      const id = await called();
      await rig.clock.advance(60_000);
      assert.deepEqual([(await rig.callback(id)).outcome, viaOf(id)], ['expired', []]);
    });

    it('a trunk that says nothing is down after three calls; a late answer brings it back', async () => {
      await start(configurationOf());
      rig.calls.endsWhenHungUp = false;
      const ids = [await called(), await called(), await called()];
      for (const id of ids) rig.calls.event({ type: 'dialled', legId: `${id}.1.0`, callId: 'x' });
      await rig.clock.advance(6_000);
      assert.deepEqual([stateOf('a').state, stateOf('a').down?.cause], ['down', 'silent']);
      rig.calls.rejected(`${ids[0]}.1.0`, status(487, { kind: 'cancelled' }));
      assert.equal(stateOf('a').state, 'up');
    });

    it('503 with Retry-After parks the trunk for that time', async () => {
      await start(configurationOf());
      await fails(await called(), status(503, { retryAfterSeconds: 20 }));
      assert.equal(stateOf('a').state, 'parked');
      assert.deepEqual(viaOf(await called()), ['b']);
      await rig.clock.advance(20_000);
      assert.equal(stateOf('a').state, 'up');
      assert.deepEqual(viaOf(await called()), ['a']);
    });

    it('a clock that is set moves neither the end of a parking nor the time of a probe', async () => {
      await start(configurationOf({ health: { ...HEALTH, downAfter: 1 } }));
      await fails(await called(), status(503, { retryAfterSeconds: 20 }));
      rig.clock.step(3_600_000);
      assert.deepEqual([stateOf('a').state, viaOf(await called())], ['parked', ['b']]);
      rig.clock.step(-7_200_000);
      await rig.clock.advance(20_000);
      assert.equal(stateOf('a').state, 'up');
      await fails(await called(), status(500));
      rig.clock.step(3_600_000);
      assert.equal(stateOf('a').state, 'down');
      await rig.clock.advance(30_000);
      assert.equal(stateOf('a').state, 'probing');
    });

    it('refused credentials raise an alarm that is shown, told and counted, and goes with the first call that gets through', async () => {
      await start(configurationOf());
      await fails(await called(), status(401));
      assert.deepEqual([stateOf('a').alarm, stateOf('a').state], ['credentials', 'up']);
      assert.deepEqual([eventsOf('trunk.alarm').length, rig.counted.includes('a alarm')], [1, true]);
      await fails(await called(), status(404));
      assert.equal(stateOf('a').alarm, null);
    });

    it('an engine that was lost takes no trunk down', async () => {
      await start(configurationOf({ health: { ...HEALTH, downAfter: 1 } }));
      await fails(await called(), status(0, { kind: 'transport', ours: true }));
      assert.equal(stateOf('a').state, 'up');
    });

    it('a trunk that is configured anew starts anew', async () => {
      await start(configurationOf({ health: { ...HEALTH, downAfter: 1 } }));
      await fails(await called(), status(500));
      assert.equal(stateOf('a').state, 'down');
      await rig.live.replace(configurationOf({ health: { ...HEALTH, downAfter: 1 }, maxCallsPerSecond: 7 }), null);
      assert.equal(stateOf('a').state, 'down', 'what is not about its way or health leaves it as it is');
      await rig.live.replace(configurationOf({ proxy: 'sip:127.0.0.2' }), null);
      assert.equal(stateOf('a').state, 'up');
    });
  });

  describe('pings', () => {
    const pinged = { health: { ...HEALTH, optionsSeconds: 10 } };

    it('take a trunk down after three misses, and up after two answers; what waits goes then', async () => {
      await start(configurationOf(pinged, pinged));
      signalling.onPing = () => NOTHING;
      await rig.clock.advance(40_000);
      assert.deepEqual([stateOf('a').state, stateOf('b').state], ['down', 'down']);
      const id = await called();
      assert.deepEqual(viaOf(id), []);
      signalling.onPing = (trunk) => (trunk.name === 'b' ? WELL : { ...WELL, status: 503 });
      await rig.clock.advance(21_000);
      assert.deepEqual([stateOf('a').state, stateOf('b').state, viaOf(id)], ['down', 'up', ['b']]);
    });

    it('any answer but 503 shows life', async () => {
      await start(configurationOf(pinged));
      for (const code of [200, 404, 405, 483, 500, 401]) {
        signalling.onPing = () => ({ ...WELL, status: code });
        await rig.clock.advance(11_000);
        assert.equal(stateOf('a').ping?.answered, true, `${code}`);
      }
    });

    it('are left out while calls prove the trunk alive', async () => {
      await start(configurationOf(pinged));
      await rig.clock.advance(2_000);
      const before = signalling.pings.length;
      for (let count = 0; count < 10; count += 1) {
        const id = await called();
        await rig.clock.advance(4_000);
        rig.calls.rejected(lastLegOf(id));
        await rig.settle();
      }
      assert.equal(signalling.pings.length, before);
      await rig.clock.advance(11_000);
      assert.equal(signalling.pings.length, before + 1);
    });

    it('say nothing while the SIP engine is away, and none is sent where they are off', async () => {
      await start(configurationOf(pinged));
      signalling.onPing = () => ({ type: 'unknown' });
      await rig.clock.advance(60_000);
      assert.deepEqual([stateOf('a').state, signalling.pings.some(({ trunk }) => trunk === 'b')], ['up', false]);
    });

    it('begin and end with the configuration', async () => {
      await start(configurationOf());
      await rig.live.replace(configurationOf(pinged), null);
      await rig.clock.advance(11_000);
      const count = signalling.pings.length;
      assert.ok(count > 0);
      await rig.live.replace(configurationOf(), null);
      await rig.clock.advance(60_000);
      assert.equal(signalling.pings.length, count);
    });
  });

  describe('registration', () => {
    const account = { auth: { username: 'sapers', password: 'p' }, register: { expiresSeconds: 300, contact: null } };

    it('is made at the start, refreshed before it expires with the same Call-ID, and taken back at the end', async () => {
      await start(configurationOf(account));
      await rig.clock.advance(1_000);
      assert.deepEqual(stateOf('a').registration?.state, 'registered');
      await rig.clock.advance(600_000);
      const [first, second, third] = signalling.registers;
      assert.deepEqual(new Set(signalling.registers.map(({ callId }) => callId)).size, 1);
      assert.ok(third!.at - second!.at < 300_000 && second!.at - first!.at < 300_000);
      await rig.application.drain(rig.clock.now());
      assert.equal(signalling.registers.at(-1)?.expiresSeconds, 0);
      assert.ok(signalling.registers.every(({ cseq }, index) => cseq === index + 1));
    });

    it('that fails is tried again with growing pauses, shown, and told', async () => {
      await start(configurationOf(account));
      await rig.clock.advance(1_000);
      signalling.onRegister = () => ({ type: 'silent', text: 'no answer' });
      await rig.live.replace(configurationOf({ ...account, proxy: 'sip:127.0.0.2' }), null);
      await rig.clock.advance(60_000);
      const { registration } = stateOf('a');
      assert.deepEqual([registration?.state, registration?.lastError], ['failed', 'no answer']);
      const tries = signalling.registers.filter(({ expiresSeconds }) => expiresSeconds > 0).slice(1);
      assert.ok(tries.length >= 3 && tries.length <= 6, `${tries.length}`);
      assert.ok(eventsOf('trunk.registration-failed').length === tries.length);
      signalling.onRegister = (_trunk, expiresSeconds) => ({ type: 'registered', expiresSeconds });
      await rig.clock.advance(60_000);
      assert.deepEqual([stateOf('a').registration?.state, eventsOf('trunk.registered').length], ['registered', 2]);
    });

    it('of another account is made anew, and the old one taken back', async () => {
      await start(configurationOf(account));
      await rig.clock.advance(1_000);
      const auth = { username: 'other', password: 'p' };
      await rig.live.replace(configurationOf({ ...account, auth }), null);
      await rig.clock.advance(1_000);
      assert.deepEqual(
        signalling.registers.map(({ expiresSeconds }) => expiresSeconds),
        [300, 0, 300],
      );
      await rig.live.replace(configurationOf(), null);
      await rig.clock.advance(1_000_000);
      assert.deepEqual([signalling.registers.length, stateOf('a').registration], [4, null]);
    });

    it('stands as long as it was granted, whatever the clock is set to', async () => {
      await start(configurationOf(account));
      await rig.clock.advance(1_000);
      rig.clock.step(-3_600_000);
      assert.equal(stateOf('a').registration?.state, 'registered');
      await rig.clock.advance(256_000);
      assert.equal(signalling.registers.length, 2, 'refreshed in time');
      rig.clock.step(7_200_000);
      assert.equal(stateOf('a').registration?.state, 'registered');
      await rig.clock.advance(1_000);
      assert.equal(signalling.registers.length, 2, 'and not before');
    });

    it('with refused credentials raises the alarm', async () => {
      await start(configurationOf(account));
      signalling.onRegister = () => ({ type: 'credentials', status: 403, text: '403 Forbidden' });
      await rig.clock.advance(300_000);
      assert.equal(stateOf('a').alarm, 'credentials');
    });
  });

  describe('switches', () => {
    const turn = (name: 'accept' | 'dial', on: boolean, trunk: string | null = null) =>
      rig.application.trunks.switch([{ name, trunk, on }]);

    it('accept off: nothing new is promised, by its own status and without Retry-After; what stands is promised again', async () => {
      await start(configurationOf());
      const before = await rig.promised({ fromUser: '48991990001' });
      await turn('accept', false);
      const { legId } = rig.offer({ fromUser: '48991990002' });
      const again = rig.offer({ fromUser: '48991990001' });
      await rig.settle();
      assert.deepEqual(rig.rejectionOf(legId), {
        status: 480,
        reason: { protocol: 'Q.850', cause: 31, text: 'Callbacks are not taken now' },
        callbackId: null,
      });
      assert.equal(rig.rejectionOf(again.legId).callbackId, before.id);
      assert.deepEqual(rig.decisions.slice(-2).sort(), ['merged', 'refused accept']);
      const created = await rig.application.callbacks.create({
        rule: 'Callback geral',
        number: '48991990003',
        dueAt: null,
        userData: null,
      });
      assert.equal(created.result === 'refused' && created.code, 'not-accepting');
      await turn('accept', true);
      await rig.promised({ fromUser: '48991990002' });
    });

    it('accept off for one trunk leaves the others and the API alone', async () => {
      await start(configurationOf({ accept: ['10.0.0.0/8'] }, { accept: ['127.0.0.0/8'] }));
      await turn('accept', false, 'a');
      await rig.promised({ fromUser: '48991990001' });
      const { legId } = rig.offer({
        fromUser: '48991990002',
        source: { address: '10.1.1.1', port: 5060, protocol: 'udp', localPort: 5060 },
      });
      await rig.settle();
      assert.equal(rig.rejectionOf(legId).status, 480);
    });

    it('dial off: callbacks wait and keep their order, what is on the line goes on; on: they are dialled', async () => {
      await start(configurationOf());
      const talking = await called();
      await turn('dial', false);
      const waiting = [await called(), await called(), await called()];
      assert.deepEqual(waiting.flatMap(viaOf), []);
      rig.calls.answered(lastLegOf(talking));
      await rig.settle();
      assert.equal((await rig.callback(talking)).state, 'done');
      await rig.clock.advance(600_000);
      await turn('dial', true);
      await rig.settle();
      const order = rig.calls.dialled.map(({ legId }) => legId.split('.')[0]).slice(-3);
      assert.deepEqual(order, waiting);
    });

    it('dial off for one trunk: the others are dialled', async () => {
      await start(configurationOf());
      await turn('dial', false, 'a');
      assert.deepEqual(viaOf(await called()), ['b']);
      assert.deepEqual([stateOf('a').state, stateOf('a').switches.dial], ['switched-off', false]);
      await turn('dial', true, 'a');
      assert.deepEqual(viaOf(await called()), ['a']);
    });

    it('are kept over a restart, and are told and shown', async () => {
      await start(configurationOf());
      await turn('dial', false);
      assert.deepEqual(eventsOf('switch.changed'), [{ switch: 'dial', trunk: null, on: false }]);
      assert.equal((await rig.watched.store.switches.load()).dial, false);
      assert.deepEqual(await turn('accept', false, 'nobody'), { result: 'unknown-trunk', trunk: 'nobody' });
    });
  });
});
