/** What requests of the API may say, apart from the resources. */

import { z } from 'zod';
import { OUTCOMES } from '../core/call/outcome.ts';
import { flaw } from '../core/mistake.ts';
import { name, recordingName, textField } from './field.ts';
import { language } from './language.ts';
import { check, coded, fields } from './mistake-list.ts';
import { plainData } from './plain-data.ts';
import { sipUriMistake } from './sip-uri.ts';

export const CALLBACK_STATES = [
  'scheduled',
  'queued',
  'dialing',
  'answered',
  'connecting',
  'connected',
  'done',
] as const;

const DEFAULT_PAGE_SIZE = 50;
const LARGEST_PAGE_SIZE = 1000;
const LAST_PAGE = 1_000_000;
const LONGEST_TEXT = 128;

/** An instant with its zone: `2026-11-20T12:00:00Z`, `…+01:00`. Output: epoch milliseconds. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
export const instant = z
  .string()
  .max(40)
  .superRefine((text, context) => {
    const valid = INSTANT.test(text) && !Number.isNaN(Date.parse(text));
    if (!valid) context.addIssue({ code: 'custom', message: coded('not-an-instant') });
  })
  .transform((text) => Date.parse(text))
  .meta({ format: 'date-time' });

/** A `+` that was not escaped in a query arrives as a space. */
export const queryText = z
  .string()
  .max(LONGEST_TEXT)
  .transform((text) => (text.startsWith(' ') ? `+${text.slice(1)}` : text).trim());

const pageNumber = (most: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, { error: coded('not-from-one') })
    .transform((text) => Math.min(Number(text), most))
    .meta({ type: 'integer', minimum: 1 });

