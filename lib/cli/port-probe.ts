import { once } from 'node:events';
import { createServer } from 'node:net';
import { hostPortText } from '../config/address.ts';
import { StartupError } from './startup-error.ts';

/**
 * Whether the API will be able to listen there, found out before anything is stored.
 * @throws StartupError for a taken port or an address that is not this machine's
 */
export async function probeHttpPort(http: { host: string; port: number }): Promise<void> {
  const probe = createServer();
  try {
    probe.listen({ ...http, exclusive: true });
    await once(probe, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE' ? 'is taken by another process; choose another' : `can't be listened on (${code})`;
    throw new StartupError(`--http ${hostPortText(http)}: ${why}`);
  }
  await new Promise((resolve) => probe.close(resolve));
}
