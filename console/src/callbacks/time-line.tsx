/** The life of a callback at a glance: what happened, when, and how long it took. */

import { Text, Timeline } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CallbackDetail, CallbackEvent } from '../api/types.ts';
import { durationText, Instant } from '../parts/instant.tsx';
import { Wording } from '../parts/sentence.ts';
import { eventText, outcomeText, reasonText } from './state-words.tsx';

/** Of interest to those who look for the fault, not for the story: the table of all events has them. */
const MINOR: ReadonlySet<string> = new Set(['sip', 'dial-ordered', 'cancel-wanted', 'target-sent', 'bridged']);
const COLORS: Record<string, string> = {
  answered: 'teal',
  rejected: 'orange',
  refused: 'red',
  'given-up': 'red',
  done: 'accent',
};

function useDetail() {
  const { t, i18n } = useTranslation();
  const wording = new Wording(t, i18n.language);
  return ({ detail }: CallbackEvent): string => {
    const text = (name: string) =>
      typeof detail[name] === 'string' || typeof detail[name] === 'number' ? String(detail[name]) : null;
    const called = text('number') ?? text('user');
    const parts = [
      called,
      text('trunk') ?? text('via'),
      outcomeText(t, text('outcome')),
      reasonText(t, text('reason')),
      text('status'),
      text('text'),
      detail['sentences'] === undefined
        ? null
        : wording.of({ text: text('why') ?? '', sentences: detail['sentences'] }),
    ];
    return [...new Set(parts.filter((part) => part !== null && part !== ''))].join(' · ');
  };
}

export function TimeLine({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const detailOf = useDetail();
  const told = callback.events.filter(({ type }) => !MINOR.has(type));
  return (
    <Timeline bulletSize={14} lineWidth={2} active={told.length} data-testid="time-line">
      {told.map((event, index) => {
        const before = told[index - 1];
        const gapMs = before === undefined ? 0 : Date.parse(event.at) - Date.parse(before.at);
        const detail = detailOf(event);
        return (
          <Timeline.Item
            // biome-ignore lint/suspicious/noArrayIndexKey: the log only grows
            key={index}
            color={COLORS[event.type] ?? 'gray'}
            title={
              <Text size="md" fw={550} span>
                {eventText(t, event.type)}
              </Text>
            }
          >
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              <Instant at={event.at} />
              {gapMs > 0 ? ` · +${durationText(gapMs)}` : ''}
              {detail === '' ? '' : ` · ${detail}`}
            </Text>
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}
