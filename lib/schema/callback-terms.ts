/** What a callback rule and an inline `callback` component have in common. */

import { z } from 'zod';
import type { CallbackTerms, RetryOutcome } from '../core/configuration.ts';
import { flaw } from '../core/mistake.ts';
import {
  attestation,
  callerId,
  extensionNumber,
  listOf,
  money,
  name,
  phoneNumber,
  rateLimit,
  seconds,
  textField,
  whole,
  YEAR_SECONDS,
} from './field.ts';
import { regularHours } from './hours.ts';
import { language } from './language.ts';
import { coded, fields } from './mistake-list.ts';

const RETRY_OUTCOMES = ['busy', 'no-answer', 'unreachable', 'rejected', 'abandoned', 'machine', 'failed'] as const;
const DEFAULT_RETRY_ON: RetryOutcome[] = ['busy', 'no-answer', 'unreachable'];
const ONE_DAY_SECONDS = 86_400;

const interval = seconds(1, YEAR_SECONDS);
const intervals = z
  .array(interval)
  .min(1, { error: coded('needs-interval') })
  .max(100);
const oneOrMore = z
  .union([interval, intervals], { error: coded('intervals-form') })
  .transform((given) => (typeof given === 'number' ? [given] : given));
const retry = fields({
  attempts: whole(1, 100).default(1),
  intervalSeconds: z
    .union([interval, intervals, z.literal('byOutcome')], {
      error: coded('retry-interval-form'),
    })
    .default(60)
    .transform((given) => (given === 'byOutcome' ? [] : typeof given === 'number' ? [given] : given)),
  intervals: fields({
    busy: oneOrMore.optional(),
    'no-answer': oneOrMore.optional(),
    unreachable: oneOrMore.optional(),
    rejected: oneOrMore.optional(),
    abandoned: oneOrMore.optional(),
    machine: oneOrMore.optional(),
    failed: oneOrMore.optional(),
  }).optional(),
  on: z
    .array(z.enum(RETRY_OUTCOMES))
    .max(RETRY_OUTCOMES.length)
    .default(DEFAULT_RETRY_ON)
    .transform((given) => [...new Set(given)]),
});

const token = textField(20, (text) => (/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(text) ? null : flaw('not-a-protocol')));
/** A final response with its Reason, and what it is unless told. */
export const rejection = (standard: { status: number; cause: number; text: string }) =>
  fields({
    status: whole(400, 699).default(standard.status),
    reason: fields({
      protocol: token.default('Q.850'),
      cause: whole(0, 999).default(standard.cause),
      text: textField(120, () => null).default(standard.text),
    }).prefault({}),
  });
const reject = rejection({ status: 486, cause: 17, text: 'Callback scheduled' });

/** A field that may be left out; `standard` is what it is then. */
const optional = <T extends z.ZodType>(field: T, standard: unknown) => field.optional().meta({ default: standard });

/** Fields as they stand in the file, all of them optional; `termsOf` completes them. */
export const termFields = {
  method: optional(z.enum(['caller', 'number', 'extension']), 'caller'),
  trunk: name.optional(),
  outgoingRule: name.optional(),
  number: phoneNumber.optional(),
  extension: extensionNumber.optional(),
  callerId: callerId.optional(),
  delaySeconds: optional(seconds(0, YEAR_SECONDS), 5),
  timeoutSeconds: optional(seconds(0.1, 3600), 5),
  ringTimeoutSeconds: optional(seconds(1, 600), 25),
  retry: retry.optional(),
  expiresSeconds: optional(seconds(1, YEAR_SECONDS), 1800),
  maxCallSeconds: optional(seconds(1, ONE_DAY_SECONDS), 7200),
  reject: reject.optional(),
  hours: name.optional(),
  callingHours: listOf(regularHours, 100)
    .min(1, { error: coded('empty-leave-out') })
    .optional(),
  outsideHours: optional(z.enum(['refuse', 'wait']), 'refuse'),
  minimumTalkSeconds: optional(seconds(0, ONE_DAY_SECONDS), 0),
  minimumAttestation: attestation.optional(),
  maxPriceClass: name.optional(),
  limit: rateLimit().optional(),
  spendPerDay: money.optional(),
  language: language.optional(),
  releaseMedia: optional(z.boolean(), false),
  record: optional(z.boolean(), false),
  consent: optional(z.boolean(), false),
};

export type GivenTerms = z.output<ReturnType<typeof fields<typeof termFields>>>;

/** What a method needs. */
export function methodMistakes(given: Pick<GivenTerms, 'method' | 'number' | 'extension'>, context: z.RefinementCtx) {
  const method = given.method ?? 'caller';
  if (method === 'caller' || given[method] !== undefined) return;
  context.addIssue({ code: 'custom', path: [method], message: coded('method-needs', { needed: method }) });
}

export function termsOf(given: GivenTerms): CallbackTerms {
  return {
    method: given.method ?? 'caller',
    trunk: given.trunk ?? null,
    outgoingRule: given.outgoingRule ?? null,
    number: given.number ?? null,
    extension: given.extension ?? null,
    callerId: given.callerId ?? null,
    delaySeconds: given.delaySeconds ?? 5,
    timeoutSeconds: given.timeoutSeconds ?? 5,
    ringTimeoutSeconds: given.ringTimeoutSeconds ?? 25,
    retry: given.retry ?? retry.parse({}),
    expiresSeconds: given.expiresSeconds ?? 1800,
    maxCallSeconds: given.maxCallSeconds ?? 7200,
    reject: given.reject ?? reject.parse({}),
    hours: given.hours ?? null,
    callingHours: given.callingHours ?? null,
    outsideHours: given.outsideHours ?? 'refuse',
    minimumTalkSeconds: given.minimumTalkSeconds ?? 0,
    minimumAttestation: given.minimumAttestation ?? null,
    maxPriceClass: given.maxPriceClass ?? null,
    limit: given.limit ?? null,
    spendPerDay: given.spendPerDay ?? null,
    releaseMedia: given.releaseMedia ?? false,
    language: given.language ?? null,
    record: given.record ?? false,
    consent: given.consent ?? false,
  };
}
