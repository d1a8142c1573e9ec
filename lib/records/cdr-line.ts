/** One record as a line: NDJSON for machines, CSV for spreadsheets. */

import type { Cdr } from '../core/cdr/cdr.ts';

export const CDR_FORMATS = ['ndjson', 'csv'] as const;
export type CdrFormat = (typeof CDR_FORMATS)[number];

type Cell = string | number | boolean | null;

const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** The fields in their order, which stays: new ones come last. */
const FIELDS: ReadonlyArray<[name: string, value: (cdr: Cdr) => Cell]> = [
  ['id', ({ id }) => id],
  ['direction', ({ direction }) => direction],
  ['role', ({ role }) => role],
  ['disposition', ({ disposition }) => disposition],
  ['reason', ({ reason }) => reason],
  ['status', ({ status }) => status],
  ['q850Cause', ({ q850Cause }) => q850Cause],
  ['endedBy', ({ endedBy }) => endedBy],
  ['trunk', ({ trunk }) => trunk],
  ['caller', ({ caller }) => caller],
  ['assertedCaller', ({ assertedCaller }) => assertedCaller],
  ['callee', ({ callee }) => callee],
  ['startedAt', ({ startedAt }) => instant(startedAt)],
  ['ringingAt', ({ ringingAt }) => instant(ringingAt)],
  ['answeredAt', ({ answeredAt }) => instant(answeredAt)],
  ['endedAt', ({ endedAt }) => instant(endedAt)],
  ['isEndEstimated', ({ isEndEstimated }) => isEndEstimated],
  ['talkMs', ({ talkMs }) => talkMs],
  ['callbackId', ({ callbackId }) => callbackId],
  ['attemptId', ({ attemptId }) => attemptId],
  ['legId', ({ legId }) => legId],
  ['forLegId', ({ forLegId }) => forLegId],
  ['bridgedLegId', ({ bridgedLegId }) => bridgedLegId],
  ['callId', ({ callId }) => callId],
  ['peer', ({ peer }) => peer],
  ['recordingId', ({ recordingId }) => recordingId ?? null],
];

export function cdrFields(cdr: Cdr): Record<string, Cell> {
  return Object.fromEntries(FIELDS.map(([name, value]) => [name, value(cdr)]));
}

/** Every cell that a spreadsheet would take for a formula begins with one of these. */
const FORMULA = /^[=+\-@\t\r]/;

/** RFC 4180. What a spreadsheet could run is text with an apostrophe before it; numbers of ours are numbers. */
function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const CSV_HEADER = `${FIELDS.map(([name]) => name).join(',')}\r\n`;

export function cdrLine(cdr: Cdr, format: CdrFormat): string {
  if (format === 'ndjson') return `${JSON.stringify(cdrFields(cdr))}\n`;
  return `${FIELDS.map(([, value]) => csvCell(value(cdr))).join(',')}\r\n`;
}
