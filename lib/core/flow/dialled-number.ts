import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import type { FlowTurn } from './flow-turn.ts';
import { fillDialled } from './variables.ts';

/** The number that a component names, its variables filled in; `received` empty: nothing is left of it. */
export function numberOf(turn: FlowTurn, template: string): PhoneNumber {
  const text = fillDialled(template, turn);
  return readNumber(withoutSeparators(text), turn.context.configuration.defaultCountry);
}
