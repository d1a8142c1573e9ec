/**
 * A bridge between two threads: the sockets of each side stay where they are, and what one peer says goes through a message
 * port to the thread that sends to the other. Rare, as the legs of a call are opened in one thread.
 */

import type { MessagePort } from 'node:worker_threads';
import { emptyRtpHeader, readRtp } from '../rtp-packet.ts';
import type { Relay } from '../rtp-session.ts';
import type { CrossingPacket } from './messages.ts';

const header = emptyRtpHeader();

export function relayInto(port: MessagePort): Relay {
  return (packet, _header, kind) => {
    // A buffer of its own: a message takes along all of the memory that a view is of.
    port.postMessage({ packet: new Uint8Array(packet), kind } satisfies CrossingPacket);
  };
}

export function relayOutOf(port: MessagePort, relay: Relay): void {
  port.on('message', ({ packet, kind }: CrossingPacket) => {
    const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    if (readRtp(bytes, header)) relay(bytes, header, kind);
  });
}
