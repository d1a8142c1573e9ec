/**
 * Where a peer's RTCP goes, and whose is heard. Reports follow RTP: to the port of the SDP while RTP comes from the SDP's
 * address, else (NAT) to the port above the one that RTP comes from, until the peer's own reports show theirs.
 */

import type { AgreedMedia } from '../sdp/sdp-session.ts';
import type { RtpSource } from './source-latch.ts';

export class ControlPath {
  /** Null: nothing is agreed. */
  #agreed: Pick<AgreedMedia, 'control' | 'mux'> | null = null;
  #learned: RtpSource | null = null;

  configure(agreed: Pick<AgreedMedia, 'control' | 'mux'>): void {
    const before = this.#agreed?.control ?? null;
    if (before?.address !== agreed.control?.address || before?.port !== agreed.control?.port) this.#learned = null;
    this.#agreed = agreed;
  }

  get isMux(): boolean {
    return this.#agreed?.mux === true;
  }

  /** @param rtp where RTP goes; null: not known */
  target(rtp: RtpSource | null): RtpSource | null {
    if (this.#agreed === null || rtp === null) return null;
    if (this.#agreed.mux) return rtp;
    if (this.#learned !== null && this.#isOurs(this.#learned.address, rtp)) return this.#learned;
    const { control } = this.#agreed;
    return control?.address === rtp.address ? control : { address: rtp.address, port: Math.min(rtp.port + 1, 65_535) };
  }

  /** A report came to the port of RTCP. @returns true when it is the peer's */
  accepts(address: string, port: number, rtp: RtpSource | null): boolean {
    if (this.#agreed === null || this.#agreed.mux || !this.#isOurs(address, rtp)) return false;
    if (this.#learned?.port !== port || this.#learned.address !== address) this.#learned = { address, port };
    return true;
  }

  /** Of the machine that RTP goes to, or of the one that the SDP names for reports. */
  #isOurs(address: string, rtp: RtpSource | null): boolean {
    return address === rtp?.address || address === this.#agreed?.control?.address;
  }
}