export const paging = {
  page: pageNumber(LAST_PAGE).default(1),
  pageSize: pageNumber(LARGEST_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
};

export const listQuery = fields({ ...paging, q: queryText.optional(), sort: z.string().max(LONGEST_TEXT).optional() });

/** One of the fields; with `-` before it from the end. */
export const sortBy = <Field extends string>(names: readonly Field[], usual: Field | `-${Field}`) =>
  z
    .enum(names.flatMap((field) => [field, `-${field}`]))
    .default(usual)
    .transform((text) => ({ field: text.replace('-', '') as Field, descending: text.startsWith('-') }));

const callbackFilters = {
  state: z.enum(CALLBACK_STATES).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  number: queryText.optional(),
  inboundNumber: queryText.optional(),
  rule: z.string().max(LONGEST_TEXT).optional(),
  /** A piece of the number, the rule's name or the id. */
  q: queryText.optional(),
  from: instant.optional(),
  to: instant.optional(),
};

const SORT_FIELDS = ['acceptedAt', 'dueAt', 'state'] as const;
export const callbackQuery = fields({
  ...paging,
  ...callbackFilters,
  sort: sortBy(SORT_FIELDS, '-acceptedAt'),
});

export const recordingQuery = fields({
  ...paging,
  /** The callback's id. */
  callback: z.string().max(LONGEST_TEXT).optional(),
  /** A piece of the caller's number, the inbound number or an id. */
  q: queryText.optional(),
  from: instant.optional(),
  to: instant.optional(),
  sort: sortBy(['startedAt'] as const, '-startedAt'),
});

const number = z.preprocess(
  (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value),
  z
    .string()
    .min(1, { error: coded('empty') })
    .max(LONGEST_TEXT),
);

export const callbackRequest = fields({
  rule: name,
  number: number.meta({ type: 'string' }).optional(),
  dueAt: instant.optional(),
  userData: z.record(z.string(), z.unknown()).optional(),
});

/** `flow`: where the answered call goes on; left out: it ends when it is answered. */
export const testCallRequest = fields({ number: number.meta({ type: 'string' }), flow: name.optional() });

/** How a softphone reaches us: `pbx.example.com`, `192.0.2.1:5060`. */
export const provisioningRequest = fields({
  server: textField(255, (text) =>
    sipUriMistake(`sip:${text}`) === null && !/[@;?]/.test(text) ? null : flaw('not-a-server'),
  ),
  transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
});

const MOST_SUPPRESSIONS = 10_000;

const SUPPRESSION_SORTS = ['createdAt', 'number'] as const;
export const suppressionQuery = fields({
  ...paging,
  number: queryText.optional(),
  /** A piece of the number, the reason or who put it there. */
  q: queryText.optional(),
  sort: sortBy(SUPPRESSION_SORTS, '-createdAt'),
});
/** One number, or many. */
export const suppressionRequest = fields({
  number: number.meta({ type: 'string' }).optional(),
  numbers: z
    .array(number.meta({ type: 'string' }))
    .min(1)
    .max(MOST_SUPPRESSIONS)
    .optional(),
  reason: textField(200, () => null).default('suppressed by the operator'),
  expiresAt: instant.optional(),
}).superRefine((given, context) => {
  if ((given.number === undefined) === (given.numbers === undefined))
    context.addIssue({ code: 'custom', path: ['number'], message: coded('number-or-numbers') });
});

export const rescheduleRequest = fields({ dueAt: instant });

const MOST_AT_ONCE = 1000;
/** Those that are named, or those that a filter finds. */
export const bulkRequest = fields({
  action: z.enum(['cancel', 'retry', 'reschedule']),
  dueAt: instant.optional(),
  ids: z.array(z.string().min(1).max(LONGEST_TEXT)).min(1).max(MOST_AT_ONCE).optional(),
  filter: fields(callbackFilters).optional(),
  /** `next` of the answer before: goes on behind what has been done. */
  after: z
    .string()
    .regex(/^\d{1,16}\..{1,128}$/, { error: coded('not-a-next') })
    .optional(),
}).superRefine((given, context) => {
  if (given.after !== undefined && given.filter === undefined)
    context.addIssue({ code: 'custom', path: ['after'], message: coded('with-filter-only') });
  if ((given.ids === undefined) === (given.filter === undefined))
    context.addIssue({ code: 'custom', path: ['ids'], message: coded('ids-or-filter') });
  if ((given.action === 'reschedule') !== (given.dueAt !== undefined))
    context.addIssue({ code: 'custom', path: ['dueAt'], message: coded('with-reschedule-only') });
});
const yesOrNo = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
/** `dryRun=true`: everything is checked and nothing is done. */
export const importQuery = fields({
  dryRun: yesOrNo,
});
/** Of an uploaded recording, whose body is the file. `language=und`: for every language. */
export const promptUploadQuery = fields({ language, name: recordingName, replace: yesOrNo });
/** `force=true`: also where flows name it. */
export const promptRemovalQuery = fields({ force: yesOrNo });
export const emptyRequest = fields({});
/** `trunk` left out: the switches for all. */
export const switchRequest = fields({
  accept: z.boolean().optional(),
  dial: z.boolean().optional(),
  trunk: name.optional(),
}).superRefine((given, context) => {
  if (given.accept === undefined && given.dial === undefined)
    context.addIssue({ code: 'custom', message: coded('needs-switch') });
});

/** `rule`: nobody calls, and `from` is the number that this rule would dial. */
export const explainQuery = fields({
  to: queryText.optional(),
  from: queryText,
  rule: z.string().max(LONGEST_TEXT).optional(),
  source: queryText.optional(),
  asserted: queryText.optional(),
  privacy: queryText.optional(),
  diversion: queryText.optional(),
  at: instant.optional(),
}).superRefine(({ to = '', rule }, context) => {
  if (to === '' && rule === undefined)
    context.addIssue({
      code: 'custom',
      path: ['to'],
      message: coded('explain-needs'),
    });
});

/** Left out: the last 24 hours. */
export const statisticsQuery = fields({ from: instant.optional(), to: instant.optional() });

const wanted = queryText.pipe(z.string().min(1, { error: coded('empty') }));
export const routeQuery = fields({
  rule: name,
  number: wanted,
  received: queryText.optional(),
  at: instant.optional(),
  callerId: queryText.optional(),
  trunk: z.string().max(LONGEST_TEXT).optional(),
});

/** A form that was left empty sends `?state=&number=`: an empty parameter is none. */
export function checkQuery<T>(schema: z.ZodType<T>, value: unknown): ReturnType<typeof check<T>> {
  const given = Object.entries((value ?? {}) as Record<string, unknown>).filter(([, text]) => text !== '');
  return checkRequest(schema, Object.fromEntries(given));
}

/** Checks a body or a query; nulls count as left out. */
export function checkRequest<T>(schema: z.ZodType<T>, value: unknown): ReturnType<typeof check<T>> {
  const plain = plainData(value ?? {});
  if (plain.mistakes.length > 0) return { ok: false, mistakes: plain.mistakes };
  return check(schema, plain.value);
}
