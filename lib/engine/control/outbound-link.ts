import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../clock.ts';
import type { Connection } from './connection.ts';

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;
const BACK_OFF = 1.7;

export interface LinkOptions {
  /** A unix-domain socket on which the application listens. */
  readonly path: string;
  readonly clock: Clock;
  readonly accept: (socket: Socket, onClosed: () => void) => Connection;
}

/** The engine's own connection to an application that listens; it is made again whenever it is lost. */
export class OutboundLink {
  readonly #options: LinkOptions;
  #delayMs = FIRST_DELAY_MS;
  #socket: Socket | undefined;
  #connection: Connection | undefined;
  #retry: Timer | undefined;
  #isStopped = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get applications(): number {
    return this.#connection?.isAuthenticated === true ? 1 : 0;
  }

  start(): void {
    const socket = connect({ path: this.#options.path });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.once('close', () => this.#lost());
    socket.once('connect', () => {
      this.#connection = this.#options.accept(socket, () => {
        if (this.#connection?.isAuthenticated === true) this.#delayMs = FIRST_DELAY_MS;
        this.#connection = undefined;
      });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#connection?.close();
    this.#socket?.destroy();
  }

  #lost(): void {
    if (this.#isStopped) return;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * BACK_OFF, MAX_DELAY_MS);
    this.#retry = this.#options.clock.after(delayMs, () => this.start());
  }
}
