/** A door between a client and a server: it lets through, holds everything up, loses the answers, or is shut. */

import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpGate {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #state: 'open' | 'frozen' | 'mute' | 'holding' | 'shut' = 'open';
  /** Answers that are held, by the connection they are for. */
  readonly #held = new Map<Socket, Buffer[]>();
  #port = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async open(target: { host: string; port: number }): Promise<TcpGate> {
    const gate = new TcpGate(target);
    await new Promise<void>((resolve) => gate.#server.listen(0, target.host, resolve));
    gate.#port = (gate.#server.address() as { port: number }).port;
    return gate;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections break, and new ones are refused at once. */
  shut(): void {
    this.#state = 'shut';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing comes through and nobody says so, as when a cable is pulled. */
  freeze(): void {
    this.#state = 'frozen';
    for (const socket of this.#sockets) socket.pause();
  }

  /** What is asked comes through, the answers are lost. */
  mute(): void {
    this.#state = 'mute';
  }

  /** What is asked comes through; the answers wait. */
  hold(): void {
    this.#state = 'holding';
  }

  /** The answers that waited come in one piece with a last word, and then the gate is shut. */
  async letGoAndShut(farewell: Buffer): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    this.#state = 'shut';
    await Promise.all(
      held.map(([near, answers]) => new Promise<void>((sent) => near.end(Buffer.concat([...answers, farewell]), sent))),
    );
  }

  /** Bytes of answers that wait. */
  get heldBytes(): number {
    return [...this.#held.values()].flat().reduce((sum, { length }) => sum + length, 0);
  }

  /** What was held up arrives now. */
  reopen(): void {
    this.#state = 'open';
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    if (this.#state === 'shut') {
      near.destroy();
      return;
    }
    const far = connect(this.#target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        if (this.#state === 'holding' && to === near) this.#held.set(near, [...(this.#held.get(near) ?? []), chunk]);
        else if (this.#state !== 'mute' || from === near) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#state === 'frozen') from.pause();
    }
  }
}
