import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Waits until it is so. @returns whether it is, after `limitMs` at the latest */
export function settled(condition: () => boolean, limitMs: number): Promise<boolean> {
  return settledAsync(async () => condition(), limitMs);
}

/** As `settled`, where to find out takes time. */
export async function settledAsync(condition: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= until) return false;
    await delay(POLL_MS);
  }
}
