/** How the application and its SIP engine come together. */

import { rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import type { Log } from '../ports/log.ts';

export type ControlLink =
  | {
      kind: 'listen';
      /** A path in a directory that only we can enter: whoever connects is taken for the engine and told the secret. */
      path: string;
      secret: string;
      /** Called when the engine may connect. */
      ready?: () => void;
    }
  | { kind: 'connect'; host: string; port: number; secret: string };

/** Failures of the control connection: the first one since it was up is told, the attempts that follow are not. */
export class LinkFailures {
  readonly #control: ControlLink;
  readonly #log: Log;
  #told = false;

  constructor({ control, log }: { control: ControlLink; log: Log }) {
    this.#control = control;
    this.#log = log;
  }

  failed(error: string): void {
    if (this.#control.kind === 'listen' || this.#told) {
      this.#log.debug({ error }, 'SIP control connection failed');
      return;
    }
    this.#told = true;
    const { host, port } = this.#control;
    this.#log.warn({ host, port, error }, 'no drachtio-server answers; trying again until one does');
  }

  reset(): void {
    this.#told = false;
  }
}

/** Resolves once the engine may connect. Rejects when the path is not usable. */
export async function listenOn(server: Server, control: ControlLink & { kind: 'listen' }, log: Log): Promise<void> {
  await rm(control.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(control.path, () => {
      server.off('error', reject);
      server.on('error', (error) => log.error({ error: String(error) }, 'SIP control socket failed'));
      resolve();
    });
  });
  control.ready?.();
}
