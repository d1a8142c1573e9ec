import { z } from 'zod';
import type { AnnounceComponent } from '../../core/configuration.ts';
import { componentName, prompt } from '../field.ts';
import { fields } from '../mistake-list.ts';
import { stayFields, stayOf } from './stay.ts';

export const announce = fields({
  type: z.literal('announce'),
  prompt,
  next: componentName.optional(),
  ...stayFields,
}).transform(
  (given): AnnounceComponent => ({
    type: given.type,
    prompt: given.prompt,
    next: given.next ?? null,
    ...stayOf(given),
  }),
);
