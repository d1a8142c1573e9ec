/** A REFER of ours: the peer is to call somebody else in our place (RFC 3515, RFC 5589 6). */

export type ReferTarget =
  /** At the peer's own domain, the user part exactly as it is to be written. */
  | { kind: 'number'; number: string }
  /** One of ours, whom the peer reaches here. */
  | { kind: 'extension'; extension: string }
  | { kind: 'uri'; uri: string };

export interface ReferRequest {
  target: ReferTarget;
  /** From the REFER to the word of how it went. */
  timeoutSeconds: number;
}
