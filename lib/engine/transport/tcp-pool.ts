import type { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { formatHostPort } from '../message/host.ts';
import { DEFAULT_LIMITS, type MessageLimits } from '../message/limits.ts';
import { canonicalAddress } from './address.ts';
import { type Flow, TransportError, type TransportLimits } from './flow.ts';
import type { StreamConnector, StreamTarget } from './stream-connector.ts';
import { TcpConnection, type TcpConnectionOptions } from './tcp-connection.ts';

const CLOSE_GRACE_MS = 500;

export type TcpPoolOptions = {
  connector: StreamConnector;
  limits: TransportLimits;
  messageLimits?: MessageLimits | undefined;
  now: () => number;
  onEvent: TcpConnectionOptions['onEvent'];
  onConnectionClosed: (flow: Flow) => void;
  /** An incoming connection was closed at once since there are too many. */
  onRefused: () => void;
};

type Connecting = { connection: Promise<TcpConnection>; waitingBytes: number };

/** All connections of TCP, or of TLS: accepted and made, found by id and by peer (RFC 3261 18: a connection is used again). */
export class TcpPool {
  readonly #options: TcpPoolOptions;
  readonly #byId = new Map<string, TcpConnection>();
  readonly #byPeer = new Map<string, TcpConnection>();
  readonly #countByAddress = new Map<string, number>();
  /** Accepted, but not through with their handshake. */
  readonly #handshakes = new Map<Socket, number>();
  readonly #connecting = new Map<string, Connecting>();
  readonly #sockets = new Set<Socket>();
  /** Those of them that we connected ourselves: counted apart, so that no flood of strangers keeps us from a trunk. */
  readonly #made = new Set<Socket>();
  /** And those of these that are not through with their handshake. */
  readonly #beginning = new Set<Socket>();
  #lastId = 0;
  #isClosed = false;

  constructor(options: TcpPoolOptions) {
    this.#options = options;
  }

  get(connectionId: string | undefined): TcpConnection | undefined {
    const connection = connectionId === undefined ? undefined : this.#byId.get(connectionId);
    return connection?.isOpen === true ? connection : undefined;
  }

  /** Takes an accepted connection, or closes it when there are too many. */
  accept(socket: Socket): void {
    const { maxConnections, maxConnectionsPerAddress } = this.#options.limits;
    const address = canonicalAddress(socket.remoteAddress ?? '');
    const isFull =
      this.#sockets.size - this.#made.size >= maxConnections ||
      (this.#countByAddress.get(address) ?? 0) >= maxConnectionsPerAddress;
    if (this.#isClosed || isFull || address === '') {
      socket.on('error', () => undefined);
      socket.destroy();
      if (isFull) this.#options.onRefused();
      return;
    }
    const { connector, now } = this.#options;
    this.#track(socket, address);
    this.#handshakes.set(socket, now());
    socket.on('error', () => undefined);
    connector.accept(socket, (ready) => {
      this.#handshakes.delete(socket);
      if (this.#isClosed) socket.destroy();
      else this.#adopt(ready, connector.acceptedKey);
    });
  }

  /** Sends on the connection to that peer, which is made when there is none. Rejects with a coded error. */
  async send(bytes: Buffer, target: StreamTarget): Promise<void> {
    const open = this.#byPeer.get(this.#keyOf(target));
    if (open?.isOpen !== true) return this.#sendNew(bytes, target);
    try {
      await open.send(bytes);
    } catch (error) {
      // The peer closed it while we wrote: once more, on a connection of its own.
      if (error instanceof TransportError && error.code === 'ENOBUFS') throw error;
      await this.#sendNew(bytes, target);
    }
  }

  sweep(now: number): void {
    for (const connection of this.#byId.values()) connection.sweep(now);
    for (const [socket, since] of this.#handshakes)
      if (now - since > this.#options.limits.handshakeMs) socket.destroy();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const connection of this.#byId.values()) connection.close(CLOSE_GRACE_MS);
    for (const socket of this.#sockets) if (socket.connecting || this.#handshakes.has(socket)) socket.destroy();
    for (const socket of this.#beginning) socket.destroy();
    await Promise.all(closed);
  }

  async #sendNew(bytes: Buffer, target: StreamTarget): Promise<void> {
    const connecting = this.#connectingTo(target);
    if (connecting.waitingBytes + bytes.length > this.#options.limits.maxQueuedBytes) {
      throw new TransportError('ENOBUFS', `Too many messages wait for the connection to ${this.#nameOf(target)}`);
    }
    connecting.waitingBytes += bytes.length;
    const connection = await connecting.connection;
    await connection.send(bytes);
  }

  #connectingTo(target: StreamTarget): Connecting {
    const key = this.#keyOf(target);
    const known = this.#connecting.get(key);
    if (known !== undefined) return known;
    const connecting: Connecting = { connection: this.#connect(target), waitingBytes: 0 };
    this.#connecting.set(key, connecting);
    const settled = () => this.#connecting.delete(key);
    connecting.connection.then(settled, settled);
    return connecting;
  }

  #connect(target: StreamTarget): Promise<TcpConnection> {
    const { connector } = this.#options;
    const { maxConnections, connectTimeoutMs } = this.#options.limits;
    const where = this.#nameOf(target);
    const no = (code: string, why: string) =>
      Promise.reject(new TransportError(code, `No connection to ${where}: ${why}`));
    if (this.#isClosed) return no('ESHUTDOWN', 'shutting down');
    if (!connector.canConnect(target)) return no('ENOTCONN', 'it has none to us, and can be reached by no other');
    if (this.#made.size >= maxConnections) return no('ENOBUFS', `${maxConnections} are open already`);
    return new Promise((resolve, reject) => {
      const socket = connector.connect(target, (ready) => {
        clearTimeout(timer);
        this.#beginning.delete(socket);
        socket.off('error', fail);
        resolve(this.#adopt(ready, connector.keyOf(target)));
      });
      this.#track(socket, canonicalAddress(target.address));
      this.#made.add(socket);
      this.#beginning.add(socket);
      const timer = setTimeout(() => {
        socket.destroy(new TransportError('ETIMEDOUT', `Connect to ${where}: no answer in ${connectTimeoutMs} ms`));
      }, connectTimeoutMs);
      const fail = (error: NodeJS.ErrnoException) =>
        reject(error instanceof TransportError ? error : connector.connectError(error, target));
      socket.once('error', fail);
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new TransportError('ESHUTDOWN', `Connect to ${where}: shut down`));
      });
    });
  }

  #keyOf(target: StreamTarget): string {
    return peerKey(target.address, target.port, this.#options.connector.keyOf(target));
  }

  #nameOf({ address, port }: StreamTarget): string {
    return `${this.#options.connector.protocol}/${formatHostPort(address, port)}`;
  }

  /** Counted from its first moment on: handshakes that never end use places too. */
  #track(socket: Socket, address: string): void {
    this.#sockets.add(socket);
    this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#made.delete(socket);
      this.#beginning.delete(socket);
      this.#handshakes.delete(socket);
      const count = (this.#countByAddress.get(address) ?? 1) - 1;
      if (count > 0) this.#countByAddress.set(address, count);
      else this.#countByAddress.delete(address);
    });
  }

  /** @param key of those who may be there, see `StreamConnector.keyOf` */
  #adopt(socket: Socket, key: string): TcpConnection {
    this.#lastId++;
    const { connector, limits, messageLimits, now, onEvent } = this.#options;
    const { protocol } = connector;
    const connection = new TcpConnection({
      id: `${protocol}-${this.#lastId}`,
      protocol,
      socket,
      limits,
      messageLimits: messageLimits ?? DEFAULT_LIMITS,
      now,
      onEvent,
      onClosed: (closed) => this.#forget(closed, key),
    });
    const { remoteAddress, remotePort, connectionId = '' } = connection.flow;
    this.#byId.set(connectionId, connection);
    this.#byPeer.set(peerKey(remoteAddress, remotePort, key), connection);
    return connection;
  }

  #forget(connection: TcpConnection, key: string): void {
    const { remoteAddress, remotePort, connectionId = '' } = connection.flow;
    const peer = peerKey(remoteAddress, remotePort, key);
    this.#byId.delete(connectionId);
    if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    this.#options.onConnectionClosed(connection.flow);
  }
}

function peerKey(address: string, port: number, key: string): string {
  return `${canonicalAddress(address)} ${port} ${key}`;
}
