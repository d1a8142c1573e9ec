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

/** One life of one machine: keeps its state and its timers, and nothing about SIP. */
export class MachineRun {
  state: State = 'idle';
  readonly #options: RunOptions;
  readonly #running = new Map<TimerName, Timer>();
  readonly #rounds = new Map<TimerName, number>();
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
    for (const [name, timer] of this.#running) {
      if (wanted.includes(name)) continue;
      timer.cancel();
      this.#running.delete(name);
    }
    for (const name of wanted) if (!this.#running.has(name)) this.#start(name);
    if (state === 'terminated') this.#options.onTerminated();
  }

  #start(name: TimerName): void {
    const { clock, timers, reliable } = this.#options;
    const round = this.#rounds.get(name) ?? 0;
    this.#rounds.set(name, round + 1);
    const delayMs = timerMs(name, timers, { reliable, round });
    if (delayMs === undefined) return;
    if (delayMs === 0) {
      this.#queue.push(`timer${name}`);
      return;
    }
    const timer = clock.after(delayMs, () => {
      this.#running.delete(name);
      this.raise(`timer${name}`);
    });
    this.#running.set(name, timer);
  }
}
