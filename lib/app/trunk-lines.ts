import type { Configuration } from '../core/configuration.ts';
import { type Closure, EXTENSIONS_LANE, type LineState } from '../core/trunk/line-state.ts';
import { ALL_ON, mayDial, type SwitchChange, type Switches } from '../core/trunk/switches.ts';
import type { Log } from '../ports/log.ts';
import type { SwitchStore } from '../ports/store.ts';
import type { Gate } from './pacing.ts';
import type { TrunkWatch } from './trunk-watch.ts';

/** Switches that could not be read are read again after so long. */
export const SWITCH_RETRY_MS = 1_000;

export interface TrunkLinesOptions {
  store: SwitchStore;
  watch: Pick<TrunkWatch, 'closure' | 'isHalfOpen'>;
  configuration: () => Configuration;
  /** What is closed has changed. */
  onChange: () => void;
  onSwitched: (before: Switches, after: Switches) => void;
  log: Log;
}

/** Which ways out are open: the operator's switches, and the health of the trunks. */
export class TrunkLines {
  readonly #options: TrunkLinesOptions;
  #switches: Switches = ALL_ON;
  #state: LineState = { trunks: new Map(), extensions: null };
  /** Reads and writes of the switches, one after the other: an old answer must not overtake a new one. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: TrunkLinesOptions) {
    this.#options = options;
  }

  get switches(): Switches {
    return this.#switches;
  }

  get state(): LineState {
    return this.#state;
  }

  /** Reads the switches. Rejects with StoreUnavailable. */
  load(): Promise<void> {
    return this.#inTurn(async () => this.#take(await this.#options.store.load()));
  }

  /** Rejects with StoreUnavailable: nothing is switched then. */
  set(changes: readonly SwitchChange[]): Promise<Switches> {
    return this.#inTurn(async () => {
      this.#take(await this.#options.store.set(changes));
      return this.#switches;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #take(switches: Switches): void {
    const before = this.#switches;
    this.#switches = switches;
    this.#options.onSwitched(before, switches);
    this.refresh();
  }

  /** Health, configuration or switches have changed. */
  refresh(): void {
    const { watch, configuration, onChange } = this.#options;
    const trunks = new Map<string, Closure>();
    for (const { name } of configuration().trunks) {
      const closure = mayDial(this.#switches, name) ? watch.closure(name) : 'switched-off';
      if (closure !== null) trunks.set(name, closure);
    }
    this.#state = { trunks, extensions: this.#switches.dial ? null : 'switched-off' };
    onChange();
  }

  gate(lane: string): Gate {
    const { watch } = this.#options;
    if (lane === EXTENSIONS_LANE) return this.#switches.dial ? 'open' : 'closedForAll';
    if (!mayDial(this.#switches, lane)) return 'closedForAll';
    if (watch.closure(lane) !== null) return 'closed';
    return watch.isHalfOpen(lane) ? 'one' : 'open';
  }
}
