import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flow } from '../../lib/core/configuration.ts';
import { anInboundNumber, aTrunk } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const FLOW_DID = '+554831210112';
const DIAL: Flow = {
  name: 'dial',
  start: 'ring',
  components: {
    ring: component('dial', { extension: '200' }),
  },
};
const CONFIGURATION = configurationWith(
  { next: 'dial' },
  {
    inboundNumbers: [anInboundNumber(), anInboundNumber({ number: FLOW_DID, callback: false, flow: 'dial' })],
    flows: [DIAL],
  },
);

describe('an inbound call that runs a flow', () => {
  let rig: ApplicationRig;
  beforeEach(async () => {
    rig = await ApplicationRig.start({ configuration: CONFIGURATION });
  });
  afterEach(() => rig.stop());

  /** The caller is answered, and his target is rung. */
  function ringing(): { caller: string; target: string } {
    const { legId: caller } = rig.offer({ dialledUser: FLOW_DID });
    rig.calls.event({ type: 'answered', legId: caller });
    return { caller, target: rig.calls.dialled.at(-1)!.legId };
  }

  it('is bridged with its target, and ends with it; nothing of it stays', async () => {
    const { caller, target } = ringing();
    rig.calls.answered(target);
    assert.ok(rig.calls.orders.includes(`bridge ${caller} ${target}`));
    rig.calls.ended(target);
    await rig.settle();
    assert.deepEqual([rig.calls.up, rig.application.stats().flows], [[], 0]);
    assert.ok(rig.clock.nextAt === null || rig.clock.nextAt > rig.clock.now());
  });

  it('whose caller gives up takes its target with it', async () => {
    const { caller, target } = ringing();
    rig.calls.ended(caller);
    await rig.settle();
    assert.deepEqual(
      rig.calls.hangUps.map(({ legId }) => legId),
      [target],
    );
    assert.equal(rig.application.stats().flows, 0);
  });

  it('rings its target as long as it would have when the clock is set meanwhile', async () => {
    for (const byMs of [-3_600_000, 3_600_000]) {
      const { target } = ringing();
      rig.calls.event({ type: 'dialled', legId: target, callId: 'x' });
      rig.calls.event({ type: 'ringing', legId: target, status: 180 });
      await rig.clock.advance(5_000);
      rig.clock.step(byMs);
      const before = rig.calls.hangUps.length;
      await rig.clock.advance(14_999);
      assert.equal(rig.calls.hangUps.length, before);
      await rig.clock.advance(1);
      assert.ok(rig.calls.hangUps.some(({ legId }) => legId === target));
    }
  });

  it('stays until its last leg has reported its end, or a minute', async () => {
    rig.calls.endsWhenHungUp = false;
    const { caller, target } = ringing();
    rig.calls.ended(caller);
    assert.equal(rig.application.stats().flows, 1);
    rig.calls.ended(target);
    assert.equal(rig.application.stats().flows, 0);
    ringing();
    rig.calls.ended('in-2');
    await rig.clock.advance(60_000);
    assert.equal(rig.application.stats().flows, 0);
  });
});

describe('two calls that an attended transfer makes one', () => {
  const OUT_DID = '+554831210113';
  const ring = { ...DIAL.components['ring']!, extension: null, number: '+5548999990000', trunk: aTrunk().name };
  const out = { ...DIAL, name: 'out', components: { ring } } as Flow;
  const configuration = configurationWith(
    {},
    {
      trunks: [aTrunk({ maxConcurrentCalls: 1 })],
      inboundNumbers: [
        anInboundNumber({ number: FLOW_DID, callback: false, flow: 'dial' }),
        anInboundNumber({ number: OUT_DID, callback: false, flow: 'out' }),
      ],
      flows: [DIAL, out],
    },
  );
  let rig: ApplicationRig;
  beforeEach(async () => {
    rig = await ApplicationRig.start({ configuration });
  });
  afterEach(() => rig.stop());

  async function calls(dialledUser: string): Promise<string> {
    const { legId } = rig.offer({ dialledUser });
    rig.calls.event({ type: 'answered', legId });
    await rig.settle();
    return legId;
  }

  it('keep the place on the trunk of the one that goes on, until that has ended', async () => {
    await calls(FLOW_DID);
    const transferor = rig.calls.dialled.at(-1)!.legId;
    rig.calls.answered(transferor);
    const consult = await calls(OUT_DID);
    const heir = rig.calls.dialled.at(-1)!.legId;
    rig.calls.answered(heir);
    // Its name leads to nothing any more.
    rig.calls.endsWhenHungUp = false;
    rig.calls.event({ type: 'ended', legId: consult, by: 'remote', text: 'Transferred' });
    rig.calls.event({ type: 'ended', legId: heir, by: 'remote', text: 'Transferred', continuesAs: transferor });
    await rig.settle();
    await calls(OUT_DID);
    assert.equal(rig.calls.dialled.length, 2, 'the trunk bears one call, and that is up');
    rig.calls.ended(transferor);
    await rig.clock.advance(1_000);
    assert.equal(rig.calls.dialled.length, 3);
  });
});

