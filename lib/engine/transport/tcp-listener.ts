import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { ipFamily } from '../message/host.ts';
import type { ListenPoint } from './flow.ts';

const BACKLOG = 511;

/** One TCP listen point. */
export class TcpListener {
  readonly point: ListenPoint;
  readonly #server: Server;

  private constructor(server: Server, point: ListenPoint) {
    this.#server = server;
    this.point = point;
  }

  /** Binds it; rejects with the system's error. `onSocket` takes each accepted connection. */
  static async open(point: ListenPoint, onSocket: (socket: Socket) => void): Promise<TcpListener> {
    const server = createServer({ allowHalfOpen: true }, onSocket);
    const isV6 = ipFamily(point.address) === 6;
    const listening = once(server, 'listening');
    server.listen({ host: point.address, port: point.port, ipv6Only: isV6, exclusive: true, backlog: BACKLOG });
    await listening;
    // A failed accept (no descriptors left) is the lost connection's matter alone.
    server.on('error', () => undefined);
    const bound = server.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : point.port;
    return new TcpListener(server, { ...point, port });
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
