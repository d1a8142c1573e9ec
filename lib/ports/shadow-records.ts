/** What a server in the shadow of another one would have done with each call. */

import type { Explanation } from '../core/rules/explanation.ts';

export interface ShadowRecord {
  id: string;
  at: number;
  /** SIP Call-ID: the same as in the records of the system that takes the call. */
  callId: string;
  /** Where it came from, `udp/192.0.2.1:5060`. */
  peer: string;
  /** Trunk, or `extension:NNN`; null: a stranger. */
  source: string | null;
  explanation: Explanation;
  /** Id of the record whose callback this call would have joined; null: a callback of its own, or none. */
  joins: string | null;
}

export interface ShadowRecords {
  /** Never waits or throws; the oldest go when there are too many. */
  add(record: ShadowRecord): void;
  /** The latest first. */
  all(): readonly ShadowRecord[];
}
