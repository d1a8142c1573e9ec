import { componentName, prompt, seconds, whole } from '../field.ts';
import { key } from './key-entry.ts';

/** Somebody is asked for one key. */
export const questionFields = {
  prompt: prompt.default('press-one-to-take'),
  key: key.default('1'),
  timeoutSeconds: seconds(0.1, 600).default(10),
  repeat: whole(1, 20).default(2),
};

export const exitTo = () => componentName.optional();
