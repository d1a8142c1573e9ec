/** Fresh names from the system's random numbers. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { Ids } from '../ports/ids.ts';

/** UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, so that ids sort by age and rows stay together; 74 random bits. */
function uuidV7(now: number): string {
  const time = Math.trunc(now).toString(16).padStart(12, '0');
  // A version 4 UUID has its version at index 14 and random bits and the same variant from there on.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** @param now epoch milliseconds; stands in the ids of callbacks and attempts */
export function createIds(now: () => number = Date.now): Ids {
  return {
    callbackId: () => uuidV7(now()),
    attemptId: () => uuidV7(now()),
    // Seen by peers (Call-ID, tags): tells them nothing, not even the time.
    legId: () => randomBytes(16).toString('hex'),
  };
}
