import type { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { DEFAULT_LIMITS, type MessageLimits } from '../message/limits.ts';
import { canonicalAddress } from './address.ts';
import { type Flow, TransportError, type TransportLimits } from './flow.ts';
import { TcpConnection, type TcpConnectionOptions } from './tcp-connection.ts';

const CLOSE_GRACE_MS = 500;

export type TcpPoolOptions = {
  limits: TransportLimits;
  messageLimits?: MessageLimits | undefined;
  now: () => number;
  onEvent: TcpConnectionOptions['onEvent'];
  onConnectionClosed: (flow: Flow) => void;
  /** An incoming connection was closed at once since there are too many. */
  onRefused: () => void;
};

/** Where to connect, and from which of our addresses. */
export type TcpTarget = { address: string; port: number; localAddress?: string | undefined };

type Connecting = { connection: Promise<TcpConnection>; waitingBytes: number };

/** All TCP connections, accepted and made, found by id and by peer (RFC 3261 18: a connection is used again). */
export class TcpPool {
  readonly #options: TcpPoolOptions;
  readonly #byId = new Map<string, TcpConnection>();
  readonly #byPeer = new Map<string, TcpConnection>();
  readonly #countByAddress = new Map<string, number>();
  readonly #connecting = new Map<string, Connecting>();
  readonly #sockets = new Set<Socket>();
  /** Those of them that we connected ourselves: counted apart, so that no flood of strangers keeps us from a trunk. */
  readonly #made = new Set<Socket>();
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
    this.#adopt(socket);
  }

  /** Sends on the connection to that peer, which is made when there is none. Rejects with a coded error. */
  async send(bytes: Buffer, target: TcpTarget): Promise<void> {
    const open = this.#byPeer.get(peerKey(target.address, target.port));
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
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const connection of this.#byId.values()) connection.close(CLOSE_GRACE_MS);
    for (const socket of this.#sockets) if (socket.connecting) socket.destroy();
    await Promise.all(closed);
  }

  async #sendNew(bytes: Buffer, target: TcpTarget): Promise<void> {
    const connecting = this.#connectingTo(target);
    if (connecting.waitingBytes + bytes.length > this.#options.limits.maxQueuedBytes) {
      const where = `${target.address}:${target.port}`;
      throw new TransportError('ENOBUFS', `Too many messages wait for the TCP connection to ${where}`);
    }
    connecting.waitingBytes += bytes.length;
    const connection = await connecting.connection;
    await connection.send(bytes);
  }

  #connectingTo(target: TcpTarget): Connecting {
    const key = peerKey(target.address, target.port);
    const known = this.#connecting.get(key);
    if (known !== undefined) return known;
    const connecting: Connecting = { connection: this.#connect(target), waitingBytes: 0 };
    this.#connecting.set(key, connecting);
    const settled = () => this.#connecting.delete(key);
    connecting.connection.then(settled, settled);
    return connecting;
  }

  #connect(target: TcpTarget): Promise<TcpConnection> {
    const where = `${target.address}:${target.port}`;
    if (this.#isClosed)
      return Promise.reject(new TransportError('ESHUTDOWN', `No connection to ${where}: shutting down`));
    const { maxConnections, connectTimeoutMs } = this.#options.limits;
    if (this.#made.size >= maxConnections) {
      return Promise.reject(
        new TransportError('ENOBUFS', `No connection to ${where}: ${maxConnections} are open already`),
      );
    }
    return new Promise((resolve, reject) => {
      const { localAddress } = target;
      const local = localAddress === undefined ? {} : { localAddress };
      const socket = connect({ host: target.address, port: target.port, allowHalfOpen: true, ...local });
      this.#track(socket);
      this.#made.add(socket);
      const timer = setTimeout(() => {
        socket.destroy(new TransportError('ETIMEDOUT', `TCP connect to ${where}: no answer in ${connectTimeoutMs} ms`));
      }, connectTimeoutMs);
      const fail = (error: NodeJS.ErrnoException) => reject(connectError(error, where));
      socket.once('error', fail);
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new TransportError('ESHUTDOWN', `TCP connect to ${where}: shut down`));
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', fail);
        resolve(this.#adopt(socket));
      });
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#made.delete(socket);
    });
  }

  #adopt(socket: Socket): TcpConnection {
    if (!this.#sockets.has(socket)) this.#track(socket);
    this.#lastId++;
    const { limits, messageLimits, now, onEvent } = this.#options;
    const connection = new TcpConnection({
      id: `tcp-${this.#lastId}`,
      socket,
      limits,
      messageLimits: messageLimits ?? DEFAULT_LIMITS,
      now,
      onEvent,
      onClosed: (closed) => this.#forget(closed),
    });
    const { remoteAddress, remotePort, connectionId = '' } = connection.flow;
    this.#byId.set(connectionId, connection);
    this.#byPeer.set(peerKey(remoteAddress, remotePort), connection);
    this.#countByAddress.set(remoteAddress, (this.#countByAddress.get(remoteAddress) ?? 0) + 1);
    return connection;
  }

  #forget(connection: TcpConnection): void {
    const { remoteAddress, remotePort, connectionId = '' } = connection.flow;
    const key = peerKey(remoteAddress, remotePort);
    this.#byId.delete(connectionId);
    if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
    const count = (this.#countByAddress.get(remoteAddress) ?? 1) - 1;
    if (count > 0) this.#countByAddress.set(remoteAddress, count);
    else this.#countByAddress.delete(remoteAddress);
    this.#options.onConnectionClosed(connection.flow);
  }
}

function peerKey(address: string, port: number): string {
  return `${canonicalAddress(address)} ${port}`;
}

function connectError(error: NodeJS.ErrnoException, where: string): TransportError {
  if (error instanceof TransportError) return error;
  return new TransportError(error.code ?? 'ECONNREFUSED', `TCP connect to ${where}: ${error.message}`);
}
