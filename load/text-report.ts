import type { AccountReport, Quantiles, Tally } from './account.ts';
import type { InstrumentReport } from './traffic.ts';
import type { Failure } from './verdict.ts';

const NUMBERS_SHOWN = 5;

/** The line of each second: counts so far, and the lateness of the phones that rang in the last seconds. */
export function liveLine(
  second: number,
  tally: Tally,
  about: { latenessP99: number | null; failures: number },
): string {
  const late = about.latenessP99 === null ? '-' : `${msText(about.latenessP99)} ms`;
  return [
    `${String(second).padStart(5)} s`,
    `offered ${tally.offered}`,
    `rejected ${tally.promised}`,
    `called back ${tally.calledBack}`,
    `completed ${tally.completed}`,
    `lateness p99 ${late}`,
    `failures ${about.failures}`,
  ].join('   ');
}

/** What can be known to have failed while the run goes on. */
export function failuresSoFar(tally: Tally): number {
  return tally.refused + tally.unanswered + tally.doubled + tally.overlapping + tally.early;
}

export function tableOf(report: AccountReport & { instrument: InstrumentReport }, failures: Failure[]): string {
  const seemed = seemedEarly(report);
  const rows: Array<[string, string]> = [
    ['callers', String(report.offered)],
    ['promised', String(report.promised)],
    ['called back once', String(report.calledBackOnce)],
    ['completed', String(report.completed)],
    ...(report.pending > 0 ? [['not due yet', String(report.pending)] as [string, string]] : []),
    ...(report.rungUnpromised > 0
      ? [['called back, promise unseen', String(report.rungUnpromised)] as [string, string]]
      : []),
    ...(seemed > 0 ? [['seemed early, see below', String(seemed)] as [string, string]] : []),
    ...failures.map(({ what, count, numbers }): [string, string] => [what, `${count}${numbersText(numbers)}`]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const times = [
    `${''.padEnd(width)}${['p50', 'p99', 'max'].map((name) => name.padStart(9)).join('')}`,
    `${'rejection, ms'.padEnd(width)}${quantilesText(report.rejectMs)}`,
    `${'lateness, ms'.padEnd(width)}${quantilesText(report.lateness)}`,
  ];
  const most = Math.max(0, ...report.early.filter(({ isCertain }) => !isCertain).map(({ byMs }) => byMs));
  const seeming = `\n${seemed} rings seemed early, by ${msText(most)} ms at most, but none before INVITE + delay: their rejection may have been read late`;
  const exactness = `the load itself was held up by ${msText(report.instrument.heldUpMs)} ms at most: differences below are its own`;
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}${value}`),
    '',
    ...times,
    '',
    exactness + (seemed > 0 ? seeming : ''),
  ].join('\n');
}

/** Rings that come before the due time only if the callers read the rejection when it came. */
export function seemedEarly(report: AccountReport): number {
  return report.early.filter(({ isCertain }) => !isCertain).length;
}

export function verdictText(failures: Failure[]): string {
  if (failures.length === 0)
    return 'every caller was promised a callback and called back exactly once, nobody too early';
  return `FAILED: ${failures.map(({ what, count }) => `${count} ${what}`).join(', ')}`;
}

export function msText(ms: number): string {
  return Math.abs(ms) < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

function quantilesText({ p50, p99, max }: Quantiles): string {
  return [p50, p99, max].map((value) => (value === null ? '-' : msText(value)).padStart(9)).join('');
}

function numbersText(numbers: string[]): string {
  if (numbers.length === 0) return '';
  const more = numbers.length > NUMBERS_SHOWN ? ` and ${numbers.length - NUMBERS_SHOWN} more` : '';
  return `   ${numbers.slice(0, NUMBERS_SHOWN).join(', ')}${more}`;
}
