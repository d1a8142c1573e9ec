import { z } from 'zod';
import type { InboundNumber } from '../core/configuration.ts';
import { name, phoneNumber } from './field.ts';
import { language } from './language.ts';
import { fields } from './mistake-list.ts';

/** Without a word about `callback`, a number with a flow runs it, and one without asks the rules: it has nothing else. */
export const inboundNumber: z.ZodType<InboundNumber> = fields({
  number: phoneNumber,
  callback: z.boolean().optional(),
  flow: name.optional(),
  anonymous: fields({ flow: name }).optional(),
  language: language.optional(),
}).transform((given) => ({
  number: given.number,
  callback: given.callback ?? given.flow === undefined,
  flow: given.flow ?? null,
  ...(given.anonymous === undefined ? {} : { anonymous: given.anonymous }),
  ...(given.language === undefined ? {} : { language: given.language }),
}));
