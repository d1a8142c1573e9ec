/** 0.4.12 as it behaves; it has no typings. */
declare module 'rtpengine-client' {
  import type { Socket } from 'node:dgram';
  import type { EventEmitter } from 'node:events';

  type Callback = (error: unknown, answer: Record<string, unknown>) => void;
  type Command = (port: number, host: string, options: Record<string, unknown>, callback: Callback) => void;

  /** By UDP. Each command is a method of the name that `commands.ts` has. */
  class Client extends EventEmitter {
    constructor(options: { timeout?: number; localPort?: number; localAddress?: string; rejectOnError?: boolean });
    /** What waits for its answer, by cookie. */
    readonly messages: ReadonlyMap<string, unknown>;
    readonly socket: Socket;
    close(): void;
  }
  interface Client extends Record<import('./ng-link.ts').NgCommand, Command> {}

  const library: { Client: typeof Client };
  export default library;
}
