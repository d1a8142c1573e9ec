/** The media's figures as Markdown. */

import { markdownTable } from '../markdown-table.ts';
import type { PlayoutPoint, Quantiles, RelayPoint } from './measure.ts';

export interface MediaResults {
  at: string;
  machine: string;
  setUp: string;
  seconds: number;
  /** Milliseconds of the fixed loop, before and after. */
  calibrationMs: number[];
  /** In the order in which they were measured. */
  relay: RelayPoint[];
  playout: PlayoutPoint[];
}

const ms = (value: number) =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : String(Math.round(value));
const quantiles = ({ p50, p99, max }: Quantiles) => `${ms(p50)} / ${ms(p99)} / ${ms(max)}`;
const percent = (value: number | null) => (value === null ? '-' : String(Math.round(value)));
const busy = (cores: readonly number[]) => cores.map((share) => Math.round(share * 100)).join(' / ');

export function relayTable(points: readonly RelayPoint[]): string {
  const head = [
    'between the phones',
    'calls',
    'packets',
    'lost',
    'lost %',
    'delay p50 / p99 / max ms',
    'jitter p50 / p99 / max ms',
  ];
  const rows = points.map((point) => [
    ...[point.contender, String(point.calls), String(point.packets), String(point.lost)],
    ((point.lost / Math.max(1, point.packets)) * 100).toFixed(3),
    ...[quantiles(point.delayMs), quantiles(point.jitterMs)],
    ...[percent(point.cpuPercent), percent(point.mainPercent ?? null)],
    ...[point.cpuUsPerPacket?.toFixed(1) ?? '-', busy(point.coresBusy)],
  ]);
  return markdownTable([...head, 'CPU %', 'main thread %', 'CPU us per packet', 'cores busy %'], rows);
}

export function playoutTable(points: readonly PlayoutPoint[]): string {
  const head = [
    'who plays',
    'prompts',
    'packets',
    'gap p50 / p99 / max ms',
    'off by p50 / p99 / max ms',
    'packets per second',
  ];
  const rows = points.map((point) => [
    ...[point.contender, String(point.prompts), String(point.packets)],
    ...[quantiles(point.gapMs), quantiles(point.deviationMs)],
    `${point.rate.least.toFixed(2)} - ${point.rate.most.toFixed(2)}`,
    ...[percent(point.cpuPercent), busy(point.coresBusy)],
  ]);
  return markdownTable([...head, 'CPU %', 'cores busy %'], rows);
}

const medianOf = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Of each contender at each number of calls, the medians of its rounds. */
export function mediaSummary({ relay, playout }: MediaResults): string {
  const relayed = [...Map.groupBy(relay, ({ contender, calls }) => `${contender}, ${calls} calls`)].map(
    ([name, points]) => {
      const of = (value: (point: RelayPoint) => number) => medianOf(points.map(value));
      const lost = Math.max(...points.map((point) => (point.lost / Math.max(1, point.packets)) * 100));
      const cpu = points[0]!.cpuPercent === null ? '' : `, ${Math.round(of((point) => point.cpuPercent!))} % of a core`;
      const figures = `delay p50 / p99 ${ms(of((point) => point.delayMs.p50))} / ${ms(of((point) => point.delayMs.p99))} ms`;
      const jitter = `jitter p50 / p99 ${ms(of((point) => point.jitterMs.p50))} / ${ms(of((point) => point.jitterMs.p99))} ms`;
      return `- ${name}: lost ${lost.toFixed(3)} % at worst, ${figures}, ${jitter}${cpu}`;
    },
  );
  const played = [...Map.groupBy(playout, ({ contender, prompts }) => `${contender}, ${prompts} prompts`)].map(
    ([name, points]) => {
      const of = (value: (point: PlayoutPoint) => number) => medianOf(points.map(value));
      const rates = `${ms(of((point) => point.rate.least))} to ${ms(of((point) => point.rate.most))} packets per second`;
      return `- ${name}: gap p99 / max ${ms(of((point) => point.gapMs.p99))} / ${ms(of((point) => point.gapMs.max))} ms, ${rates}`;
    },
  );
  return [...relayed, ...played].join('\n');
}

/** With the heading and what the figures mean; nothing where there are none. */
export function mediaSection(results: MediaResults | null): string {
  if (results === null) return '';
  const { at, machine, setUp, seconds, calibrationMs, relay, playout } = results;
  return `
## Media

Rewritten by \`make bench-media\`; ${at.slice(0, 10)}. ${machine}. Medians of the rounds:

${mediaSummary(results)}

Calls of two phones each, G.711, 50 packets a second both ways, through the embedded media (the engine in a process of its own),
through rtpengine in userspace, and with nobody between: what the phones themselves, in two processes, add to every figure. In
turn, ${seconds} s each after 2 s. *Delay* is one way, from the one phone to the other, *jitter* by how much a packet's way took
longer or shorter than that of the one before it. ${setUp} The fixed loop took ${calibrationMs.map((one) => one.toFixed(0)).join(' and ')} ms.

${relayTable(relay)}

Prompts at once to as many phones, all in time with each other; *off by* is how far a gap between two packets is from 20 ms.

${playoutTable(playout)}
`;
}
