import type { LegId } from '../core/call/leg.ts';
import type { Trunk } from '../core/configuration.ts';
import {
  beginRegistration,
  isRegistered,
  movedRegistration,
  type RegistrationNote,
  type RegistrationStep,
  registrationAnswered,
  registrationDeadline,
  registrationSent,
  registrationTick,
  type TrunkRegistration,
} from '../core/trunk/trunk-registration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { TrunkSlots } from '../ports/nodes.ts';
import type { TrunkStatus } from '../ports/trunk-service.ts';
import type { RegisterBinding, TrunkSignalling } from '../ports/trunk-signalling.ts';

/** How often a node that stands by looks whether the one that registers is gone; less than the slots' own patience. */
const STANDBY_MS = 2_000;
/** How long a stop waits for the answers of registrars. */
const UNREGISTER_LIMIT_MS = 2_000;

export interface TrunkRegistrationsOptions {
  clock: Clock;
  random: () => number;
  ids: Pick<Ids, 'legId'>;
  signalling: TrunkSignalling;
  /** Null: this is the only node. */
  slots: TrunkSlots | null;
  trunks: () => readonly Trunk[];
  onNote: (trunk: string, note: RegistrationNote) => void;
}

type RegisteringTrunk = Trunk & { register: { expiresSeconds: number; contact: string | null } };

interface Held {
  trunk: RegisteringTrunk;
  binding: RegisterBinding;
  /** Null: another node registers, this one stands by. */
  registration: TrunkRegistration | null;
  /** This node's place in the line of those who would register; a new one after the lease was lost. */
  place: LegId;
  cancelAlarm: (() => void) | null;
}

/**
 * Keeps our contact registered where a trunk wants it. Of several nodes one registers each trunk, since many registrars
 * keep one contact; the others stand by in the line of a slot of its own, and the first of them takes over when it dies.
 */
export class TrunkRegistrations {
  readonly #options: TrunkRegistrationsOptions;
  readonly #held = new Map<string, Held>();
  #isRunning = false;

  constructor(options: TrunkRegistrationsOptions) {
    this.#options = options;
  }

  /** SIP must be up. */
  start(): void {
    this.#isRunning = true;
    this.configured();
  }

