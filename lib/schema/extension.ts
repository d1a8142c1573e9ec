import type { z } from 'zod';
import type { Extension } from '../core/configuration.ts';
import { extensionNumber, secret, sipUri, whole } from './field.ts';
import { fields } from './mistake-list.ts';

export const extension: z.ZodType<Extension> = fields({
  number: extensionNumber,
  contact: sipUri.optional(),
  password: secret.optional(),
  maxContacts: whole(1, 50).optional(),
}).transform((given) => ({
  number: given.number,
  contact: given.contact ?? null,
  password: given.password ?? null,
  ...(given.maxContacts === undefined ? {} : { maxContacts: given.maxContacts }),
}));
