import { CALL_VARIABLES, VARIABLE_NAME } from '../../core/flow/variables.ts';
import { flaw } from '../../core/mistake.ts';
import { textField } from '../field.ts';
import { shown } from '../nearest.ts';

/** A variable that a flow may set. */
export const variableName = textField(32, (text) => {
  if (!VARIABLE_NAME.test(text)) return flaw('not-a-variable', { name: shown(text) });
  return CALL_VARIABLES.includes(text) ? flaw('variable-of-the-call', { name: text }) : null;
});
