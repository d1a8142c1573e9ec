import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Gate, Pacing } from '../../lib/app/pacing.ts';
import { SharedPacing } from '../../lib/app/shared-pacing.ts';
import { TrunkPacing } from '../../lib/app/trunk-pacing.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemorySlots } from './memory-slots.ts';

/** The most of these instants that lie within any second. */
function mostInASecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((at, index) => sorted.slice(index).filter((later) => later < at + 1_000).length));
}

type Step =
  /** `hurries`: asks for a slot that is free at this moment before it waits for one. */
  | { type: 'call'; node: number; slowMs: number; hurries: boolean }
  | { type: 'wait'; ms: number }
  | { type: 'end'; which: number }
  | { type: 'withdraw'; which: number }
  | { type: 'gate'; node: number; gate: Gate }
  | { type: 'away'; isAway: boolean };

const node = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('call' as const), node, slowMs: fc.nat(300), hurries: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(900) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('end' as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('withdraw' as const), which: fc.nat(30) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('gate' as const),
      node,
      gate: fc.constantFrom('open', 'one', 'closed', 'closedForAll') as fc.Arbitrary<Gate>,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('away' as const), isAway: fc.boolean() }) },
);
const run = fc.record({
  perSecond: fc.integer({ min: 1, max: 6 }),
  concurrent: fc.integer({ min: 1, max: 12 }),
  steps: fc.array(step, { maxLength: 90, size: 'max' }),
});

/** One trunk, several nodes, and what becomes of their calls. */
class World {
  readonly clock: FakeClock;
  readonly gates: Gate[];
  readonly pacings: Pacing[];
  readonly sent: number[] = [];
  /** A waiter's own errors would be taken for faults of the store. */
  readonly violations: string[] = [];
  /** In the order in which they were asked for, per node. */
  readonly asked: string[][];
  readonly granted: string[][];
  readonly up: Array<{ legId: string; node: number }> = [];
  readonly waiting = new Map<string, number>();
  readonly withdrawn = new Set<string>();
  /** Granted, and its INVITE has not left. */
  readonly undialled: Array<Set<string>>;
  #calls = 0;

  constructor(clock: FakeClock, count: number, make: (gateOf: () => Gate) => Pacing) {
    this.clock = clock;
    const nodes = Array.from({ length: count }, (_, index) => index);
    this.gates = nodes.map(() => 'open');
    this.asked = nodes.map(() => []);
    this.granted = nodes.map(() => []);
    this.undialled = nodes.map(() => new Set());
    this.pacings = nodes.map((index) => make(() => this.gates[index]!));
  }

  call(on: number, { slowMs, hurries }: { slowMs: number; hurries: boolean }): void {
    const legId = `n${on}-${this.#calls}`;
    this.#calls += 1;
    const pacing = this.pacings[on]!;
    this.asked[on]!.push(legId);
    this.waiting.set(legId, on);
    const granted = () => {
      if (this.gates[on] === 'one' && this.undialled[on]!.size > 0) this.violations.push('one at a time finds out');
      if (!this.waiting.delete(legId)) this.violations.push('granted twice, or after it was taken back');
      this.granted[on]!.push(legId);
      this.undialled[on]!.add(legId);
      this.up.push({ legId, node: on });
      this.clock.after(slowMs, () => {
        if (!this.undialled[on]!.delete(legId)) return;
        this.sent.push(this.clock.now());
        pacing.dialled(legId, 't');
      });
    };
    if (hurries && pacing.takeNow(legId, 't')) {
      if (this.gates[on] !== 'open') this.violations.push('taken though the gate is not open');
      granted();
      return;
    }
    pacing.reserve(legId, 't', {
      granted,
      closed: () => {
        if (!this.gates[on]!.startsWith('closed')) this.violations.push('an open lane is said to be closed');
      },
    });
  }

  end(which: number): void {
    const [gone] = this.up.length === 0 ? [] : this.up.splice(which % this.up.length, 1);
    if (gone === undefined) return;
    this.undialled[gone.node]!.delete(gone.legId);
    this.pacings[gone.node]!.release(gone.legId);
  }

  withdraw(which: number): void {
    const [legId, on] = [...this.waiting][which % Math.max(1, this.waiting.size)] ?? [];
    if (legId === undefined || on === undefined) return;
    this.waiting.delete(legId);
    this.withdrawn.add(legId);
    this.pacings[on]!.release(legId);
  }

  setGate(on: number, gate: Gate): void {
    this.gates[on] = gate;
    this.pacings[on]!.refresh();
  }

  /** Everything is open again: who waits is served to the last one. */
  async drain(): Promise<void> {
    for (let on = 0; on < this.gates.length; on += 1) this.setGate(on, 'open');
    for (let round = 0; round < 3 * this.#calls + 10 && (this.waiting.size > 0 || this.up.length > 0); round += 1) {
      await this.clock.advance(1_100);
      while (this.up.length > 0) this.end(0);
    }
    await this.clock.advance(1_000);
  }
}

