import { lookup } from 'node:dns/promises';
import { parseArgs } from 'node:util';
import type { Hop } from './phone-leg.ts';
import { localAddressTowards } from './route.ts';

/** What one run is asked for, checked. */
export interface LoadOptions {
  target: Hop;
  number: string;
  rate: number;
  seconds: number;
  /** null: as the first call shows. */
  delayMs: number | null;
  /** Where the phones listen, where the callers call from, where the second leg goes. */
  listen: Hop;
  callers: Hop;
  extension: Hop | null;
  answerAfterMs: number;
  talkMs: number;
  firstNumber: string;
  promiseStatuses: number[];
  earlyToleranceMs: number;
  /** A phone that has not rung this long after it was due is missing. */
  missingAfterMs: number;
  /** Above it the run fails; null: lateness is only reported. */
  maxLatenessMs: number | null;
  reportFile: string | null;
  jsonFile: string | null;
}

export const HELP = `Calls a server that promises callbacks, plays the phones that it calls back, and says what became of each caller.

  node load/run.ts --target HOST:PORT [flags]        make load TARGET=HOST:PORT RATE=50 SECONDS=60 ...

  --target HOST:PORT   the server (127.0.0.1:5060)                                              TARGET
  --rate N             callers per second, 0.1 to 2000 (4)                                       RATE
  --seconds N          for how long, 1 to 7200 (15)                                              SECONDS
  --number DID         what they dial (+554831210110)                                            NUMBER
  --delay SECONDS      the delay of the server's rule; left out: as the first call shows         DELAY
  --listen HOST:PORT   where the server's trunk leads: the called-back phones (127.0.0.1:5070)   LISTEN
  --callers HOST:PORT  where the callers call from (127.0.0.1:5062)                              CALLERS
  --extension HOST:PORT  where the second leg goes; left out: the called-back person hangs up    EXTENSION
  --answer MS          from INVITE to 200 (50)                                                   ANSWER
  --talk MS            from ACK to BYE (1000)                                                    TALK
  --first NUMBER       the first caller, each further one is one more (a number by chance)       FIRST
  --promise STATUSES   final responses that promise without X-Callback-ID: 486,480 (none)        PROMISE
  --early MS           a ring that seems to come less than this too soon is not early (10)       EARLY
  --missing SECONDS    a phone that has not rung so long after it was due is missing (10)        MISSING
  --max-lateness MS    the run fails when the p99 of the lateness is above (none)                MAX_LATENESS
  --report FILE        the report with charts; 'none': none (load-report.html)                   REPORT
  --json FILE          the same figures for programs (none)                                      JSON

Exit code: 0 every caller was promised and called back exactly once, not too early; 1 some were not; 2 it could not begin.
One call is made first: only when it rings at --listen does the load begin. docs/load.md says what each figure means.
`;

/** One clear line each. */
export class BadOptions extends Error {}

const FLAGS = {
  ...{
    target: '127.0.0.1:5060',
    rate: '4',
    seconds: '15',
    number: '+554831210110',
    delay: '',
    listen: '',
    callers: '',
  },
  ...{ extension: '', answer: '50', talk: '1000', first: '', promise: '', early: '10', missing: '10' },
  ...{ 'max-lateness': '', report: 'load-report.html', json: '' },
};
type Flag = keyof typeof FLAGS;

const DEFAULT_LISTEN_PORT = 5070;
const DEFAULT_CALLERS_PORT = 5062;
/** Brazilian mobile numbers of one area: they pass for diallable. Each run has others, for a server counts per number. */
const DEFAULT_HEAD = '+55489';
const COUNTED = 100_000_000;

