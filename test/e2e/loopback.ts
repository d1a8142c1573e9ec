import { pid } from 'node:process';

/**
 * A loopback address by its last octet (1-254), in a network of this process's own: two runs of the tests on one machine
 * do not meet.
 */
export function loopback(host: number): string {
  return `127.${64 + ((pid >> 8) & 63)}.${pid & 255}.${host}`;
}
