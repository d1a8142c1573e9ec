import assert from 'node:assert/strict';
import { CallRoom, type CallRoomOptions } from '../../lib/app/call-room.ts';
import type { LegResult } from '../../lib/core/call/leg.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { Hooks } from '../../lib/ports/hooks.ts';
import { aConfiguration, anInboundNumber, aTrunk } from '../core/rules/configuration-fixture.ts';
import { BUSY } from '../support/fake-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { component } from '../support/flow-components.ts';
import { MemoryLog } from '../support/outside-world.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const NO_CAPACITY: LegResult = { ...BUSY, kind: 'noCapacity', status: 0, text: 'All media endpoints are in use.' };

describe('the room for calls of a node', () => {
  let clock: FakeClock;
  let told: number;

  function roomFor(options: Partial<CallRoomOptions>): CallRoom {
    clock = new FakeClock(1_000_000);
    told = 0;
    const room = new CallRoom({ clock, maxCalls: null, endpoints: () => null, log: new MemoryLog(), ...options });
    room.onRoom = () => {
      told += 1;
    };
    return room;
  }

  it('counts a call once, however many legs it has, until the last one is gone', () => {
    const room = roomFor({ maxCalls: 1 });
    const [first, second] = [{}, {}];
    assert.ok(room.hasRoomFor(first));
    room.enter(first, 'a');
    room.enter(first, 'b');
    assert.deepEqual([room.hasRoomFor(first), room.hasRoomFor(second), room.stats().calls], [true, false, 1]);
    room.leave('a');
    assert.deepEqual([room.hasRoomFor(second), told], [false, 0]);
    room.leave('b');
    room.leave('b');
    assert.deepEqual([room.hasRoomFor(second), told, room.stats().calls], [true, 1, 0]);
  });

  it('is as large as the media has endpoints for two legs of each, and looks again while ports rest', async () => {
    let endpoints = 5;
    const room = roomFor({ endpoints: () => endpoints });
    room.enter({}, 'a');
    assert.equal(room.free, 1);
    endpoints = 3;
    assert.ok(room.isFull());
    await clock.advance(1_000);
    assert.equal(told, 0);
    endpoints = 4;
    await clock.advance(250);
    assert.deepEqual([told, room.isFull()], [1, false]);
  });

  it('is taken for as large as it was when the media had no more, for some seconds', async () => {
    const room = roomFor({});
    for (const leg of ['a', 'b', 'c']) room.enter({}, leg);
    room.leave('c');
    room.sawFull();
    assert.ok(room.isFull());
    room.leave('b');
    assert.deepEqual([room.free, told], [1, 1]);
    room.enter({}, 'd');
    assert.ok(room.isFull());
    await clock.advance(5_500);
    assert.deepEqual([room.free, told], [Number.POSITIVE_INFINITY, 2]);
  });
});

const [TO_MENU, TO_CALLBACK] = ['+554831210112', '+554831210113'];

function configurationOf(changes: Partial<Configuration> = {}): Configuration {
  return configurationWith(
    { trunk: 'a', delaySeconds: 1 },
    {
      trunks: ['a', 'b'].map((name) => aTrunk({ name, maxCallsPerSecond: 1_000, maxConcurrentCalls: 1_000 })),
      limits: { ...aConfiguration().limits, perNumber: { max: 1_000, perSeconds: 3_600 } },
      inboundNumbers: [
        anInboundNumber(),
        anInboundNumber({ number: TO_MENU, callback: false, flow: 'menu' }),
        anInboundNumber({ number: TO_CALLBACK, callback: false, flow: 'back' }),
      ],
      flows: [
        {
          name: 'menu',
          start: 'menu',
          components: {
            menu: component('menu', { maxDigits: 1 }),
          },
        },
        { name: 'back', start: 'back', components: { back: component('callback', { rule: 'Callback geral' }) } },
      ],
      ...changes,
    },
  );
}

