/** What the doctor says of one thing. */

export type FindingState = 'ok' | 'note' | 'warning' | 'fault';

export interface Finding {
  /** Low-cardinality word: `disk`, `sip`, `trunk`, … */
  check: string;
  /** `note`: could not be found out, or is worth knowing. */
  state: FindingState;
  /** One sentence. */
  text: string;
  /** What to do; null: nothing. */
  advice: string | null;
}

export const ok = (check: string, text: string): Finding => ({ check, state: 'ok', text, advice: null });
export const note = (check: string, text: string, advice: string | null = null): Finding => ({
  ...{ check, state: 'note', text, advice },
});
export const warning = (check: string, text: string, advice: string): Finding => ({
  ...{ check, state: 'warning', text, advice },
});
export const fault = (check: string, text: string, advice: string): Finding => ({
  ...{ check, state: 'fault', text, advice },
});

export interface Diagnosis {
  faults: number;
  warnings: number;
  findings: Finding[];
}

export function diagnosisOf(findings: Finding[]): Diagnosis {
  const count = (state: FindingState) => findings.filter((finding) => finding.state === state).length;
  return { faults: count('fault'), warnings: count('warning'), findings };
}

const LABELS: Record<FindingState, string> = { ok: 'ok', note: 'note', warning: 'WARN', fault: 'FAULT' };
const CHECK_WIDTH = 14;
const INDENT = ' '.repeat(7 + CHECK_WIDTH);

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** One screen; names and numbers of the configuration hold no control characters, whatever they came from. */
export function formatDiagnosis({ faults, warnings, findings }: Diagnosis): string {
  const lines = findings.flatMap(({ check, state, text, advice }) => [
    `${LABELS[state].padEnd(6)} ${check.padEnd(CHECK_WIDTH)}${text}`,
    ...(advice === null ? [] : [`${INDENT}-> ${advice}`]),
  ]);
  const head =
    faults + warnings === 0 ? 'nothing is wrong' : `${counted(faults, 'fault')}, ${counted(warnings, 'warning')}`;
  return [`doctor: ${head}`, '', ...lines].map((line) => line.replace(/\p{C}/gu, '?')).join('\n');
}
