import type { Buffer } from 'node:buffer';
import type { Malformed, MessageLimits } from '../message/parse.ts';
import type { SipMessage } from '../message/sip-message.ts';
import type { Via } from '../message/via.ts';
import type { Destination, Flow, ListenPoint, Protocol, TransportCounters, TransportLimits } from './flow.ts';

export type { Destination, Flow, ListenPoint, Protocol, TransportCounters, TransportLimits } from './flow.ts';
export { TransportError } from './flow.ts';

export type TransportOptions = {
  listenPoints: readonly ListenPoint[];
  /** Every whole message; a request's top Via has `received` and `rport` filled in. */
  onMessage: (message: SipMessage, flow: Flow) => void;
  /** What could not be read; with a `status` and `message` it can be answered on the flow. */
  onMalformed: (result: Malformed, flow: Flow) => void;
  onConnectionClosed?: ((flow: Flow) => void) | undefined;
  /** An ICMP error told that nothing listens there (UDP). */
  onUnreachable?: ((address: string, port: number) => void) | undefined;
  /** A handler above threw; without this the error goes its way and ends the process. */
  onError?: ((error: unknown, flow: Flow) => void) | undefined;
  limits?: Partial<TransportLimits> | undefined;
  messageLimits?: MessageLimits | undefined;
  /** Epoch milliseconds. */
  now?: (() => number) | undefined;
};

/** UDP and TCP under the transactions (RFC 3261 18). */
export class TransportLayer {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The points with their actual ports, once started. */
  get listenPoints(): readonly ListenPoint[] {
    return this.#options.listenPoints;
  }

  get counters(): TransportCounters {
    throw new Error('not started');
  }

  async start(): Promise<ListenPoint[]> {
    throw new Error('not started');
  }

  async send(_bytes: Buffer, _target: Flow | Destination): Promise<void> {
    throw new Error('not started');
  }

  listenPointFor(_protocol: Protocol, _remoteAddress: string): ListenPoint | undefined {
    return undefined;
  }

  /** Host and port for Via and Contact towards this peer; for an unspecified address one of the machine's own. */
  sentByFor(_protocol: Protocol, _remoteAddress: string): { host: string; port: number } | undefined {
    return undefined;
  }

  responseTarget(_via: Via, flow: Flow): Flow | Destination {
    return flow;
  }

  /** Drops requests from this address, REGISTER aside, without an answer until that instant; responses pass. */
  silence(_address: string, _untilAt: number): void {}

  async close(): Promise<void> {}
}
