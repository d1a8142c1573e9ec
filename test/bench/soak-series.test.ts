import assert from 'node:assert/strict';
import { parseMetrics } from '../../bench/prometheus.ts';
import { judge, leftOver, type Sample, seriesOf, warmUpSeconds } from '../../bench/soak-series.ts';

const SECONDS = 3_600;

/** A server at 100 callbacks a second, as a sample is taken of it. */
function sample(at: number, over: Partial<Sample> = {}, metrics: Record<string, number> = {}): Sample {
  // A fixed wobble in place of chance.
  const wobble = Math.sin(at * 1.7) + Math.sin(at * 0.31);
  const text = Object.entries({
    'callback_callbacks{state="done"}': at * 100,
    'callback_callbacks{state="scheduled"}': Math.round(200 + 8 * wobble),
    'callback_sip_engine{what="dialogs"}': Math.round(220 + 10 * wobble),
    'callback_store_bytes{part="database"}': 5_000_000 + at * 200_000,
    'callback_event_loop_busy_seconds_total{thread="main"}': at * 0.4,
    ...metrics,
  }).map(([name, value]) => `${name} ${value}`);
  return {
    at,
    rssBytes: (160 + 6 * wobble) * 2 ** 20,
    cpuMs: at * 500,
    descriptors: Math.round(500 + 15 * wobble),
    sockets: Math.round(460 + 15 * wobble),
    udpSockets: Math.round(440 + 15 * wobble),
    metrics: parseMetrics(`# HELP x y\n${text.join('\n')}\n`),
    ...over,
  };
}

const times = Array.from({ length: SECONDS / 10 }, (_, index) => index * 10);
const growing = (samples: Sample[]) =>
  judge(seriesOf(samples), warmUpSeconds(SECONDS))
    .filter(({ trend }) => trend.grows)
    .map(({ name }) => name);

describe('the verdict of a soak', () => {
  it('is that nothing grows where everything wobbles, though the rows that are done and their file do grow', () => {
    const samples = times.map((at) => sample(at));
    assert.deepEqual(growing(samples), []);
    const rows = seriesOf(samples).find(({ name }) => name === 'rows: done');
    assert.equal(rows?.points.at(-1)?.value, 359_000);
  });

  it('does not hold the warm-up against it', () => {
    assert.deepEqual(growing(times.map((at) => sample(at, { rssBytes: Math.min(160, 80 + at / 5) * 2 ** 20 }))), []);
  });

  it('names what grows: memory, descriptors, dialogs, rows that stay open', () => {
    const leak = (at: number) => at / 60;
    assert.deepEqual(growing(times.map((at) => sample(at, { rssBytes: (160 + leak(at)) * 2 ** 20 }))), ['RSS']);
    assert.deepEqual(growing(times.map((at) => sample(at, { descriptors: Math.round(500 + 2 * leak(at)) }))), [
      'file descriptors',
    ]);
    const dialogs = (at: number) => ({ 'callback_sip_engine{what="dialogs"}': Math.round(220 + 3 * leak(at)) });
    assert.deepEqual(growing(times.map((at) => sample(at, {}, dialogs(at)))), ['engine: dialogs']);
    const stuck = (at: number) => ({ 'callback_callbacks{state="scheduled"}': Math.round(200 + 2 * leak(at)) });
    assert.deepEqual(growing(times.map((at) => sample(at, {}, stuck(at)))), ['rows: scheduled']);
  });

  it('sees that a callback costs more and more', () => {
    assert.deepEqual(growing(times.map((at) => sample(at, { cpuMs: at * 500 + (at * at) / 20 }))), [
      'CPU per callback',
    ]);
  });

  it('makes rates of counters', () => {
    const busy = seriesOf(times.map((at) => sample(at))).find(({ name }) => name === 'busy: main thread');
    assert.ok(busy!.points.every(({ value }) => Math.abs(value - 40) < 1e-6));
    const cpu = seriesOf(times.map((at) => sample(at))).find(({ name }) => name === 'CPU per callback');
    assert.ok(cpu!.points.every(({ value }) => value === 5));
  });

  it('leaves out what the server does not tell', () => {
    const names = seriesOf(times.map((at) => sample(at))).map(({ name }) => name);
    assert.ok(!names.includes('busy: engine thread') && !names.includes('legs'));
  });

  it('does not call a heap growing that was watched for a minute, but does so with what counts at once', () => {
    const minute = Array.from({ length: 60 }, (_, at) =>
      sample(at, { rssBytes: (160 + 4 * at) * 2 ** 20, descriptors: 500 + 3 * at }),
    );
    const judged = judge(seriesOf(minute), 12);
    assert.deepEqual(
      judged.filter(({ trend }) => trend.grows).map(({ name }) => name),
      ['file descriptors'],
    );
    assert.equal(judged.find(({ name }) => name === 'RSS')?.tooShort, true);
    assert.equal(judged.find(({ name }) => name === 'file descriptors')?.tooShort, false);
  });

  it('says nothing of a handful of samples', () => {
    const few = judge(seriesOf(times.slice(0, 6).map((at) => sample(at, { descriptors: at * 100 }))), 0);
    assert.ok(few.every(({ tooShort, trend }) => tooShort && !trend.grows));
  });

  it('names what is left after the last call, and what is not told', () => {
    const empty = new Map(leftOver(new Map()).map((line) => [line.replace(/ is not told$/, ''), 0]));
    assert.ok(empty.has('callback_sip_engine{what="dialogs"}') && empty.has('callback_callbacks{state="queued"}'));
    assert.deepEqual(leftOver(empty), []);
    assert.deepEqual(leftOver(new Map([...empty, ['callback_legs', 3]])), ['callback_legs 3']);
    empty.delete('callback_media_endpoints');
    assert.deepEqual(leftOver(empty), ['callback_media_endpoints is not told']);
  });
});
