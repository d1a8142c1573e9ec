import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Waits until it is so. @returns whether it is, after `limitMs` at the latest */
export async function settled(condition: () => boolean, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (!condition() && performance.now() < until) await delay(POLL_MS);
  return condition();
}
