import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Callbacks per second, rising; a contender that fails one is not asked for the next. */
  rates: number[];
  /** How exactly each contender's limit is looked for afterwards, in callbacks per second; 0: it is not. */
  searchStep: number;
  /** Of load at each rate. */
  seconds: number;
  /** Of load before that. */
  warmUpSeconds: number;
  /** Waiting callbacks of the last part; 0: it is left out. */
  pending: number;
  /** The rate at which they wait. */
  pendingRate: number;
  /** Callbacks per second through two trunks of which one fails every third call; 0: that part is left out. */
  failoverRate: number;
  /** Of `start`, `rates`, `failover`, `pending`. */
  parts: string[];
  /** Of `ours`, `floor`, `drachtio`. */
  only: string[];
  /** How long to wait for idle cores before each point. */
  idleWaitSeconds: number;
  pin: boolean;
  /** Where the stores are: it should be the disk that is meant. */
  directory: string;
  /** Where the results go, without extension; null: nowhere. */
  out: string | null;
  drachtio: DrachtioServer | null;
}

export type DrachtioServer =
  | { kind: 'binary'; path: string }
  | { kind: 'running'; host: string; port: number; secret: string; sip: { address: string; port: number } };

export const HELP = `node bench/run.ts [flags]
  --rates LIST        callbacks per second, rising (default 10,100,200,300,400)
  --search N          then each contender's limit is looked for, to N callbacks per second (default 25; 0: it is not)
  --seconds N         of load at each rate (default 20)
  --warm-up N         seconds of load before it, at 100 per second or at the rate itself where that is higher
                      (default 40: transactions are retained for 32)
  --pending N         callbacks that wait in the last part (default 1000000; 0: without it)
  --failover-rate N   callbacks per second through two trunks, one of which fails every third call (default 200; 0: without)
  --parts LIST        of start,rates,failover,pending (default: all; some of them alone are written only with --out)
  --only LIST         of ours,floor,drachtio (default: all)
  --idle-wait N       seconds to wait for idle cores before each point (default 60)
  --directory DIR     the disk on which the stores are made (default: the system's temporary directory)
  --no-pin            do not pin the server to core 0 and the load to core 1
  --out PATH          results go to PATH.md, PATH.json, PATH.svg (default bench/RESULTS); --no-write: nowhere
  --quick             a look in three minutes: --rates 10,50,100 --search 0 --seconds 5 --warm-up 5
                      --pending 20000 --failover-rate 50 --idle-wait 5 --no-write
environment:
  DRACHTIO_SERVER     a drachtio-server to compare with: the path of its binary, which is started here; or HOST:PORT of
                      the admin port of one that runs, with DRACHTIO_SECRET (cymru) and DRACHTIO_SIP=ADDRESS:PORT
`;

const DEFAULT_RATES = '10,100,200,300,400';
const PARTS = 'start,rates,failover,pending';
const QUICK = [
  ...['--rates', '10,50,100', '--search', '0', '--seconds', '5', '--warm-up', '5'],
  ...['--pending', '20000', '--failover-rate', '50', '--idle-wait', '5', '--no-write'],
];

/** @throws Error in one line, for a flag that is wrong */
export function readOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: argv.includes('--quick') ? [...QUICK, ...argv] : [...argv],
    options: {
      rates: { type: 'string', default: DEFAULT_RATES },
      search: { type: 'string', default: '25' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '40' },
      pending: { type: 'string', default: '1000000' },
      'pending-rate': { type: 'string', default: '200' },
      'failover-rate': { type: 'string', default: '200' },
      parts: { type: 'string', default: PARTS },
      only: { type: 'string', default: 'ours,floor,drachtio' },
      'idle-wait': { type: 'string', default: '60' },
      directory: { type: 'string', default: tmpdir() },
      'no-pin': { type: 'boolean', default: false },
      out: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    rates: values.rates.split(',').map((rate) => number('rates', rate, 1)),
    searchStep: number('search', values.search, 0),
    seconds: number('seconds', values.seconds, 1),
    warmUpSeconds: number('warm-up', values['warm-up'], 1),
    pending: number('pending', values.pending, 0),
    pendingRate: number('pending-rate', values['pending-rate'], 1),
    failoverRate: number('failover-rate', values['failover-rate'], 0),
    parts: partsOf(values.parts),
    only: values.only.split(','),
    idleWaitSeconds: number('idle-wait', values['idle-wait'], 0),
    pin: !values['no-pin'],
    directory: values.directory,
    out: values['no-write'] ? null : (values.out ?? (values.parts === PARTS ? 'bench/RESULTS' : null)),
    drachtio: drachtioServer(environment),
  };
}

function partsOf(text: string): string[] {
  const parts = text.split(',');
  const unknown = parts.find((part) => !PARTS.split(',').includes(part));
  if (unknown !== undefined) throw new Error(`--parts: \`${unknown}\` is none of ${PARTS}`);
  return parts;
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least) {
    throw new Error(`--${name}: \`${text}\` is not a number from ${least} on`);
  }
  return value;
}

function drachtioServer(environment: NodeJS.ProcessEnv): DrachtioServer | null {
  const given = environment['DRACHTIO_SERVER']?.trim() ?? '';
  if (given === '') return null;
  const running = /^([^/:]+):(\d+)$/.exec(given);
  if (running === null) return { kind: 'binary', path: given };
  const sip = /^([^/:]+):(\d+)$/.exec(environment['DRACHTIO_SIP'] ?? '');
  if (sip === null) throw new Error('DRACHTIO_SERVER=HOST:PORT needs DRACHTIO_SIP=ADDRESS:PORT, where it speaks SIP');
  return {
    kind: 'running',
    host: running[1]!,
    port: Number(running[2]),
    secret: environment['DRACHTIO_SECRET'] ?? 'cymru',
    sip: { address: sip[1]!, port: Number(sip[2]) },
  };
}
