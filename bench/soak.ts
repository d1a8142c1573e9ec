/** `make soak`: the same load for an hour; what a server has in use must stay as it is. `--help` lists the flags. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tally } from '../load/account.ts';
import { COLORS, chart, type Panel } from './chart.ts';
import { ours, type Running } from './contenders.ts';
import { choosePinning, describeMachine, fileSystemOf, pinSelf } from './machine.ts';
import { withDirectory } from './measure.ts';
import { cpuMsOf, descriptorsOf, rssBytesOf } from './proc.ts';
import { parseMetrics } from './prometheus.ts';
import { markdownTable } from './report.ts';
import { HELP, readSoakOptions, type SoakOptions } from './soak-options.ts';
import { type Judged, judge, type Sample, seriesOf, warmUpSeconds } from './soak-series.ts';
import { Traffic, type TrafficRun } from './traffic.ts';
import { settled } from './waiting.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const TELL_EVERY_SECONDS = 60;
/** What is in use by calls is to be gone so long after the last one: transactions are kept for 32 s (RFC 3261 17). */
const EMPTY_WITHIN_MS = 60_000;
const EMPTY_IN_THE_END = [
  'callback_legs',
  'callback_media_endpoints',
  'callback_media_ports{state="used"}',
  'callback_sip_engine{what="client transactions"}',
  'callback_sip_engine{what="server transactions"}',
  'callback_sip_engine{what="dialogs"}',
];

/** Looks at the server until it is stopped. */
class Watch {
  readonly samples: Sample[] = [];
  readonly #running: Running;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();

  constructor(running: Running, everySeconds: number) {
    this.#running = running;
    this.#timer = setInterval(() => this.#look(), everySeconds * 1_000);
  }

