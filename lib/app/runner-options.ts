import type { DialFacts } from '../core/call/dial-facts.ts';
import type { AttemptRecord, Callback, CallbackLogEntry } from '../core/callback/callback.ts';
import type { CallbackEffect, CoreContext } from '../core/callback/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { CallbackStore } from '../ports/store.ts';
import type { Switchboard } from './switchboard.ts';

/** What the runner of callbacks needs of the rest. */
export interface RunnerOptions {
  clock: Clock;
  store: CallbackStore;
  /** Null: this is the only node. */
  nodes: Nodes | null;
  switchboard: Switchboard;
  context: () => CoreContext;
  log: Log;
  /** Scheduled callbacks due later than this from now are left to the store. */
  windowMs: number;
  /** What the store's gates say of a callback that is about to be dialled. Never rejects. */
  factsOf: (callback: Callback) => Promise<DialFacts>;
  /** After each durable change. */
  onChange: (callback: Callback, log: CallbackLogEntry[], attempts: AttemptRecord[]) => void;
  /** A scheduled callback was left to the store. */
  onLeft: (dueAt: number) => void;
  /** The flow of an answered callback asks for a new one. */
  onRequest: (callback: Callback, request: Extract<CallbackEffect, { type: 'requestCallback' }>) => void;
}