describe('a drain', () => {
  let rig: ApplicationRig;
  beforeEach(async () => {
    rig = await ApplicationRig.start({ configuration: CONFIGURATION });
  });
  afterEach(() => rig.stop());

  const answeredCallback = async () => {
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    const person = rig.calls.dialled.at(-1)!.legId;
    rig.calls.answered(person);
    await rig.settle();
    const target = rig.calls.dialled.at(-1)!.legId;
    rig.calls.answered(target);
    await rig.settle();
    return { id, person, target };
  };

  it('of an application at rest is over at once', async () => {
    await rig.application.drain(rig.clock.now() + 30_000);
    assert.ok(rig.application.draining);
  });

  it('lets the calls on the line end by themselves, and is over when the last one has', async () => {
    const { id, person } = await answeredCallback();
    let over = false;
    const drained = rig.application.drain(rig.clock.now() + 30_000).then(() => {
      over = true;
    });
    await rig.clock.advance(10_000);
    assert.deepEqual([over, rig.calls.hangUps], [false, []]);
    rig.calls.ended(person);
    await rig.clock.advance(200);
    await drained;
    assert.equal((await rig.callback(id)).outcome, 'connected');
  });

  it('ends them at its deadline, callbacks and flows, and waits for their last goodbyes', async () => {
    rig.calls.endsWhenHungUp = false;
    const { id, person, target } = await answeredCallback();
    const { legId: caller } = rig.offer({ dialledUser: FLOW_DID });
    rig.calls.event({ type: 'answered', legId: caller });
    const rung = rig.calls.dialled.at(-1)!.legId;
    let over = false;
    const drained = rig.application.drain(rig.clock.now() + 1_000).then(() => {
      over = true;
    });
    await rig.clock.advance(900);
    assert.deepEqual(rig.calls.hangUps, []);
    await rig.clock.advance(200);
    const told = new Set(rig.calls.hangUps.map(({ legId }) => legId));
    assert.deepEqual(told, new Set([person, target, caller, rung]));
    assert.equal(over, false);
    for (const legId of told) rig.calls.ended(legId, 'local');
    await rig.clock.advance(200);
    await drained;
    const { state, reason } = await rig.callback(id);
    assert.deepEqual([state, reason], ['done', 'shutdown']);
  });

  it('does not wait for ever for legs that never report their end', async () => {
    rig.calls.endsWhenHungUp = false;
    await answeredCallback();
    const drained = rig.application.drain(rig.clock.now() + 1_000);
    await rig.clock.advance(3_200);
    await drained;
  });

  it('starts no callback: neither one that falls due, nor one that gets its turn on its trunk', async () => {
    await rig.live.replace(
      { ...rig.live.configuration, trunks: [aTrunk({ maxConcurrentCalls: 1, maxCallsPerSecond: 100 })] },
      null,
    );
    const first = await rig.promised();
    const second = await rig.promised({ fromUser: '48991996261' });
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
    assert.equal((await rig.callback(second.id)).state, 'queued');
    const third = await rig.promised({ fromUser: '48991996262' });
    const drained = rig.application.drain(rig.clock.now() + 20_000);
    await rig.clock.advance(6_000);
    rig.calls.event({ type: 'dialled', legId: rig.calls.dialled[0]!.legId, callId: 'x' });
    rig.calls.rejected(rig.calls.dialled[0]!.legId);
    await rig.clock.advance(20_000);
    await drained;
    assert.equal(rig.calls.dialled.length, 1);
    assert.equal((await rig.callback(first.id)).state, 'done');
    for (const { id } of [second, third]) {
      const { state, attempts } = await rig.callback(id);
      assert.deepEqual([state, attempts], ['scheduled', 0]);
    }
  });

  it('still promises callbacks, for the next start, but leads nobody into a flow', async () => {
    const drained = rig.application.drain(rig.clock.now());
    const { id } = await rig.promised();
    const { legId } = rig.offer({ dialledUser: FLOW_DID });
    await rig.settle();
    assert.equal(rig.rejectionOf(legId).status, 503);
    await drained;
    await rig.clock.advance(20_000);
    assert.equal((await rig.callback(id)).state, 'scheduled');
    assert.equal(rig.calls.dialled.length, 0);
  });
});

