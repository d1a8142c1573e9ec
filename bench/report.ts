/** The results as a table for the terminal, as Markdown, and as a chart. */

import { OURS } from './contenders.ts';
import type { Lateness } from './due-times.ts';
import type { FailoverPoint } from './failover.ts';
import { markdownTable } from './markdown-table.ts';
import type { Point, StartFigures } from './measure.ts';
import { type MediaResults, mediaSection } from './media/report.ts';
import { COLORS, chart, type Line } from './panels.ts';

export interface Results {
  at: string;
  machine: string;
  /** How the cores were given out, and what the stores were on. */
  setUp: string;
  seconds: number;
  warmUpSeconds: number;
  /** Milliseconds of the fixed loop, before and after. */
  calibrationMs: number[];
  points: Point[];
  starts: Record<string, StartFigures>;
  /** Through two trunks, the first of which fails every third call; empty: left out. */
  failover: FailoverPoint[];
  /** Of the last `make bench-media`; left out: there was none. */
  media?: MediaResults | null;
  pending: { count: number; prefillSeconds: number; start: StartFigures; point: Point } | null;
}

const CONTENDERS = (points: readonly Point[]) => [...new Set(points.map(({ contender }) => contender))];
const ms = (value: number | null) => (value === null ? '-' : value < 10 ? value.toFixed(1) : String(Math.round(value)));
const quantiles = ({ p50, p99, max }: Lateness) => `${ms(p50)} / ${ms(p99)} / ${ms(max)}`;

/** The highest rate that a contender passed with all below; 0: none. */
export function limitOf(points: readonly Point[], contender: string): number {
  const own = points.filter((point) => point.contender === contender).sort((one, other) => one.rate - other.rate);
  const failed = own.findIndex(({ passes }) => !passes);
  return (failed < 0 ? own : own.slice(0, failed)).at(-1)?.rate ?? 0;
}

const COLUMNS = [
  'contender',
  'per second',
  '',
  'failed',
  'doubled',
  'rejection p50 / p99 / max ms',
  'lateness p50 / p99 / max ms',
  'by due time in the store',
  'early',
  'CPU ms each',
  'main / engine / GC, JIT',
  'RSS MiB',
  'cores busy %',
];

function row(point: Point): string[] {
  const { byStore, coresBusy, disturbed } = point;
  return [
    point.contender,
    String(point.rate),
    point.passes ? 'passes' : point.inWarmUp ? 'fails in the warm-up' : 'fails',
    String(point.failed),
    String(point.doubled),
    quantiles(point.rejectMs),
    quantiles(point.lateness),
    byStore === null ? '-' : quantiles(byStore),
    String(byStore === null ? point.early : byStore.early),
    point.cpuMs.toFixed(2),
    threadsOf(point),
    String(Math.round(point.rssMiB)),
    coresBusy.map((share) => Math.round(share * 100)).join(' / ') +
      (disturbed === null ? '' : ` (before: ${disturbed})`),
  ];
}

/** Threads by what they do: of the floors both processes are `MainThread`, or the server's own. */
function threadsOf({ threads }: Point): string {
  const sum = (...names: string[]) => names.reduce((total, name) => total + (threads[name] ?? 0), 0).toFixed(2);
  const engine = 'drachtio' in threads ? sum('drachtio') : sum('sip-engine');
  return `${sum('MainThread')} / ${engine} / ${sum('V8Worker')}`;
}

export function pointsTable(points: readonly Point[]): string {
  return markdownTable(COLUMNS, points.map(row));
}

const FAILOVER_COLUMNS = [
  'first trunk is down after',
  'per second',
  '',
  'offered',
  'completed',
  'failed',
  'doubled',
  'INVITEs to the first trunk',
  'of these 503',
  'INVITEs to the second trunk',
  'in the end the first trunk is',
  'lateness p50 / p99 / max ms',
  'by due time in the store',
  'CPU ms each',
];

export function failoverTable(points: readonly FailoverPoint[]): string {
  const rows = points.map((point) => [
    point.downAfter === 1 ? '1 fault' : `${point.downAfter} faults in a row`,
    String(point.rate),
    point.passes ? 'passes' : 'fails',
    ...[point.offered, point.completed, point.failed, point.doubled].map(String),
    ...[point.trunks.first, point.trunks.refused, point.trunks.second].map(String),
    point.isInUse ? 'in use' : 'down',
    quantiles(point.lateness),
    point.byStore === null ? '-' : quantiles(point.byStore),
    point.cpuMs.toFixed(2),
  ]);
  return markdownTable(FAILOVER_COLUMNS, rows);
}

