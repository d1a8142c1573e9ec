/** What outside rooms may see of the trunks' life, and switch. */

import type { SwitchChange, Switches, SwitchPair } from '../core/trunk/switches.ts';
import type { FaultCause } from '../core/trunk/trunk-health.ts';

export interface TrunkStatus {
  name: string;
  /** As this node sees it. `probing`: down, and one call is let through to find out. */
  state: 'up' | 'down' | 'probing' | 'parked' | 'switched-off';
  /** New calls may leave by it. */
  usable: boolean;
  /** Since when it is down, and why; null: it is not. */
  down: { at: number; cause: FaultCause; by: 'options' | 'calls'; probeAt: number | null; failedProbes: number } | null;
  parkedUntilAt: number | null;
  /** Our credentials are refused, by calls or by the registrar. */
  alarm: 'credentials' | null;
  alarmAt: number | null;
  switches: SwitchPair;
  /** The last OPTIONS; null: none yet. */
  ping: { at: number; answered: boolean; status: number | null; roundTripMs: number | null } | null;
  registration: {
    state: 'registered' | 'registering' | 'failed' | 'standby';
    expiresAt: number | null;
    nextAt: number | null;
    lastError: string | null;
  } | null;
  calls: { active: number; waiting: number };
}

export type SwitchResult = { result: 'switched'; switches: Switches } | { result: 'unknown-trunk'; trunk: string };

export interface TrunkService {
  /** In the order of the configuration. */
  status(): TrunkStatus[];
  switches(): Switches;
  /** All or nothing; durable, and known to every node within a second. Rejects with StoreUnavailable. */
  switch(changes: readonly SwitchChange[]): Promise<SwitchResult>;
}
