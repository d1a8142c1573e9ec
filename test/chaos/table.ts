import type { ChaosReport } from './play.ts';

const COLUMNS: ReadonlyArray<[title: string, cell: (report: ChaosReport) => string | number]> = [
  ['scenario', ({ scenario }) => scenario],
  ['nodes', ({ nodes }) => nodes],
  ['faults', ({ faults }) => faults],
  ['seconds', ({ seconds }) => seconds],
  ['offered', ({ offered }) => offered],
  ['promised', ({ promised }) => promised],
  ['called once', ({ calledBackOnce }) => calledBackOnce],
  ['unpromised', ({ rungUnpromised }) => rungUnpromised],
  ['late p50', ({ latenessMs }) => milliseconds(latenessMs.p50)],
  ['p99', ({ latenessMs }) => milliseconds(latenessMs.p99)],
  ['max', ({ latenessMs }) => milliseconds(latenessMs.max)],
  ['lost', ({ lost }) => lost],
  ['doubled', ({ doubled }) => doubled],
  ['other', ({ breaches, lost, doubled }) => breaches.length - lost - doubled],
];

const milliseconds = (ms: number | null): string => (ms === null ? '-' : `${ms.toFixed(0)} ms`);

/** One line a scenario, under its titles. */
export function tableOf(reports: readonly ChaosReport[]): string[] {
  const rows = [COLUMNS.map(([title]) => title), ...reports.map((one) => COLUMNS.map(([, cell]) => String(cell(one))))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
}
