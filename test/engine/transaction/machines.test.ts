import assert from 'node:assert/strict';
import { MachineRun } from '../../../lib/engine/transaction/machine-run.ts';
import {
  INVITE_CLIENT,
  INVITE_SERVER,
  type Machine,
  type MachineEvent,
  NON_INVITE_CLIENT,
  NON_INVITE_SERVER,
  type State,
} from '../../../lib/engine/transaction/machines.ts';
import { DEFAULT_TIMERS } from '../../../lib/engine/transaction/timers.ts';
import { FakeClock } from '../peers/fake-clock.ts';

/** One step: an event, or time that passes (in ms), and what is seen afterwards: the effects of that step and the state. */
type Step = readonly [event: MachineEvent | number, effects: string, state: State];

interface Story {
  readonly name: string;
  readonly machine: Machine;
  readonly reliable?: true;
  readonly steps: readonly Step[];
}

const STORIES: readonly Story[] = [
  {
    name: 'INVITE client: timer A doubles without a ceiling, timer B ends after 64*T1',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      [499, '', 'calling'],
      [1, 'send', 'calling'],
      [1000, 'send', 'calling'],
      [2000, 'send', 'calling'],
      [4000, 'send', 'calling'],
      [8000, 'send', 'calling'],
      [16_000, 'send', 'calling'],
      [499, '', 'calling'],
      [1, 'reportTimeout', 'terminated'],
      [100_000, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: one that was given up is not repeated, timer B ends it when it would have anyhow',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      [1500, 'send send', 'calling'],
      ['cease', '', 'ceased'],
      [30_499, '', 'ceased'],
      [1, 'reportTimeout', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: one that was given up goes on as ever with what is heard after all',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['cease', '', 'ceased'],
      ['received1xx', 'pass', 'proceeding'],
      ['cease', '', 'proceeding'],
      [600_000, '', 'proceeding'],
      ['received2xx', 'pass', 'accepted'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: one that was given up and is answered at once',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['cease', '', 'ceased'],
      ['received2xx', 'pass', 'accepted'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: one that was given up where nobody is',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['cease', '', 'ceased'],
      ['transportError', 'reportTransportError', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: one that was given up and is refused is acknowledged',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['cease', '', 'ceased'],
      ['received3xx-6xx', 'sendAck pass', 'completed'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client on TCP: no timer A, timer B as ever',
    machine: INVITE_CLIENT,
    reliable: true,
    steps: [
      ['start', 'send', 'calling'],
      [31_999, '', 'calling'],
      [1, 'reportTimeout', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: a provisional stops A and B for good; a 3xx-6xx is acknowledged each time until timer D',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['received1xx', 'pass', 'proceeding'],
      [600_000, '', 'proceeding'],
      ['received1xx', 'pass', 'proceeding'],
      ['received3xx-6xx', 'sendAck pass', 'completed'],
      ['received3xx-6xx', 'sendAck', 'completed'],
      ['received1xx', '', 'completed'],
      ['received2xx', '', 'completed'],
      [31_999, '', 'completed'],
      [1, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: a final response straight from Calling',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['received3xx-6xx', 'sendAck pass', 'completed'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client on TCP: timer D is zero',
    machine: INVITE_CLIENT,
    reliable: true,
    steps: [
      ['start', 'send', 'calling'],
      ['received3xx-6xx', 'sendAck pass', 'terminated'],
    ],
  },
  {
    name: 'INVITE client, RFC 6026: 2xx repeats pass in Accepted until timer M, on TCP too',
    machine: INVITE_CLIENT,
    reliable: true,
    steps: [
      ['start', 'send', 'calling'],
      ['received2xx', 'pass', 'accepted'],
      [31_999, '', 'accepted'],
      ['received2xx', 'pass', 'accepted'],
      ['received3xx-6xx', '', 'accepted'],
      [1, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: 2xx from Proceeding',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['received1xx', 'pass', 'proceeding'],
      ['received2xx', 'pass', 'accepted'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: a transport error is told in Calling, and in Completed it only ends',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['transportError', 'reportTransportError', 'terminated'],
    ],
  },
  {
    name: 'INVITE client: an ACK that cannot be sent ends Completed',
    machine: INVITE_CLIENT,
    steps: [
      ['start', 'send', 'calling'],
      ['received3xx-6xx', 'sendAck pass', 'completed'],
      ['transportError', '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: timer E doubles up to T2, timer F ends after 64*T1',
    machine: NON_INVITE_CLIENT,
    steps: [
      ['start', 'send', 'trying'],
      [500, 'send', 'trying'],
      [1000, 'send', 'trying'],
      [2000, 'send', 'trying'],
      [4000, 'send', 'trying'],
      [4000, 'send', 'trying'],
      [16_000, 'send send send send', 'trying'],
      [4_500, 'send reportTimeout', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: timers E and F go on in Proceeding; K absorbs repeats',
    machine: NON_INVITE_CLIENT,
    steps: [
      ['start', 'send', 'trying'],
      [500, 'send', 'trying'],
      ['received1xx', 'pass', 'proceeding'],
      [1000, 'send', 'proceeding'],
      ['received2xx', 'pass', 'completed'],
      ['received2xx', '', 'completed'],
      [4_999, '', 'completed'],
      [1, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: timer F counts from the start, whatever was heard',
    machine: NON_INVITE_CLIENT,
    reliable: true,
    steps: [
      ['start', 'send', 'trying'],
      [20_000, '', 'trying'],
      ['received1xx', 'pass', 'proceeding'],
      [11_999, '', 'proceeding'],
      [1, 'reportTimeout', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client on TCP: timer K is zero',
    machine: NON_INVITE_CLIENT,
    reliable: true,
    steps: [
      ['start', 'send', 'trying'],
      ['received3xx-6xx', 'pass', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: success without a provisional',
    machine: NON_INVITE_CLIENT,
    steps: [
      ['start', 'send', 'trying'],
      ['received2xx', 'pass', 'completed'],
      [5_000, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: failure after provisionals',
    machine: NON_INVITE_CLIENT,
    steps: [
      ['start', 'send', 'trying'],
      ['received1xx', 'pass', 'proceeding'],
      ['received1xx', 'pass', 'proceeding'],
      ['received3xx-6xx', 'pass', 'completed'],
      [5_000, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: a transport error is told in Trying',
    machine: NON_INVITE_CLIENT,
    steps: [
      ['start', 'send', 'trying'],
      ['transportError', 'reportTransportError', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE client: a transport error is told in Proceeding',
    machine: NON_INVITE_CLIENT,
    steps: [
      ['start', 'send', 'trying'],
      ['received1xx', 'pass', 'proceeding'],
      ['transportError', 'reportTransportError', 'terminated'],
    ],
  },
  {
    name: 'INVITE server: repeats of the INVITE get the newest provisional; G doubles up to T2; H ends without an ACK',
    machine: INVITE_SERVER,
    steps: [
      ['start', '', 'proceeding'],
      ['send1xx', 'send', 'proceeding'],
      ['receivedRequest', 'send', 'proceeding'],
      [300_000, '', 'proceeding'],
      ['send3xx-6xx', 'send', 'completed'],
      ['receivedRequest', 'send', 'completed'],
      [500, 'send', 'completed'],
      [1000, 'send', 'completed'],
      [2000, 'send', 'completed'],
      [4000, 'send', 'completed'],
      [4000, 'send', 'completed'],
      [20_000, 'send send send send send', 'completed'],
      [500, 'reportTimeout', 'terminated'],
    ],
  },
  {
    name: 'INVITE server: the ACK stops G and H, timer I absorbs further ACKs and INVITEs',
    machine: INVITE_SERVER,
    steps: [
      ['start', '', 'proceeding'],
      ['send3xx-6xx', 'send', 'completed'],
      ['receivedAck', '', 'confirmed'],
      ['receivedAck', '', 'confirmed'],
      ['receivedRequest', '', 'confirmed'],
      [4_999, '', 'confirmed'],
      [1, '', 'terminated'],
    ],
  },
  {
    name: 'INVITE server on TCP: no timer G, timer H as ever, timer I is zero',
    machine: INVITE_SERVER,
    reliable: true,
    steps: [
      ['start', '', 'proceeding'],
      ['send3xx-6xx', 'send', 'completed'],
      [31_999, '', 'completed'],
      ['receivedAck', '', 'terminated'],
    ],
  },
  {
    name: 'INVITE server, RFC 6026: Accepted absorbs the INVITE, lets the core repeat the 2xx, ends by timer L',
    machine: INVITE_SERVER,
    steps: [
      ['start', '', 'proceeding'],
      ['send2xx', 'send', 'accepted'],
      ['receivedRequest', '', 'accepted'],
      ['send2xx', 'send', 'accepted'],
      ['receivedAck', 'pass', 'accepted'],
      ['send3xx-6xx', '', 'accepted'],
      [31_999, '', 'accepted'],
      [1, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE server: repeats are silent in Trying, answered in Proceeding and Completed, until timer J',
    machine: NON_INVITE_SERVER,
    steps: [
      ['start', '', 'trying'],
      ['receivedRequest', '', 'trying'],
      ['send1xx', 'send', 'proceeding'],
      ['receivedRequest', 'send', 'proceeding'],
      ['send1xx', 'send', 'proceeding'],
      ['send2xx', 'send', 'completed'],
      ['receivedRequest', 'send', 'completed'],
      ['send3xx-6xx', '', 'completed'],
      [31_999, '', 'completed'],
      [1, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE server: a failure from Proceeding',
    machine: NON_INVITE_SERVER,
    steps: [
      ['start', '', 'trying'],
      ['send1xx', 'send', 'proceeding'],
      ['send3xx-6xx', 'send', 'completed'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE server: a failure straight from Trying',
    machine: NON_INVITE_SERVER,
    steps: [
      ['start', '', 'trying'],
      ['send3xx-6xx', 'send', 'completed'],
      [32_000, '', 'terminated'],
    ],
  },
  {
    name: 'non-INVITE server on TCP: timer J is zero',
    machine: NON_INVITE_SERVER,
    reliable: true,
    steps: [
      ['start', '', 'trying'],
      ['send2xx', 'send', 'terminated'],
    ],
  },
];

describe('transaction machines (RFC 3261 chapter 17, RFC 6026)', () => {
  for (const story of STORIES) {
    it(story.name, () => {
      const clock = new FakeClock();
      const effects: string[] = [];
      let ends = 0;
      const run = new MachineRun({
        machine: story.machine,
        clock,
        timers: DEFAULT_TIMERS,
        reliable: story.reliable === true,
        perform: (effect) => effects.push(effect),
        onTerminated: () => {
          ends += 1;
        },
      });
      story.steps.forEach(([step, expected, state], index) => {
        effects.length = 0;
        if (typeof step === 'number') clock.advance(step);
        else run.raise(step);
        const where = `step ${index + 1} (${step})`;
        assert.equal(effects.join(' '), expected, `effects of ${where}`);
        assert.equal(run.state, state, `state after ${where}`);
      });
      if (run.state === 'terminated') assert.equal(clock.pending, 0, 'a timer outlived the transaction');
      assert.equal(ends, run.state === 'terminated' ? 1 : 0);
    });
  }

  it('every transition of every table is walked by a story above', () => {
    const machines = { INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER };
    const walked = new Set<string>();
    for (const { machine, steps, reliable } of STORIES) {
      const clock = new FakeClock();
      const name = Object.entries(machines).find(([, table]) => table === machine)![0];
      const note = (state: State, event: MachineEvent) => walked.add(`${name} ${state} ${event}`);
      const spied = Object.fromEntries(
        Object.entries(machine).map(([state, row]) => {
          const on = new Proxy(row.on, {
            get: (target, event) => {
              note(state as State, event as MachineEvent);
              return Reflect.get(target, event);
            },
          });
          return [state, { ...row, on }];
        }),
      );
      const run = new MachineRun({
        machine: spied,
        clock,
        timers: DEFAULT_TIMERS,
        reliable: reliable === true,
        perform: () => undefined,
        onTerminated: () => undefined,
      });
      for (const [step] of steps) typeof step === 'number' ? clock.advance(step) : run.raise(step);
    }
    const all = Object.entries(machines).flatMap(([name, machine]) =>
      Object.entries(machine).flatMap(([state, row]) =>
        Object.keys(row.on).map((event) => `${name} ${state} ${event}`),
      ),
    );
    const untouched = all.filter((key) => !walked.has(key));
    assert.deepEqual(untouched, []);
  });

  it('an event that an effect raises is taken after the present one, in the state that it leads to', () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const run: MachineRun = new MachineRun({
      machine: INVITE_CLIENT,
      clock,
      timers: DEFAULT_TIMERS,
      reliable: false,
      perform: (effect) => {
        seen.push(`${effect} in ${run.state}`);
        if (effect === 'sendAck') run.raise('transportError');
      },
      onTerminated: () => undefined,
    });
    run.raise('start');
    run.raise('received3xx-6xx');
    assert.deepEqual(seen, ['send in calling', 'sendAck in completed', 'pass in completed']);
    assert.equal(run.state, 'terminated');
  });

  it('the timers of the file are obeyed: T1, T2, T4 and 64*T1 each', () => {
    const clock = new FakeClock();
    let sent = 0;
    const timers = { t1: 100, t2: 200, t4: 300, t1x64: 1000 };
    const run = new MachineRun({
      machine: NON_INVITE_CLIENT,
      clock,
      timers,
      reliable: false,
      perform: (effect) => {
        if (effect === 'send') sent += 1;
      },
      onTerminated: () => undefined,
    });
    run.raise('start');
    clock.advance(700); // at 100, 300, 500, 700
    assert.equal(sent, 5);
    run.raise('received2xx');
    clock.advance(299);
    assert.equal(run.state, 'completed');
    clock.advance(1);
    assert.equal(run.state, 'terminated');
  });
});