  #look(): void {
    this.#looking = this.#looking.then(async () => {
      const metrics = parseMetrics(await this.#running.metrics());
      const { all, sockets, udpSockets } = descriptorsOf(this.#running.pids[0]!);
      this.samples.push({
        at: (performance.now() - this.#startedAt) / 1_000,
        rssBytes: rssBytesOf(this.#running.pids),
        cpuMs: cpuMsOf(this.#running.pids),
        descriptors: all,
        sockets,
        udpSockets,
        metrics,
      });
    });
    // Reported when the watch ends.
    this.#looking.catch(() => undefined);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}

async function main(): Promise<void> {
  const options = readSoakOptions(process.argv.slice(2));
  if (options === 'help') return say(HELP);
  const pinning = choosePinning(options.pin);
  say(`${describeMachine()}; the store is on ${fileSystemOf(options.directory)}.`);
  say(`${options.rate} callbacks/s (${options.rateFrom}) for ${options.seconds} s.`);
  pinSelf(pinning.load);
  const traffic = await Traffic.open();
  try {
    await withDirectory(options.directory, async (parent) => {
      const running = await ours({ dataDirectory: join(parent, 'data') }).start(pinning.server);
      try {
        await soak(running, traffic, options);
      } finally {
        await running.stop();
      }
    });
  } finally {
    await traffic.close();
  }
}

async function soak(running: Running, traffic: Traffic, options: SoakOptions): Promise<void> {
  const { rate, seconds, sampleSeconds } = options;
  const watch = new Watch(running, sampleSeconds);
  let toldAt = performance.now();
  const run = await traffic.run({
    server: running.sip,
    rate,
    seconds,
    keepRings: false,
    onProgress: (account) => {
      if (performance.now() - toldAt < TELL_EVERY_SECONDS * 1_000) return;
      toldAt = performance.now();
      say(progress(account.tally(), watch.samples.at(-1)));
    },
  });
  await watch.stop();
  if (run.errors !== '') throw new Error(`SIPp: ${run.errors}`);
  const left = await leftOver(running);
  // Of the time in which nobody called any more nothing is judged.
  const judged = judge(seriesOf(watch.samples.filter(({ at }) => at <= seconds)), warmUpSeconds(seconds));
  tell(judged, { run, left, options });
  if (options.out !== null) write(options.out, judged, { run, left, options, samples: watch.samples });
}

function progress({ offered, completed, doubled, early }: Tally, sample: Sample | undefined): string {
  const at = `${Math.round(sample?.at ?? 0)} s`.padStart(7);
  const rss = Math.round((sample?.rssBytes ?? 0) / 2 ** 20);
  const server = `RSS ${rss} MiB, ${sample?.descriptors ?? 0} descriptors, ${sample?.udpSockets ?? 0} UDP sockets`;
  return `${at}: ${offered} offered, ${completed} completed, ${doubled} doubled, ${early} early; ${server}`;
}

/** What is still in use when it should not be. */
async function leftOver(running: Running): Promise<string[]> {
  let left: string[] = [];
  let asked = Promise.resolve();
  const look = async () => {
    const metrics = parseMetrics(await running.metrics());
    left = EMPTY_IN_THE_END.filter((name) => metrics.get(name) !== 0).map((name) => `${name} ${metrics.get(name)}`);
  };
  await look();
  await settled(() => {
    asked = asked.then(look);
    asked.catch(() => undefined);
    return left.length === 0;
  }, EMPTY_WITHIN_MS);
  await asked;
  return left;
}

interface Outcome {
  run: TrafficRun;
  left: string[];
  options: SoakOptions;
}

const figure = (value: number) => (Math.abs(value) >= 100 ? String(Math.round(value)) : value.toFixed(2));

function tell(judged: readonly Judged[], { run, left, options }: Outcome): void {
  const rows = judged.map(({ name, unit, tolerance, trend, points }) => [
    name,
    unit,
    figure(trend.median),
    figure(Math.max(...points.map(({ value }) => value))),
    figure(trend.slopePerHour),
    tolerance === null ? '-' : figure(trend.allowedPerHour),
    tolerance === null ? 'grows by nature' : trend.grows ? 'GROWS' : 'flat',
  ]);
  say(markdownTable(['', 'unit', 'median', 'max', 'slope per hour', 'allowed', 'verdict'], rows));
  const { report, failed } = run;
  say(
    `${report.offered} offered, ${report.completed} completed, ${failed} failed, ${report.missing.length} missing, ` +
      `${report.doubled.length} doubled, ${report.overlapping.length} overlapping; lateness p50 / p99 / max ` +
      `${[report.lateness.p50, report.lateness.p99, report.lateness.max].map((ms) => ms?.toFixed(1) ?? '-').join(' / ')} ms`,
  );
  const growing = judged.filter(({ trend }) => trend.grows).map(({ name }) => name);
  const broken = failed + report.missing.length + report.doubled.length + report.overlapping.length;
  if (growing.length > 0) say(`GROWS: ${growing.join(', ')}`);
  if (left.length > 0) say(`LEFT ${EMPTY_WITHIN_MS / 1_000} s after the last call: ${left.join(', ')}`);
  if (broken > 0) say(`BROKEN: ${broken} callbacks`);
  if (growing.length + left.length + broken === 0) {
    say(`flat over ${options.seconds} s at ${options.rate}/s; nothing lost, nothing doubled, nothing left`);
  } else process.exitCode = 1;
}

function write(out: string, judged: readonly Judged[], parts: Outcome & { samples: readonly Sample[] }): void {
  const { options, run, left, samples } = parts;
  const panels = judged.map(({ name, unit, tolerance, trend, points }): Panel => {
    const verdict = tolerance === null ? 'grows by nature' : trend.grows ? 'GROWS' : 'flat';
    return {
      title: unit === '' ? name : `${name}, ${unit}`,
      note: `${verdict}: ${figure(trend.slopePerHour)} per hour`,
      titleColor: trend.grows ? COLORS[4] : '#1f2933',
      xLabel: 'minutes',
      dots: false,
      lines: [{ name: 'sample', color: COLORS[0], points: points.map(({ at, value }) => [at / 60, value] as const) }],
    };
  });
  const svg = chart({
    title: `Soak: ${options.rate} callbacks per second for ${Math.round(options.seconds / 60)} minutes`,
    subtitle: `${describeMachine()} · ${new Date().toISOString().slice(0, 10)}`,
    panels,
    columns: 4,
    panelSize: { width: 300, height: 210 },
  });
  writeFileSync(`${out}.svg`, svg);
  const plain = samples.map(({ metrics, ...sample }) => ({ ...sample, metrics: Object.fromEntries(metrics) }));
  writeFileSync(`${out}.json`, `${JSON.stringify({ options, report: run.report, left, samples: plain })}\n`);
  say(`chart: ${out}.svg, samples: ${out}.json`);
}

await main().catch((error: unknown) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