/** @returns 'help' when that was asked. @throws BadOptions with every mistake, one a line */
export async function readLoadOptions(args: string[], random = Math.random): Promise<LoadOptions | 'help'> {
  const given = readFlags(args);
  if (given === 'help') return 'help';
  const reader = new FlagReader(given);
  const target = await reader.hop('target', null);
  const local = target ? await localAddressTowards(target) : '127.0.0.1';
  const rate = reader.number('rate', 0.1, 2_000);
  const seconds = reader.number('seconds', 1, 7_200);
  const options = {
    number: reader.matching('number', /^[+*#\w.-]{1,64}$/, 'a number to dial'),
    rate,
    seconds,
    delayMs: reader.optional('delay', 0, 3_600, 1_000),
    listen: await reader.hop('listen', { address: local, port: DEFAULT_LISTEN_PORT }),
    callers: await reader.hop('callers', { address: local, port: DEFAULT_CALLERS_PORT }),
    extension: given.extension === '' ? null : await reader.hop('extension', null),
    answerAfterMs: reader.number('answer', 0, 120_000),
    talkMs: reader.number('talk', 0, 3_600_000),
    firstNumber: reader.firstNumber(callsOf({ rate, seconds }), random),
    promiseStatuses: reader.statuses(),
    earlyToleranceMs: reader.number('early', 0, 10_000),
    missingAfterMs: reader.number('missing', 1, 3_600) * 1_000,
    maxLatenessMs: reader.optional('max-lateness', 0, 3_600_000, 1),
    reportFile: given.report === 'none' || given.report === '' ? null : given.report,
    jsonFile: given.json || null,
  };
  reader.complain();
  return { ...options, target: target!, listen: options.listen!, callers: options.callers! };
}

/** The first call is one more. */
export function callsOf({ rate, seconds }: { rate: number; seconds: number }): number {
  return Math.max(1, Math.round(rate * seconds));
}

function readFlags(args: string[]): Record<Flag, string> | 'help' {
  const options = Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (values['help']) return 'help';
    return { ...FLAGS, ...values } as Record<Flag, string>;
  } catch (error) {
    throw new BadOptions(`${(error as Error).message.split(/\.?\n|\. /, 1)[0]}; --help lists the flags`);
  }
}

class FlagReader {
  readonly #given: Record<Flag, string>;
  readonly #mistakes: string[] = [];

  constructor(given: Record<Flag, string>) {
    this.#given = given;
  }

  complain(): void {
    if (this.#mistakes.length > 0) throw new BadOptions(this.#mistakes.join('\n'));
  }

  number(flag: Flag, least: number, most: number): number {
    const value = Number(this.#given[flag]);
    if (this.#given[flag].trim() !== '' && value >= least && value <= most) return value;
    return this.#mistake(flag, `a number from ${least} to ${most}`, least);
  }

  optional(flag: Flag, least: number, most: number, times: number): number | null {
    return this.#given[flag] === '' ? null : this.number(flag, least, most) * times;
  }

  matching(flag: Flag, pattern: RegExp, what: string): string {
    return pattern.test(this.#given[flag]) ? this.#given[flag] : this.#mistake(flag, what, '');
  }

  /** A host by name is looked up. */
  async hop(flag: Flag, fallback: Hop | null): Promise<Hop | null> {
    const text = this.#given[flag];
    if (text === '' && fallback) return fallback;
    const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text);
    const port = Number(parts?.[3] ?? 5060);
    if (!parts || port < 1 || port > 65_535) return this.#mistake(flag, 'HOST:PORT', null);
    const host = parts[1] ?? parts[2]!;
    const found = await lookup(host).catch(() => null);
    return found ? { address: found.address, port } : this.#mistake(flag, 'a host that exists', null);
  }

  firstNumber(calls: number, random: () => number): string {
    const given = this.#given.first;
    // The first call of all takes one number of its own.
    if (given === '') {
      const first = Math.floor(random() * (COUNTED - calls - 1));
      return `${DEFAULT_HEAD}${String(first).padStart(8, '0')}`;
    }
    if (!/^\+?\d{8,15}$/.test(given)) return this.#mistake('first', 'a number of 8 to 15 digits', DEFAULT_HEAD);
    if (Number(given.slice(-8)) + calls < COUNTED) return given;
    return this.#mistake('first', `a number whose last eight digits can be counted up by ${calls}`, DEFAULT_HEAD);
  }

  statuses(): number[] {
    const statuses = this.#given.promise.split(',').filter((part) => part.trim() !== '');
    if (statuses.every((status) => /^\s*[2-6]\d\d\s*$/.test(status))) return statuses.map(Number);
    return this.#mistake('promise', 'final statuses with commas between them', []);
  }

  #mistake<T>(flag: Flag, what: string, instead: T): T {
    this.#mistakes.push(`--${flag} must be ${what}, not '${this.#given[flag]}'`);
    return instead;
  }
}
