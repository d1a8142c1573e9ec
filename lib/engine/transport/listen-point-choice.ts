import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ipFamily } from '../message/host.ts';
import { canonicalAddress, isLoopback, isUnspecified, sharedBits } from './address.ts';
import type { ListenPoint, Protocol } from './flow.ts';

/**
 * The listen point from which this address is best reached: of its family, loopback for loopback, then the one that shares the
 * longest prefix. Undefined when there is none of the protocol and family.
 */
export function chooseListenPoint(
  points: readonly ListenPoint[],
  protocol: Protocol,
  remoteAddress: string,
): ListenPoint | undefined {
  const family = ipFamily(remoteAddress);
  let best: ListenPoint | undefined;
  let bestScore = -1;
  for (const point of points) {
    if (point.protocol !== protocol || ipFamily(point.address) !== family) continue;
    const score = fitness(point.address, canonicalAddress(remoteAddress));
    if (score > bestScore) {
      best = point;
      bestScore = score;
    }
  }
  return best;
}

function fitness(local: string, remote: string): number {
  if (canonicalAddress(local) === remote) return 1000;
  const prefix = sharedBits(local, remote);
  if (isUnspecified(local)) return 200;
  if (isLoopback(local)) return isLoopback(remote) ? 300 + prefix : 0;
  return isLoopback(remote) ? 100 : 300 + prefix;
}

/** One of the machine's own addresses towards this peer, for a listen point that is bound to all of them. */
export function ownAddressTowards(remoteAddress: string): string | undefined {
  const remote = canonicalAddress(remoteAddress);
  const isV4 = isIPv4(remote);
  if (isLoopback(remote)) return isV4 ? '127.0.0.1' : '::1';
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const own = all.filter(
    (entry) => !entry.internal && (entry.family === 'IPv4') === isV4 && !isLinkLocal(entry.address),
  );
  own.sort((a, b) => sharedBits(b.address, remote) - sharedBits(a.address, remote));
  return own[0]?.address;
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('fe80:') || address.startsWith('169.254.');
}
