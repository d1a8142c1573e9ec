import type { AccountReport } from './account.ts';

export interface Failure {
  /** In the words of the table. */
  what: string;
  count: number;
  /** Callers' numbers; empty where they are only counted. */
  numbers: string[];
}

/** What must not happen, each with how often it did; only those that did. */
export function failuresOf(report: AccountReport, maxLatenessMs: number | null): Failure[] {
  const { lateness } = report;
  const isLate = maxLatenessMs !== null && (lateness.p99 ?? 0) > maxLatenessMs;
  const refusals = Object.entries(report.refused).map(([status, count]) => ({
    what: `refused with ${status}`,
    count,
    numbers: [],
  }));
  const unsettled =
    report.offered - report.promised - report.unanswered - refusals.reduce((sum, { count }) => sum + count, 0);
  const failures = [
    listed('promised, never called back', report.missing),
    listed('called back more than once', report.doubled),
    listed('rung while a call to them was up', report.overlapping),
    listed('answered in more than one call', report.answeredTwice),
    listed('called back too early', report.early.filter(({ isCertain }) => isCertain).map(earlyText)),
    listed('called back though nobody called', report.unasked),
    listed('called back though refused', report.rungThoughRefused),
    ...refusals,
    { what: 'without a final response', count: report.unanswered, numbers: [] },
    { what: 'still waiting for a final response at the end', count: Math.max(0, unsettled), numbers: [] },
    { what: `lateness p99 above ${maxLatenessMs} ms`, count: isLate ? 1 : 0, numbers: [] },
  ];
  return failures.filter(({ count }) => count > 0);
}

const listed = (what: string, numbers: string[]) => ({ what, count: numbers.length, numbers });
const earlyText = ({ number, byMs }: { number: string; byMs: number }) => `${number} (${byMs.toFixed(1)} ms)`;

/** A caller who was failed in two ways counts once. */
export function failedCalls(failures: readonly Failure[]): number {
  const callers = new Set(failures.flatMap(({ numbers }) => numbers.map((text) => text.split(' ', 1)[0])));
  const others = failures.filter(({ numbers }) => numbers.length === 0);
  return callers.size + others.reduce((sum, { count }) => sum + count, 0);
}

/** Why the lateness of the last calls is far above that of the first, if it is. */
export function backlogHint(seconds: ReadonlyArray<{ lateness: { p50: number } | null }>): string | null {
  const medians = seconds.flatMap(({ lateness }) => (lateness ? [lateness.p50] : []));
  const quarter = Math.floor(medians.length / 4);
  if (quarter < 2) return null;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const growthMs = mean(medians.slice(-quarter)) - mean(medians.slice(0, quarter));
  if (growthMs < BACKLOG_MS) return null;
  const growthSeconds = (growthMs / 1_000).toFixed(1);
  return `callbacks fell behind by ${growthSeconds} s over the run: the server, or a limit of its trunk (maxCallsPerSecond, maxConcurrentCalls), takes fewer than came`;
}

const BACKLOG_MS = 500;
