import type { Buffer } from 'node:buffer';
import type { MessageLimits } from '../message/limits.ts';
import type { TransportLimits } from './flow.ts';
import { addressOf, type Destination, describeTarget, type Flow, type ListenPoint, TransportError } from './flow.ts';
import { type StreamConnector, tcpConnector } from './stream-connector.ts';
import type { TcpConnectionOptions } from './tcp-connection.ts';
import { TcpListener } from './tcp-listener.ts';
import { TcpPool } from './tcp-pool.ts';
import { type Notice, TlsCare } from './tls-care.ts';
import type { TlsSettings } from './tls-credentials.ts';

export interface StreamTransportOptions {
  tls: TlsSettings | undefined;
  limits: TransportLimits;
  messageLimits: MessageLimits | undefined;
  now: () => number;
  onEvent: TcpConnectionOptions['onEvent'];
  onConnectionClosed: (flow: Flow) => void;
  onRefused: () => void;
  onFailedHandshake: () => void;
  onNotice: (notice: Notice) => void;
}

type StreamProtocol = 'tcp' | 'tls';

/** TCP and TLS: what is listened on, and all connections. */
export class StreamTransport {
  readonly #options: StreamTransportOptions;
  readonly #tls: TlsCare;
  readonly #pools: Readonly<Record<StreamProtocol, TcpPool>>;
  readonly #listeners: TcpListener[] = [];

  /** @throws TransportError that names a file of a certificate, and what to do */
  constructor(options: StreamTransportOptions) {
    const { tls: settings, limits, onNotice, onFailedHandshake } = options;
    this.#options = options;
    this.#tls = new TlsCare({ settings, handshakeMs: limits.handshakeMs, onNotice, onFailedHandshake });
    this.#pools = { tcp: this.#makePool(tcpConnector), tls: this.#makePool(this.#tls.connector) };
  }

  start(): void {
    this.#tls.start(this.#options.now());
  }

  /** Gives the point back with its actual port. Rejects with the system's error, or where a certificate is wanted. */
  async listen(point: ListenPoint, protocol: StreamProtocol): Promise<ListenPoint> {
    if (protocol === 'tls') this.#tls.assertCertificate();
    const listener = await TcpListener.open(point, (socket) => this.#pools[protocol].accept(socket));
    this.#listeners.push(listener);
    return listener.point;
  }

  /** Along the flow's connection, else along the one that leads there, which is made if there is none. */
  async send(bytes: Buffer, target: Flow | Destination, from: { localAddress: string | undefined }): Promise<void> {
    const pool = this.#pools[target.protocol as StreamProtocol];
    if ('remoteAddress' in target) {
      const connection = pool.get(target.connectionId);
      if (connection !== undefined) return connection.send(bytes);
      throw new TransportError('ENOTCONN', `The connection to ${describeTarget(target)} is closed`);
    }
    const { host, trust } = target;
    try {
      await pool.send(bytes, { ...addressOf(target), host, trust, ...from });
    } catch (error) {
      if (target.protocol === 'tls') this.#tls.tell(error, this.#options.now());
      throw error;
    }
  }

  isOpen(flow: Flow): boolean {
    return this.#pools[flow.protocol as StreamProtocol].get(flow.connectionId) !== undefined;
  }

  sweep(now: number): void {
    for (const pool of Object.values(this.#pools)) pool.sweep(now);
    this.#tls.sweep(now);
  }

  renewCertificates(): void {
    this.#tls.renew(this.#options.now());
  }

  async close(): Promise<void> {
    await Promise.all([...Object.values(this.#pools), ...this.#listeners].map((each) => each.close()));
  }

  #makePool(connector: StreamConnector): TcpPool {
    const { limits, messageLimits, now, onEvent, onConnectionClosed, onRefused } = this.#options;
    return new TcpPool({ connector, limits, messageLimits, now, onEvent, onConnectionClosed, onRefused });
  }
}