async function play(world: World, steps: readonly Step[], nodes: number, slots: MemorySlots | null): Promise<void> {
  for (const one of steps) {
    if (one.type === 'call') world.call(one.node % nodes, one);
    else if (one.type === 'wait') await world.clock.advance(one.ms);
    else if (one.type === 'end') world.end(one.which);
    else if (one.type === 'withdraw') world.withdraw(one.which);
    else if (one.type === 'gate') world.setGate(one.node % nodes, one.gate);
    else if (slots !== null) slots.isAway = one.isAway;
  }
  if (slots !== null) slots.isAway = false;
  await world.drain();
  assert.deepEqual(world.violations, []);
}

describe('pacing, whatever comes', () => {
  const none = async () => undefined;

  it('of one node: never above the rate in any second, in order, nobody forgotten, nobody served before a closed gate', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ perSecond, concurrent, steps }) => {
        const clock = new FakeClock(1_000_000, none);
        const limits = { maxCallsPerSecond: perSecond, maxConcurrentCalls: concurrent };
        const world = new World(clock, 1, (gateOf) => {
          const gate = () => gateOf();
          return new TrunkPacing(clock, () => limits, gate);
        });
        const plain = world.pacings[0]!;
        const reserve = plain.reserve.bind(plain);
        plain.reserve = (legId, trunk, waiter) =>
          reserve(legId, trunk, {
            ...waiter,
            granted: () => {
              if (world.gates[0]!.startsWith('closed')) world.violations.push('served before a closed gate');
              waiter.granted();
            },
          });
        await play(world, steps, 1, null);
        assert.ok(mostInASecond(world.sent) <= perSecond);
        const order = world.asked[0]!.filter((legId) => !world.withdrawn.has(legId));
        assert.deepEqual(world.granted[0], order);
        assert.equal(clock.pending, 0);
      }),
      { numRuns: 200 },
    );
  });

  it('of three nodes: never above the rate in any second of all of them, each in order, nobody forgotten, also while the store is away', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ perSecond, concurrent, steps }) => {
        const clock = new FakeClock(1_000_000);
        const slots = new MemorySlots(() => clock.now());
        const limits = { maxCallsPerSecond: perSecond, maxConcurrentCalls: concurrent };
        const world = new World(
          clock,
          3,
          (gateOf) => new SharedPacing({ clock, slots: slots.node() }, () => limits, gateOf),
        );
        await play(world, steps, 3, slots);
        assert.ok(mostInASecond(world.sent) <= perSecond, `${world.sent}`);
        for (const [on, granted] of world.granted.entries()) {
          const order = world.asked[on]!.filter((legId) => !world.withdrawn.has(legId));
          assert.deepEqual(granted, order, `node ${on}`);
        }
        for (const pacing of world.pacings) pacing.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('of three nodes: in the order of their places over all nodes, as long as every gate is the same', async () => {
    const same = fc.record({
      perSecond: fc.integer({ min: 1, max: 5 }),
      calls: fc.array(node, { maxLength: 40, size: 'max' }),
      closed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(same, async ({ perSecond, calls, closed }) => {
        const clock = new FakeClock(1_000_000);
        const slots = new MemorySlots(() => clock.now());
        const limits = { maxCallsPerSecond: perSecond, maxConcurrentCalls: 100 };
        const world = new World(
          clock,
          3,
          (gateOf) => new SharedPacing({ clock, slots: slots.node() }, () => limits, gateOf),
        );
        if (closed) for (const on of [0, 1, 2]) world.setGate(on, 'closedForAll');
        for (const on of calls) {
          world.call(on, { slowMs: 0, hurries: false });
          await clock.advance(5);
        }
        if (closed) {
          await clock.advance(20_000);
          assert.deepEqual(slots.granted, [], 'the switch is off');
        }
        await world.drain();
        const places = slots.granted.map((legId) => slots.placeOf(legId));
        assert.equal(slots.granted.length, calls.length);
        // Those for whom there is room at one moment go as soon as their nodes ask, and no later one takes their room.
        for (const [index, place] of places.entries())
          assert.ok(place - 1 - index < perSecond, `place ${place} was served as number ${index + 1}`);
        for (const pacing of world.pacings) pacing.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('tells those who wait in a lane that closes, and whoever comes to a closed one', () => {
    const clock = new FakeClock(1_000_000);
    const limits = { maxCallsPerSecond: 1, maxConcurrentCalls: 0 };
    let gate: Gate = 'open';
    for (const pacing of [
      new TrunkPacing(
        clock,
        () => limits,
        () => gate,
      ),
      new SharedPacing(
        { clock, slots: new MemorySlots(() => clock.now()).node() },
        () => limits,
        () => gate,
      ),
    ]) {
      const told: string[] = [];
      const reserve = (legId: string) =>
        pacing.reserve(legId, 't', { granted: () => told.push('granted'), closed: () => told.push(legId) });
      gate = 'open';
      reserve('waits');
      assert.deepEqual(told, []);
      gate = 'closed';
      pacing.refresh();
      reserve('comes');
      assert.deepEqual(told, ['waits', 'comes']);
      pacing.stop();
    }
  });
});
