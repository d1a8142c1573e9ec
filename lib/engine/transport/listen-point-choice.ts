import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ipFamily } from '../message/host.ts';
import { canonicalAddress, isLoopback, isUnspecified, sharedBits } from './address.ts';
import { defaultPortOf, type ListenPoint, type Protocol } from './flow.ts';

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

/**
 * Where TLS connections are made from when nobody listens for any: the address that TCP or UDP would take. What the peer wants of
 * us comes on our connection then (RFC 5923); the port is TLS's own, so that nobody tries to speak it to TCP's.
 */
export function outgoingTlsPoint(points: readonly ListenPoint[], remoteAddress: string): ListenPoint | undefined {
  const near = chooseListenPoint(points, 'tcp', remoteAddress) ?? chooseListenPoint(points, 'udp', remoteAddress);
  if (near === undefined) return undefined;
  const { address, advertised } = near;
  return { protocol: 'tls', address, port: defaultPortOf('tls'), ...(advertised === undefined ? {} : { advertised }) };
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
  const own = ownAddresses().filter((address) => isIPv4(address) === isV4);
  own.sort((a, b) => sharedBits(b, remote) - sharedBits(a, remote));
  return own[0];
}

const SNAPSHOT_MS = 5_000;
let snapshot: { addresses: readonly string[]; takenMs: number } | undefined;

/** Asking the system takes longer than answering a request, so what it said holds for a while. */
function ownAddresses(): readonly string[] {
  const nowMs = performance.now();
  if (snapshot === undefined || nowMs - snapshot.takenMs > SNAPSHOT_MS) {
    const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    const outer = all.filter((entry) => !entry.internal && !isLinkLocal(entry.address));
    snapshot = { addresses: outer.map((entry) => entry.address), takenMs: nowMs };
  }
  return snapshot.addresses;
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('fe80:') || address.startsWith('169.254.');
}
