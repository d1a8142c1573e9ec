/** One measurement: calls through a relay, or prompts of it, seen by phones in processes of their own. */

import { watchCores } from '../machine.ts';
import { cpuMsOf, mainThreadCpuMsOf } from '../proc.ts';
import type { MediaContender, Relay, Target } from './contenders.ts';
import type { GeneratorOrder, GeneratorReport } from './generator.ts';
import type { HelperProcess } from './helper-process.ts';

export type Generator = HelperProcess<GeneratorOrder, GeneratorReport>;

export interface Quantiles {
  p50: number;
  p99: number;
  max: number;
}

export interface RelayPoint {
  contender: string;
  calls: number;
  packets: number;
  lost: number;
  /** One way, from the one phone to the other. */
  delayMs: Quantiles;
  /** By how much the way of a packet took longer or shorter than that of the one before. */
  jitterMs: Quantiles;
  /** Of one core; null: nobody relays. */
  cpuPercent: number | null;
  cpuUsPerPacket: number | null;
  /** Of one core, the main thread alone; null or left out: not measured. */
  mainPercent?: number | null;
  coresBusy: number[];
}

export interface PlayoutPoint {
  contender: string;
  prompts: number;
  packets: number;
  /** Between two packets of a prompt. */
  gapMs: Quantiles;
  /** By how much a gap is not 20 ms. */
  deviationMs: Quantiles;
  /** Packets per second and prompt, the slowest and the fastest. */
  rate: { least: number; most: number };
  cpuPercent: number;
  coresBusy: number[];
}

export interface MediaLoad {
  count: number;
  seconds: number;
}

const WARM_UP_MS = 2_000;
const ADDRESSES = ['127.0.62.11', '127.0.62.12'] as const;

export function quantilesOf(values: Float32Array): Quantiles {
  const sorted = values.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

function joined(...parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

async function phonesOf(generator: Generator, address: string, count: number): Promise<Target[]> {
  const { ports } = await generator.ask({ type: 'open', address, count }, 'opened');
  return ports.map((port) => ({ address, port }));
}

/** CPU and cores between the call and the call of what is returned. */
function watch(relay: Relay): () => { cpuMs: number; mainMs: number; elapsedMs: number; coresBusy: number[] } {
  const cores = watchCores();
  const before = cpuMsOf(relay.pids);
  const mainBefore = mainThreadCpuMsOf(relay.pids);
  const startedAt = performance.now();
  return () => ({
    cpuMs: cpuMsOf(relay.pids) - before,
    mainMs: mainThreadCpuMsOf(relay.pids) - mainBefore,
    elapsedMs: performance.now() - startedAt,
    coresBusy: cores(),
  });
}

export async function measureRelay(
  contender: MediaContender,
  [one, other]: readonly [Generator, Generator],
  { count, seconds, core }: MediaLoad & { core: number | null },
): Promise<RelayPoint> {
  const relay = await contender.start(core);
  try {
    const [as, bs] = [await phonesOf(one, ADDRESSES[0], count), await phonesOf(other, ADDRESSES[1], count)];
    const targets = await relay.bridge(as.map((a, index): [Target, Target] => [a, bs[index]!]));
    const times = { warmUpMs: WARM_UP_MS, durationMs: seconds * 1000 };
    const watched = watch(relay);
    const [a, b] = await Promise.all([
      one.ask({ type: 'talk', targets: targets.map(([target]) => target), ...times }, 'talked'),
      other.ask({ type: 'talk', targets: targets.map(([, target]) => target), ...times }, 'talked'),
    ]);
    const { cpuMs, mainMs, coresBusy } = watched();
    const sent = a.sent + b.sent;
    // The warm-up costs as much, and what lingers nothing.
    const talkedMs = WARM_UP_MS + seconds * 1000;
    const all = (sent * talkedMs) / (seconds * 1000);
    await relay.clear();
    return {
      contender: contender.name,
      calls: count,
      packets: sent,
      lost: sent - a.received - b.received,
      delayMs: quantilesOf(joined(a.delaysMs, b.delaysMs)),
      jitterMs: quantilesOf(joined(a.jitterMs, b.jitterMs)),
      cpuPercent: relay.pids.length === 0 ? null : (cpuMs / talkedMs) * 100,
      cpuUsPerPacket: relay.pids.length === 0 ? null : (cpuMs * 1000) / all,
      mainPercent: relay.pids.length === 0 ? null : (mainMs / talkedMs) * 100,
      coresBusy,
    };
  } finally {
    await relay.stop();
  }
}

/** Null: it plays nothing. */
export async function measurePlayout(
  contender: MediaContender,
  generator: Generator,
  { count, seconds, core }: MediaLoad & { core: number | null },
): Promise<PlayoutPoint | null> {
  const relay = await contender.start(core);
  try {
    if (relay.play === null) return null;
    const phones = await phonesOf(generator, ADDRESSES[0], count);
    await relay.play(phones);
    const watched = watch(relay);
    const order = { type: 'listen', warmUpMs: WARM_UP_MS, durationMs: seconds * 1000 } as const;
    const { gapsMs, packets, spansMs } = await generator.ask(order, 'listened');
    const { cpuMs, elapsedMs, coresBusy } = watched();
    await relay.clear();
    const rates = packets.map((received, index) => ((received - 1) * 1000) / spansMs[index]!);
    return {
      contender: contender.name,
      prompts: count,
      packets: packets.reduce((sum, received) => sum + received, 0),
      gapMs: quantilesOf(gapsMs),
      deviationMs: quantilesOf(gapsMs.map((gap) => Math.abs(gap - 20))),
      rate: { least: Math.min(...rates), most: Math.max(...rates) },
      cpuPercent: (cpuMs / elapsedMs) * 100,
      coresBusy,
    };
  } finally {
    await relay.stop();
  }
}
