import type { HangupReason, LegEvent, LegId } from '../core/call/leg.ts';
import type { Trunk } from '../core/configuration.ts';
import { signOf } from '../core/trunk/call-signs.ts';
import type { Closure } from '../core/trunk/line-state.ts';
import {
  FRESH,
  type HealthEvent,
  type HealthNote,
  healthClosure,
  healthDeadline,
  isHalfOpen,
  movedHealth,
  nextPingAt,
  reduceHealth,
  type TrunkHealth,
} from '../core/trunk/trunk-health.ts';
import type { Clock } from '../ports/clock.ts';
import type { TrunkStatus } from '../ports/trunk-service.ts';
import type { PingResult, TrunkSignalling } from '../ports/trunk-signalling.ts';
import type { LegWatch } from './switchboard.ts';

/** An answer to OPTIONS that takes longer is none. */
const PING_LIMIT_MS = 5_000;
/** The first ping comes soon, but not those of all trunks at once. */
const FIRST_PING_WITHIN_MS = 1_000;
/** Q.850 102: the hunt gave the leg up because nothing came. */
const NO_RESPONSE_CAUSE = 102;

export interface TrunkWatchOptions {
  clock: Clock;
  random: () => number;
  /** Null: nobody is pinged. */
  signalling: TrunkSignalling | null;
  trunks: () => readonly Trunk[];
  onNote: (trunk: string, note: HealthNote) => void;
  /** A trunk has closed or opened. */
  onChange: () => void;
  onPing: (trunk: string, result: PingResult) => void;
}

interface Watched {
  trunk: Trunk;
  health: TrunkHealth;
  ping: TrunkStatus['ping'];
  cancelTick: (() => void) | null;
  cancelPing: (() => void) | null;
}

interface WatchedLeg {
  trunk: string;
  isAlive: boolean;
}

/** The health of each trunk, as this node sees it: it pings, and looks at what becomes of the calls. */
export class TrunkWatch implements LegWatch {
  readonly #options: TrunkWatchOptions;
  readonly #trunks = new Map<string, Watched>();
  readonly #legs = new Map<LegId, WatchedLeg>();
  #isRunning = false;

  constructor(options: TrunkWatchOptions) {
    this.#options = options;
    this.configured();
  }

