import type { LegId } from '../core/call/leg.ts';
import type { CallbackId } from '../core/callback/callback.ts';
import type { Calls } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hooks } from '../ports/hooks.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Pace } from '../ports/pace.ts';
import type { RecordingsToCome } from '../ports/recordings.ts';
import type { Store } from '../ports/store.ts';
import type { TrunkSignalling } from '../ports/trunk-signalling.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import type { ShadowOptions } from './shadow-calls.ts';

/** What is counted; the composition root makes metrics of it. */
export interface ApplicationObserver {
  decided(decision: string, gate: string | null): void;
  /** The INVITE of a callback's first candidate left so long after the due time. */
  dialled(latenessMs: number): void;
  done(outcome: string, reason: string): void;
  /** A call was decided in the shadow. */
  shadowed?(outcome: string, gate: string | null): void;
  /** Something happened to a trunk: `down`, `parked`, `registered`, `ping-answered`, ... */
  trunk?(name: string, event: string): void;
}

export interface ApplicationOptions {
  clock: Clock;
  ids: Ids;
  store: Store;
  calls: Calls;
  configuration: LiveConfiguration;
  /** The embedded engine shows 100 Trying; a real drachtio-server does not. */
  showsTrying: boolean;
  observer: ApplicationObserver;
  /** Calls are decided and written down, and that is all; left out: they are taken. */
  shadow?: ShadowOptions;
  /** This call is called back by that callback, though no response says so; for its record. */
  onPromise?: (legId: LegId, callbackId: CallbackId) => void;
  /** Left out: trunks are neither pinged nor registered at. */
  signalling?: TrunkSignalling;
  /** From 0 (included) to 1 (excluded), so that nodes do not act in step; left out: they do. */
  random?: () => number;
  /**
   * So long before a callback is due everything is done for it but its INVITE, which then leaves in time; left out: 0.
   * Milliseconds. Not for nodes that share trunks: their slots count from the moment they are given.
   */
  aheadMs?: number;
  /** How many calls this node bears at once; left out: as many as come. */
  room?: { maxCalls: number | null; endpoints: () => number | null };
  /** Left out: every webhook of a flow is dead. */
  hooks?: Hooks;
  /** Left out: what recordings belong to is not told. */
  recordings?: RecordingsToCome;
  /** Left out: calls are taken however late the process gets. */
  pace?: Pace;
  log: Log;
}
