/** Instants and durations, in the reader's language and clock. */

import { useTranslation } from 'react-i18next';

const DAY_MS = 86_400_000;

const FORMATS = {
  near: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  far: { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  whole: { dateStyle: 'full', timeStyle: 'long' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
const formats = new Map<string, Intl.DateTimeFormat>();

/** To make one takes longer than to show a row. */
function formatOf(language: string, name: keyof typeof FORMATS): Intl.DateTimeFormat {
  const key = `${language} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, FORMATS[name]);
  formats.set(key, known);
  return known;
}

export function timeText(language: string, iso: string, now: number): string {
  const at = new Date(iso);
  const isNear = Math.abs(now - at.getTime()) < DAY_MS / 2 || at.toDateString() === new Date(now).toDateString();
  return formatOf(language, isNear ? 'near' : 'far').format(at);
}

export function wholeTimeText(language: string, iso: string): string {
  return formatOf(language, 'whole').format(new Date(iso));
}

export function Instant({ at }: { at: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  if (at === null || at === undefined) return <span className="dimmed">{t('none')}</span>;
  return (
    <time dateTime={at} title={wholeTimeText(i18n.language, at)} className="number" style={{ whiteSpace: 'nowrap' }}>
      {timeText(i18n.language, at, Date.now())}
    </time>
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
