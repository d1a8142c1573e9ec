import { flaw } from '../../core/mistake.ts';
import { componentName, prompt, seconds, textField, whole } from '../field.ts';

const key = textField(1, (text) => (/^[0-9*#A-D]$/.test(text) ? null : flaw('not-choice-keys')));

/** Somebody is asked for one key. */
export const questionFields = {
  prompt: prompt.default('press-one-to-take'),
  key: key.default('1'),
  timeoutSeconds: seconds(0.1, 600).default(10),
  repeat: whole(1, 20).default(2),
};

export const exitTo = () => componentName.optional();
