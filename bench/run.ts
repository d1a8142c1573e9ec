/** `make bench`: this application beside its floor, in one run. `--help` lists the flags. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, floorOnDrachtio, floorOnOurEngine, floorOnRunningDrachtio, OURS, ours } from './contenders.ts';
import { type FailoverPoint, measureFailover } from './failover.ts';
import { nextRate } from './limit-search.ts';
import { BenchLoad } from './load.ts';
import { calibrate, choosePinning, describeMachine, fileSystemOf, type Pinning, pinSelf } from './machine.ts';
import { type Bench, measurePoint, measureStart, type Point, withDirectory } from './measure.ts';
import type { MediaResults } from './media/report.ts';
import { type BenchOptions, type DrachtioServer, HELP, readOptions } from './options.ts';
import { prefill } from './prefill.ts';
import { chartOf, failoverTable, markdown, pointsTable, type Results, startsTable, summary } from './report.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') return say(HELP);
  const pinning = choosePinning(options.pin);
  const setUp = describeSetUp(pinning, options.directory);
  say(`${describeMachine()}. ${setUp}`);
  const before = calibrate(pinning.server);
  pinSelf(pinning.load);
  const bench: Bench = {
    load: new BenchLoad(),
    pinning,
    idleWaitMs: options.idleWaitSeconds * 1_000,
    warmUpSeconds: options.warmUpSeconds,
  };
  const results: Results = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    setUp,
    seconds: options.seconds,
    warmUpSeconds: options.warmUpSeconds,
    calibrationMs: [before],
    starts: await startFigures(options, bench),
    points: await ratePoints(options, bench),
    failover: await failoverFigures(options, bench),
    pending: wants(options, 'pending', options.pending) ? await pendingFigures(options, bench) : null,
    media: earlierMedia(options),
  };
  results.calibrationMs.push(calibrate(pinning.server));
  tell(results, options);
}

/** `make bench-media` writes it, and it stays. */
function earlierMedia({ out }: BenchOptions): MediaResults | null {
  if (out === null || !existsSync(`${out}.json`)) return null;
  return (JSON.parse(readFileSync(`${out}.json`, 'utf8')) as Results).media ?? null;
}

/** Parts that only this application has. */
function wants({ parts, only }: BenchOptions, part: string, size: number): boolean {
  return size > 0 && parts.includes(part) && only.includes('ours');
}

function describeSetUp({ server, load }: Pinning, directory: string): string {
  const cores =
    server === null
      ? 'Nothing is pinned: one core, or no taskset (util-linux).'
      : `The server with all its threads is pinned to core ${server}, callers and phones to core ${load}.`;
  return `${cores} Stores are on ${fileSystemOf(directory)}.`;
}

/** Makes each contender; the one with a store gets a fresh directory each time. */
type Entry = (work: (contender: Contender) => Promise<void>) => Promise<void>;

function entries({ only, drachtio, directory }: BenchOptions): Map<string, Entry> {
  const plain = (contender: Contender): Entry => {
    return (work) => work(contender);
  };
  const all: Array<[string, string, Entry]> = [
    ['ours', OURS, (work) => withDirectory(directory, (data) => work(ours({ dataDirectory: join(data, 'data') })))],
    ['floor', floorOnOurEngine.name, plain(floorOnOurEngine)],
  ];
  if (drachtio !== null) {
    const contender = floorOn(drachtio);
    all.push(['drachtio', contender.name, plain(contender)]);
  }
  return new Map(all.filter(([word]) => only.includes(word)).map(([, name, entry]) => [name, entry]));
}

function floorOn(server: DrachtioServer): Contender {
  return server.kind === 'binary' ? floorOnDrachtio(server.path) : floorOnRunningDrachtio(server);
}

async function startFigures(options: BenchOptions, bench: Bench): Promise<Results['starts']> {
  const starts: Results['starts'] = {};
  if (!options.parts.includes('start')) return starts;
  for (const [name, entry] of entries(options)) {
    await entry(async (contender) => {
      starts[name] = await measureStart(contender, bench);
    });
  }
  return starts;
}

