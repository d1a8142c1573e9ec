import { flaw } from '../../core/mistake.ts';
import { textField } from '../field.ts';
import { shown, suggestion } from '../nearest.ts';

const VARIABLES = ['caller', 'inboundNumber', 'digits'];

/** A number to dial, in which variables may stand: `0{digits}`. */
export const dialText = textField(100, (text) => {
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].map((m) => m[1]!).find((word) => !VARIABLES.includes(word));
  if (unknown !== undefined)
    return flaw('unknown-variable', { variable: `{${shown(unknown)}}`, hint: suggestion(unknown, VARIABLES) });
  const plain = text.replace(/\{[a-zA-Z]+\}/g, '0');
  return /^\+?[0-9*#(][0-9*# ().\-/]*$/.test(plain) ? null : flaw('not-diallable', { number: shown(text) });
});
