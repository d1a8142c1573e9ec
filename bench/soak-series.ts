/** What is watched over hours, what of it may grow, and the verdict. */

import { FEWEST_POINTS, type Point, type Tolerance, type Trend, trendOf } from './trend.ts';

/** One look at the server. */
export interface Sample {
  /** Seconds since the load began. */
  at: number;
  rssBytes: number;
  cpuMs: number;
  descriptors: number;
  sockets: number;
  udpSockets: number;
  /** As /metrics has them. */
  metrics: ReadonlyMap<string, number>;
}

export interface Series {
  name: string;
  unit: string;
  points: Point[];
  /** Null: it grows by nature, and is only told. */
  tolerance: Tolerance | null;
  /** Seconds that must have been watched before it can be called growing. */
  settlesIn: number;
}

export interface Judged extends Series {
  trend: Trend;
  /** There are too few samples, or of a series that takes its time to settle less was seen than that. */
  tooShort: boolean;
}

interface SeriesKind {
  name: string;
  unit: string;
  tolerance: Tolerance | null;
  settlesIn?: number;
  /** Undefined: this server has no such thing, or it did not say. */
  value(now: Sample, before: Sample): number | undefined;
}

const MIB = 2 ** 20;
const GROWS_BY_NATURE = null;
/** A heap grows until V8 finds it worth collecting as a whole, which takes minutes. */
const HEAP_SETTLES_IN = 600;
/** The longest that a transaction is kept (RFC 3261 17), twice. */
const TRANSACTIONS_SETTLE_IN = 64;

/** What is in use at a steady rate goes up and down, by chance and with the clock of the callers. */
const count = (least: number): Tolerance => ({ sharePerHour: 0.05, leastPerHour: least, leastInAll: least });

const metric = (name: string, factor = 1) => {
  return ({ metrics }: Sample) => {
    const value = metrics.get(name);
    return value === undefined ? undefined : value * factor;
  };
};

/** Of a counter: how much it went up, per second. */
const perSecond = (read: (sample: Sample) => number | undefined) => (now: Sample, before: Sample) => {
  const [later, earlier] = [read(now), read(before)];
  if (later === undefined || earlier === undefined || now.at <= before.at) return undefined;
  return (later - earlier) / (now.at - before.at);
};

const done = metric('callback_callbacks{state="done"}');
const perCallback = (now: Sample, before: Sample) => {
  const finished = (done(now) ?? 0) - (done(before) ?? 0);
  return finished > 0 ? (now.cpuMs - before.cpuMs) / finished : undefined;
};

const ENGINE_PARTS = ['client transactions', 'server transactions', 'dialogs', 'requests under way'];
const OPEN_STATES = ['scheduled', 'queued', 'dialing', 'answered', 'connecting', 'connected'];

