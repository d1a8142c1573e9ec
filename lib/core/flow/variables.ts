import type { CallContext } from '../rules/request.ts';

const VARIABLE = /\{(caller|inboundNumber|digits)\}/g;

/** Whatever a caller or his keys put in, only digits and + get into a dial string. */
function diallable(value: string): string {
  return value.replace(/[^0-9+]/g, '');
}

/** What can be spoken key by key; nothing that joins prompts. */
export function speakable(value: string): string {
  return value.replace(/[^0-9*#+]/g, '');
}

/**
 * Fills `{caller}`, `{inboundNumber}` and `{digits}` in. `{caller}` is the number as received: the dial plan reads it
 * as it read the caller's. Values are not searched for variables again.
 * @param sanitized what of a value is taken; digits and + unless told
 */
export function fillVariables(
  template: string,
  call: CallContext,
  { digits, sanitized = diallable }: { digits: string; sanitized?: (value: string) => string },
): string {
  return template.replace(VARIABLE, (_whole, name: string) => {
    if (name === 'caller') return sanitized(call.caller.received);
    return sanitized(name === 'digits' ? digits : (call.inboundNumber ?? ''));
  });
}

/** Whoever is on the line has a say in which number it becomes. */
export function isChosenByCaller(template: string): boolean {
  return /\{(caller|digits)\}/.test(template);
}
