/** How often the detectors are right on the samples. `make bench-amd` prints it; `confusion.test.ts` holds it. */

import { AMD_STANDARD } from '../../../lib/core/call/detection.ts';
import { AnsweringMachineDetector } from '../../../lib/media/detection/amd.ts';
import { BeepDetector } from '../../../lib/media/detection/beep.ts';
import { PHRASES, type Phrase } from './phrases.ts';
import { cadence, framesOf, hears, silence, speech, tone } from './samples.ts';

export interface Judged {
  name: string;
  /** What it is, and what it was taken for. */
  truth: string;
  heard: string;
  cause: string;
  afterMs: number;
}

/** Line noises, so that a floor does not hang on one of them. */
const NOISES = [5, 60, 150] as const;

export function judgePhrases(): Judged[] {
  return PHRASES.flatMap((phrase) => NOISES.map((noise) => judge(phrase, noise)));
}

function judge({ name, who }: Phrase, noise: number): Judged {
  const frames = framesOf([silence(400), speech(name), silence(3000)], { noise });
  const found = hears(new AnsweringMachineDetector(AMD_STANDARD), frames);
  const { result = 'nothing', cause = '', afterMs = 0 } = found ?? {};
  return { name, truth: who, heard: result, cause, afterMs };
}

const beeps: Array<[string, Int16Array[]]> = [440, 480, 620, 850, 1000, 1100, 1400, 1633, 1900].flatMap((hz) =>
  [150, 300, 500, 1500].flatMap(
    (ms): Array<[string, Int16Array[]]> => (hz < 460 && ms > 800 ? [] : [[`beep ${hz} Hz ${ms} ms`, [tone(hz, ms)]]]),
  ),
);

function inTurn(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

const others: Array<[string, Int16Array[]]> = [
  ['busy 425 Hz 500/500', cadence(tone(425, 500), 500, 6)],
  ['busy 425 Hz 250/250 (Brazil)', cadence(tone(425, 250), 250, 12)],
  ['busy 400 Hz 375/375 (United Kingdom)', cadence(tone(400, 375), 375, 8)],
  ['congestion 425 Hz 200/200', cadence(tone(425, 200), 200, 12)],
  ['ringback 425 Hz 1000/4000', cadence(tone(425, 1000), 4000, 2)],
  ['ringback 440+480 Hz (North America)', cadence(tone([440, 480], 2000), 4000, 2)],
  ['ringback 400+450 Hz (United Kingdom)', cadence(tone([400, 450], 400), 200, 8)],
  ['busy 480+620 Hz (North America)', cadence(tone([480, 620], 500), 500, 6)],
  ['special information 950/1400/1800', cadence(inTurn(tone(950, 330), tone(1400, 330), tone(1800, 330)), 1000, 2)],
  [
    'special information (North America)',
    cadence(inTurn(tone(985.2, 380), tone(1428.5, 276), tone(1776.7, 380)), 1000, 2),
  ],
  ['dial tone 425 Hz', [tone(425, 6000)]],
  ['a tone that does not end', [tone(1000, 6000)]],
  ['keys by tone', cadence(tone([770, 1336], 120), 80, 12)],
  ['silence', [silence(6000)]],
];

/** Each after a greeting of a machine, as it is heard where it counts; and all speech. */
export function judgeTones(): Judged[] {
  const greeting = speech('machine-en-short');
  const tones = [...beeps.map((one) => ['beep', ...one] as const), ...others.map((one) => ['none', ...one] as const)];
  const spoken = PHRASES.map(({ name }) => ['none', `speech ${name}`, [speech(name)]] as const);
  return [...tones, ...spoken].map(([truth, name, parts]) => {
    const frames = framesOf([silence(200), greeting, silence(400), ...parts, silence(3000)], { offset: name.length });
    const { result = 'none', cause = '', afterMs = 0 } = hears(new BeepDetector(60_000), frames) ?? {};
    return { name, truth, heard: result, cause, afterMs };
  });
}

/** Rows: what it is; columns: what it was taken for. */
export function tableOf(judged: readonly Judged[]): string {
  const truths = [...new Set(judged.map(({ truth }) => truth))];
  const heards = [...new Set([...truths, ...judged.map(({ heard }) => heard)])];
  const count = (truth: string, heard: string) =>
    judged.filter((one) => one.truth === truth && one.heard === heard).length;
  const row = (cells: readonly (string | number)[]) => cells.map((cell) => String(cell).padStart(10)).join('');
  return [
    row(['', ...heards]),
    ...truths.map((truth) => row([truth, ...heards.map((heard) => count(truth, heard))])),
  ].join('\n');
}

export function shareRight(judged: readonly Judged[], truth: string): number {
  const all = judged.filter((one) => one.truth === truth);
  return all.filter(({ heard }) => heard === truth).length / all.length;
}
