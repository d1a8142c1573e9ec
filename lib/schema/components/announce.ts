import { z } from 'zod';
import type { AnnounceComponent } from '../../core/configuration.ts';
import { componentName, prompt, whole } from '../field.ts';
import { language } from '../language.ts';
import { fields } from '../mistake-list.ts';
import { stayFields, stayOf } from './stay.ts';

export const announce = fields({
  type: z.literal('announce'),
  prompt,
  language: language.optional(),
  interruptible: z.boolean().default(false),
  repeat: whole(1, 100).default(1),
  next: componentName.optional(),
  ...stayFields,
}).transform(
  (given): AnnounceComponent => ({
    type: given.type,
    prompt: given.prompt,
    language: given.language ?? null,
    interruptible: given.interruptible,
    repeat: given.repeat,
    next: given.next ?? null,
    ...stayOf(given),
  }),
);
