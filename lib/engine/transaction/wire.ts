/** What the layers above the transport need of it. */
import type { Buffer } from 'node:buffer';
import type { Destination, Flow, Protocol } from '../transport/flow.ts';

export type { Destination, Flow, ListenPoint, Protocol } from '../transport/flow.ts';

export type Target = Flow | Destination;

export interface Wire {
  /** Rejects when the peer cannot be reached; resolves when the bytes have been handed to the kernel. */
  send(bytes: Buffer, target: Target): Promise<void>;
  /** Host and port for Via and Contact towards a peer; undefined if no such transport is configured. */
  sentByFor(protocol: Protocol, remoteAddress: string): { host: string; port: number } | undefined;
}

/** The far end of a target. */
export function destinationOf(target: Target): Destination {
  if (!('remoteAddress' in target)) return target;
  return { protocol: target.protocol, address: target.remoteAddress, port: target.remotePort };
}