describe('a restart', () => {
  let directory: string;
  let rig: ApplicationRig;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-app-'));
    rig = await ApplicationRig.start({ configuration: CONFIGURATION, directory, idPrefix: 'a-' });
  });
  afterEach(async () => {
    await rig.stop();
    rmSync(directory, { recursive: true });
  });

  /** The process is gone from one instant to the next, and another one starts after a while. */
  const restart = async (afterMs: number) => {
    const now = rig.clock.now() + afterMs;
    await rig.stop();
    rig = await ApplicationRig.start({ configuration: CONFIGURATION, directory, now, idPrefix: 'b-' });
  };

  it('keeps the promises: what was due meanwhile is dialled at once, what is due later when it is due', async () => {
    const early = await rig.promised();
    await rig.clock.advance(3_000);
    const late = await rig.promised({ fromUser: '48991996261' });
    await restart(2_500);
    await rig.clock.advance(0);
    assert.deepEqual(
      rig.calls.dialled.map(({ callbackId }) => callbackId),
      [early.id],
    );
    await rig.clock.advance(late.dueAt - rig.clock.now());
    assert.deepEqual(rig.calls.dialled.map(({ callbackId, at }) => [callbackId, at]).at(-1), [late.id, late.dueAt]);
  });

  it('takes a promise for given that was committed and whose rejection may have left', async () => {
    rig.calls.onReject = () => new Promise(() => undefined);
    const { legId } = rig.offer();
    await rig.settle();
    const id = rig.rejectionOf(legId).callbackId!;
    await restart(100);
    assert.notEqual((await rig.callback(id)).promisedAt, null);
    await rig.clock.advance(6_100);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('rings nobody again whose phone may be ringing, until it has stopped for certain', async () => {
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.event({ type: 'dialled', legId: rig.calls.dialled[0]!.legId, callId: 'x' });
    await rig.settle();
    await restart(1_000);
    await rig.clock.advance(23_000);
    assert.equal(rig.calls.dialled.length, 0);
    assert.equal((await rig.callback(id)).state, 'dialing');
    await rig.clock.advance(2_000);
    const { state, reason } = await rig.callback(id);
    assert.deepEqual([state, reason], ['done', 'unknown-after-restart']);
  });

  it('repeats the very INVITE that was ordered and is not known to have left, and counts it on its trunk', async () => {
    await rig.promised();
    await rig.clock.advance(5_000);
    const { legId, idempotencyKey } = rig.calls.dialled[0]!;
    await restart(500);
    assert.deepEqual(
      rig.calls.dialled.map((request) => [request.legId, request.idempotencyKey]),
      [[legId, idempotencyKey]],
    );
    assert.deepEqual(rig.application.stats().trunks['trunk-80092037'], { waiting: 0, active: 1 });
  });

  it('does not ring a person who was on the line', async () => {
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.answered(rig.calls.dialled[0]!.legId);
    await rig.settle();
    await restart(500);
    await rig.clock.advance(60_000);
    const { state, reason } = await rig.callback(id);
    assert.deepEqual([state, reason, rig.calls.dialled.length], ['done', 'restart', 0]);
  });

  it('after a drain finds everything settled, and goes on with what was accepted meanwhile', async () => {
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.event({ type: 'dialled', legId: rig.calls.dialled[0]!.legId, callId: 'x' });
    const drained = rig.application.drain(rig.clock.now());
    const other = await rig.promised({ fromUser: '48991996261' });
    await rig.clock.advance(3_000);
    await drained;
    assert.equal((await rig.callback(id)).state, 'scheduled');
    await restart(100);
    await rig.clock.advance(5_000);
    assert.deepEqual(new Set(rig.calls.dialled.map(({ callbackId }) => callbackId)), new Set([id, other.id]));
    assert.equal(rig.calls.dialled.length, 2);
  });

  it('while the first still runs is refused: one process owns the store', async () => {
    await assert.rejects(ApplicationRig.open({ configuration: CONFIGURATION, directory }), { code: 'STORE_IN_USE' });
  });
});
