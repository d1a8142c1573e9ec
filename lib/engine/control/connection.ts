import type { Buffer } from 'node:buffer';
import { hash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../clock.ts';
import type { CallRecord, SipEvent } from '../dialog/application.ts';
import { type Answer, type Command, type CommandContext, parseCommand, runCommand } from './commands.ts';
import type { Subscriber } from './directory.ts';
import { encodeFrame, FrameDecoder } from './frame.ts';
import { answerLine, eventLine, outcomeLine, recordLine, refusalLine } from './meta.ts';

/** Bounds of one connection. */
export interface ControlLimits {
  /** Largest frame of an application that has authenticated, and of one that has not. */
  readonly maxFrameBytes: number;
  readonly maxUnauthenticatedBytes: number;
  readonly authenticateMs: number;
  /** An application that leaves so much unread is cut off. */
  readonly maxQueuedBytes: number;
}

export const DEFAULT_CONTROL_LIMITS: ControlLimits = {
  maxFrameBytes: 1_048_576,
  maxUnauthenticatedBytes: 4_096,
  authenticateMs: 5_000,
  maxQueuedBytes: 32 * 1_048_576,
};

export interface ConnectionOptions extends CommandContext {
  readonly socket: Socket;
  readonly secret: string;
  readonly clock: Clock;
  readonly limits: ControlLimits;
  /** The connection gets every request without asking for it. */
  readonly getsEverything: boolean;
  /** Tokens behind the OK to `authenticate`. */
  readonly greeting: () => string;
  readonly onClosed: () => void;
}

/** One application's connection. Before it has authenticated it gets nothing and can do nothing. */
export class Connection implements Subscriber {
  isAuthenticated = false;
  readonly #options: ConnectionOptions;
  readonly #decoder: FrameDecoder;
  readonly #deadline: Timer;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    const { socket, limits, clock } = options;
    this.#options = options;
    this.#decoder = new FrameDecoder(limits.maxUnauthenticatedBytes);
    this.#deadline = clock.after(limits.authenticateMs, () => {
      if (!this.isAuthenticated) socket.destroy();
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  deliver(event: SipEvent): void {
    if (this.#isClosed) return;
    const bytes = event.message.toBuffer();
    this.#write(encodeFrame(eventLine(event, { bytes: bytes.length, now: this.#options.clock.now() }), bytes));
  }

  record(record: CallRecord): void {
    this.#write(encodeFrame(recordLine(record, this.#options.clock.now()), record.message.toBuffer()));
  }

  close(): void {
    this.#options.socket.destroy();
    this.#closed();
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#decoder.push(chunk);
    for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
      if (frame === 'broken') {
        this.close();
        return;
      }
      const command = parseCommand(frame);
      if (command === undefined) {
        this.#end(encodeFrame(refusalLine('', 'NO', 'Invalid message format')));
        return;
      }
      if (this.isAuthenticated) this.#run(command);
      else this.#authenticate(command);
      if (this.#isClosed) return;
    }
  }

  #authenticate(command: Command): void {
    const { secret, limits, getsEverything, directory, greeting } = this.#options;
    if (command.type !== 'authenticate') {
      this.#answer(command.id, { kind: 'no', reason: 'not authenticated' });
      return;
    }
    if (!isEqual(command.args[0] ?? '', secret)) {
      this.#answer(command.id, { kind: 'no', reason: 'incorrect secret' });
      return;
    }
    this.isAuthenticated = true;
    this.#deadline.cancel();
    this.#decoder.maxFrameBytes = limits.maxFrameBytes;
    this.#answer(command.id, { kind: 'ok', rest: greeting() });
    if (getsEverything) directory.addForAll(this);
  }

  #run(command: Command): void {
    if (command.type === 'authenticate') {
      this.#answer(command.id, { kind: 'ok', rest: this.#options.greeting() });
      return;
    }
    runCommand(this.#options, { command, subscriber: this }, (answer) => this.#answer(command.id, answer));
  }

  #answer(id: string, answer: Answer): void {
    switch (answer.kind) {
      case 'ok':
        this.#write(encodeFrame(answerLine(id, 'OK', answer.rest)));
        return;
      case 'nok':
        this.#write(encodeFrame(refusalLine(id, 'NOK', answer.reason)));
        return;
      case 'no':
        this.#end(encodeFrame(refusalLine(id, 'NO', answer.reason)));
        return;
      case 'sent': {
        const bytes = answer.outcome.ok ? answer.outcome.sent.toBuffer() : undefined;
        const line = outcomeLine(id, answer.outcome, { bytes: bytes?.length ?? 0, now: this.#options.clock.now() });
        this.#write(encodeFrame(line, bytes));
        return;
      }
    }
  }

  #write(frame: Buffer): void {
    const { socket, limits } = this.#options;
    if (this.#isClosed) return;
    this.#gather(socket);
    socket.write(frame);
    if (socket.writableLength > limits.maxQueuedBytes) this.close();
  }

  /** What one turn of the event loop has to say goes out in one system call. */
  #gather(socket: Socket): void {
    if (socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  }

  /** The last word. What the peer still sends is not read. */
  #end(frame: Buffer): void {
    const { socket } = this.#options;
    socket.end(frame, () => socket.destroy());
    this.#closed();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadline.cancel();
    const { directory, userAgent, onClosed } = this.#options;
    directory.removeEverywhere(this);
    userAgent.applicationGone(this);
    onClosed();
  }
}

/** In time that does not depend on where the two differ. */
function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
