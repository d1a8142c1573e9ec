import type { DecisionStep } from '../call/rejection.ts';
import type { InboundDecision } from './decide-inbound.ts';
import { refusalAt } from './refusals.ts';

/** How late the process is, as far as it is known. */
export interface ShownLoad {
  isOverloaded: boolean;
  text: string;
}

/** Whoever would be taken is refused while the process is overloaded. */
export function withLoad(decision: InboundDecision, load: ShownLoad | undefined): InboundDecision {
  if (decision.type === 'refuse' || load === undefined) return decision;
  const { isOverloaded, text } = load;
  const steps: DecisionStep[] = [
    ...decision.steps,
    { gate: 'overload', verdict: isOverloaded ? 'refuse' : 'pass', text },
  ];
  if (!isOverloaded) return { ...decision, steps };
  return { type: 'refuse', gate: 'overload', rejection: refusalAt('overload'), steps };
}
