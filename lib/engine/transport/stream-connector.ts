import { connect, type Socket } from 'node:net';
import { TransportError, type Trust } from './flow.ts';

/** Where to connect, from which of our addresses, and who has to be there (TLS alone). */
export type StreamTarget = {
  address: string;
  port: number;
  localAddress?: string | undefined;
  host?: string | undefined;
  trust?: Trust | undefined;
};

/** How connections come to be: as they are, or with a handshake. */
export interface StreamConnector {
  readonly protocol: 'tcp' | 'tls';
  /** What tells two connections to one address and port apart. */
  keyOf(target: StreamTarget): string;
  /** The same for one that the peer made. */
  readonly acceptedKey: string;
  /** Whether a target may be connected to at all; else its peer connects, or nobody. */
  canConnect(target: StreamTarget): boolean;
  /** `onReady` may be called once messages can pass. A failure is an error of the socket. */
  connect(target: StreamTarget, onReady: (socket: Socket) => void): Socket;
  /** `onReady` gets what stands in for the socket from then on. */
  accept(socket: Socket, onReady: (ready: Socket) => void): void;
  /** What an error before that means. */
  connectError(error: NodeJS.ErrnoException, target: StreamTarget): TransportError;
}

export const tcpConnector: StreamConnector = {
  protocol: 'tcp',
  acceptedKey: '',
  keyOf: () => '',
  canConnect: () => true,
  connect({ address: host, port, localAddress }, onReady) {
    const socket = connect({
      host,
      port,
      allowHalfOpen: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    socket.once('connect', () => onReady(socket));
    return socket;
  },
  accept: (socket, onReady) => onReady(socket),
  connectError: (error, { address, port }) =>
    new TransportError(error.code ?? 'ECONNREFUSED', `TCP connect to ${address}:${port}: ${error.message}`),
};
