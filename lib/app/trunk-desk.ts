import type { Configuration } from '../core/configuration.ts';
import { SWITCH_NAMES, type SwitchChange, type Switches, switchesOf } from '../core/trunk/switches.ts';
import type { FaultCause, HealthNote } from '../core/trunk/trunk-health.ts';
import type { RegistrationNote } from '../core/trunk/trunk-registration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { SwitchResult, TrunkService, TrunkStatus } from '../ports/trunk-service.ts';
import type { PingResult, TrunkSignalling } from '../ports/trunk-signalling.ts';
import type { EventHub } from './event-hub.ts';
import type { Pacing } from './pacing.ts';
import { SWITCH_RETRY_MS, TrunkLines } from './trunk-lines.ts';
import { TrunkRegistrations } from './trunk-registrations.ts';
import { TrunkWatch } from './trunk-watch.ts';

export interface TrunkDeskOptions {
  clock: Clock;
  ids: Ids;
  random: () => number;
  store: Pick<Store, 'switches' | 'nodes'>;
  /** Null: trunks are neither pinged nor registered at. */
  signalling: TrunkSignalling | null;
  configuration: () => Configuration;
  pacing: () => Pacing;
  events: EventHub;
  /** Counted: `down`, `parked`, `ping-answered`, ... */
  onEvent: (trunk: string, event: string) => void;
  log: Log;
}

type Note = HealthNote | RegistrationNote;

const TROUBLE: ReadonlySet<Note['type']> = new Set([
  'down',
  'parked',
  'alarm',
  'registration-failed',
  'registration-lost',
]);

const SAYINGS: Readonly<Record<Note['type'], string>> = {
  down: 'a trunk is down: it is not dialled until it shows life',
  up: 'a trunk is up again',
  parked: 'a trunk asked to be left alone for a while (503 with Retry-After)',
  unparked: 'a trunk is dialled again',
  probed: 'one call is let through to a trunk that is down',
  alarm: 'a trunk refuses our credentials',
  'alarm-cleared': 'a trunk takes our credentials again',
  registered: 'registered at a trunk',
  'registration-failed': 'a registration at a trunk failed; trying again',
  'registration-lost': 'a registration at a trunk has run out',
};

/** The life of the trunks as one: health, registrations, switches; what is told of it, and what may be asked. */
export class TrunkDesk implements TrunkService {
  readonly watch: TrunkWatch;
  readonly lines: TrunkLines;
  readonly #options: TrunkDeskOptions;
  readonly #registrations: TrunkRegistrations | null;
  #cancelReload: (() => void) | null = null;
  #isStopped = false;

  constructor(options: TrunkDeskOptions) {
    this.#options = options;
    const { clock, random, ids, signalling, store, configuration, log } = options;
    const trunks = () => configuration().trunks;
    const onNote = (trunk: string, note: Note) => this.#noted(trunk, note);
    this.watch = new TrunkWatch({
      clock,
      random,
      signalling,
      trunks,
      onNote,
      onChange: () => this.lines.refresh(),
      onPing: (trunk, result) => this.#pinged(trunk, result),
    });
    this.lines = new TrunkLines({
      store: store.switches,
      watch: this.watch,
      configuration,
      onChange: () => options.pacing().refresh(),
      onSwitched: (before, after) => this.#announce(before, after),
      log,
    });
    const slots = store.nodes?.slots ?? null;
    this.#registrations =
      signalling === null ? null : new TrunkRegistrations({ clock, random, ids, signalling, slots, trunks, onNote });
  }

  /** Before anybody is called. Rejects with StoreUnavailable. */
  load(): Promise<void> {
    return this.lines.load();
  }

  /** SIP must be up. */
  start(): void {
    this.watch.start();
    this.#registrations?.start();
  }

  configured(): void {
    this.watch.configured();
    this.lines.refresh();
    this.#registrations?.configured();
  }

