import { z } from 'zod';
import { AMD_STANDARD, type AmdSettings } from '../../core/call/detection.ts';
import type { ScreenComponent } from '../../core/configuration.ts';
import { prompt, seconds, whole } from '../field.ts';
import { fields } from '../mistake-list.ts';
import { exitTo, questionFields } from './question.ts';
import { stayFields, stayOf } from './stay.ts';

const ms = (standard: number) => whole(0, 60_000).default(standard);

/** Asterisk's `amd.conf`, by its names. */
const amd: z.ZodType<AmdSettings> = fields({
  initialSilence: ms(AMD_STANDARD.initialSilence),
  greeting: ms(AMD_STANDARD.greeting),
  afterGreetingSilence: ms(AMD_STANDARD.afterGreetingSilence),
  totalAnalysisTime: ms(AMD_STANDARD.totalAnalysisTime),
  minimumWordLength: ms(AMD_STANDARD.minimumWordLength),
  betweenWordsSilence: ms(AMD_STANDARD.betweenWordsSilence),
  maximumNumberOfWords: whole(0, 100).default(AMD_STANDARD.maximumNumberOfWords),
  silenceThreshold: whole(0, 32_767).default(AMD_STANDARD.silenceThreshold),
  maximumWordLength: ms(AMD_STANDARD.maximumWordLength),
});

const screenFields = {
  type: z.literal('screen'),
  ...questionFields,
  amd: amd.optional(),
  message: fields({ prompt, beepSeconds: seconds(0, 120).default(20) }).optional(),
  next: exitTo(),
  machine: exitTo(),
  declined: exitTo(),
  ...stayFields,
};

export const screen = fields(screenFields).transform(
  (given): ScreenComponent => ({
    type: given.type,
    prompt: given.prompt,
    key: given.key,
    timeoutSeconds: given.timeoutSeconds,
    repeat: given.repeat,
    amd: given.amd ?? null,
    message: given.message ?? null,
    next: given.next ?? null,
    machine: given.machine ?? null,
    declined: given.declined ?? null,
    ...stayOf(given),
  }),
);
