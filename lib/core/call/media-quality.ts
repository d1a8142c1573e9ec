/** How the audio of one peer was: by what came, and by its own reports (RTCP); null: it told nothing. */
export interface MediaQuality {
  /** Packets. */
  received: number;
  lost: number;
  /** The worst that it was, smoothed (RFC 3550 6.4.1). */
  jitterMs: number;
  sent: number;
  roundTripMs: number | null;
  peerLost: number | null;
  peerJitterMs: number | null;
}