  /** A registration that changed is taken back and made anew; one that failed is tried again at once. */
  configured(): void {
    if (!this.#isRunning) return;
    const wanted = new Map(
      this.#options.trunks().flatMap((trunk) => (isRegistering(trunk) ? [[trunk.name, trunk]] : [])),
    );
    for (const [name, held] of this.#held) {
      const trunk = wanted.get(name);
      if (trunk !== undefined && isSame(trunk, held.trunk)) {
        this.#hurry(held);
        continue;
      }
      this.#held.delete(name);
      void this.#takeBack(held);
    }
    for (const [name, trunk] of wanted) if (!this.#held.has(name)) this.#begin(trunk);
  }

  /** Whoever waits after a failure waits no longer: what was wrong may have been mended. */
  #hurry(held: Held): void {
    const { registration } = held;
    if (registration === null || registration.failures === 0 || registration.nextAt === null) return;
    const now = this.#options.clock.now();
    held.registration = { ...registration, nextAt: now };
    this.#arm(held, now);
  }

  /** The lease was lost: another node may register now. */
  lost(): void {
    for (const held of this.#held.values()) {
      held.place = this.#options.ids.legId();
      held.registration = null;
      this.#arm(held, this.#options.clock.now());
    }
  }

  clockStepped(byMs: number): void {
    for (const held of this.#held.values())
      if (held.registration !== null) held.registration = movedRegistration(held.registration, byMs);
  }

  view(trunk: string): (TrunkStatus['registration'] & { alarmAt: number | null }) | null {
    const held = this.#held.get(trunk);
    if (held === undefined) return null;
    const { registration } = held;
    if (registration === null)
      return { state: 'standby', expiresAt: null, nextAt: null, lastError: null, alarmAt: null };
    const { expiresAt, nextAt, lastError, failures, alarmAt } = registration;
    const isUp = isRegistered(registration, this.#options.clock.now());
    return {
      state: isUp ? 'registered' : failures > 0 ? 'failed' : 'registering',
      expiresAt,
      nextAt,
      lastError,
      alarmAt,
    };
  }

  /** Takes all registrations back; resolves when the registrars have answered, or after 2 s. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const all = [...this.#held.values()];
    this.#held.clear();
    const { clock } = this.#options;
    const limit = Promise.withResolvers<void>();
    const cancel = clock.after(UNREGISTER_LIMIT_MS, limit.resolve);
    await Promise.race([Promise.all(all.map((held) => this.#takeBack(held))), limit.promise]);
    cancel();
  }

  /** As a kill: nothing is said to anybody. */
  abandon(): void {
    this.#isRunning = false;
    for (const held of this.#held.values()) held.cancelAlarm?.();
    this.#held.clear();
  }

  #begin(trunk: RegisteringTrunk): void {
    const { ids, clock, slots } = this.#options;
    const held: Held = {
      trunk,
      binding: { callId: ids.legId(), cseq: 0 },
      registration: slots === null ? beginRegistration(trunk.register.expiresSeconds, clock.now()) : null,
      place: ids.legId(),
      cancelAlarm: null,
    };
    this.#held.set(trunk.name, held);
    this.#arm(held, clock.now());
  }

  #arm(held: Held, at: number | null): void {
    held.cancelAlarm?.();
    const { clock } = this.#options;
    held.cancelAlarm = at === null ? null : clock.after(at - clock.now(), () => void this.#act(held));
  }

  #isHeld(held: Held): boolean {
    return this.#isRunning && this.#held.get(held.trunk.name) === held;
  }

  async #act(held: Held): Promise<void> {
    held.cancelAlarm = null;
    const { clock } = this.#options;
    if (held.registration === null && !(await this.#mayRegister(held))) {
      if (this.#isHeld(held)) this.#arm(held, clock.now() + STANDBY_MS);
      return;
    }
    if (!this.#isHeld(held)) return;
    held.registration ??= beginRegistration(held.trunk.register.expiresSeconds, clock.now());
    const { nextAt } = held.registration;
    if (nextAt !== null && nextAt <= clock.now()) return this.#register(held);
    this.#take(held, registrationTick(held.registration, clock.now()));
  }

  /** The slot of the registration is this node's; it keeps it as long as its lease stands. */
  async #mayRegister({ trunk, place }: Held): Promise<boolean> {
    const { slots } = this.#options;
    if (slots === null) return true;
    const request = { trunk: laneOf(trunk), legIds: [place], maxCallsPerSecond: 1_000, maxConcurrentCalls: 1 };
    const taken = await slots.take(request).catch(() => null);
    return taken?.granted.includes(place) ?? false;
  }

  async #register(held: Held): Promise<void> {
    const { signalling, clock, random } = this.#options;
    const before = registrationSent(held.registration!);
    held.registration = before;
    this.#arm(held, registrationDeadline(before));
    const result = await signalling.register(held.trunk, held.binding, before.expiresSeconds);
    // Lost meanwhile, or never asked: the engine was away.
    if (!this.#isHeld(held) || held.registration === null) return;
    const answer = result ?? { type: 'silent' as const, text: 'the SIP engine is away' };
    this.#take(held, registrationAnswered(held.registration, answer, { now: clock.now(), random }));
  }

  #take(held: Held, { registration, notes }: RegistrationStep): void {
    held.registration = registration;
    this.#arm(held, registrationDeadline(registration));
    for (const note of notes) this.#options.onNote(held.trunk.name, note);
  }

  async #takeBack(held: Held): Promise<void> {
    const { signalling, slots, clock } = this.#options;
    held.cancelAlarm?.();
    const { registration, trunk, binding, place } = held;
    const wasAsked = registration !== null && binding.cseq > 0;
    // A REGISTER that is still under way may bind after all: that too is taken back.
    const mayStand = wasAsked && (registration.nextAt === null || isRegistered(registration, clock.now()));
    if (mayStand) await signalling.register(trunk, binding, 0);
    await slots?.note({ dialled: new Map(), released: [place] }).catch(() => undefined);
  }
}

const laneOf = (trunk: Trunk) => `register:${trunk.name}`;

const isRegistering = (trunk: Trunk): trunk is RegisteringTrunk => trunk.register !== false;

function isSame(a: RegisteringTrunk, b: RegisteringTrunk): boolean {
  const known = ({ proxy, domain, auth, register }: Trunk) => JSON.stringify([proxy, domain, auth, register]);
  return known(a) === known(b);
}
