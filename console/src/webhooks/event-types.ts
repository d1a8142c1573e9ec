/** What happens to callbacks, by the names under which webhooks are told of it. */

import type { TFunction } from 'i18next';
import { callbacks as words } from '../i18n/en/callbacks.ts';

type Known = Exclude<keyof typeof words.event, 'other'>;

/** Those that most receivers want, first. */
const USUAL: readonly Known[] = [
  'accepted',
  'promised',
  'answered',
  'connected',
  'attempt-ended',
  'rescheduled',
  'done',
];
const OTHERS = (Object.keys(words.event) as Array<keyof typeof words.event>).filter(
  (type): type is Known => type !== 'other' && !USUAL.includes(type as Known),
);

const typeOf = (known: Known) => `callback.${known}`;

/** In words, with the name itself for those who write the receiver. */
export function eventText(t: TFunction, type: string): string {
  const word = type.replace(/^callback\./, '');
  return word !== 'other' && Object.hasOwn(words.event, word) ? t(`callbacks.event.${word as Known}`) : type;
}

export function eventChoices(t: TFunction, chosen: readonly string[]) {
  const option = (value: string) => ({ value, label: eventText(t, value) });
  const [usual, others] = [USUAL.map(typeOf), OTHERS.map(typeOf)];
  // One that this page does not know stays chosen.
  const unknown = chosen.filter((type) => !usual.includes(type) && !others.includes(type));
  return [
    { group: t('webhooks.usualEvents'), items: usual.map(option) },
    { group: t('webhooks.otherEvents'), items: [...others, ...unknown].map(option) },
  ];
}
