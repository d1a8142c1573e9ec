import { z } from 'zod';
import type { RecordComponent } from '../../core/configuration.ts';
import { componentName, prompt, seconds } from '../field.ts';
import { fields } from '../mistake-list.ts';
import { keyOrNone } from './key-entry.ts';
import { stayFields, stayOf } from './stay.ts';

const LONGEST_SECONDS = 3600;

export const record = fields({
  type: z.literal('record'),
  prompt: prompt.optional(),
  beep: z.boolean().default(true),
  maxLengthSeconds: seconds(1, LONGEST_SECONDS).default(60),
  silenceSeconds: seconds(0.5, LONGEST_SECONDS).default(5),
  terminator: keyOrNone.default('#'),
  consent: z.boolean().default(false),
  next: componentName.optional(),
  ...stayFields,
}).transform(
  (given): RecordComponent => ({
    type: given.type,
    prompt: given.prompt ?? null,
    beep: given.beep,
    maxLengthSeconds: given.maxLengthSeconds,
    silenceSeconds: given.silenceSeconds,
    terminator: given.terminator,
    consent: given.consent,
    next: given.next ?? null,
    ...stayOf(given),
  }),
);
