import type { Buffer } from 'node:buffer';
import type { Clock } from '../clock.ts';
import { SipMessage } from '../message/sip-message.ts';
import { MachineRun } from './machine-run.ts';
import { type Effect, INVITE_CLIENT, NON_INVITE_CLIENT, type State } from './machines.ts';
import type { SipTimers } from './timers.ts';
import type { Flow, Target, Wire } from './wire.ts';

export interface ClientUser {
  onResponse(response: SipMessage, flow: Flow): void;
  /** No final response will come. Called at most once. */
  onFailure(failure: 'timeout' | 'unreachable'): void;
}

export interface ClientOptions {
  readonly key: string;
  readonly request: SipMessage;
  readonly target: Target;
  readonly user: ClientUser;
  readonly onTerminated: () => void;
}

export interface TransactionContext {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly timers: SipTimers;
}

/** One request on its way to one address (RFC 3261 17.1). The request already carries its Via. */
export class ClientTransaction {
  readonly key: string;
  readonly request: SipMessage;
  readonly target: Target;
  readonly #user: ClientUser;
  readonly #wire: Wire;
  readonly #run: MachineRun;
  readonly #bytes: Buffer;
  #ackBytes: Buffer | undefined;
  #incoming: { response: SipMessage; flow: Flow } | undefined;

  constructor(options: ClientOptions, context: TransactionContext) {
    this.key = options.key;
    this.request = options.request;
    this.target = options.target;
    this.#user = options.user;
    this.#wire = context.wire;
    this.#bytes = options.request.toBuffer();
    this.#run = new MachineRun({
      machine: options.request.method === 'INVITE' ? INVITE_CLIENT : NON_INVITE_CLIENT,
      clock: context.clock,
      timers: context.timers,
      reliable: options.target.protocol !== 'udp',
      perform: (effect) => this.#perform(effect),
      onTerminated: options.onTerminated,
    });
  }

  get state(): State {
    return this.#run.state;
  }

  start(): void {
    this.#run.raise('start');
  }

  receive(response: SipMessage, flow: Flow): void {
    this.#incoming = { response, flow };
    if (response.status < 200) this.#run.raise('received1xx');
    else this.#run.raise(response.status < 300 ? 'received2xx' : 'received3xx-6xx');
    this.#incoming = undefined;
  }

  /** The network says that the target is not there (an ICMP error, a refused connection). */
  fail(): void {
    this.#run.raise('transportError');
  }

  /** The request is not repeated any more; its responses and the end of the wait for them still come. */
  cease(): void {
    this.#run.raise('cease');
  }

  /** Ends without a word to the user. */
  abandon(): void {
    this.#run.abandon();
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case 'send':
        this.#send(this.#bytes);
        return;
      case 'sendAck':
        this.#acknowledge();
        return;
      case 'pass':
        this.#user.onResponse(this.#incoming!.response, this.#incoming!.flow);
        return;
      case 'reportTimeout':
        this.#user.onFailure('timeout');
        return;
      case 'reportTransportError':
        this.#user.onFailure('unreachable');
        return;
    }
  }

  #acknowledge(): void {
    this.#ackBytes ??= ackForFailure(this.request, this.#incoming!.response).toBuffer();
    this.#send(this.#ackBytes);
  }

  #send(bytes: Buffer): void {
    this.#wire.send(bytes, this.target).catch(() => this.fail());
  }
}

/** The ACK to a 3xx-6xx, built as RFC 3261 17.1.1.3 says. */
export function ackForFailure(invite: SipMessage, response: SipMessage): SipMessage {
  const ack = SipMessage.request('ACK', invite.uri);
  ack.append('Via', invite.getFirst('via') ?? '');
  ack.copyLines(invite, 'Route');
  ack.copyLine(invite, 'From');
  ack.copyLine(response.has('to') ? response : invite, 'To');
  ack.copyLine(invite, 'Call-ID');
  ack.append('CSeq', `${invite.cseq?.number ?? 1} ACK`);
  ack.append('Max-Forwards', '70');
  return ack;
}
