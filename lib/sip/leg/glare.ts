/**
 * How long to leave the session alone after 491 (RFC 3261 14.1), in steps of 10 ms.
 * @param random from 0 (included) to 1 (excluded)
 */
export function glareWaitMs(ownsCallId: boolean, random: number): number {
  return ownsCallId ? 2100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201);
}