const KINDS: readonly SeriesKind[] = [
  {
    name: 'RSS',
    unit: 'MiB',
    tolerance: count(12),
    settlesIn: HEAP_SETTLES_IN,
    value: ({ rssBytes }) => rssBytes / MIB,
  },
  {
    name: 'heap in use',
    unit: 'MiB',
    tolerance: count(12),
    settlesIn: HEAP_SETTLES_IN,
    value: metric('nodejs_heap_size_used_bytes', 1 / MIB),
  },
  { name: 'file descriptors', unit: '', tolerance: count(20), value: ({ descriptors }) => descriptors },
  { name: 'sockets', unit: '', tolerance: count(20), value: ({ sockets }) => sockets },
  { name: 'UDP sockets', unit: '', tolerance: count(20), value: ({ udpSockets }) => udpSockets },
  { name: 'media endpoints', unit: '', tolerance: count(20), value: metric('callback_media_endpoints') },
  {
    name: 'media ports in use',
    unit: 'pairs',
    tolerance: count(20),
    value: metric('callback_media_ports{state="used"}'),
  },
  {
    name: 'media ports at rest',
    unit: 'pairs',
    tolerance: count(60),
    value: metric('callback_media_ports{state="quarantined"}'),
  },
  { name: 'legs', unit: '', tolerance: count(20), value: metric('callback_legs') },
  { name: 'callbacks in memory', unit: '', tolerance: count(40), value: metric('callback_held') },
  ...ENGINE_PARTS.map((part) => ({
    name: `engine: ${part}`,
    unit: '',
    tolerance: count(60),
    settlesIn: TRANSACTIONS_SETTLE_IN,
    value: metric(`callback_sip_engine{what="${part}"}`),
  })),
  ...OPEN_STATES.map((state) => ({
    name: `rows: ${state}`,
    unit: '',
    tolerance: count(40),
    value: metric(`callback_callbacks{state="${state}"}`),
  })),
  {
    name: 'store log (WAL)',
    unit: 'MiB',
    tolerance: count(8),
    value: metric('callback_store_bytes{part="log"}', 1 / MIB),
  },
  {
    name: 'event loop lag p99',
    unit: 'ms',
    tolerance: { sharePerHour: 0.25, leastPerHour: 10, leastInAll: 10 },
    value: metric('nodejs_eventloop_lag_p99_seconds', 1_000),
  },
  ...['main', 'engine'].map((thread) => ({
    name: `busy: ${thread} thread`,
    unit: '%',
    tolerance: { sharePerHour: 0.15, leastPerHour: 5, leastInAll: 5 },
    value: perSecond(metric(`callback_event_loop_busy_seconds_total{thread="${thread}"}`, 100)),
  })),
  {
    name: 'CPU per callback',
    unit: 'ms',
    tolerance: { sharePerHour: 0.15, leastPerHour: 0.3, leastInAll: 0.3 },
    value: perCallback,
  },
  { name: 'rows: done', unit: '', tolerance: GROWS_BY_NATURE, value: done },
  {
    name: 'database',
    unit: 'MiB',
    tolerance: GROWS_BY_NATURE,
    value: metric('callback_store_bytes{part="database"}', 1 / MIB),
  },
];

/** Only of what was seen at all. */
export function seriesOf(samples: readonly Sample[]): Series[] {
  return KINDS.map(({ name, unit, tolerance, value, settlesIn = 0 }) => {
    const points = samples.flatMap((sample, index) => {
      const before = samples[index - 1];
      const read = before === undefined ? undefined : value(sample, before);
      return read === undefined ? [] : [{ at: sample.at, value: read }];
    });
    return { name, unit, tolerance, settlesIn, points };
  }).filter(({ points }) => points.length > 0);
}

/** Caches fill and code is compiled: what happens in the beginning is shown, but not judged. */
export function warmUpSeconds(seconds: number): number {
  return Math.max(seconds / 5, Math.min(seconds / 2, 300));
}

const NOT_JUDGED: Tolerance = { sharePerHour: 0, leastPerHour: Infinity, leastInAll: Infinity };

export function judge(series: readonly Series[], fromSecond: number): Judged[] {
  return series.map((one) => {
    const points = one.points.filter(({ at }) => at >= fromSecond);
    const watched = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
    const tooShort = points.length < FEWEST_POINTS || watched < one.settlesIn;
    return { ...one, tooShort, trend: trendOf(points, (tooShort ? null : one.tolerance) ?? NOT_JUDGED) };
  });
}

/** What is in use by calls alone. */
const EMPTY_IN_THE_END = [
  'callback_legs',
  'callback_media_endpoints',
  'callback_media_ports{state="used"}',
  ...ENGINE_PARTS.map((part) => `callback_sip_engine{what="${part}"}`),
  ...OPEN_STATES.map((state) => `callback_callbacks{state="${state}"}`),
];

/** Some time after the last call: what is still in use, with its figure; what the server does not tell is left too. */
export function leftOver(metrics: ReadonlyMap<string, number>): string[] {
  return EMPTY_IN_THE_END.filter((name) => metrics.get(name) !== 0).map(
    (name) => `${name} ${metrics.get(name) ?? 'is not told'}`,
  );
}
