/** States and outcomes in words and colours. */

import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Callback } from '../api/types.ts';
import { callbacks as words } from '../i18n/en/callbacks.ts';
import { gateText } from '../parts/sentence.ts';

type Outcome = NonNullable<Callback['outcome']>;
type Reason = keyof typeof words.reason;
type EventType = keyof typeof words.event;

const STATE_COLORS: Record<Callback['state'], string> = {
  scheduled: 'accent.5',
  queued: 'yellow.6',
  dialing: 'blue.5',
  answered: 'cyan.6',
  connecting: 'cyan.6',
  connected: 'teal.6',
  done: 'gray.5',
};

export const OUTCOME_COLORS: Record<Outcome, string> = {
  connected: 'teal.6',
  'no-answer': 'orange.6',
  busy: 'yellow.7',
  rejected: 'grape.6',
  unreachable: 'orange.8',
  abandoned: 'yellow.8',
  machine: 'cyan.7',
  cancelled: 'gray.5',
  expired: 'gray.6',
  refused: 'red.5',
  failed: 'red.7',
};

const MOVING: ReadonlySet<string> = new Set(['dialing', 'connecting', 'answered', 'connected']);

export function stateText(t: TFunction, { state, outcome }: Pick<Callback, 'state' | 'outcome'>): string {
  return state === 'done' && outcome ? t(`callbacks.outcome.${outcome}`) : t(`callbacks.state.${state}`);
}

export function StateMark({ callback }: { callback: Pick<Callback, 'state' | 'outcome'> }) {
  const { t } = useTranslation();
  const { state, outcome } = callback;
  const color = state === 'done' && outcome ? OUTCOME_COLORS[outcome] : STATE_COLORS[state];
  return (
    <span className="state-mark">
      <span
        className="state-dot"
        style={{ color: `var(--mantine-color-${color.replace('.', '-')})` }}
        data-moving={MOVING.has(state) || undefined}
      />
      <span>{stateText(t, callback)}</span>
    </span>
  );
}

/** A word that this console does not know yet reads as it is. */
const plain = (word: string) => word.replaceAll('-', ' ');

export function reasonText(t: TFunction, reason: string | null | undefined): string | null {
  if (reason === null || reason === undefined) return null;
  return Object.hasOwn(words.reason, reason) ? t(`callbacks.reason.${reason as Reason}`) : gateText(t, reason);
}

export function outcomeText(t: TFunction, outcome: string | null | undefined): string | null {
  if (outcome === null || outcome === undefined) return null;
  return Object.hasOwn(words.outcome, outcome) ? t(`callbacks.outcome.${outcome as Outcome}`) : plain(outcome);
}

export function eventText(t: TFunction, type: string): string {
  return Object.hasOwn(words.event, type) ? t(`callbacks.event.${type as EventType}`, { type }) : plain(type);
}
