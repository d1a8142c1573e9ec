import type { Flow } from '../transaction/wire.ts';
import type { Peer } from './application.ts';

/** The far end of a flow. */
export function peerOf(flow: Flow): Peer {
  return { protocol: flow.protocol, address: flow.remoteAddress, port: flow.remotePort };
}
