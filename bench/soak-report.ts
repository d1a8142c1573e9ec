/** What a soak has shown: a table, a chart with a panel for each series, and the verdict. */

import type { LoadRun } from './load.ts';
import { markdownTable } from './markdown-table.ts';
import { COLORS, chart } from './panels.ts';
import type { Judged, Sample } from './soak-series.ts';

export interface SoakRun {
  rate: number;
  seconds: number;
  /** Judged from this second on. */
  from: number;
  machine: string;
  at: string;
  run: Pick<LoadRun, 'report' | 'failed'>;
  /** What was in use when it should not have been, a minute after the last call. */
  left: string[];
  samples: readonly Sample[];
}

const GROWING = '#b3261e';

const short = (value: number) => (Math.abs(value) < 100 ? Number(value.toFixed(2)) : Math.round(value)).toString();

function verdictOf({ tolerance, trend, tooShort }: Judged): string {
  if (tolerance === null) return 'grows by nature';
  if (tooShort) return 'too short to say';
  return trend.grows ? 'GROWS' : 'flat';
}

export function soakTable(judged: readonly Judged[]): string {
  const rows = judged.map((series) => {
    const { name, unit, points, tolerance, tooShort, trend } = series;
    return [
      unit === '' ? name : `${name}, ${unit}`,
      short(points[0]?.value ?? 0),
      short(trend.median),
      short(Math.max(...points.map(({ value }) => value))),
      short(points.at(-1)?.value ?? 0),
      short(trend.slopePerHour),
      tolerance === null || tooShort ? '-' : short(trend.allowedPerHour),
      verdictOf(series),
    ];
  });
  return markdownTable(['', 'first', 'median', 'most', 'last', 'per hour', 'allowed', ''], rows);
}

/** Nothing grows, nobody is lost, nobody is called twice, and nothing is left in the end. */
export function verdict(
  judged: readonly Judged[],
  { run, left }: Pick<SoakRun, 'run' | 'left'>,
): { ok: boolean; text: string } {
  const { report, failed } = run;
  const growing = judged.filter(({ trend }) => trend.grows).map(({ name }) => name);
  const faults = {
    failed,
    lost: report.missing.length,
    doubled: report.doubled.length,
    overlapping: report.overlapping.length,
  };
  const counts = Object.entries(faults).map(([what, count]) => `${count} ${what}`);
  const unsaid = judged.filter(({ tolerance, tooShort }) => tolerance !== null && tooShort).length;
  const sentences = [
    growing.length > 0 ? `GROWS: ${growing.join('; ')}.` : 'Everything is flat that should be.',
    ...(unsaid === 0 ? [] : [`Of ${unsaid} series nothing can be said after so short a time.`]),
    left.length === 0 ? 'Nothing is left a minute after the last call.' : `LEFT: ${left.join('; ')}.`,
    `${report.offered} offered, ${report.completed} complete, ${counts.join(', ')}.`,
  ];
  const ok = growing.length + left.length === 0 && Object.values(faults).every((count) => count === 0);
  return { ok, text: sentences.join(' ') };
}

export function soakChart(judged: readonly Judged[], { rate, seconds, from, machine, at }: SoakRun): string {
  return chart({
    title: `${rate} callbacks a second for ${minutes(seconds)}`,
    subtitle: `${machine} · ${at.slice(0, 10)} · judged from minute ${short(from / 60)} on`,
    columns: 4,
    panelSize: { width: 290, height: 210 },
    panels: judged.map((series) => ({
      title: series.unit === '' ? series.name : `${series.name}, ${series.unit}`,
      note: `${verdictOf(series)}; ${short(series.trend.slopePerHour)} an hour`,
      xLabel: 'minutes',
      dots: false,
      ...(series.trend.grows ? { titleColor: GROWING } : {}),
      lines: [
        {
          name: 'sample',
          color: series.trend.grows ? GROWING : series.tolerance === null ? COLORS[2] : COLORS[0],
          points: series.points.map(({ at: second, value }) => [second / 60, value] as const),
        },
      ],
    })),
  });
}

const minutes = (seconds: number) => (seconds < 120 ? `${seconds} s` : `${short(seconds / 60)} minutes`);

export function soakMarkdown(judged: readonly Judged[], about: SoakRun): string {
  const { rate, seconds, from, machine, at } = about;
  return `# Soak

Rewritten by \`make soak\`; ${at.slice(0, 10)}. ${machine}.

${rate} callbacks a second for ${minutes(seconds)}. ${verdict(judged, about).text}

![all series](SOAK.svg)

${soakTable(judged)}

The calls are those of [RESULTS.md](RESULTS.md). Samples are taken from /proc and \`/metrics\`; they are judged from minute
${short(from / 60)} on. *Per hour* is the median of the slopes between all pairs of samples (Theil and Sen), in blocks;
a series grows if its slope is above what is allowed with 99.5 % confidence (Kendall's variance), and if that has come to
more than a trifle in the time that was watched. Rows that are done are kept, so they and their file grow by nature.

\`\`\`sh
make soak                          # an hour at half the limit of the last \`make bench\`
make soak SECONDS=600 RATE=50
\`\`\`
`;
}
