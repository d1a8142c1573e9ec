/**
 * Pairs of sockets for endpoints. To open and close them takes some 50 us a pair. So, while calls come and go,
 * a pair stays bound after its call: its port rests as ever, what still comes is read and thrown away, and then the pair
 * serves the next call. What nobody needs at once is closed, so that where calls are few each has a port of a random order.
 *
 * A process that stood still has packets of the former call before it that came in time. So a pair serves again only when,
 * after the rest, the event loop has looked whether something came and found nothing.
 */

import { MediaError } from './media-error.ts';
import type { PortPool, PortRange } from './port-pool.ts';
import { RtpSockets } from './rtp-sockets.ts';

/** What 100 callbacks a second leave behind in a quarantine of 5 s. */
const MAX_KEPT = 1024;
/** A look at the sockets is two turns of the event loop: not one for each call. */
const ENOUGH_EMPTY = 8;
const MOST_LOOKED_AT = 32;

export class SocketPool {
  readonly #range: PortRange;
  readonly #ports: PortPool;
  /** Bound and at rest, by port. */
  readonly #kept = new Map<number, RtpSockets>();
  /** Of these the ones that have rested and are empty. */
  readonly #empty = new Set<RtpSockets>();
  #isLooking = false;

  constructor(range: PortRange, ports: PortPool) {
    this.#range = range;
    this.#ports = ports;
  }

  /** @throws MediaError when there is no port, or no socket */
  async take(address: string): Promise<RtpSockets> {
    for (;;) {
      const port = this.#hasEmpty() ? this.#ports.takeRested() : this.#ports.take();
      this.#lookForEmpty();
      if (port === null) {
        const { from, to } = this.#range;
        throw new MediaError('NO_PORTS', `No free RTP port on ${address} in ${from}-${to}: widen --rtp-ports.`);
      }
      const sockets = this.#keptOn(address, port) ?? (await this.#bind(address, port));
      if (sockets !== null) return sockets;
    }
  }

  /** Takes them back; the port rests. */
  give(sockets: RtpSockets): void {
    this.#ports.give(sockets.port);
    sockets.rest();
    if (sockets.isSound && this.#kept.size < MAX_KEPT) this.#kept.set(sockets.port, sockets);
    else sockets.close();
  }

  /** Closes those that have rested and are not needed. */
  trim(): void {
    for (const port of this.#ports.release()) this.#close(port);
  }

  /** Closes all that are not in use. */
  close(): void {
    for (const port of this.#kept.keys()) this.#close(port);
  }

  #keptOn(address: string, port: number): RtpSockets | null {
    const sockets = this.#kept.get(port);
    if (sockets === undefined) return null;
    this.#kept.delete(port);
    if (this.#empty.delete(sockets) && sockets.isSound && sockets.address === address) return sockets;
    sockets.close();
    return null;
  }

  #hasEmpty(): boolean {
    const [first] = this.#ports.rested();
    const sockets = first === undefined ? undefined : this.#kept.get(first);
    return sockets !== undefined && this.#empty.has(sockets);
  }

  /** The turn of the event loop that is under way may have looked at a socket before now; the next one looks at all. */
  #lookForEmpty(): void {
    if (this.#isLooking || this.#empty.size >= ENOUGH_EMPTY) return;
    const unknown = this.#nextUnknown();
    if (unknown.length === 0) return;
    this.#isLooking = true;
    setImmediate(() => {
      const before = unknown.map(({ thrownAway }) => thrownAway);
      setImmediate(() => {
        this.#isLooking = false;
        for (const [index, sockets] of unknown.entries()) {
          if (sockets.thrownAway === before[index] && this.#kept.get(sockets.port) === sockets)
            this.#empty.add(sockets);
        }
      });
    });
  }

  /** Those that have rested the longest and were not looked at: some, since hundreds rest while calls come and go. */
  #nextUnknown(): RtpSockets[] {
    const unknown: RtpSockets[] = [];
    for (const port of this.#ports.rested()) {
      const sockets = this.#kept.get(port);
      if (sockets !== undefined && !this.#empty.has(sockets)) unknown.push(sockets);
      if (unknown.length === MOST_LOOKED_AT) break;
    }
    return unknown;
  }

  /** @returns null: not this one, but another may do */
  async #bind(address: string, port: number): Promise<RtpSockets | null> {
    try {
      return await RtpSockets.bind(address, port);
    } catch (error) {
      // It rests, so that a port of somebody else is not tried with every call.
      this.#ports.give(port);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') return null;
      if (code !== 'EMFILE' && code !== 'ENFILE') {
        throw new MediaError('NO_PORTS', `RTP port ${port} can not be bound on ${address}: ${code}.`, { cause: error });
      }
      if (this.#kept.size === 0) throw new MediaError('MEDIA_FULL', `No more sockets: ${code}.`);
      this.close();
      return null;
    }
  }

  #close(port: number): void {
    const sockets = this.#kept.get(port);
    if (sockets === undefined) return;
    this.#kept.delete(port);
    this.#empty.delete(sockets);
    sockets.close();
  }
}