  /** Another node, or a command on this machine, has turned a switch. */
  reload(): void {
    this.#cancelReload?.();
    this.#cancelReload = null;
    this.lines.load().catch((error: unknown) => {
      if (this.#isStopped) return;
      const { log, clock } = this.#options;
      log.warn({ err: error }, 'the switches could not be read; trying again');
      this.#cancelReload = clock.after(SWITCH_RETRY_MS, () => this.reload());
    });
  }

  clockStepped(byMs: number): void {
    this.watch.clockStepped(byMs);
    this.#registrations?.clockStepped(byMs);
  }

  /** The lease was lost. */
  lost(): void {
    this.#registrations?.lost();
  }

  /** Resolves when the registrars know that nobody is here any more, or after 2 s. */
  async unregister(): Promise<void> {
    await this.#registrations?.stop();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelReload?.();
    this.watch.stop();
    this.#registrations?.abandon();
  }

  switches(): Switches {
    return this.lines.switches;
  }

  async switch(changes: readonly SwitchChange[]): Promise<SwitchResult> {
    const known = new Set(this.#options.configuration().trunks.map(({ name }) => name));
    const unknown = changes.find(({ trunk }) => trunk !== null && !known.has(trunk));
    if (unknown) return { result: 'unknown-trunk', trunk: unknown.trunk! };
    return { result: 'switched', switches: await this.lines.set(changes) };
  }

  status(): TrunkStatus[] {
    const stats = this.#options.pacing().stats();
    return this.#options.configuration().trunks.map(({ name }) => {
      const { waiting = 0, active = 0 } = stats[name] ?? {};
      return this.#statusOf(name, { active, waiting });
    });
  }

  #statusOf(name: string, calls: TrunkStatus['calls']): TrunkStatus {
    const { health, ping } = this.watch.view(name);
    const { alarmAt = null, ...registration } = this.#registrations?.view(name) ?? {};
    const since = [health.alarmAt, alarmAt].filter((at) => at !== null);
    const closure = this.lines.state.trunks.get(name) ?? null;
    const isProbing = closure === null && health.down !== null;
    return {
      name,
      state: closure === null ? (isProbing ? 'probing' : 'up') : health.probe !== null ? 'probing' : closure,
      usable: closure === null,
      down: health.down,
      parkedUntilAt: health.parkedUntilAt !== null && closure === 'parked' ? health.parkedUntilAt : null,
      alarm: since.length > 0 ? 'credentials' : null,
      alarmAt: since.length > 0 ? Math.min(...since) : null,
      switches: switchesOf(this.lines.switches, name),
      ping,
      registration: 'state' in registration ? (registration as TrunkStatus['registration']) : null,
      calls,
    };
  }

  #noted(trunk: string, note: Note): void {
    const { events, onEvent, clock, log } = this.#options;
    const { type, ...detail } = note;
    const data: Record<string, unknown> = { trunk, ...detail };
    const sayAs = TROUBLE.has(type) ? 'warn' : 'info';
    log[sayAs](data, SAYINGS[type]);
    onEvent(trunk, type);
    events.publish({ at: clock.now(), type: `trunk.${type}`, callbackId: null, data });
  }

  #pinged(trunk: string, result: PingResult): void {
    this.#options.log.debug({ trunk, ...result }, 'OPTIONS');
    if (result.type !== 'unknown') this.#options.onEvent(trunk, `ping-${result.type}`);
  }

  #announce(before: Switches, after: Switches): void {
    const { events, clock, log } = this.#options;
    for (const data of changesBetween(before, after)) {
      log.warn(data, `the switch ${data.switch} is ${data.on ? 'on' : 'off'}`);
      events.publish({ at: clock.now(), type: 'switch.changed', callbackId: null, data });
    }
  }
}

function changesBetween(before: Switches, after: Switches) {
  const trunks = [...new Set([...before.trunks.keys(), ...after.trunks.keys()])];
  const scopes = [null, ...trunks].map((trunk) => ({
    trunk,
    was: trunk === null ? before : switchesOf(before, trunk),
    is: trunk === null ? after : switchesOf(after, trunk),
  }));
  return scopes.flatMap(({ trunk, was, is }) =>
    SWITCH_NAMES.filter((name) => was[name] !== is[name]).map((name) => ({ switch: name, trunk, on: is[name] })),
  );
}

/** One line for people: why a trunk is down. */
export const CAUSE_TEXTS: Readonly<Record<FaultCause, string>> = {
  silent: 'it does not answer',
  unreachable: 'it cannot be reached',
  unavailable: 'it answers 503',
  errors: 'calls fail with 5xx',
  credentials: 'it refuses our credentials',
};
