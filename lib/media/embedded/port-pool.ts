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

  get inQuarantine(): number {
    const nowMs = this.#time.nowMs();
    return this.#quarantine.filter(({ untilMs }) => untilMs > nowMs).length;
  }

  /** @returns an even port; null when all are in use or rest */
  take(): number | null {
    const port = this.#free.shift();
    if (port === undefined) return this.takeRested();
    this.#used.add(port);
    return port;
  }

  /** Those that have rested and were not released, the longest rested first. */
  *rested(): Iterable<number> {
    const nowMs = this.#time.nowMs();
    for (const { port, untilMs } of this.#quarantine) {
      if (untilMs > nowMs) return;
      yield port;
    }
  }

  /** @returns the first of `rested`; null: there is none */
  takeRested(): number | null {
    const port = this.#nextRested();
    if (port !== null) this.#used.add(port);
    return port;
  }

  /** Takes it back, into quarantine. */
  give(port: number): void {
    if (this.#used.delete(port)) this.#quarantine.push({ port, untilMs: this.#time.nowMs() + this.#quarantineMs });
  }

  /** Puts the ports that have rested behind those that were not used for longer. @returns these */
  release(): number[] {
    const rested: number[] = [];
    for (let port = this.#nextRested(); port !== null; port = this.#nextRested()) rested.push(port);
    this.#free.push(...rested);
    return rested;
  }

  #nextRested(): number | null {
    const first = this.#quarantine[0];
    if (first === undefined || first.untilMs > this.#time.nowMs()) return null;
    this.#quarantine.shift();
    return first.port;
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
