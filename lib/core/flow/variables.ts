import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import type { CallContext } from '../rules/request.ts';
import type { FlowTurn } from './flow-turn.ts';

const VARIABLE = /\{(caller|inboundNumber|digits)\}/g;

/** Whatever a caller or his keys put in, only digits and + get into a dial string. */
function sanitized(value: string): string {
  return value.replace(/[^0-9+]/g, '');
}

/**
 * Fills `{caller}`, `{inboundNumber}` and `{digits}` in. `{caller}` is the number as received: the dial plan reads it
 * as it read the caller's. Values are not searched for variables again.
 */
export function fillVariables(template: string, call: CallContext, digits: string): string {
  return template.replace(VARIABLE, (_whole, name: string) => {
    if (name === 'caller') return sanitized(call.caller.received);
    return sanitized(name === 'digits' ? digits : (call.inboundNumber ?? ''));
  });
}

/** Whoever is on the line has a say in which number it becomes. */
export function isChosenByCaller(template: string): boolean {
  return /\{(caller|digits)\}/.test(template);
}

/** The number that a component names, its variables filled in; `received` empty: nothing is left of it. */
export function numberOf({ host, state, context }: FlowTurn, template: string): PhoneNumber {
  const text = fillVariables(template, host.call, state.digits);
  return readNumber(withoutSeparators(text), context.configuration.defaultCountry);
}
