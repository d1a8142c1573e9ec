/** Which of our addresses somebody reaches us at. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';

/** @param named where the keys come, which they have been told; a wildcard or a name says nothing */
export async function localAddressTo(host: string, port: number, named: string | null): Promise<string> {
  if (named !== null && isIP(named) === 4 && named !== '0.0.0.0') return named;
  // Nothing is sent: the system says from which address it would be
  const socket = createSocket('udp4');
  try {
    socket.connect(port, host);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
