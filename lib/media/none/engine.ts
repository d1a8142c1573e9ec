/**
 * Signalling only: calls are set up, held together and ended without any RTP of ours. Until two legs are bridged the stream
 * is offered and answered `inactive` (RFC 3725 4.4), so that no peer waits for audio; keys come by SIP INFO alone, and
 * nothing can be played. Bridged legs get each other's SDP, which passes this engine by.
 */

import { shownPrompt } from '../../core/flow/prompt.ts';
import type { Log } from '../../ports/log.ts';
import type { MediaEndpoint, MediaEndpointOptions, MediaEngine } from '../../ports/media.ts';
import { readDescription } from '../sdp/remote-description.ts';
import { SdpSession } from '../sdp/sdp-session.ts';

export interface NoMediaOptions {
  log?: Log;
}

/** The discard port (RFC 3264 5.1): nothing listens, and with `inactive` nothing is sent. */
const DISCARD_PORT = 9;

export function createNoMedia(options: NoMediaOptions = {}): MediaEngine {
  const endpoints = new Set<MediaEndpoint>();
  return {
    name: 'none',
    connectsEndToEnd: true,
    start: async () => {},
    createEndpoint: async (endpointOptions) => {
      const endpoint = createEndpoint(endpointOptions, options.log, () => endpoints.delete(endpoint));
      endpoints.add(endpoint);
      return endpoint;
    },
    bridge: () => {},
    unbridge: () => {},
    hasPrompt: () => false,
    stats: () => ({ endpoints: endpoints.size, portsInUse: 0, portsInQuarantine: 0 }),
    stop: async () => {
      for (const endpoint of endpoints) endpoint.close();
    },
  };
}

function createEndpoint(options: MediaEndpointOptions, log: Log | undefined, closed: () => void): MediaEndpoint {
  const { endpointId, address, profile = null } = options;
  const sdp = new SdpSession({ endpointId, address, port: DISCARD_PORT, direction: 'inactive', profile });
  return {
    offer: () => sdp.offer([]),
    // A peer that refuses a stream on which nothing is to flow has refused nothing.
    applyAnswer: (text) => sdp.applyAnswer(text) !== null || readDescription(text) !== null,
    answer: (text) => sdp.answer(text, []),
    play: async (prompt) => {
      log?.warn({ endpointId, prompt: shownPrompt(prompt) }, 'Prompt not played: there is no media (--media none).');
      return 'failed';
    },
    stop: () => {},
    sendDigit: () => {
      log?.warn({ endpointId }, 'Key not sent: there is no media (--media none).');
    },
    hear: () => null,
    close: closed,
  };
}
