import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { MessageLimits } from '../message/limits.ts';
import { type FramerEvent, StreamFramer } from '../message/stream-framer.ts';
import { canonicalAddress } from './address.ts';
import { type Flow, TransportError, type TransportLimits } from './flow.ts';

/** The answer to a keep-alive ping (RFC 5626 4.4.1). */
const PONG = Buffer.from('\r\n');
const FATAL_GRACE_MS = 1_000;

export type TcpConnectionOptions = {
  id: string;
  protocol: 'tcp' | 'tls';
  socket: Socket;
  limits: TransportLimits;
  messageLimits: MessageLimits;
  now: () => number;
  onEvent: (event: Exclude<FramerEvent, { type: 'ping' }>, flow: Flow) => void;
  onClosed: (connection: TcpConnection) => void;
};

/** One established connection, TCP or TLS: framing, keep-alive, a bounded queue, and the limits that a slow peer meets. */
export class TcpConnection {
  readonly flow: Flow;
  readonly #options: TcpConnectionOptions;
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  readonly #openedAt: number;
  #activeAt: number;
  /** Since when a message is incomplete, and since when the peer takes nothing of what waits. */
  #partialAt: number | undefined;
  #stalledAt: number | undefined;
  /** A whole message passed. Until then an accepted connection has little time: it may be there to use up places. */
  #isUsed = false;
  #isOpen = true;

  constructor(options: TcpConnectionOptions) {
    const { socket, id, protocol } = options;
    this.#options = options;
    this.#socket = socket;
    this.#framer = new StreamFramer(options.messageLimits);
    this.#openedAt = options.now();
    this.#activeAt = this.#openedAt;
    this.flow = {
      protocol,
      localAddress: canonicalAddress(socket.localAddress ?? ''),
      localPort: socket.localPort ?? 0,
      remoteAddress: canonicalAddress(socket.remoteAddress ?? ''),
      remotePort: socket.remotePort ?? 0,
      connectionId: id,
    };
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => this.#closed());
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#socket.writable;
  }

  /** Rejects with `ENOBUFS` when too much waits already, with the system's error when the connection breaks. */
  send(bytes: Buffer): Promise<void> {
    this.#isUsed = true;
    return this.#write(bytes);
  }

  #write(bytes: Buffer): Promise<void> {
    const { protocol, remoteAddress, remotePort } = this.flow;
    const peer = `${protocol.toUpperCase()} peer ${remoteAddress}:${remotePort}`;
    if (!this.isOpen) return Promise.reject(new TransportError('ENOTCONN', `The connection to ${peer} is closed`));
    if (this.#socket.writableLength + bytes.length > this.#options.limits.maxQueuedBytes) {
      const text = `${peer} takes too little: ${this.#socket.writableLength} bytes wait for it`;
      return Promise.reject(new TransportError('ENOBUFS', text));
    }
    this.#activeAt = this.#options.now();
    this.#stalledAt ??= this.#activeAt;
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        this.#stalledAt = this.#socket.writableLength > 0 ? this.#options.now() : undefined;
        if (error === null || error === undefined) resolve();
        else reject(brokenError(error, this.flow));
      });
    });
  }

  /** Closes it when it idles, when no message comes on it, when a message stays incomplete, or when the peer takes nothing. */
  sweep(now: number): void {
    const { idleMs, partialMessageMs } = this.#options.limits;
    const isPartial = this.#partialAt !== undefined && now - this.#partialAt > partialMessageMs;
    const isStalled = this.#stalledAt !== undefined && now - this.#stalledAt > partialMessageMs;
    const isMute = !this.#isUsed && now - this.#openedAt > partialMessageMs;
    if (isPartial || isStalled || isMute || now - this.#activeAt > idleMs) this.#socket.destroy();
  }

  /** Closes it once everything that waits has left, or after the grace. */
  close(graceMs: number): void {
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), graceMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #take(chunk: Buffer): void {
    if (!this.#isOpen) return;
    const now = this.#options.now();
    this.#activeAt = now;
    const events = this.#framer.feed(chunk);
    if (this.#framer.heldBytes === 0) this.#partialAt = undefined;
    else if (events.length > 0) this.#partialAt = now;
    else this.#partialAt ??= now;
    for (const event of events) this.#handle(event);
  }

  #handle(event: FramerEvent): void {
    if (event.type === 'ping') {
      this.#write(PONG).catch(() => undefined);
      return;
    }
    if (event.result.ok) this.#isUsed = true;
    this.#options.onEvent(event, this.flow);
    if (event.type !== 'fatal') return;
    // What the handler answered still leaves; nothing more is read.
    this.#socket.pause();
    setImmediate(() => this.close(FATAL_GRACE_MS));
  }

  #closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.onClosed(this);
  }
}

/** The system's code where there is one (`EPIPE`, `ECONNRESET`); Node's own codes tell of a connection that is gone. */
function brokenError(error: NodeJS.ErrnoException, flow: Flow): TransportError {
  const isSystemCode = error.code !== undefined && !error.code.startsWith('ERR_');
  const { protocol, remoteAddress, remotePort } = flow;
  const text = `${protocol.toUpperCase()} connection to ${remoteAddress}:${remotePort} broke: ${error.message}`;
  return new TransportError(isSystemCode ? (error.code as string) : 'ECONNRESET', text);
}
