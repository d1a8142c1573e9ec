/** How a simulated call begins, and what it is like after what has happened to it. */

import type { DialRequest } from '../call/dial-request.ts';
import type { CallbackPlan } from '../callback/callback.ts';
import type { CallContext } from '../rules/request.ts';
import type { FlowEnd, FlowNote, FlowState } from './flow-state.ts';
import type { SimulatedEvent, SimulatedEventType } from './simulated-event.ts';

export interface SimulatedStart {
  flow: string;
  /** Null: the flow's start. */
  component: string | null;
  call: CallContext;
  /** Media flows already, as of an answered callback. */
  answered: boolean;
  /** The rule's inter-digit timeout; null: none. */
  timeoutSeconds: number | null;
  /** Epoch milliseconds. */
  at: number;
}

/** What one event has brought about; the first step is that of the call's beginning. */
export interface SimulatedStep {
  event: SimulatedEvent | null;
  /** Epoch milliseconds, once it is over. */
  at: number;
  /** It could not happen then, and nothing came of it. */
  ignored: boolean;
  notes: FlowNote[];
  /** Components that were entered by it, in their order. */
  entered: string[];
}

export type SimulatedEnd = Exclude<FlowEnd, { type: 'asked' }>;

export interface SimulatedCall {
  steps: SimulatedStep[];
  now: number;
  state: FlowState;
  end: SimulatedEnd | null;
  /** Of a `callback` component: what would be promised. */
  promise: { plan: CallbackPlan; dueAt: number } | null;
  /** Who hears what at this moment. */
  heard: Array<{ who: 'person' | 'target'; prompt: string }>;
  /** Who is being rung, or talks with the person. */
  target: DialRequest | null;
  /** The next timer; null: none runs. */
  timer: { kind: 'firstDigit' | 'interDigit' | 'ring' | 'stay' | 'other'; at: number } | null;
  /** What can happen now. */
  possible: SimulatedEventType[];
}