describe('a node that bears so many calls', () => {
  let rig: ApplicationRig;
  let callers = 0;
  afterEach(() => rig.stop());

  const start = async (maxCalls: number, changes: Partial<Configuration> = {}) => {
    callers = 0;
    rig = await ApplicationRig.start({
      configuration: configurationOf(changes),
      room: { maxCalls, endpoints: () => null },
    });
  };
  const from = () => {
    callers += 1;
    return { fromUser: `4899199${String(6_000 + callers)}` };
  };
  /** Callers are promised callbacks, and they fall due. @returns their ids, in order */
  async function due(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let one = 0; one < count; one += 1) ids.push((await rig.promised(from())).id);
    await rig.clock.advance(1_000);
    return ids;
  }
  const dialled = () => rig.calls.dialled.map(({ legId }) => legId.split('.')[0]!);
  const stateOf = async (id: string) => (await rig.callback(id)).state;

  it('dials no more callbacks at once; the others are queued, and each takes its turn when a call ends', async () => {
    await start(2);
    const ids = await due(40);
    assert.deepEqual(dialled(), ids.slice(0, 2));
    assert.deepEqual(await Promise.all(ids.slice(2).map(stateOf)), new Array(38).fill('queued'));
    assert.deepEqual(rig.application.stats().calls, { calls: 2, waiting: 38, max: 2 });
    // Nobody asks again and again.
    const soFar = rig.journal.length;
    await rig.clock.advance(4_000);
    assert.deepEqual(rig.journal.slice(soFar), []);
    for (let turn = 0; turn < 40; turn += 1) {
      assert.ok(rig.calls.up.length <= 2);
      rig.calls.answered(rig.calls.up[0]!);
      await rig.settle();
      rig.calls.ended(rig.calls.up[0]!);
      await rig.settle();
    }
    assert.deepEqual(dialled(), ids);
    assert.deepEqual(rig.application.stats().calls, { calls: 0, waiting: 0, max: 2 });
  });

  it('tells the caller of a flow to come again, and lets the next one in when a call has ended', async () => {
    await start(1);
    const first = rig.offer({ dialledUser: TO_MENU, ...from() });
    await rig.settle();
    assert.ok(rig.journal.includes(`answer ${first.legId}`));
    const second = rig.offer({ dialledUser: TO_MENU, ...from() });
    await rig.settle();
    const { status, reason, retryAfterSeconds } = rig.rejectionOf(second.legId);
    assert.deepEqual([status, reason?.cause, retryAfterSeconds], [503, 34, 8]);
    assert.deepEqual(rig.decisions, ['flow', 'refused capacity']);
    rig.calls.ended(first.legId);
    await rig.settle();
    const third = rig.offer({ dialledUser: TO_MENU, ...from() });
    await rig.settle();
    assert.ok(rig.journal.includes(`answer ${third.legId}`));
  });

  it('asks no server any more where a caller goes on for whom there is no room then', async () => {
    const asked: AbortSignal[] = [];
    const hooks: Hooks = {
      ask: (_request, ending) => {
        asked.push(ending);
        return new Promise(() => undefined);
      },
    };
    const components = {
      hook: component('webhook', { maxSeconds: 1, otherwise: 'hello' }),
      hello: component('announce', { prompt: 'hello' }),
    };
    const TO_HOOK = '+554831210115';
    const { inboundNumbers, flows, ...rest } = configurationOf({});
    rig = await ApplicationRig.start({
      configuration: {
        ...rest,
        inboundNumbers: [...inboundNumbers, anInboundNumber({ number: TO_HOOK, callback: false, flow: 'hook' })],
        flows: [...flows, { name: 'hook', start: 'hook', components }],
      },
      room: { maxCalls: 1, endpoints: () => null },
      hooks,
    });
    rig.offer({ dialledUser: TO_MENU, ...from() });
    const second = rig.offer({ dialledUser: TO_HOOK, ...from() });
    await rig.clock.advance(1_000);
    assert.equal(rig.rejectionOf(second.legId).status, 503);
    assert.deepEqual(
      asked.map(({ aborted }) => aborted),
      [true],
    );
  });

  it('promises callbacks all the same, by rule and by flow', async () => {
    await start(1);
    rig.offer({ dialledUser: TO_MENU, ...from() });
    await rig.settle();
    await rig.promised(from());
    await rig.promised({ dialledUser: TO_CALLBACK, ...from() });
  });

  it('serves callbacks before new callers of flows', async () => {
    await start(1);
    const talking = rig.offer({ dialledUser: TO_MENU, ...from() });
    const [waiting] = await due(1);
    assert.deepEqual(dialled(), []);
    rig.calls.ended(talking.legId);
    const caller = rig.offer({ dialledUser: TO_MENU, ...from() });
    await rig.settle();
    assert.deepEqual(dialled(), [waiting]);
    assert.equal(rig.rejectionOf(caller.legId).status, 503);
  });

  it('has room for the further legs of a call that is up, though callbacks wait in the same lane', async () => {
    const dial = { type: 'dial', number: '+5548999990000', trunk: 'b', ringTimeoutSeconds: 20 } as never;
    const flows = [{ name: 'menu', start: 'out', components: { out: dial } }];
    await start(1, { flows, callbackRules: configurationWith({ trunk: 'b', delaySeconds: 1 }).callbackRules });
    const [first] = await due(1);
    assert.deepEqual(dialled(), [first]);
    await due(1);
    rig.calls.answered(rig.calls.dialled[0]!.legId);
    rig.calls.ended(rig.calls.dialled[0]!.legId);
    await rig.settle();
    assert.equal(rig.calls.dialled.length, 2);
    rig.calls.rejected(rig.calls.dialled[1]!.legId);
    await rig.settle();
    const caller = rig.offer({ dialledUser: TO_MENU, ...from() });
    await due(2);
    rig.calls.event({ type: 'answered', legId: caller.legId });
    await rig.settle();
    assert.equal(rig.calls.dialled.length, 3);
    assert.ok(rig.calls.dialled[2]!.legId.startsWith(caller.legId), 'the target of the caller on the line');
  });

  it('has callbacks to extensions wait like all others', async () => {
    await start(1, {
      callbackRules: configurationWith({ method: 'extension', extension: '200', trunk: null, delaySeconds: 1 })
        .callbackRules,
    });
    const [first, second] = await due(2);
    assert.deepEqual(dialled(), [first]);
    assert.equal(await stateOf(second!), 'queued');
    rig.calls.rejected(rig.calls.dialled[0]!.legId);
    await rig.settle();
    assert.deepEqual(dialled(), [first, second]);
  });

  it('serves the trunks in turn', async () => {
    const rules = ['a', 'b'].map((trunk) => ({
      ...configurationWith({ trunk, delaySeconds: 1 }).callbackRules[0]!,
      name: trunk,
      inboundNumbers: [trunk === 'a' ? anInboundNumber().number : TO_MENU],
    }));
    const inboundNumbers = [anInboundNumber(), anInboundNumber({ number: TO_MENU })];
    await start(1, { callbackRules: rules, inboundNumbers });
    for (let one = 0; one < 3; one += 1) {
      await rig.promised(from());
      await rig.promised({ dialledUser: TO_MENU, ...from() });
    }
    await rig.clock.advance(1_000);
    for (let turn = 0; turn < 5; turn += 1) {
      rig.calls.rejected(rig.calls.up.at(-1)!);
      await rig.settle();
    }
    const via = rig.calls.dialled.map(({ candidate }) => (candidate.kind === 'trunk' ? candidate.trunk : ''));
    assert.deepEqual(via.toSorted(), ['a', 'a', 'a', 'b', 'b', 'b']);
    assert.ok(via.slice(1).filter((trunk, index) => trunk !== via[index]).length >= 4, via.join());
  });

  it('asks a media engine that is full once, and not for every callback that waits', async () => {
    await start(1_000);
    const ids = await due(3);
    const refused = rig.calls.dialled.at(-1)!.legId;
    rig.calls.rejected(refused, NO_CAPACITY);
    await rig.settle();
    await due(50);
    assert.equal(rig.calls.dialled.length, 3, 'two calls are all that it bears');
    rig.calls.rejected(rig.calls.dialled[0]!.legId);
    await rig.settle();
    assert.equal(rig.calls.dialled.length, 4);
    assert.equal(new Set(dialled()).size, 4);
    assert.equal((await rig.callback(ids[2]!)).attempts, 0);
  });
});
