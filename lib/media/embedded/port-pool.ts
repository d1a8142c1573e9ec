/**
 * RTP ports: even numbers of a range, RTCP is the odd one above (RFC 3550 11). A port that was used rests before it is
 * given out again, so that packets of the former call do not reach the next one.
 */

import { randomInt } from 'node:crypto';
import type { TimeSource } from './time-source.ts';

export interface PortRange {
  /** Both ends belong to it. */
  from: number;
  to: number;
}

export class PortPool {
  readonly #time: TimeSource;
  readonly #quarantineMs: number;
  /** The next to be given out first; a shuffled order makes them hard to guess. */
  readonly #free: number[];
  readonly #used = new Set<number>();
  /** In the order in which they end. */
  readonly #quarantine: { port: number; untilMs: number }[] = [];

  /** @throws RangeError when the range is no range or has no pair of ports */
  constructor(range: PortRange, quarantineMs: number, time: TimeSource) {
    const ports = pairsOf(range);
    if (ports.length === 0) {
      throw new RangeError(`RTP port range ${range.from}-${range.to} has no even port with an odd one above it`);
    }
    this.#free = shuffled(ports);
    this.#quarantineMs = quarantineMs;
    this.#time = time;
  }

  /** Pairs that are given out. */
  get inUse(): number {
    return this.#used.size;
  }

  /** Pairs that could be given out now. */
  get free(): number {
    this.#release();
    return this.#free.length;
  }

  get inQuarantine(): number {
    this.#release();
    return this.#quarantine.length;
  }

  /** @returns an even port; null when all are in use or rest */
  take(): number | null {
    this.#release();
    const port = this.#free.shift();
    if (port === undefined) return null;
    this.#used.add(port);
    return port;
  }

  /** Takes it back, into quarantine. */
  give(port: number): void {
    if (this.#used.delete(port)) this.#quarantine.push({ port, untilMs: this.#time.nowMs() + this.#quarantineMs });
  }

  #release(): void {
    const nowMs = this.#time.nowMs();
    while (this.#quarantine.length > 0 && this.#quarantine[0]!.untilMs <= nowMs) {
      this.#free.push(this.#quarantine.shift()!.port);
    }
  }
}

function pairsOf({ from, to }: PortRange): number[] {
  const ports: number[] = [];
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to > 65_535) return ports;
  for (let port = from + (from % 2); port + 1 <= to; port += 2) ports.push(port);
  return ports;
}

function shuffled(ports: number[]): number[] {
  for (let index = ports.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    [ports[index], ports[other]] = [ports[other]!, ports[index]!];
  }
  return ports;
}
