import type { Account, AccountReport } from './account.ts';
import { type Bar, barChart, lineChart, type Series } from './chart.ts';
import type { Histogram } from './histogram.ts';
import { REPORT_STYLE } from './html-style.ts';
import type { LoadOptions } from './load-options.ts';
import { hopText } from './route.ts';
import { msText, seemedEarly, verdictText } from './text-report.ts';
import type { Second, Spread } from './timeline.ts';
import type { InstrumentReport } from './traffic.ts';
import { type Failure, failedCalls } from './verdict.ts';
import { escaped } from './xml-text.ts';

export interface ReportParts {
  options: LoadOptions & { delayMs: number };
  report: AccountReport & { instrument: InstrumentReport };
  seconds: Second[];
  failures: Failure[];
  hint: string | null;
  account: Account;
}

/** A chart has about two pixels for a point. */
const MAX_POINTS = 360;
const BARS = 60;
const NUMBERS_LISTED = 2_000;

/** One file that needs nothing else: it can be mailed, archived, opened anywhere. */
export function htmlReport(parts: ReportParts): string {
  const { failures, options, seconds, account } = parts;
  const title = `Callback load on ${hopText(options.target)}`;
  const isFine = failures.length === 0;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${REPORT_STYLE}</style></head><body><main>
<header><h1>${escaped(title)}</h1><p class="sub">${escaped(subtitleOf(options, parts))}</p></header>
<p class="verdict ${isFine ? 'good' : 'bad'}"><b>${isFine ? '✓' : '✗'}</b> ${escaped(verdictText(failures))}</p>
${parts.hint === null ? '' : `<p class="hint">${escaped(parts.hint)}</p>`}
${cardsOf(parts)}
<section><h2>Calls per second</h2>${ratesChart(seconds)}</section>
<section><h2>Lateness</h2><p class="sub">Ring minus (rejection received + delay of the rule), by the second of the ring. Below zero: too early.</p>${spreadChart(seconds, 'lateness')}</section>
<section><h2>Distribution of the lateness</h2>${distributionOf(account.lateness)}</section>
<section><h2>Time to the rejection</h2><p class="sub">INVITE sent to rejection received, of the promised alone.</p>${spreadChart(seconds, 'reject')}</section>
<section><h2>Figures</h2>${figuresOf(parts)}</section>
<section><h2>Failures</h2>${failuresSection(failures)}</section>
</main></body></html>
`;
}

function subtitleOf(options: ReportParts['options'], { seconds, account }: ReportParts): string {
  const second = options.extension ? ', two legs' : ', one leg';
  const at = new Date().toISOString().replace('T', ' ').slice(0, 16);
  return (
    `${options.rate} callers per second for ${options.seconds} s, dialling ${options.number}; called back after ` +
    `${options.delayMs / 1_000} s${second}. ${account.tally().offered} callers in ${seconds.length} s, until ${at} UTC.`
  );
}

function cardsOf({ report, failures }: ReportParts): string {
  const ms = (value: number | null) => (value === null ? '–' : `${msText(value)}<small> ms</small>`);
  const failed = failedCalls(failures);
  const cards: Array<[string, string, string]> = [
    ['callers', String(report.offered), ''],
    ['promised', String(report.promised), ''],
    ['called back once', String(report.calledBackOnce), ''],
    ['completed', String(report.completed), ''],
    ['lateness p99', ms(report.lateness.p99), ''],
    ['rejection p99', ms(report.rejectMs.p99), ''],
    ['failures', String(failed), failed > 0 ? 'bad' : 'good'],
  ];
  const items = cards.map(([name, value, tone]) => `<div class="${tone}"><b>${value}</b><span>${name}</span></div>`);
  return `<div class="cards">${items.join('')}</div>`;
}

function ratesChart(all: Second[]): string {
  const groups = grouped(all);
  const mean = (pick: (second: Second) => number) =>
    groups.map((group) => group.seconds.reduce((sum, second) => sum + pick(second), 0) / group.seconds.length);
  const series: Series[] = [
    { name: 'offered', tone: 'offered', values: mean(({ offered }) => offered), isArea: true },
    { name: 'rejected', tone: 'rejected', values: mean(({ promised }) => promised) },
    { name: 'called back', tone: 'back', values: mean(({ calledBack }) => calledBack) },
  ];
  const failed = mean(({ refused, unanswered }) => refused + unanswered);
  if (failed.some((value) => value > 0)) series.push({ name: 'refused, unanswered', tone: 'failed', values: failed });
  return withLegend(series, lineChart({ x: groups.map(({ at }) => at), xUnit: 's', yUnit: 'calls/s', series }));
}

function spreadChart(all: Second[], what: 'lateness' | 'reject'): string {
  const groups = grouped(all);
  const pick = (of: keyof Spread, join: (values: number[]) => number) =>
    groups.map((group) => {
      const values = group.seconds.flatMap((second) => (second[what] ? [second[what][of]] : []));
      return values.length > 0 ? join(values) : null;
    });
  const most = (values: number[]) => Math.max(...values);
  const series: Series[] = [
    { name: 'max', tone: 'faint', values: pick('max', most) },
    { name: 'p99', tone: 'high', values: pick('p99', most) },
    {
      name: 'p50',
      tone: 'rejected',
      values: pick('p50', (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    },
  ];
  return withLegend(series, lineChart({ x: groups.map(({ at }) => at), xUnit: 's', yUnit: 'ms', series }));
}

/** Neighbouring seconds together where there are more than a chart can show. */
function grouped(all: Second[]): Array<{ at: number; seconds: Second[] }> {
  const size = Math.max(1, Math.ceil(all.length / MAX_POINTS));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => ({
    at: index * size,
    seconds: all.slice(index * size, (index + 1) * size),
  }));
}

/** Bars up to a little beyond the p99; the last one holds the rest. */
function distributionOf(histogram: Histogram): string {
  const { min, max } = histogram;
  const p99 = histogram.quantile(0.99);
  if (min === null || max === null || p99 === null) return '<p class="sub">Nobody was called back.</p>';
  const from = Math.min(0, Math.floor(min));
  const upTo = Math.max(from + 1, Math.min(max, from + (p99 - from) * 1.25));
  // Whole bins of the histogram in each bar, or some would be emptied by rounding.
  const width = Math.ceil(((upTo - from) / BARS) * 10) / 10;
  const to = from + BARS * width;
  const bars: Bar[] = Array.from({ length: BARS }, (_, index) => ({
    ...{ from: from + index * width, to: from + (index + 1) * width, count: 0 },
    isOpen: index === BARS - 1 && max > to,
  }));
  for (const bin of histogram.bins()) {
    const index = Math.floor(((bin.from + bin.to) / 2 - from) / width);
    bars[Math.min(BARS - 1, Math.max(0, index))]!.count += bin.count;
  }
  const rest = max > to ? `<p class="sub">The last bar holds everything above, up to ${msText(max)} ms.</p>` : '';
  return barChart(bars, { xUnit: 'ms', yUnit: 'calls' }) + rest;
}

function figuresOf({ report, options }: ReportParts): string {
  const row = (name: string, { p50, p99, max }: { p50: number | null; p99: number | null; max: number | null }) =>
    `<tr><th>${name}</th>${[p50, p99, max].map((value) => `<td>${value === null ? '–' : msText(value)}</td>`).join('')}</tr>`;
  const settings = [
    ['server', hopText(options.target)],
    ['callers from', hopText(options.callers)],
    ['phones at', hopText(options.listen)],
    ['second leg at', options.extension ? hopText(options.extension) : 'none'],
    ['phones answer after', `${options.answerAfterMs} ms`],
    ['talk', `${options.talkMs} ms`],
    ['rung, promise unseen', String(report.rungUnpromised)],
    ['not due at the end', String(report.pending)],
    ['seemed early, for uncertain', String(seemedEarly(report))],
    ['load held up by at most', `${msText(report.instrument.heldUpMs)} ms`],
  ];
  const rows = settings.map(([name, value]) => `<tr><th>${name}</th><td>${escaped(value!)}</td></tr>`).join('');
  return `<div class="tables"><table><thead><tr><th>ms</th><th>p50</th><th>p99</th><th>max</th></tr></thead>
${row('rejection', report.rejectMs)}${row('lateness', report.lateness)}</table><table>${rows}</table></div>`;
}

function failuresSection(failures: Failure[]): string {
  if (failures.length === 0) return '<p>None.</p>';
  return failures
    .map(({ what, count, numbers }) => {
      if (numbers.length === 0) return `<p class="failure"><b>${count}</b> ${escaped(what)}</p>`;
      const shown = numbers.slice(0, NUMBERS_LISTED).map(escaped).join('<br>');
      const more = numbers.length > NUMBERS_LISTED ? `<p>and ${numbers.length - NUMBERS_LISTED} more</p>` : '';
      const isOpen = numbers.length <= 20 ? ' open' : '';
      return `<details${isOpen}><summary><b>${count}</b> ${escaped(what)}</summary><div class="numbers">${shown}</div>${more}</details>`;
    })
    .join('');
}

function withLegend(series: Series[], chart: string): string {
  const items = series.map(({ name, tone }) => `<li class="${tone}">${escaped(name)}</li>`).join('');
  return `<ul class="legend">${items}</ul>${chart}`;
}

/** Numbers come from the wire: they are as hostile as any input. */
