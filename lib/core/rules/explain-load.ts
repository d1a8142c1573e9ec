import type { DecisionStep } from '../call/rejection.ts';
import { say, type Worded } from '../sentence.ts';
import type { InboundDecision } from './decide-inbound.ts';
import { refusalAt } from './refusals.ts';

/** How late the process is, as far as it is known. */
export interface ShownLoad extends Worded {
  isOverloaded: boolean;
}

/** Whoever would be taken is refused while the process is overloaded. */
export function withLoad(decision: InboundDecision, load: ShownLoad | undefined): InboundDecision {
  if (decision.type === 'refuse' || load === undefined) return decision;
  const { isOverloaded, text, sentences } = load;
  const said = sentences === undefined ? { text } : { text, sentences };
  const steps: DecisionStep[] = [
    ...decision.steps,
    { gate: 'overload', verdict: isOverloaded ? 'refuse' : 'pass', ...said },
  ];
  if (!isOverloaded) return { ...decision, steps };
  return { type: 'refuse', gate: 'overload', rejection: refusalAt('overload'), steps };
}

/** How many calls this node has, and may have at present; null: as many as come. */
export interface ShownRoom {
  calls: number;
  max: number | null;
}

/** Who is led into a flow needs room; who is promised a callback does not. */
export function withRoom(decision: InboundDecision, room: ShownRoom | undefined): InboundDecision {
  if (decision.type !== 'flow' || room === undefined || room.max === null) return decision;
  const { calls, max } = room;
  const isFull = calls >= max;
  const said = isFull ? say('room-none', { max }) : say('room-some', { calls, max });
  const steps: DecisionStep[] = [...decision.steps, { gate: 'capacity', verdict: isFull ? 'refuse' : 'pass', ...said }];
  if (!isFull) return { ...decision, steps };
  return { type: 'refuse', gate: 'capacity', rejection: refusalAt('capacity'), steps };
}
