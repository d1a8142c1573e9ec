import { VARIABLE_NAME } from '../../core/flow/variables.ts';
import { flaw } from '../../core/mistake.ts';
import { textField } from '../field.ts';
import { shown } from '../nearest.ts';

/** A number to dial, in which variables may stand: `0{digits}`. That they are known is checked with the whole (variables.ts). */
export const dialText = textField(100, (text) => {
  const wrong = [...text.matchAll(/\{([^{}]*)\}/g)].map((m) => m[1]!).find((word) => !VARIABLE_NAME.test(word));
  if (wrong !== undefined) return flaw('unknown-variable', { variable: `{${shown(wrong)}}`, hint: '' });
  const plain = text.replace(/\{[a-zA-Z0-9]+\}/g, '0');
  return /^\+?[0-9*#(][0-9*# ().\-/]*$/.test(plain) ? null : flaw('not-diallable', { number: shown(text) });
});
