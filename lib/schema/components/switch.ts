import { z } from 'zod';
import type { SwitchComponent } from '../../core/configuration.ts';
import { VARIABLE_NAME } from '../../core/flow/variables.ts';
import { type Flaw, flaw } from '../../core/mistake.ts';
import { blockedNumber, componentName, patternMistake, textField } from '../field.ts';
import { languageTag } from '../language.ts';
import { codedFlaw, fields } from '../mistake-list.ts';
import { shown } from '../nearest.ts';
import { stayFields, stayOf } from './stay.ts';

const OF_THE_CALL = ['caller', 'inboundNumber', 'language', 'attestation'];
const ATTESTATIONS = ['A', 'B', 'C', 'failed', 'none'];
const LONGEST_CASE = 256;
const MOST_CASES = 200;

const on = textField(40, (text) => {
  const isVariable = /^\{.*\}$/.test(text) && VARIABLE_NAME.test(text.slice(1, -1));
  return isVariable || OF_THE_CALL.includes(text) ? null : flaw('not-switched-on', { words: OF_THE_CALL });
});

function caseMistake(subject: string, text: string): Flaw | null {
  if (text === '*') return flaw('every-value');
  if (/^\/.+\/i?$/s.test(text)) return patternMistake(text.replace(/^\/|\/i?$/g, ''));
  if (subject === 'caller' && text === 'anonymous') return null;
  if (subject === 'caller' || subject === 'inboundNumber') {
    return blockedNumber.safeParse(text).success ? null : flaw('not-a-phone-number', { number: shown(text) });
  }
  if (text.endsWith('*')) return null;
  if (subject === 'attestation' && !ATTESTATIONS.includes(text)) return flaw('one-of', { values: ATTESTATIONS });
  if (subject === 'language' && languageTag(text) === null) return flaw('not-a-language', { language: shown(text) });
  return null;
}

export const switchOn = fields({
  type: z.literal('switch'),
  on,
  cases: z.record(z.string(), componentName).default({}),
  ...stayFields,
})
  .superRefine(({ on: subject, cases }, context) => {
    const entries = Object.keys(cases);
    const say = (path: string[], what: Flaw) => context.addIssue({ code: 'custom', path, message: codedFlaw(what) });
    if (entries.length > MOST_CASES) say(['cases'], flaw('too-many-items', { most: MOST_CASES }));
    const whole = (entry: string) => textField(LONGEST_CASE, () => caseMistake(subject, entry)).safeParse(entry);
    for (const entry of entries.slice(0, MOST_CASES)) {
      const issue = whole(entry).error?.issues[0];
      if (issue !== undefined) context.addIssue({ ...issue, path: ['cases', entry] });
    }
  })
  .transform((given): SwitchComponent => ({ type: given.type, on: given.on, cases: given.cases, ...stayOf(given) }));
