/** Instants and durations, in the reader's language and clock. */

import { Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const DAY_MS = 86_400_000;

export function timeText(language: string, iso: string, now: number): string {
  const at = new Date(iso);
  const isNear = Math.abs(now - at.getTime()) < DAY_MS / 2 || at.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(language, {
    ...(isNear ? {} : { day: '2-digit', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(at);
}

export function wholeTimeText(language: string, iso: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(iso));
}

export function Instant({ at }: { at: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  if (at === null || at === undefined) return <Text c="dimmed">{t('none')}</Text>;
  return (
    <Tooltip label={wholeTimeText(i18n.language, at)}>
      <time dateTime={at} className="number" style={{ whiteSpace: 'nowrap' }}>
        {timeText(i18n.language, at, Date.now())}
      </time>
    </Tooltip>
  );
}

/** `1.2 s`, `3 min 20 s`, `2 d 4 h`: the two largest units. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const units: Array<[string, number]> = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(' ');
}