  /** Begins to ping. */
  start(): void {
    this.#isRunning = true;
    for (const watched of this.#trunks.values()) this.#armFirstPing(watched);
  }

  stop(): void {
    this.#isRunning = false;
    for (const watched of this.#trunks.values()) disarm(watched);
  }

  /** A trunk that is another one now, or is pinged otherwise, starts anew: nothing is known of it. */
  configured(): void {
    const trunks = new Map(this.#options.trunks().map((trunk) => [trunk.name, trunk]));
    for (const [name, watched] of this.#trunks) {
      const trunk = trunks.get(name);
      if (trunk !== undefined && isSame(trunk, watched.trunk)) {
        watched.trunk = trunk;
        continue;
      }
      disarm(watched);
      this.#trunks.delete(name);
    }
    for (const [name, trunk] of trunks) {
      if (this.#trunks.has(name)) continue;
      const watched: Watched = { trunk, health: FRESH, ping: null, cancelTick: null, cancelPing: null };
      this.#trunks.set(name, watched);
      if (this.#isRunning) this.#armFirstPing(watched);
    }
  }

  clockStepped(byMs: number): void {
    for (const watched of this.#trunks.values()) watched.health = movedHealth(watched.health, byMs);
  }

  closure(trunk: string): Exclude<Closure, 'switched-off'> | null {
    const watched = this.#trunks.get(trunk);
    return watched === undefined ? null : healthClosure(watched.health, this.#options.clock.now());
  }

  /** One call may go, to find out. */
  isHalfOpen(trunk: string): boolean {
    const watched = this.#trunks.get(trunk);
    return watched !== undefined && isHalfOpen(watched.health, this.#options.clock.now());
  }

  view(trunk: string): { health: TrunkHealth; ping: TrunkStatus['ping'] } {
    const { health, ping } = this.#trunks.get(trunk) ?? { health: FRESH, ping: null };
    return { health, ping };
  }

  dialled(legId: LegId, trunk: string): void {
    this.#legs.set(legId, { trunk, isAlive: false });
    this.#tell(trunk, { type: 'dialled', legId });
  }

  hungUp(legId: LegId, { cause }: HangupReason): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined || leg.isAlive || cause !== NO_RESPONSE_CAUSE) return;
    this.#tell(leg.trunk, { type: 'failed', legId, cause: 'silent', retryAfterSeconds: null });
  }

  event(event: LegEvent): void {
    const { legId } = event;
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    if (event.type === 'ringing' || event.type === 'answered') {
      if (!leg.isAlive) this.#tell(leg.trunk, { type: 'alive', legId });
      leg.isAlive = true;
      return;
    }
    if (event.type !== 'rejected' && event.type !== 'ended') return;
    this.#legs.delete(legId);
    if (event.type === 'rejected') {
      const sign = signOf(event.result);
      const { retryAfterSeconds } = event.result;
      if (sign.type === 'alive') this.#tell(leg.trunk, { type: 'alive', legId });
      if (sign.type === 'failed') this.#tell(leg.trunk, { ...sign, legId, retryAfterSeconds });
    }
    this.#tell(leg.trunk, { type: 'over', legId });
  }

  #tell(trunk: string, event: HealthEvent): void {
    const watched = this.#trunks.get(trunk);
    if (watched === undefined) return;
    const { clock, random, onNote, onChange } = this.#options;
    const now = clock.now();
    const was = opennessOf(watched.health, now);
    const { health, notes } = reduceHealth(watched.health, event, { now, policy: watched.trunk.health, random });
    watched.health = health;
    this.#armTick(watched);
    for (const note of notes) onNote(trunk, note);
    if (notes.length > 0 || opennessOf(health, now) !== was) onChange();
  }

  #armTick(watched: Watched): void {
    const { clock, onChange } = this.#options;
    watched.cancelTick?.();
    const at = healthDeadline(watched.health, clock.now());
    watched.cancelTick =
      at === null
        ? null
        : clock.after(at - clock.now(), () => {
            watched.cancelTick = null;
            this.#tell(watched.trunk.name, { type: 'tick' });
            onChange();
          });
  }

  #armFirstPing(watched: Watched): void {
    const { clock, random } = this.#options;
    if (watched.trunk.health.optionsSeconds > 0)
      this.#armPing(watched, clock.now() + Math.round(FIRST_PING_WITHIN_MS * random()));
  }

  #armPing(watched: Watched, at: number | null): void {
    watched.cancelPing?.();
    watched.cancelPing = null;
    if (at === null || !this.#isRunning || this.#options.signalling === null) return;
    const { clock } = this.#options;
    watched.cancelPing = clock.after(at - clock.now(), () => void this.#ping(watched));
  }

  async #ping(watched: Watched): Promise<void> {
    const { clock, random, signalling, onPing } = this.#options;
    const { trunk } = watched;
    const schedule = (from: number) => this.#armPing(watched, nextPingAt(from, { policy: trunk.health, random }));
    const { heardAt, down } = watched.health;
    const quietMs = trunk.health.optionsSeconds * 1_000;
    if (down === null && heardAt !== null && clock.now() - heardAt < quietMs) return schedule(heardAt);
    const result = await signalling!.ping(trunk, Math.min(PING_LIMIT_MS, quietMs));
    if (this.#trunks.get(trunk.name) !== watched || !this.#isRunning) return;
    if (result.type !== 'unknown') this.#pinged(watched, result);
    onPing(trunk.name, result);
    schedule(clock.now());
  }

  #pinged(watched: Watched, result: Exclude<PingResult, { type: 'unknown' }>): void {
    // RFC 3261 21.5.4: whoever says 503 does not want to be asked.
    const answered = result.type === 'answered' && result.status !== 503;
    const status = result.type === 'answered' ? result.status : null;
    const roundTripMs = result.type === 'answered' ? result.roundTripMs : null;
    watched.ping = { at: this.#options.clock.now(), answered, status, roundTripMs };
    this.#tell(watched.trunk.name, { type: 'pinged', answered, cause: status === 503 ? 'unavailable' : 'silent' });
  }
}

function opennessOf(health: TrunkHealth, now: number): string {
  return `${healthClosure(health, now)} ${isHalfOpen(health, now)}`;
}

function isSame(a: Trunk, b: Trunk): boolean {
  const known = ({ proxy, domain, auth, health }: Trunk) => JSON.stringify([proxy, domain, auth, health]);
  return known(a) === known(b);
}

function disarm(watched: Watched): void {
  watched.cancelTick?.();
  watched.cancelPing?.();
  watched.cancelTick = null;
  watched.cancelPing = null;
}
