import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Hop } from './phone-leg.ts';

const REFUSAL_WAIT_MS = 300;

/** The address of this machine from which that one is reached; loopback stays loopback. Loopback as well: no way at all. */
export async function localAddressTowards(target: Hop): Promise<string> {
  const fallback = target.address.includes(':') ? '::1' : '127.0.0.1';
  if (target.address.startsWith('127.') || target.address === '::1') return fallback;
  const socket = await connected(target);
  if (!socket) return fallback;
  const { address } = socket.address();
  socket.close();
  return address;
}

/**
 * Why nothing can be sent there, in the words of the system; null: nothing speaks against it. Over UDP only a refusal can
 * be seen, never consent.
 */
export async function unreachableCause(target: Hop, from: string): Promise<string | null> {
  const socket = await connected(target);
  if (!socket) return 'no route leads there';
  const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? 'an error');
  const host = from.includes(':') ? `[${from}]` : from;
  const { port } = socket.address();
  const text =
    `OPTIONS sip:${target.address}:${target.port} SIP/2.0\r\nVia: SIP/2.0/UDP ${host}:${port};rport;branch=z9hG4bKload${port}\r\n` +
    `Max-Forwards: 70\r\nFrom: <sip:load@${host}>;tag=${port}\r\nTo: <sip:${target.address}>\r\nCall-ID: load-${port}@${host}\r\n` +
    'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';
  socket.send(text);
  const answered = once(socket, 'message').then(() => null);
  const waited = new Promise<null>((resolve) => setTimeout(resolve, REFUSAL_WAIT_MS, null));
  const cause = await Promise.race([failed, answered, waited]);
  socket.removeAllListeners('error').on('error', () => {});
  socket.close();
  if (cause === 'ECONNREFUSED') return 'nothing listens there';
  return cause;
}

async function connected(target: Hop): Promise<Socket | null> {
  const socket = createSocket(target.address.includes(':') ? 'udp6' : 'udp4');
  const found = new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.connect(target.port, target.address, () => resolve(true));
  });
  if (await found) return socket.removeAllListeners('error');
  socket.close();
  return null;
}

/** `host:port`, IPv6 in brackets. */
export function hopText({ address, port }: Hop): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