/** With the heading and what the figures mean; nothing where there are none. */
function failoverSection(points: readonly FailoverPoint[]): string {
  if (points.length === 0) return '';
  return `
## Failover

Two trunks in order, the first of which answers every third INVITE with 503. Its faults are never three in a row, so that it
stays in use as it is configured unless told otherwise (\`downAfter: 3\`): each third callback goes on to the second trunk. With
\`downAfter: 1\` the first 503 takes it down: everybody is dialled by the second trunk, and a call is let through to the first one
now and then to find out. Lateness is that of the INVITE that rings, after the 503 where there was one.

${failoverTable(points)}
`;
}

export function startsTable({ starts, pending }: Results): string {
  const rows = Object.entries(starts).map(([name, { readyMs, rssMiB }]) => [
    name,
    '0',
    String(Math.round(readyMs)),
    String(Math.round(rssMiB)),
  ]);
  if (pending !== null) {
    const { readyMs, rssMiB } = pending.start;
    rows.push([OURS, String(pending.count), String(Math.round(readyMs)), String(Math.round(rssMiB))]);
  }
  return markdownTable(['', 'pending', 'start to ready ms', 'RSS idle MiB'], rows);
}

export function summary(results: Results): string {
  const { points, pending } = results;
  const limits = CONTENDERS(points).map((name) => `- ${name}: ${limitOf(points, name)} callbacks/s sustained`);
  const atRate = (contender: string, rate: number) =>
    points.find((point) => point.contender === contender && point.rate === rate);
  const cpu = (points.length === 0 ? [] : [10, 100, 200]).map((rate) => {
    const each = CONTENDERS(points).map((name) => `${name} ${atRate(name, rate)?.cpuMs.toFixed(2) ?? '-'}`);
    return `- CPU ms per complete callback at ${rate}/s: ${each.join('; ')}`;
  });
  const late =
    pending === null
      ? []
      : [
          `- with ${pending.count} pending at ${pending.point.rate}/s: lateness p50 / p99 / max ` +
            `${quantiles(pending.point.byStore ?? pending.point.lateness)} ms, ${pending.point.byStore?.early ?? 0} early`,
        ];
  const overs = results.failover.map(
    ({ rate, downAfter, failed, doubled, byStore, lateness }) =>
      `- one of two trunks fails every third call, ${rate}/s, down after ${downAfter}: ${failed} lost, ${doubled} doubled, ` +
      `lateness p50 / p99 / max ${quantiles(byStore ?? lateness)} ms`,
  );
  return [...limits, ...cpu, ...overs, ...late].join('\n');
}

export function chartOf({ points, machine, at }: Results): string {
  const lines = (value: (point: Point) => number | null): Line[] =>
    CONTENDERS(points).map((name, index) => ({
      name,
      color: COLORS[index % COLORS.length]!,
      points: points.flatMap((point) => {
        const y = point.contender === name ? value(point) : null;
        return y === null ? [] : [[point.rate, y] as const];
      }),
    }));
  return chart({
    title: 'Complete callbacks per second, the server on one core',
    subtitle: `${machine} · ${at.slice(0, 10)} · rates above the limit failed`,
    columns: 2,
    panels: [
      { title: 'CPU milliseconds per callback', xLabel: 'callbacks per second', lines: lines(({ cpuMs }) => cpuMs) },
      {
        title: 'Lateness p99, milliseconds',
        note: 'due time to INVITE, seen from outside',
        xLabel: 'callbacks per second',
        lines: lines(({ lateness }) => lateness.p99),
        logarithmic: true,
        goal: { y: 20, text: 'goal: 20 ms at 200/s' },
      },
      {
        title: 'Rejection p99, milliseconds',
        note: 'INVITE to 486: durable by then, or kept in memory only (the floors)',
        xLabel: 'callbacks per second',
        lines: lines(({ rejectMs }) => rejectMs.p99),
        logarithmic: true,
        goal: { y: 500, text: 'a rate above this fails' },
      },
      { title: 'RSS after the load, MiB', xLabel: 'callbacks per second', lines: lines(({ rssMiB }) => rssMiB) },
    ],
  });
}

