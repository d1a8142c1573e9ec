import type { DecisionStep } from '../call/rejection.ts';
import type { Worded } from '../sentence.ts';
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
