import { z } from 'zod';
import { type CallSettings, type RegistrarSettings, USUAL_CALLS, USUAL_REGISTRAR } from '../core/settings.ts';
import { name, prompt, seconds, whole } from './field.ts';
import { coded, fields } from './mistake-list.ts';

const DAY_SECONDS = 86_400;
/** RFC 4028 5: no session interval is shorter. */
const LEAST_INTERVAL_SECONDS = 90;
const USUAL_TIMERS = USUAL_CALLS.sessionTimers as Exclude<CallSettings['sessionTimers'], false>;

export const registrar: z.ZodType<RegistrarSettings> = fields({
  maxContacts: whole(1, 50).default(USUAL_REGISTRAR.maxContacts),
  minExpiresSeconds: whole(1, 3600).default(USUAL_REGISTRAR.minExpiresSeconds),
  maxExpiresSeconds: whole(60, DAY_SECONDS).default(USUAL_REGISTRAR.maxExpiresSeconds),
  maxChangesPerMinute: whole(1, 10_000).default(USUAL_REGISTRAR.maxChangesPerMinute),
}).superRefine(({ minExpiresSeconds, maxExpiresSeconds }, context) => {
  if (minExpiresSeconds <= maxExpiresSeconds) return;
  context.addIssue({
    code: 'custom',
    path: ['minExpiresSeconds'],
    message: coded('more-than-other', { other: 'maxExpiresSeconds' }),
  });
});

const timers = fields({
  expiresSeconds: whole(LEAST_INTERVAL_SECONDS, DAY_SECONDS).default(USUAL_TIMERS.expiresSeconds),
  minSeconds: whole(LEAST_INTERVAL_SECONDS, DAY_SECONDS).default(USUAL_TIMERS.minSeconds),
}).superRefine(({ expiresSeconds, minSeconds }, context) => {
  if (minSeconds <= expiresSeconds) return;
  context.addIssue({
    code: 'custom',
    path: ['minSeconds'],
    message: coded('more-than-other', { other: 'expiresSeconds' }),
  });
});

const transfers = fields({
  by: z.enum(['nobody', 'extensions', 'anyone']).default(USUAL_CALLS.transfers.by),
  outgoingRule: name.optional(),
  ringTimeoutSeconds: seconds(1, 600).default(USUAL_CALLS.transfers.ringTimeoutSeconds),
}).transform((given) => ({ ...given, outgoingRule: given.outgoingRule ?? null }));

export const calls: z.ZodType<CallSettings> = fields({
  sessionTimers: z.union([z.literal(false), timers], { error: coded('timers-form') }).default(USUAL_TIMERS),
  mediaTimeoutSeconds: seconds(1, DAY_SECONDS).default(USUAL_CALLS.mediaTimeoutSeconds),
  holdMusic: prompt.optional(),
  transfers: transfers.prefault({}),
}).transform((given) => ({ ...given, holdMusic: given.holdMusic ?? null }));
