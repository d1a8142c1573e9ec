/** What may happen to a simulated call. */

import type { LegEvent } from '../call/leg.ts';
import type { FlowEvent } from './flow-state.ts';

export type SimulatedEvent =
  | { type: 'key' | 'targetKey'; key: string }
  /** What is being played has been heard to its end. */
  | { type: 'promptEnded' }
  | { type: 'wait'; seconds: number }
  /** The next timer runs out. */
  | { type: 'timer' }
  /** Of whoever is being rung, or talks with the person. */
  | { type: 'answers' | 'busy' | 'declines' | 'unreachable' | 'targetHangsUp' }
  /** Of whoever is listened to: a person or a machine has answered, its beep came or did not. */
  | { type: 'human' | 'machine' | 'beep' | 'noBeep' }
  /** The person has said what he had to say. */
  | { type: 'recorded' }
  /** The other system. `exit`: the one that it names; left out: none. */
  | { type: 'hookAnswers'; exit?: string | undefined }
  | { type: 'hookFails' }
  /** Whoever the call was handed over to. */
  | { type: 'transferred' | 'transferFails' }
  /** The person. */
  | { type: 'hangsUp' }
  /** Of a call that was ended by a `callback` component: the person's phone rings, and he answers. */
  | { type: 'calledBack' };
export type SimulatedEventType = SimulatedEvent['type'];

export const legEvent = (event: LegEvent): FlowEvent => ({ type: 'leg', event });
