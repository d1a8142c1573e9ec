import type { Log } from '../ports/log.ts';
import type { CallbackStore } from '../ports/store.ts';
import type { CallbackRunner } from './callback-runner.ts';

/**
 * What a former process left in the middle of something. The core settles each: an attempt in flight is unknown and is
 * never blindly repeated, a person who was on the line is not rung again.
 */
export async function recover(store: CallbackStore, runner: CallbackRunner, log: Log): Promise<void> {
  const left = await store.inFlight();
  if (left.length === 0) return;
  log.warn({ count: left.length }, 'callbacks were in flight when the application ended; each is settled now');
  for (const callback of left) runner.adopt(callback);
  await Promise.all(left.map(({ id }) => runner.post(id, { type: 'recovered' }).catch(() => null)));
}
