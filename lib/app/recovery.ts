import type { Callback } from '../core/callback/callback.ts';
import type { Log } from '../ports/log.ts';
import type { CallbackStore } from '../ports/store.ts';
import type { CallbackRunner } from './callback-runner.ts';

/** The process that had it did not tell us how it stands: it was in flight, or nobody knows whether it was promised. */
export const isLeftOver = ({ state, promisedAt }: Callback): boolean =>
  state === 'scheduled' ? promisedAt === null : state !== 'done';

/**
 * What a former process or a dead node left in the middle of something. The core settles each: an attempt in flight is
 * unknown and is never blindly repeated, a person who was on the line is not rung again.
 */
export async function recover(store: CallbackStore, runner: CallbackRunner, log: Log): Promise<void> {
  const left = (await store.inFlight(runner.heldIds)).filter((callback) => runner.adopt(callback));
  if (left.length === 0) return;
  log.warn({ count: left.length }, 'callbacks were in flight when their process ended; each is settled now');
  await Promise.all(left.map(({ id }) => runner.post(id, { type: 'recovered' }).catch(() => null)));
}
