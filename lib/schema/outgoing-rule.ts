import { RE2JS } from 're2js';
import { z } from 'zod';
import type { OutgoingRule } from '../core/configuration.ts';
import { flaw } from '../core/mistake.ts';
import { listOf, name, pattern, patternMistake, textField, whole } from './field.ts';
import { regularHours, timezone } from './hours.ts';
import { coded, fields } from './mistake-list.ts';

/** Digits, the signs of a user part, and $1..$9 ($$ is a dollar). */
const rewrite = textField(100, (text) => {
  if (/\$(?![1-9])/.test(text)) return flaw('group-sign-alone');
  return /^[0-9A-Za-z+*#._\-$]+$/.test(text) ? null : flaw('not-of-a-number');
});

const routeTrunk = z.union([name, fields({ name, weight: whole(1, 1000) })], {
  error: coded('route-trunk-form'),
});

const route = fields({
  match: pattern,
  matchOn: z.enum(['e164', 'received']).default('e164'),
  rewrite: rewrite.optional(),
  trunks: listOf(routeTrunk, 50).min(1, { error: coded('needs-trunk') }),
  hours: name.optional(),
  between: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), listOf(regularHours, 100).min(1))
    .optional()
    .meta({ type: 'array', items: { type: 'string' } }) as z.ZodType<string[] | undefined>,
  timezone: timezone.optional(),
})
  .superRefine((given, context) => {
    const say = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (given.between !== undefined && given.timezone === undefined) say('timezone', coded('timezone-missing'));
    if (given.between === undefined && given.timezone !== undefined) say('timezone', coded('timezone-alone'));
  })
  .superRefine((given, context) => {
    if (patternMistake(given.match) !== null) return;
    const groups = RE2JS.compile(given.match).groupCount();
    const wanted = Math.max(0, ...[...(given.rewrite ?? '').matchAll(/\$([1-9])/g)].map((m) => Number(m[1])));
    if (wanted <= groups) return;
    const group = `$${wanted}`;
    const message = groups === 0 ? coded('no-group', { group }) : coded('too-few-groups', { group, groups });
    context.addIssue({ code: 'custom', path: ['rewrite'], message });
  })
  .transform((given) => ({
    match: given.match,
    matchOn: given.matchOn,
    rewrite: given.rewrite ?? null,
    trunks: given.trunks,
    ...(given.hours === undefined ? {} : { hours: given.hours }),
    ...(given.between === undefined ? {} : { between: given.between, timezone: given.timezone ?? null }),
  }));

export const outgoingRule: z.ZodType<OutgoingRule> = fields({
  name,
  routes: listOf(route, 1000).min(1, { error: coded('needs-route') }),
});
