/**
 * Our registration at a trunk's registrar (RFC 3261 10.2): refreshed before it expires, tried again with growing pauses
 * after a failure. What had been registered stands until its time is over, whatever becomes of a refresh.
 */

export interface TrunkRegistration {
  /** The binding stands until then; null: there is none. */
  expiresAt: number | null;
  /** What is asked for: the configured time, or the registrar's least (423). */
  expiresSeconds: number;
  /** 423 in a row that raised the time. */
  raises: number;
  /** In a row. */
  failures: number;
  /** Of the last failure, for people: `403 Forbidden`, `no answer`. */
  lastError: string | null;
  /** Our credentials are refused since. */
  alarmAt: number | null;
  /** When the next REGISTER is due; null: one is under way. */
  nextAt: number | null;
}

export type RegisterResult =
  | { type: 'registered'; expiresSeconds: number }
  /** 423 (RFC 3261 10.2.8). */
  | { type: 'tooBrief'; minExpiresSeconds: number | null }
  /** Our credentials were refused, or are not enough. */
  | { type: 'credentials'; status: number; text: string }
  | { type: 'refused'; status: number; text: string; retryAfterSeconds: number | null }
  /** No answer, or no way there. */
  | { type: 'silent'; text: string };

export type RegistrationNote =
  | { type: 'registered'; expiresAt: number }
  | { type: 'registration-failed'; why: string; nextAt: number }
  /** The binding ran out. */
  | { type: 'registration-lost' }
  | { type: 'alarm' }
  | { type: 'alarm-cleared' };

export interface RegistrationStep {
  registration: TrunkRegistration;
  notes: RegistrationNote[];
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;
/** Who repeats a wrong password soon is taken for an attacker, and shut out. */
const FIRST_PAUSE_OF_ALARM_MS = 60_000;
const LONGEST_PAUSE_OF_ALARM_MS = 1_800_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** One that raises its least time again and again is not followed for ever. */
const MOST_RAISES = 3;
const LONGEST_EXPIRES_SECONDS = 7 * 86_400;

export function beginRegistration(expiresSeconds: number, now: number): TrunkRegistration {
  const nothing = { expiresAt: null, raises: 0, failures: 0, lastError: null, alarmAt: null };
  return { ...nothing, expiresSeconds, nextAt: now };
}

export function registrationSent(before: TrunkRegistration): TrunkRegistration {
  return { ...before, nextAt: null };
}

/** The wall clock was set: what runs goes on as long as it would have. */
export function movedRegistration(registration: TrunkRegistration, byMs: number): TrunkRegistration {
  const moved = (at: number | null) => (at === null ? null : at + byMs);
  const { expiresAt, alarmAt, nextAt } = registration;
  return {
    ...registration,
    expiresAt: moved(expiresAt),
    alarmAt: moved(alarmAt),
    nextAt: moved(nextAt),
  };
}

export function isRegistered({ expiresAt }: TrunkRegistration, now: number): boolean {
  return expiresAt !== null && now < expiresAt;
}

/** Time alone. */
export function registrationTick(before: TrunkRegistration, now: number): RegistrationStep {
  if (before.expiresAt === null || now < before.expiresAt) return { registration: before, notes: [] };
  return { registration: { ...before, expiresAt: null }, notes: [{ type: 'registration-lost' }] };
}

export function registrationAnswered(
  before: TrunkRegistration,
  result: RegisterResult,
  { now, random }: { now: number; random: () => number },
): RegistrationStep {
  if (result.type === 'registered' && result.expiresSeconds > 0)
    return accepted(before, result.expiresSeconds, { now, random });
  const { registration, notes } = registrationTick(before, now);
  const wanted = result.type === 'tooBrief' ? result.minExpiresSeconds : null;
  const isMore = wanted !== null && wanted > before.expiresSeconds && wanted <= LONGEST_EXPIRES_SECONDS;
  if (isMore && before.raises < MOST_RAISES) {
    const raises = before.raises + 1;
    return { registration: { ...registration, raises, expiresSeconds: wanted, nextAt: now }, notes };
  }
  const isAlarm = result.type === 'credentials';
  const failures = before.failures + 1;
  const nextAt = now + pauseMs(result, failures, random);
  const why = whyOf(result);
  if (isAlarm && before.alarmAt === null) notes.push({ type: 'alarm' });
  notes.push({ type: 'registration-failed', why, nextAt });
  const alarmAt = isAlarm ? (before.alarmAt ?? now) : before.alarmAt;
  return { registration: { ...registration, failures, lastError: why, alarmAt, nextAt }, notes };
}

function whyOf(result: RegisterResult): string {
  if (result.type === 'registered') return 'the registrar does not keep our contact';
  return result.type === 'tooBrief' ? '423 Interval Too Brief' : result.text;
}

/** Some fifth before its end: time for several further tries. Never in step with the others (RFC 5626 4.4.1 has 80 to 100 %). */
function accepted(
  before: TrunkRegistration,
  granted: number,
  { now, random }: { now: number; random: () => number },
): RegistrationStep {
  const lifeMs = granted * 1000;
  const expiresAt = now + lifeMs;
  const notes: RegistrationNote[] = [];
  if (before.alarmAt !== null) notes.push({ type: 'alarm-cleared' });
  if (!isRegistered(before, now) || before.failures > 0) notes.push({ type: 'registered', expiresAt });
  const nextAt = now + Math.max(1_000, Math.round(lifeMs * (0.7 + 0.15 * random())));
  const cleared = { raises: 0, failures: 0, lastError: null, alarmAt: null };
  return { registration: { ...before, ...cleared, expiresAt, nextAt }, notes };
}

/** Doubled with each failure, a random half of it (RFC 5626 4.5); at least what the registrar asks for. */
function pauseMs(result: RegisterResult, failures: number, random: () => number): number {
  const isAlarm = result.type === 'credentials';
  const [first, longest] = isAlarm
    ? [FIRST_PAUSE_OF_ALARM_MS, LONGEST_PAUSE_OF_ALARM_MS]
    : [FIRST_PAUSE_MS, LONGEST_PAUSE_MS];
  const grown = Math.min(longest, first * 2 ** Math.min(failures - 1, 20));
  const asked = result.type === 'refused' ? (result.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.max(Math.round(grown * (0.5 + 0.5 * random())), Math.min(asked, LONGEST_RETRY_AFTER_MS));
}

/** When there is something to do; null: an answer is waited for, and nothing runs out. */
export function registrationDeadline({ nextAt, expiresAt }: TrunkRegistration): number | null {
  if (nextAt === null) return expiresAt;
  return expiresAt === null ? nextAt : Math.min(nextAt, expiresAt);
}
