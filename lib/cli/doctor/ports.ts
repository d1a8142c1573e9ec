/** Whether the sockets that `serve` wants are to be had. */

import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import { type Finding, fault, ok, warning } from './finding.ts';

export interface Socket {
  protocol: 'udp' | 'tcp' | 'tls';
  address: string;
  port: number;
}

/** @returns the system's error code; null: it is free */
export function bindProblem({ protocol, address, port }: Socket): Promise<string | null> {
  return protocol === 'udp' ? udpProblem(address, port) : tcpProblem(address, port);
}

function udpProblem(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4' });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? error.message);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(null)));
  });
}

function tcpProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

export const socketText = ({ protocol, address, port }: Socket): string =>
  `${protocol} ${isIPv6(address) ? `[${address}]` : address}:${port}`;

/**
 * @param flag that names it
 * @param isRunning a server of this data directory runs: whatever is taken is taken by it
 */
export function portFinding(
  check: string,
  socket: Socket,
  { problem, flag, isRunning }: { problem: string | null; flag: string; isRunning: boolean },
): Finding {
  const text = socketText(socket);
  switch (problem) {
    case null:
      if (!isRunning) return ok(check, `${text} is free`);
      return warning(
        check,
        `${text} is free, but a server runs`,
        `it listens elsewhere: give doctor the flags of serve`,
      );
    case 'EADDRINUSE':
      if (isRunning) return ok(check, `${text} is taken, and a server runs`);
      return fault(
        check,
        `${text} is taken by another process`,
        `stop that (ss -lpn 'sport = :${socket.port}'), or choose another by ${flag}`,
      );
    case 'EADDRNOTAVAIL':
      return fault(
        check,
        `${text}: this machine does not have that address`,
        `choose one that \`ip address\` shows, by ${flag}`,
      );
    case 'EACCES':
      return fault(check, `${text} is not for everybody`, 'ports below 1024 want root or CAP_NET_BIND_SERVICE');
    default:
      return fault(check, `${text} can't be listened on: ${problem}`, `choose another by ${flag}`);
  }
}

const SAMPLES = 24;

/** Pairs spread over the range; the embedded media takes others where one is taken. */
export async function checkRtp(
  { first, last }: { first: number; last: number },
  { address, isRunning }: { address: string; isRunning: boolean },
): Promise<Finding> {
  const step = Math.max(1, Math.floor((last - first + 1) / SAMPLES));
  const ports = Array.from({ length: SAMPLES }, (_, index) => first + index * step).filter((port) => port <= last);
  const problems = await Promise.all(ports.map((port) => udpProblem(address, port)));
  const taken = problems.filter((problem) => problem !== null).length;
  const text = `udp ${address}:${first}-${last}: ${taken} of ${ports.length} tried are taken`;
  if (taken === 0) return ok('rtp', `udp ${address}:${first}-${last} is free (${ports.length} tried)`);
  if (isRunning) return ok('rtp', `${text}, and a server runs`);
  const advice = 'choose a range that nobody else uses, by --rtp-ports';
  return taken === ports.length ? fault('rtp', text, advice) : warning('rtp', text, advice);
}