export function markdown(results: Results): string {
  const { machine, at, setUp, seconds, warmUpSeconds, calibrationMs, points, pending } = results;
  return `# Benchmark

Rewritten by \`make bench\`; ${at.slice(0, 10)}. ${machine}.

${summary(results)}

![callbacks per second](RESULTS.svg)

## Rates

${pointsTable(points)}
${failoverSection(results.failover)}${mediaSection(results.media ?? null)}
## Start and memory

${startsTable(results)}
${pending === null ? '' : `\nMaking the ${pending.count} callbacks took the store ${Math.round(pending.prefillSeconds)} s. With them:\n\n${pointsTable([pending.point])}\n`}
## Method

One callback is an INVITE in, its final rejection, two seconds of delay, an INVITE out through a trunk, answered
after 50 ms, an INVITE to an extension, answered after 50 ms, one second of talk, BYE by the extension, BYE to the person.
UDP on loopback; SIPp calls, the phones are those of \`load/\` (RFC 3261 where SIPp as server is not). No RTP is sent,
though ours opens its ports. ${setUp}

${seconds} s at each rate, on a fresh server after ${warmUpSeconds} s of warm-up at 100/s (above that at the rate itself), the
same for all. Two things change what a call costs meanwhile: V8 compiles what is hot, and transactions are retained for 32 s
(64*T1, RFC 3261 17), so that only from then on as many end as begin. A server that is measured sooner looks dearer than it
is where the first counts for more, and cheaper where the second does.

A rate passes with nothing failed, missing or doubled, rejections within 500 ms (p99) and INVITEs within 1 s of their due
time (p99). Who fails a rate is not asked for the next; between the last that passed and the first that failed the limit is
looked for by halves. Who loses calls in the warm-up at a rate has failed it.

- **${OURS}**: as it is shipped: SQLite in WAL mode with \`synchronous = FULL\`, every promise on disk before its
  486, every attempt before its INVITE; embedded engine and media; limits of the trunk set out of
  reach, and nobody refused for an overload (\`overload: false\`): a rate is to fail by what happens to its calls.
- **floor**: \`bench/floor/app.ts\`, what drachtio-srf itself costs: the same calls, kept in memory only; on the embedded
  engine (as a process of its own, \`engine\`), and on a drachtio-server where one is given.

*Lateness* is seen from outside: rejection received + 2 s to INVITE received. SIPp and the phones share a core, so that it
is some milliseconds wrong either way; *by due time in the store* takes the due time as ours has it, and is what counts
for "never early". *CPU ms each* is user and system time of all the server's processes from the first INVITE to the last
BYE, by callback; GC and JIT are V8's own threads. Batching makes it fall with the rate: compare at equal rates. RSS is
taken after the load; it holds 32 s of transactions.

The cores are to be idle before each point; where they were not within a minute, the table says so. A fixed loop took
${calibrationMs.map((one) => one.toFixed(0)).join(' ms before and ')} ms after: hosts vary, so that only figures of one
run compare.

## Again

\`\`\`sh
make bench                                   # all of it, half an hour
make bench ARGS=--quick                      # three minutes, nothing written
make bench ARGS='--parts failover'           # a part alone, nothing written
make bench DRACHTIO_SERVER=/path/to/drachtio # with a drachtio-server of yours, started here on a loopback address
make bench DRACHTIO_SERVER=HOST:PORT DRACHTIO_SECRET=s DRACHTIO_SIP=ADDRESS:PORT   # one that runs already
node bench/run.ts --help                     # rates, seconds, who
make bench-media                             # the section Media; where the machine has more to do: chrt -r 1 make bench-media ARGS=--no-wait
\`\`\`

Nothing of drachtio-server is in this repository; built from its own sources (\`./configure --enable-tcmalloc=yes
CPPFLAGS=-DNDEBUG CXXFLAGS=-O2\`) its binary is \`build/drachtio\`. One that runs already is measured where its process is on
this machine, with whatever pinning it has.

Parts alone: \`node bench/store.ts\` and \`bench/store-idle.ts\` (the embedded store); relay and prompts: \`make
bench-media\`. An hour at half the limit: \`make soak\`.
`;
}
