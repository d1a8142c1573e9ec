/** A store as it is after some months of a busy company: for what has to stay fast. */

import type { Outcome } from '../../lib/core/call/outcome.ts';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Store } from '../../lib/ports/store.ts';
import { acceptance, callbackSample } from '../store/callback-sample.ts';

export const RULES = ['Callback geral', 'Vendas', 'Suporte', 'número específico'];
export const INBOUND_NUMBERS = ['+554831210110', '+554831210111', '+551140028922'];
const OUTCOMES: readonly Outcome[] = [
  'connected',
  'connected',
  'connected',
  'no-answer',
  'no-answer',
  'busy',
  'rejected',
  'unreachable',
  'abandoned',
  'cancelled',
  'expired',
];
/** Where what is said of it has another name than what came of it. */
const REASONS: Partial<Record<Outcome, string>> = { rejected: 'declined', unreachable: 'subscriber-absent' };
const APART_MS = 25_000;
const AT_ONCE = 2_000;

/** The same for the same number; well mixed. */
const mixed = (serial: number, salt: number) => (((serial + 1) * 2_654_435_761 + salt * 40_503) >>> 7) % 9_973;

/** One in ten waits, days ahead, so that nobody is dialled; the others are done. */
export function filledCallback(serial: number, total: number, now: number): Callback {
  const acceptedAt = now - (total - serial) * APART_MS;
  const isWaiting = mixed(serial, 1) % 10 === 0;
  const outcome = isWaiting ? null : OUTCOMES[mixed(serial, 2) % OUTCOMES.length]!;
  const national = `48${String(900_000_000 + ((serial * 7_919) % 90_000_000))}`;
  const dueAt = isWaiting ? now + 5 * 86_400_000 + ((serial * 48_271) % 86_400_000) : acceptedAt + 5_000;
  const sample = callbackSample({ id: `019a${serial.toString(16).padStart(8, '0')}-7000-8000-000000000000` });
  return {
    ...sample,
    plan: { ...sample.plan, origin: `rule:${RULES[mixed(serial, 3) % RULES.length]}` },
    caller: { received: `0${national}`, e164: `+55${national}` },
    callerName: serial % 3 === 0 ? 'Ana Souza' : null,
    inboundNumber: INBOUND_NUMBERS[mixed(serial, 4) % INBOUND_NUMBERS.length]!,
    state: isWaiting ? 'scheduled' : 'done',
    outcome,
    reason: outcome === null ? null : (REASONS[outcome] ?? outcome),
    acceptedAt,
    promisedAt: acceptedAt,
    dueAt,
    expiresAt: dueAt + 86_400_000,
    attempts: isWaiting ? 0 : 1,
    doneAt: isWaiting ? null : acceptedAt + 60_000,
  };
}

export async function fill(store: Store, total: number, now: number): Promise<void> {
  for (let first = 0; first < total; first += AT_ONCE) {
    const serials = Array.from({ length: Math.min(AT_ONCE, total - first) }, (_, index) => first + index);
    await Promise.all(
      serials.map((serial) => store.callbacks.insert(acceptance(filledCallback(serial, total, now)), null)),
    );
  }
}
