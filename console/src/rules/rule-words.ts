/** What a rule does, in one sentence of the reader's language. */

import type { TFunction } from 'i18next';
import type { CallbackRule } from '../api/types.ts';

export function originsOf({ origin }: Pick<CallbackRule, 'origin'>): string[] {
  if (origin === undefined || origin === null || origin === 'any') return [];
  return typeof origin === 'string' ? [origin] : origin;
}

export function originText(t: TFunction, rule: Pick<CallbackRule, 'origin'>): string {
  const [first, ...others] = originsOf(rule);
  if (first === undefined) return t('rules.anyOrigin');
  return others.length === 0 ? first : t('rules.origins', { first, count: others.length });
}

function whoText(t: TFunction, rule: CallbackRule): string {
  const origins = originsOf(rule);
  if (origins.length === 0) return t('rules.sentence.anyone');
  const numbers = origins.slice(0, 2).join(', ');
  const count = origins.length - 2;
  return count > 0 ? t('rules.sentence.fromMore', { numbers, count }) : t('rules.sentence.from', { numbers });
}

function whereText(t: TFunction, { inboundNumbers }: CallbackRule): string {
  const numbers = (inboundNumbers ?? []).join(', ');
  return numbers === '' ? t('rules.sentence.anyNumber') : t('rules.sentence.thatNumber', { numbers });
}

function treatmentText(t: TFunction, { mode, ringSeconds, reject }: CallbackRule): string {
  const response = { status: reject?.status ?? 486, text: reject?.reason?.text ?? 'Callback scheduled' };
  if (mode === 'ring') return t('rules.sentence.ring', { seconds: ringSeconds ?? 10, ...response });
  if (mode === 'missedCall') return t('rules.sentence.missedCall', { seconds: ringSeconds ?? 30 });
  return t('rules.sentence.reject', response);
}

function targetText(t: TFunction, { method, number, extension }: CallbackRule): string {
  if (method === 'number') return number ? t('rules.sentence.number', { number }) : t('rules.sentence.numberMissing');
  if (method === 'extension')
    return extension ? t('rules.sentence.extension', { extension }) : t('rules.sentence.extensionMissing');
  return t('rules.sentence.caller');
}

function viaText(t: TFunction, { method, trunk, outgoingRule: rule }: CallbackRule): string {
  if (method === 'extension') return '';
  if (trunk && rule) return t('rules.sentence.viaBoth', { rule, trunk });
  if (trunk) return t('rules.sentence.viaTrunk', { trunk });
  return rule ? t('rules.sentence.viaRule', { rule }) : t('rules.sentence.viaDefault');
}

const upperFirst = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

export function ruleSentence(t: TFunction, rule: CallbackRule): string {
  const { delaySeconds, timeoutSeconds, callerId, next, retry } = rule;
  const seconds = delaySeconds ?? 5;
  const whole = t('rules.sentence.whole', {
    who: whoText(t, rule),
    where: whereText(t, rule),
    treatment: treatmentText(t, rule),
    delay: seconds === 0 ? t('rules.sentence.atOnce') : t('rules.sentence.delay', { seconds }),
    target: targetText(t, rule),
    via: viaText(t, rule),
    showing: callerId?.number ? t('rules.sentence.showing', { number: callerId.number }) : '',
    next: next ? t('rules.sentence.next', { flow: next, timeout: timeoutSeconds ?? 5 }) : t('rules.sentence.end'),
  });
  const attempts = retry?.attempts ?? 1;
  return upperFirst(attempts > 1 ? `${whole} ${t('rules.sentence.attempts', { count: attempts })}` : whole);
}
