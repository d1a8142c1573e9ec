import type { Buffer } from 'node:buffer';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { ipFamily } from '../message/host.ts';

/** Asked of the kernel, which gives what it allows: a burst that does not fit is lost and comes back as retransmissions. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

export type UdpBinding = { address: string; port: number; isShared: boolean };

/** Opens a socket; rejects with the system's error (`EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`). */
export async function openUdpSocket(binding: UdpBinding): Promise<dgram.Socket> {
  const isV6 = ipFamily(binding.address) === 6;
  const socket = dgram.createSocket({
    type: isV6 ? 'udp6' : 'udp4',
    ipv6Only: isV6,
    reusePort: binding.isShared,
    // Only numeric addresses come here, so that nothing has to be looked up.
    lookup: (address, _options, callback) => callback(null, address, isV6 ? 6 : 4),
  });
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: binding.address, port: binding.port, exclusive: true });
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  growBuffers(socket);
  return socket;
}

function growBuffers(socket: dgram.Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // The kernel's own size has to do then.
  }
}

export async function closeUdpSocket(socket: dgram.Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

/** Sends one datagram; without a port on a connected socket. Rejects with the system's error. */
export function sendDatagram(
  socket: dgram.Socket,
  bytes: Buffer,
  to?: { address: string; port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null) => (error === null ? resolve() : reject(error));
    try {
      if (to === undefined) socket.send(bytes, settle);
      else socket.send(bytes, to.port, to.address, settle);
    } catch (error) {
      // A port out of range, or the socket is closed.
      reject(error);
    }
  });
}
