import type { Buffer } from 'node:buffer';
import type dgram from 'node:dgram';
import type { ListenPoint } from './flow.ts';
import { UdpPeers } from './udp-peers.ts';
import { closeUdpSocket, openUdpSocket, sendDatagram } from './udp-socket.ts';

const MAX_PEERS = 64;
const PEER_IDLE_MS = 60_000;

export type UdpPortOptions = {
  point: ListenPoint;
  onDatagram: (bytes: Buffer, from: dgram.RemoteInfo, point: ListenPoint) => void;
  onUnreachable: (address: string, port: number) => void;
};

/** One UDP listen point. */
export class UdpPort {
  readonly point: ListenPoint;
  readonly #socket: dgram.Socket;
  readonly #peers: UdpPeers | undefined;
  readonly #sends = new Set<Promise<void>>();

  private constructor(socket: dgram.Socket, options: UdpPortOptions, isShared: boolean) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.point = { ...options.point, address: options.point.address, port };
    const onDatagram = (bytes: Buffer, from: dgram.RemoteInfo) => options.onDatagram(bytes, from, this.point);
    socket.on('message', onDatagram);
    // What a single datagram met is told to its sender; the socket itself goes on.
    socket.on('error', () => undefined);
    const { onUnreachable } = options;
    const limits = { maxPeers: MAX_PEERS, idleMs: PEER_IDLE_MS };
    this.#peers = isShared ? new UdpPeers({ address, port, ...limits, onDatagram, onUnreachable }) : undefined;
  }

  /** Binds it; rejects with the system's error. */
  static async open(options: UdpPortOptions): Promise<UdpPort> {
    const { address, port } = options.point;
    // The first, unshared binding finds out whether the port is free: shared ones of the same user would not collide.
    const probe = await openUdpSocket({ address, port, isShared: false });
    const actualPort = probe.address().port;
    await closeUdpSocket(probe);
    try {
      return new UdpPort(await openUdpSocket({ address, port: actualPort, isShared: true }), options, true);
    } catch {
      return new UdpPort(await openUdpSocket({ address, port: actualPort, isShared: false }), options, false);
    }
  }

  /** Sends along a flow or an answer; rejects with the system's error. */
  send(bytes: Buffer, to: { address: string; port: number }): Promise<void> {
    return this.#track(sendDatagram(this.#socket, bytes, to));
  }

  /** Sends where an ICMP error is of interest. */
  sendWatched(bytes: Buffer, to: { address: string; port: number }, now: number): Promise<void> {
    if (this.#peers === undefined) return this.send(bytes, to);
    const sent = this.#peers.send(bytes, to, now);
    return this.#track(sent.then((isSent) => (isSent ? undefined : sendDatagram(this.#socket, bytes, to))));
  }

  sweep(now: number): void {
    this.#peers?.sweep(now);
  }

  /** Closes it when what was handed over has left. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#sends);
    await this.#peers?.close();
    await closeUdpSocket(this.#socket);
  }

  #track(send: Promise<void>): Promise<void> {
    this.#sends.add(send);
    const settled = () => this.#sends.delete(send);
    send.then(settled, settled);
    return send;
  }
}
