import type { SipUri } from '../message/uri.ts';
import type { Destination, Protocol } from '../transport/flow.ts';

/** Where to send, in order of preference; or why there is no place. */
export type Resolution = { ok: true; targets: Destination[] } | { ok: false; reason: string };

export class Resolver {
  /** @see RFC 3263 4 */
  async resolve(_uri: SipUri | string, _options: { preferProtocol?: Protocol } = {}): Promise<Resolution> {
    return { ok: false, reason: 'none' };
  }

  /** The targets alone; none on a failure. */
  async resolveTarget(uri: SipUri | string, options: { preferProtocol?: Protocol } = {}): Promise<Destination[]> {
    const resolution = await this.resolve(uri, options);
    return resolution.ok ? resolution.targets : [];
  }
}
