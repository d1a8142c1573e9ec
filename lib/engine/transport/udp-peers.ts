import type { Buffer } from 'node:buffer';
import type dgram from 'node:dgram';
import { once } from 'node:events';
import { openUdpSocket, sendDatagram } from './udp-socket.ts';

export type UdpPeersOptions = {
  /** The listen point's own address and port. */
  address: string;
  port: number;
  maxPeers: number;
  idleMs: number;
  onDatagram: (bytes: Buffer, from: dgram.RemoteInfo) => void;
  onUnreachable: (address: string, port: number) => void;
};

type Peer = {
  address: string;
  port: number;
  socket: Promise<dgram.Socket | undefined>;
  /** The same once it is open, so that nothing has to be waited for. */
  open: dgram.Socket | undefined;
  usedAt: number;
};

/**
 * Sockets that share the listen point's address and port and are connected to one peer each. The kernel tells only a connected
 * socket that nothing listens over there (ICMP port unreachable), so a call to a dead trunk can fail in milliseconds instead
 * of the 32 seconds of timer B. On the wire they are no different from the listen point's own socket. What the kernel hands
 * them is taken as the listen point's. Bounded in number; a peer beyond the bound is sent to in the ordinary way.
 */
export class UdpPeers {
  readonly #options: UdpPeersOptions;
  readonly #peers = new Map<string, Peer>();

  constructor(options: UdpPeersOptions) {
    this.#options = options;
  }

  /** Sends on the peer's own socket; false when it has none and the ordinary one is to be used. */
  send(bytes: Buffer, to: { address: string; port: number }, now: number): Promise<boolean> {
    const peer = this.#peerFor(to, now);
    if (peer === undefined) return Promise.resolve(false);
    if (peer.open !== undefined) return this.#sendOn(peer.open, bytes, to);
    return peer.socket.then((socket) => (socket === undefined ? false : this.#sendOn(socket, bytes, to)));
  }

  #sendOn(socket: dgram.Socket, bytes: Buffer, to: { address: string; port: number }): Promise<boolean> {
    const sent = () => true;
    return sendDatagram(socket, bytes).then(sent, (error) => {
      if (!isUnreachable(error)) throw error;
      // The kernel reports on this call what an earlier datagram met; this one did not leave.
      this.#options.onUnreachable(to.address, to.port);
      return sendDatagram(socket, bytes).then(sent);
    });
  }

  /** Closes what was not used for a while. */
  sweep(now: number): void {
    for (const [key, peer] of this.#peers) if (now - peer.usedAt > this.#options.idleMs) this.#drop(key, peer);
  }

  async close(): Promise<void> {
    const sockets = [...this.#peers.values()].map((peer) => peer.socket);
    for (const [key, peer] of this.#peers) this.#drop(key, peer);
    await Promise.all(sockets);
  }

  #peerFor(to: { address: string; port: number }, now: number): Peer | undefined {
    const key = `${to.address} ${to.port}`;
    const known = this.#peers.get(key);
    if (known !== undefined) {
      known.usedAt = now;
      return known;
    }
    if (this.#peers.size >= this.#options.maxPeers) return undefined;
    const peer: Peer = { ...to, socket: this.#open(to), open: undefined, usedAt: now };
    void peer.socket.then((socket) => {
      peer.open = socket;
    });
    this.#peers.set(key, peer);
    return peer;
  }

  async #open(to: { address: string; port: number }): Promise<dgram.Socket | undefined> {
    const { address, port, onDatagram, onUnreachable } = this.#options;
    let socket: dgram.Socket | undefined;
    try {
      socket = await openUdpSocket({ address, port, isShared: true });
      socket.on('message', onDatagram);
      const connected = once(socket, 'connect');
      socket.connect(to.port, to.address);
      await connected;
      socket.on('error', (error) => isUnreachable(error) && onUnreachable(to.address, to.port));
      return socket;
    } catch {
      // No way to that address, or a kernel that does not share ports: the ordinary socket will tell.
      socket?.close();
      return undefined;
    }
  }

  #drop(key: string, peer: Peer): void {
    this.#peers.delete(key);
    void peer.socket.then((socket) => socket?.close());
  }
}

function isUnreachable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH';
}
