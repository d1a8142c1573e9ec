import type { Clock, Timer } from '../clock.ts';
import type { Effect, Machine, MachineEvent, State } from './machines.ts';
import { type SipTimers, type TimerName, timerMs } from './timers.ts';

interface RunOptions {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly timers: SipTimers;
  readonly reliable: boolean;
  /** Does one effect. It may raise further events; they are taken after the current one is finished. */
  readonly perform: (effect: Effect) => void;
  readonly onTerminated: () => void;
}

interface MachineTimer {
  readonly name: TimerName;
  /** How often it has been started. */
  rounds: number;
  running: Timer | undefined;
}

/** One life of one machine: keeps its state and its timers, and nothing about SIP. */
export class MachineRun {
  state: State = 'idle';
  readonly #options: RunOptions;
  /** Those that ran; a state has two at most. */
  readonly #timers: MachineTimer[] = [];
  readonly #queue: MachineEvent[] = [];
  #busy = false;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Returns false if the state has no use for the event. */
  handles(event: MachineEvent): boolean {
    return this.#options.machine[this.state]?.on[event] !== undefined;
  }

  raise(event: MachineEvent): void {
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#take(next);
    } finally {
      this.#busy = false;
    }
  }

  /** Ends the machine without telling its user. */
  abandon(): void {
    if (this.state !== 'terminated') this.#enter('terminated');
  }

  #take(event: MachineEvent): void {
    const transition = this.#options.machine[this.state]?.on[event];
    if (transition === undefined) return;
    if (transition.to !== undefined && transition.to !== this.state) this.#enter(transition.to);
    for (const effect of transition.do ?? []) {
      if (effect === 'restart') this.#start(event.slice('timer'.length) as TimerName);
      else this.#options.perform(effect);
    }
  }

  #enter(state: State): void {
    this.state = state;
    const wanted = this.#options.machine[state]?.timers ?? [];
    for (const timer of this.#timers) {
      if (timer.running === undefined || wanted.includes(timer.name)) continue;
      timer.running.cancel();
      timer.running = undefined;
    }
    for (const name of wanted) if (this.#timer(name)?.running === undefined) this.#start(name);
    if (state === 'terminated') this.#options.onTerminated();
  }

  #start(name: TimerName): void {
    const { clock, timers, reliable } = this.#options;
    const timer = this.#timer(name) ?? { name, rounds: 0, running: undefined };
    if (timer.rounds === 0) this.#timers.push(timer);
    const round = timer.rounds++;
    const delayMs = timerMs(name, timers, { reliable, round });
    if (delayMs === undefined) return;
    if (delayMs === 0) {
      this.#queue.push(`timer${name}`);
      return;
    }
    timer.running = clock.after(delayMs, () => {
      timer.running = undefined;
      this.raise(`timer${name}`);
    });
  }

  #timer(name: TimerName): MachineTimer | undefined {
    return this.#timers.find((timer) => timer.name === name);
  }
}
