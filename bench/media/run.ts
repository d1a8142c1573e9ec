/**
 * `make bench-media`: bridged calls and prompts through the embedded media, side by side with rtpengine; rewrites the
 * section `Media` of bench/RESULTS.md. `--help` lists the flags.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { calibrate, choosePinning, describeMachine, idleCores, type Pinning } from '../machine.ts';
import { isRealTime } from '../proc.ts';
import { markdown, type Results } from '../report.ts';
import { direct, embedded, type MediaContender, rtpengine } from './contenders.ts';
import type { GeneratorOrder, GeneratorReport } from './generator.ts';
import { HelperProcess } from './helper-process.ts';
import { type Generator, measurePlayout, measureRelay } from './measure.ts';
import { type MediaResults, mediaSummary, playoutTable, relayTable } from './report.ts';

const say = (text: string) => void stdout.write(`${text}\n`);
const RESULTS = join(import.meta.dirname, '../RESULTS');
const CONTENDERS: Readonly<Record<string, (stallMs: number) => MediaContender>> = {
  direct: () => direct,
  embedded: (stallMs) => embedded(0, stallMs),
  'embedded-1': (stallMs) => embedded(1, stallMs),
  'embedded-2': (stallMs) => embedded(2, stallMs),
  rtpengine: () => rtpengine,
};
const IDLE_LIMIT_MS = 20_000;

const HELP = `Usage: node bench/media/run.ts [flags]
  --calls 200        bridged calls at once; several numbers with commas
  --prompts 200      prompts at once; 0: none
  --seconds 10       of each measurement
  --rounds 3         each contender so often, in turn
  --only direct,embedded,embedded-1,rtpengine   (embedded-N: RTP in so many threads of its own)
  --stall 0          so many milliseconds of each 100 the main thread of the embedded media does something else
  --no-wait          do not wait for idle cores before each measurement
  --no-pin           leave it to the system which core does what
  --write            rewrite the section of bench/RESULTS.md`;

interface Options {
  calls: number[];
  prompts: number;
  seconds: number;
  rounds: number;
  contenders: MediaContender[];
  pin: boolean;
  wait: boolean;
  write: boolean;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '200' },
      prompts: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: 'direct,embedded,embedded-1,rtpengine' },
      stall: { type: 'string', default: '0' },
      'no-wait': { type: 'boolean', default: false },
      'no-pin': { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const contenders = values.only.split(',').map((name) => {
    const contender = CONTENDERS[name];
    if (contender === undefined) throw new Error(`--only: ${name} is none of ${Object.keys(CONTENDERS).join(', ')}`);
    return contender(Number(values.stall));
  });
  return {
    calls: values.calls.split(',').map(Number),
    prompts: Number(values.prompts),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    contenders,
    pin: !values['no-pin'],
    wait: !values['no-wait'],
    write: values.write,
  };
}

async function measure(options: Options, generators: readonly [Generator, Generator], core: number | null) {
  const { calls, prompts, seconds, rounds, contenders, wait } = options;
  const results: Pick<MediaResults, 'relay' | 'playout'> = { relay: [], playout: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const count of calls) {
      for (const contender of contenders) {
        const disturbed = wait ? await idleCores(IDLE_LIMIT_MS) : null;
        if (disturbed !== null) say(`(the cores are not idle: ${disturbed})`);
        const point = await measureRelay(contender, generators, { count, seconds, core });
        results.relay.push(point);
        say(relayTable([point]).split('\n').at(-1)!);
      }
    }
    for (const contender of prompts > 0 ? contenders : []) {
      const point = await measurePlayout(contender, generators[0], { count: prompts, seconds, core });
      if (point === null) continue;
      results.playout.push(point);
      say(playoutTable([point]).split('\n').at(-1)!);
    }
  }
  return results;
}

function write(media: MediaResults): void {
  const results = { ...(JSON.parse(readFileSync(`${RESULTS}.json`, 'utf8')) as Results), media };
  writeFileSync(`${RESULTS}.json`, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(`${RESULTS}.md`, markdown(results));
  say(`\nwritten: ${RESULTS}.md, ${RESULTS}.json`);
}

function describeSetUp({ server, load }: Pinning): string {
  const cores =
    server === null
      ? 'Nothing is pinned.'
      : `Who relays is pinned to core ${server} with all threads, the phones to core ${load}.`;
  return isRealTime() ? `${cores} All of it ran before the other work of the machine (\`chrt -r 1\`).` : cores;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === null) return say(HELP);
  const pinning = choosePinning(options.pin);
  const module = join(import.meta.dirname, 'generator.ts');
  const open = () => HelperProcess.start<GeneratorOrder, GeneratorReport>(module, pinning.load);
  const generators = [await open(), await open()] as const;
  const before = calibrate(pinning.server);
  const measured = await measure(options, generators, pinning.server);
  const media: MediaResults = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    setUp: describeSetUp(pinning),
    seconds: options.seconds,
    calibrationMs: [before, calibrate(pinning.server)],
    ...measured,
  };
  for (const generator of generators) await generator.stop();
  say(`\n${relayTable(media.relay)}\n\n${playoutTable(media.playout)}\n\n${mediaSummary(media)}`);
  if (options.write) write(media);
}

await main();
