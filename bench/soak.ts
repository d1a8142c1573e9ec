/** `make soak`: the same load for an hour; what a server has in use must stay as it is. `--help` lists the flags. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tally } from '../load/account.ts';
import { ours, type Running } from './contenders.ts';
import { BenchLoad } from './load.ts';
import { choosePinning, describeMachine, fileSystemOf, pinSelf } from './machine.ts';
import { withDirectory } from './measure.ts';
import { cpuMsOf, descriptorsOf, rssBytesOf } from './proc.ts';
import { parseMetrics } from './prometheus.ts';
import { HELP, readSoakOptions, type SoakOptions } from './soak-options.ts';
import { type SoakRun, soakChart, soakMarkdown, soakTable, verdict } from './soak-report.ts';
import { type Judged, judge, leftOver, type Sample, seriesOf, warmUpSeconds } from './soak-series.ts';
import { settledAsync } from './waiting.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const TELL_EVERY_MS = 60_000;
/** What calls use is to be gone so long after the last one: transactions are kept for 32 s (RFC 3261 17). */
const EMPTY_WITHIN_MS = 60_000;

async function takeSample(running: Running, startedAt: number): Promise<Sample> {
  const metrics = parseMetrics(await running.metrics());
  const { all, sockets, udpSockets } = descriptorsOf(running.pids[0]!);
  const usage = { rssBytes: rssBytesOf(running.pids), cpuMs: cpuMsOf(running.pids) };
  return { at: (performance.now() - startedAt) / 1_000, ...usage, descriptors: all, sockets, udpSockets, metrics };
}

/** Looks at the server until it is stopped. A look that fails leaves a gap, and is told. */
class Watch {
  readonly samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();

  constructor(running: Running, everySeconds: number) {
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      this.#looking = this.#looking
        .then(() => takeSample(running, startedAt))
        .then((sample) => void this.samples.push(sample))
        .catch((error: unknown) => say(`no sample: ${error}`));
    }, everySeconds * 1_000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}

async function soak(running: Running, options: SoakOptions): Promise<SoakRun> {
  const { rate, seconds, sampleSeconds } = options;
  const watch = new Watch(running, sampleSeconds);
  try {
    const load = { server: running.sip, rate, seconds, keepRings: false };
    const run = await new BenchLoad().run({ ...load, onProgress: progress(watch) });
    await watch.stop();
    if (run.errors !== '') throw new Error(`SIPp: ${run.errors}`);
    const left = await leftInTheEnd(running);
    const about = { rate, seconds, from: warmUpSeconds(seconds), machine: describeMachine() };
    return { ...about, at: new Date().toISOString(), run, left, samples: watch.samples };
  } finally {
    await watch.stop();
  }
}

function progress({ samples }: Watch): (tally: Tally) => void {
  let toldAt = performance.now();
  return ({ offered, completed, doubled, early }) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    const { at = 0, rssBytes = 0, descriptors = 0 } = samples.at(-1) ?? {};
    const server = `RSS ${Math.round(rssBytes / 2 ** 20)} MiB, ${descriptors} descriptors`;
    say(
      `${Math.round(at)} s: ${offered} offered, ${completed} completed, ${doubled} doubled, ${early} early; ${server}`,
    );
  };
}

async function leftInTheEnd(running: Running): Promise<string[]> {
  let left: string[] = [];
  await settledAsync(async () => {
    left = leftOver(parseMetrics(await running.metrics()));
    return left.length === 0;
  }, EMPTY_WITHIN_MS);
  return left;
}

function write(out: string, judged: readonly Judged[], soaked: SoakRun): void {
  writeFileSync(`${out}.svg`, soakChart(judged, soaked));
  writeFileSync(`${out}.md`, soakMarkdown(judged, soaked));
  const samples = soaked.samples.map(({ metrics, ...rest }) => ({ ...rest, metrics: Object.fromEntries(metrics) }));
  writeFileSync(`${out}.json`, `${JSON.stringify({ ...soaked, run: soaked.run.report, samples })}\n`);
  say(`written: ${out}.md, ${out}.svg, ${out}.json (every sample)`);
}

async function withServer<T>(options: SoakOptions, work: (running: Running) => Promise<T>): Promise<T> {
  const pinning = choosePinning(options.pin);
  pinSelf(pinning.load);
  return withDirectory(options.directory, async (parent) => {
    const running = await ours({ dataDirectory: join(parent, 'data') }).start(pinning.server);
    try {
      return await work(running);
    } finally {
      await running.stop();
    }
  });
}

async function main(): Promise<number> {
  const options = readSoakOptions(process.argv.slice(2));
  if (options === 'help') {
    say(HELP);
    return 0;
  }
  const { rate, rateFrom, seconds, directory, out } = options;
  say(`${describeMachine()}; the store is on ${fileSystemOf(directory)}.`);
  say(`${rate} callbacks/s (${rateFrom}) for ${seconds} s.`);
  const soaked = await withServer(options, (running) => soak(running, options));
  // Of the time in which nobody called any more nothing is judged.
  const judged = judge(seriesOf(soaked.samples.filter(({ at }) => at <= seconds)), soaked.from);
  const { ok, text } = verdict(judged, soaked);
  say(`\n${soakTable(judged)}\n\n${text}`);
  if (out !== null) write(out, judged, soaked);
  return ok ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
