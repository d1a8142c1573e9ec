import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { OURS } from './contenders.ts';
import type { Point } from './measure.ts';
import { limitOf } from './report.ts';

export interface SoakOptions {
  seconds: number;
  /** Callbacks per second, and where the figure comes from. */
  rate: number;
  rateFrom: string;
  sampleSeconds: number;
  pin: boolean;
  directory: string;
  /** Where chart and samples go, without extension; null: nowhere. */
  out: string | null;
}

const FALLBACK_RATE = 100;

export const HELP = `node bench/soak.ts [flags]
  --seconds N       of load (default 3600)
  --rate N          callbacks per second (default: half of what bench/RESULTS.json found, else ${FALLBACK_RATE})
  --sample N        seconds between two looks at the server (default 10; in less than ten minutes a sixtieth of the time)
  --directory DIR   the disk on which the store is made (default: the system's temporary directory)
  --no-pin          do not pin the server to core 0 and the load to core 1
  --out PATH        chart and samples go to PATH.svg, PATH.json (default bench/SOAK); --no-write: nowhere
environment:
  BENCH_NETWORK     the first three bytes of the loopback addresses (127.0.42), for a second run at the same time
`;

const RESULTS = new URL('RESULTS.json', import.meta.url);
/** A day; more numbers than that there are not. */
const MAX_SECONDS = 86_400;
const MAX_RATE = 1_000;

/** @throws Error in one line, for a flag that is wrong */
export function readSoakOptions(argv: readonly string[]): SoakOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '3600' },
      rate: { type: 'string' },
      sample: { type: 'string' },
      directory: { type: 'string', default: tmpdir() },
      'no-pin': { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/SOAK' },
      'no-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const found = values.rate === undefined ? halfOfTheLimit() : null;
  const seconds = within('seconds', values.seconds, [1, MAX_SECONDS]);
  return {
    seconds,
    rate: found ?? within('rate', values.rate ?? String(FALLBACK_RATE), [1, MAX_RATE]),
    rateFrom:
      values.rate !== undefined ? 'as told' : found === null ? 'no limit was measured yet' : 'half of the limit',
    sampleSeconds:
      values.sample === undefined ? Math.min(10, seconds / 60) : within('sample', values.sample, [0.1, MAX_SECONDS]),
    pin: !values['no-pin'],
    directory: values.directory,
    out: values['no-write'] ? null : values.out,
  };
}

function halfOfTheLimit(): number | null {
  if (!existsSync(RESULTS)) return null;
  const { points } = JSON.parse(readFileSync(RESULTS, 'utf8')) as { points: Point[] };
  const limit = limitOf(points, OURS);
  return limit > 1 ? Math.floor(limit / 2) : null;
}

function within(name: string, text: string, [least, most]: [number, number]): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new Error(`--${name}: \`${text}\` is not a number from ${least} to ${most}`);
  }
  return value;
}
