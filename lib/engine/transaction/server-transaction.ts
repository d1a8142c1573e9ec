import type { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { SipMessage } from '../message/sip-message.ts';
import type { TransactionContext } from './client-transaction.ts';
import { MachineRun } from './machine-run.ts';
import { type Effect, INVITE_SERVER, NON_INVITE_SERVER, type State } from './machines.ts';
import type { Flow, Target } from './wire.ts';

export interface ServerOptions {
  readonly key: string;
  readonly flow: Flow;
  /** Where responses go (RFC 3261 18.2.2, RFC 3581). */
  readonly responseTarget: Target;
  readonly onRequest: (transaction: ServerTransaction) => void;
  readonly onAck: (ack: SipMessage, flow: Flow) => void;
  readonly onTerminated: (transaction: ServerTransaction) => void;
}

/** One request that came in and its responses (RFC 3261 17.2). */
export class ServerTransaction {
  /** The name by which an application knows it. */
  readonly id: string = randomUUID();
  readonly key: string;
  readonly flow: Flow;
  readonly responseTarget: Target;
  /** Status of the newest response, 0 before the first. */
  status = 0;
  readonly #options: ServerOptions;
  #request: SipMessage | undefined;
  readonly #context: TransactionContext;
  readonly #run: MachineRun;
  #bytes: Buffer | undefined;
  #ack: { message: SipMessage; flow: Flow } | undefined;

  constructor(request: SipMessage, options: ServerOptions, context: TransactionContext) {
    this.key = options.key;
    this.flow = options.flow;
    this.responseTarget = options.responseTarget;
    this.#options = options;
    this.#request = request;
    this.#context = context;
    this.#run = new MachineRun({
      machine: request.method === 'INVITE' ? INVITE_SERVER : NON_INVITE_SERVER,
      clock: context.clock,
      timers: context.timers,
      reliable: options.flow.protocol !== 'udp',
      perform: (effect) => this.#perform(effect),
      onTerminated: () => this.#options.onTerminated(this),
    });
  }

  /** The request; not to be asked for after `release`. */
  get request(): SipMessage {
    if (this.#request === undefined) throw new Error('the request of a finished transaction is not kept');
    return this.#request;
  }

  get state(): State {
    return this.#run.state;
  }

  /** Whether a final response has gone out or nothing can go out any more. */
  get isFinished(): boolean {
    return this.status >= 200 || this.#run.state === 'terminated';
  }

  /** Hands the request to the core, which may answer at once. */
  start(): void {
    this.#run.raise('start');
    this.#options.onRequest(this);
  }

  /** The same request came again. */
  repeat(): void {
    this.#run.raise('receivedRequest');
  }

  acknowledge(message: SipMessage, flow: Flow): void {
    this.#ack = { message, flow };
    this.#run.raise('receivedAck');
    this.#ack = undefined;
  }

  /** Sends a response, which is complete. After a final one only repeats of a 2xx go out. */
  respond(response: SipMessage): void {
    const event = response.status < 200 ? 'send1xx' : response.status < 300 ? 'send2xx' : 'send3xx-6xx';
    if (!this.#run.handles(event)) return;
    this.status = response.status;
    this.#bytes = response.toBuffer();
    this.#run.raise(event);
  }

  /** The final response has gone out and nobody will look at the request any more: only repeats are waited for. */
  release(): void {
    this.#request = undefined;
  }

  abandon(): void {
    this.#run.abandon();
  }

  #perform(effect: Effect): void {
    if (effect === 'send') {
      // A lost response is repaired by the client's retransmission, so an error here ends nothing.
      if (this.#bytes !== undefined) this.#context.wire.send(this.#bytes, this.responseTarget).catch(() => undefined);
    } else if (effect === 'pass' && this.#ack !== undefined) this.#options.onAck(this.#ack.message, this.#ack.flow);
  }
}
