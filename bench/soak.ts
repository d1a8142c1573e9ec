/**
 * `make soak`: an hour at half the limit, and whether anything grows. Exit code 1 with the names of what does.
 * `node bench/soak.ts [--seconds 3600] [--rate N] [--out bench/SOAK] [--no-write]`
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Account } from '../load/account.ts';
import { OURS, ours, type Running } from './contenders.ts';
import { choosePinning, describeMachine, pinSelf } from './machine.ts';
import { withDirectory } from './measure.ts';
import { cpuMsOf, descriptorsOf, rssBytesOf } from './proc.ts';
import { parseMetrics } from './prometheus.ts';
import { limitOf, type Results } from './report.ts';
import { soakChart, soakMarkdown, soakTable, verdict } from './soak-report.ts';
import { judge, type Sample, seriesOf, warmUpSeconds } from './soak-series.ts';
import { Traffic, type TrafficRun } from './traffic.ts';

const RESULTS = join(import.meta.dirname, 'RESULTS.json');
/** Where no limit was measured yet. */
const STANDARD_RATE = 100;
const SAMPLE_SECONDS = 10;
/** A short run has so many samples all the same. */
const FEWEST_SAMPLES = 60;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3600' },
      rate: { type: 'string' },
      out: { type: 'string', default: 'bench/SOAK' },
      'no-write': { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  const rate = values.rate === undefined ? halfTheLimit() : Number(values.rate);
  if (!(seconds >= 1) || !(rate > 0)) throw new Error('--seconds and --rate are numbers above 0');
  return { seconds, rate, out: values['no-write'] ? null : values.out };
}

/** Of the last `make bench`. */
function halfTheLimit(): number {
  if (!existsSync(RESULTS)) return STANDARD_RATE;
  const { points } = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  return limitOf(points, OURS) / 2 || STANDARD_RATE;
}

async function takeSample(running: Running, startedAt: number): Promise<Sample> {
  const [pid = 0] = running.pids;
  const metrics = parseMetrics(await running.metrics());
  const { all, sockets, udpSockets } = descriptorsOf(pid);
  const at = (performance.now() - startedAt) / 1_000;
  const usage = { rssBytes: rssBytesOf(running.pids), cpuMs: cpuMsOf(running.pids) };
  return { at, ...usage, descriptors: all, sockets, udpSockets, metrics };
}

/** Looks at the server again and again until it is told to stop. */
function sampling(running: Running, everyMs: number): { stop(): Promise<Sample[]> } {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  let look = Promise.resolve();
  const timer = setInterval(() => {
    look = look
      .then(() => takeSample(running, startedAt))
      .then((sample) => void samples.push(sample))
      .catch((error: unknown) => say(`no sample: ${error}`));
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await look;
      return samples;
    },
  };
}

async function soak(options: { seconds: number; rate: number }): Promise<{ samples: Sample[]; run: TrafficRun }> {
  const { seconds, rate } = options;
  const pinning = choosePinning(true);
  pinSelf(pinning.load);
  const traffic = await Traffic.open();
  try {
    return await withDirectory(tmpdir(), async (parent) => {
      const running = await ours({ dataDirectory: join(parent, 'data') }).start(pinning.server);
      const samples = sampling(running, Math.min(SAMPLE_SECONDS, seconds / FEWEST_SAMPLES) * 1_000);
      try {
        const load = { server: running.sip, rate, seconds, keepRings: false };
        const run = await traffic.run({ ...load, onProgress: (account) => tellProgress(account) });
        return { run, samples: (await samples.stop()).filter(({ at }) => at <= seconds) };
      } finally {
        await samples.stop();
        await running.stop();
      }
    });
  } finally {
    await traffic.close();
  }
}

let lastToldAt = performance.now();
const TELL_EVERY_MS = 60_000;

function tellProgress(account: Account): void {
  if (performance.now() - lastToldAt < TELL_EVERY_MS) return;
  lastToldAt = performance.now();
  const { offered, promised, calledBack, completed, doubled, refused } = account.tally();
  say(
    `${offered} offered, ${promised} promised, ${calledBack} called back, ${completed} complete, ${refused} refused, ${doubled} doubled`,
  );
}

async function main(): Promise<number> {
  const { seconds, rate, out } = readOptions();
  say(`${rate} callbacks/s for ${seconds} s on ${describeMachine()}`);
  const { samples, run } = await soak({ seconds, rate });
  const from = warmUpSeconds(seconds);
  const judged = judge(seriesOf(samples), from);
  const about = { rate, seconds, from, machine: describeMachine(), at: new Date().toISOString(), run };
  const { ok, text } = verdict(judged, run);
  say(`\n${soakTable(judged)}\n\n${text}`);
  if (out !== null) {
    writeFileSync(`${out}.svg`, soakChart(judged, about));
    writeFileSync(`${out}.md`, soakMarkdown(judged, about));
    say(`written: ${out}.md, ${out}.svg`);
  }
  return ok ? 0 : 1;
}

process.exitCode = await main();
