/** The pair of UDP sockets of an endpoint: RTP on the even port, RTCP on the one above (RFC 3550 11). */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { RtpSource } from './source-latch.ts';

export interface RtpSocketsListener {
  packet(packet: Buffer, address: string, port: number): void;
  /** On the port of RTCP. */
  control(packet: Buffer, address: string, port: number): void;
  /** A packet could not be sent, or the socket reported an error. */
  failed(error: NodeJS.ErrnoException): void;
}

/** Addresses are literal: no resolver has to be asked for each packet. */
function literalLookup(
  address: string,
  _options: unknown,
  found: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  found(null, address, isIPv6(address) ? 6 : 4);
}

export class RtpSockets {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #isClosed = false;

  private constructor(address: string) {
    const type = isIPv6(address) ? 'udp6' : 'udp4';
    const options = { type, ipv6Only: type === 'udp6', lookup: literalLookup } as const;
    this.#rtp = createSocket(options);
    this.#rtcp = createSocket(options);
  }

  /** @param port even; rejects with the error of the system (EADDRINUSE, EADDRNOTAVAIL), and nothing stays open */
  static async bind(address: string, port: number): Promise<RtpSockets> {
    const sockets = new RtpSockets(address);
    try {
      await bindSocket(sockets.#rtp, address, port);
      await bindSocket(sockets.#rtcp, address, port + 1);
    } catch (error) {
      sockets.close();
      throw error;
    }
    return sockets;
  }

  listen(listener: RtpSocketsListener): void {
    this.#rtp.on('message', (packet: Buffer, from: RemoteInfo) => listener.packet(packet, from.address, from.port));
    this.#rtcp.on('message', (packet: Buffer, from: RemoteInfo) => listener.control(packet, from.address, from.port));
    this.#rtp.on('error', (error) => listener.failed(error));
  }

  /** The packet must not be changed afterwards. */
  send(packet: Buffer, to: RtpSource): void {
    if (!this.#isClosed) this.#rtp.send(packet, to.port, to.address);
  }

  /** From the port of RTCP; it goes on its way also when the sockets are closed at once. */
  sendControl(packet: Buffer, to: RtpSource): void {
    if (!this.#isClosed) this.#rtcp.send(packet, to.port, to.address);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#rtp.close();
    this.#rtcp.close();
  }
}

function bindSocket(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject);
      // An error without a listener would end the process.
      socket.on('error', () => {});
      resolve();
    });
  });
}
