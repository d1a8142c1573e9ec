import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { stripBrackets } from '../message/host.ts';

/** An address in the one form in which it can be compared: no brackets, IPv6 in its shortest form. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address;
  const bare = stripBrackets(address);
  if (!isIPv6(bare) || bare.includes('%')) return bare;
  return new SocketAddress({ address: bare, family: 'ipv6' }).address;
}

export function isUnspecified(address: string): boolean {
  const canonical = canonicalAddress(address);
  return canonical === '0.0.0.0' || canonical === '::';
}

export function isLoopback(address: string): boolean {
  return isIPv4(address) ? address.startsWith('127.') : canonicalAddress(address) === '::1';
}

/** How many leading bits two IPv4 addresses share; 0 for anything else. */
export function sharedBits(a: string, b: string): number {
  if (!isIPv4(a) || !isIPv4(b)) return 0;
  return Math.clz32((toNumber(a) ^ toNumber(b)) >>> 0);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
}