/** All contenders at one rate, then at the next; then each on the way to its limit. */
async function ratePoints(options: BenchOptions, bench: Bench): Promise<Point[]> {
  const points: Point[] = [];
  if (!options.parts.includes('rates')) return points;
  const all = entries(options);
  const measure = (entry: Entry, rate: number) =>
    entry(async (contender) => {
      const point = await measurePoint(contender, { rate, seconds: options.seconds }, bench);
      points.push(point);
      say(oneLine(point));
    });
  const failedOnes = () => new Set(points.filter(({ passes }) => !passes).map(({ contender }) => contender));
  for (const rate of options.rates) {
    for (const [name, entry] of all) if (!failedOnes().has(name)) await measure(entry, rate);
  }
  while (options.searchStep > 0) {
    const next = nextRates(points, [...all.keys()], options.searchStep);
    if (next.length === 0) break;
    for (const [name, rate] of next) await measure(all.get(name)!, rate);
  }
  return points.sort((one, other) => one.rate - other.rate);
}

function nextRates(points: readonly Point[], names: readonly string[], step: number): Array<[string, number]> {
  return names.flatMap((name) => {
    const own = points.filter(({ contender }) => contender === name);
    const rate = nextRate(own, step);
    return rate === null ? [] : [[name, rate] as [string, number]];
  });
}

function oneLine({ contender, rate, passes, failed, doubled, lateness, rejectMs, cpuMs, inWarmUp }: Point): string {
  const when = inWarmUp ? ' in the warm-up' : '';
  const verdict = passes ? 'passes' : `FAILS${when} (${failed} failed, ${doubled} doubled)`;
  const p99 = (value: number | null) => value?.toFixed(1) ?? '-';
  return `${contender}, ${rate}/s: ${verdict}; rejection p99 ${p99(rejectMs.p99)} ms, lateness p99 ${p99(lateness.p99)} ms, ${cpuMs.toFixed(2)} ms CPU each`;
}

async function failoverFigures(options: BenchOptions, bench: Bench): Promise<FailoverPoint[]> {
  const { failoverRate: rate, seconds, directory } = options;
  if (!wants(options, 'failover', rate)) return [];
  const points = await measureFailover({ rate, seconds, directory }, bench);
  for (const point of points) {
    const { first, refused, second } = point.trunks;
    say(
      `failover, down after ${point.downAfter}: ${oneLine(point)}; first trunk ${first}, 503 ${refused}, second ${second}`,
    );
  }
  return points;
}

async function pendingFigures(options: BenchOptions, bench: Bench): Promise<Results['pending']> {
  return withDirectory(options.directory, async (parent) => {
    const dataDirectory = join(parent, 'data');
    say(`writing ${options.pending} pending callbacks ...`);
    const began = performance.now();
    await prefill(dataDirectory, options.pending);
    const prefillSeconds = (performance.now() - began) / 1_000;
    const contender = ours({ dataDirectory });
    const start = await measureStart(contender, bench);
    const load = { rate: options.pendingRate, seconds: options.seconds };
    const point = await measurePoint(contender, load, bench);
    return { count: options.pending, prefillSeconds, start, point };
  });
}

function tell(results: Results, { out }: BenchOptions): void {
  const points = [...results.points, ...(results.pending === null ? [] : [results.pending.point])];
  if (points.length > 0) say(`\n${pointsTable(points)}`);
  if (results.failover.length > 0) say(`\n${failoverTable(results.failover)}`);
  if (Object.keys(results.starts).length > 0) say(`\n${startsTable(results)}`);
  say(`\n${summary(results)}`);
  if (out === null) return;
  writeFileSync(`${out}.json`, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(`${out}.svg`, chartOf(results));
  writeFileSync(`${out}.md`, markdown(results));
  say(`\nwritten: ${out}.md, ${out}.json, ${out}.svg`);
}

await main();
