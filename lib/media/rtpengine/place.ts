/** Where rtpengine waits for RTP, as its SDP says. */

import { isIP } from 'node:net';
import { readDescription } from '../sdp/remote-description.ts';

export interface Place {
  address: string;
  port: number;
}

/** @throws Error when rtpengine's SDP has no usable audio */
export function placeOf(sdp: string): Place {
  const audio = readDescription(sdp)?.media.find(({ type }) => type === 'audio');
  // `c=` is read again: an address of its that is advertised may be a name
  const address = /^c=IN IP[46] (\S+)/m.exec(sdp)?.[1] ?? '';
  if (audio === undefined || audio.port === 0 || address === '') throw new Error('rtpengine has given no audio port');
  return { address, port: audio.port };
}

export function isSamePlace(a: Place | null, b: Place | null): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}

export function familyOf(address: string): 'IP4' | 'IP6' {
  return isIP(address) === 6 ? 'IP6' : 'IP4';
}
