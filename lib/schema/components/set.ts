import { z } from 'zod';
import type { SetComponent } from '../../core/configuration.ts';
import { MOST_VARIABLES } from '../../core/flow/variables.ts';
import { componentName, lineOfText } from '../field.ts';
import { language } from '../language.ts';
import { coded, fields } from '../mistake-list.ts';
import { keysOf } from './checked-keys.ts';
import { stayFields, stayOf } from './stay.ts';
import { variableName } from './variable-name.ts';

const LONGEST_TEXT = 500;

export const set = fields({
  type: z.literal('set'),
  variables: keysOf(z.record(z.string(), lineOfText(LONGEST_TEXT)), variableName)
    .refine((given) => Object.keys(given).length <= MOST_VARIABLES, {
      error: coded('too-many-items', { most: MOST_VARIABLES }),
    })
    .default({}),
  language: language.optional(),
  next: componentName.optional(),
  ...stayFields,
}).transform(
  (given): SetComponent => ({
    type: given.type,
    variables: given.variables,
    language: given.language ?? null,
    next: given.next ?? null,
    ...stayOf(given),
  }),
);
