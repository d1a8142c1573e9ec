import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Connection } from './connection.ts';

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  /** Connections at once that have not authenticated yet; above it the newest is closed. */
  readonly maxUnauthenticated: number;
  readonly accept: (socket: Socket, onClosed: () => void) => Connection;
}

/** The admin port, where applications connect. */
export class AdminListener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Rejects with the system's error, `EADDRINUSE` for instance. */
  start(): Promise<{ address: string; port: number }> {
    const { address, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: address, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined);
        const bound = this.#server.address() as AddressInfo;
        resolve({ address: bound.address, port: bound.port });
      });
    });
  }

  get applications(): number {
    return [...this.#connections].filter((connection) => connection.isAuthenticated).length;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of [...this.#connections]) connection.close();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#connections.size - this.applications >= this.#options.maxUnauthenticated) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const connection = this.#options.accept(socket, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }
}
