import type { z } from 'zod';
import type { TrustedProxies } from '../core/configuration.ts';
import { cidr, headerName, listOf } from './field.ts';
import { coded, fields } from './mistake-list.ts';

/** Neither says anything without the other. */
export const trustedProxies: z.ZodType<TrustedProxies> = fields({
  addresses: listOf(cidr).default([]),
  sourceHeader: headerName.optional(),
})
  .superRefine((given, context) => {
    const say = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (given.sourceHeader !== undefined && given.addresses.length === 0) say('addresses', coded('proxies-missing'));
    if (given.sourceHeader === undefined && given.addresses.length > 0)
      say('sourceHeader', coded('proxies-header-missing'));
  })
  .transform((given) => ({ addresses: given.addresses, sourceHeader: given.sourceHeader ?? null }));

export const NO_TRUSTED_PROXIES: TrustedProxies = { addresses: [], sourceHeader: null };
