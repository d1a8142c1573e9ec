import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { OpenLeg } from '../../lib/core/cdr/cdr.ts';
import type { CdrSettings } from '../../lib/core/cdr/settings.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { CdrPlaces } from '../../lib/records/cdr-places.ts';
import { CdrWriter } from '../../lib/records/cdr-writer.ts';
import { Webhook } from '../../lib/records/webhook.ts';
import { ManualClock, MemoryLog, systemClock } from '../support/outside-world.ts';
import { aLeg, aRecord, CdrDirectory, NOON, until } from './cdr-sample.ts';

const SETTINGS: CdrSettings = {
  formats: ['ndjson', 'csv'],
  maxFileMegabytes: 100,
  keepDays: 0,
  syncSeconds: 1,
  webhook: null,
};

describe('the writer of call detail records', () => {
  let directory: CdrDirectory;
  let log: MemoryLog;
  let writers: CdrWriter[] = [];
  const counts = { written: 0, dropped: 0 };

  beforeEach(() => {
    directory = new CdrDirectory();
    log = new MemoryLog();
    writers = [];
    Object.assign(counts, { written: 0, dropped: 0 });
  });
  afterEach(async () => {
    for (const writer of writers) await writer.stop();
    directory.remove();
  });

  const make = (path = directory.path, clock: Clock = systemClock): CdrWriter => {
    const observer = {
      written: (place: string, records: number) => {
        if (place === 'ndjson') counts.written += records;
      },
      dropped: (place: string, records: number) => {
        if (place === 'ndjson') counts.dropped += records;
      },
    };
    const writer = new CdrWriter({
      directory: path,
      clock,
      log,
      observer,
      places: (settings) =>
        new CdrPlaces({
          directory: path,
          settings,
          observer,
          now: () => NOON,
          webhook: (parts) =>
            new Webhook({
              ...parts,
              secret: () => '',
              clock: systemClock,
              log,
              fetch: () => Promise.reject(new Error('no network here')),
              random: () => 0,
              onDelivered: () => undefined,
              onFailed: () => undefined,
            }),
        }),
    });
    writers.push(writer);
    return writer;
  };
  const started = async (settings: CdrSettings | null = SETTINGS) => {
    const writer = make();
    await writer.start(settings);
    return writer;
  };
  /** Ids in the file, in order. */
  const recorded = (path = directory.path): string[] => {
    const name = readdirSync(path).find((file) => file.endsWith('.ndjson') && file.startsWith('cdr-'));
    if (name === undefined) return [];
    const lines = readFileSync(`${path}/${name}`, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line).legId as string);
  };
  const journal = () =>
    existsSync(directory.at('open-legs.ndjson')) ? readFileSync(directory.at('open-legs.ndjson'), 'utf8') : '';
  const isUp = (leg: OpenLeg) => until('it is in the journal', () => journal().includes(leg.id));

  it('writes each record once to each format, in their order', async () => {
    const writer = await started();
    for (let count = 0; count < 500; count += 1) writer.closed(aRecord(`cb.1.${count}`));
    await until('all are there', () => recorded().length === 500);
    writer.closed(aRecord('last'));
    await writer.stop();
    assert.deepEqual(recorded(), [...Array.from({ length: 500 }, (_, count) => `cb.1.${count}`), 'last']);
    const csv = readFileSync(directory.at('cdr-2026-11-26.csv'), 'utf8');
    assert.equal(csv.split('\r\n').length, 501 + 2);
    assert.equal(counts.written, 501);
  });

  it('leaves a record of each leg that was up when the process died, at its next start, and once', async () => {
    const writer = await started();
    const [talking, ringing, over] = [aLeg('talking', { answeredAt: NOON + 1_000 }), aLeg('ringing'), aLeg('over')];
    for (const leg of [talking, ringing, over]) writer.open(leg);
    await isUp(over);
    writer.closed(aRecord('over'));
    await until('its end is in the journal', () => journal().includes(`"end":"${over.id}"`));
    // No stop: the process is gone.
    for (let starts = 0; starts < 3; starts += 1) {
      const next = await started();
      await until('they are written', () => recorded().length === 3);
      await next.stop();
    }
    assert.deepEqual(recorded(), ['over', 'talking', 'ringing']);
    const lines = readFileSync(directory.at('cdr-2026-11-26.ndjson'), 'utf8').split('\n');
    const cut = JSON.parse(lines[1]!);
    assert.deepEqual(
      [cut.disposition, cut.endedBy, cut.reason, cut.isEndEstimated],
      ['answered', 'system', 'restart', true],
    );
    assert.equal(log.at('warn').length, 1);
    assert.equal(existsSync(directory.at('open-legs.ndjson')), false, 'nothing is up');
  });

  it('writes no second record where the crash came between the record and its mark in the journal', async () => {
    const writer = await started();
    writer.open(aLeg('done'));
    await isUp(aLeg('done'));
    const before = journal();
    writer.closed(aRecord('done'));
    await writer.stop();
    writeFileSync(directory.at('open-legs.ndjson'), `${before}{"leg":{"id":"ha`);
    await (await started()).stop();
    assert.deepEqual(recorded(), ['done']);
  });

  it('estimates the end of a cut call by the last sign of life', async () => {
    const leg = aLeg('talking', { answeredAt: NOON + 1_000 });
    writeFileSync(
      directory.at('open-legs.ndjson'),
      `${JSON.stringify({ leg })}\n${JSON.stringify({ alive: NOON + 61_000 })}\n`,
    );
    await (await started()).stop();
    const { endedAt, talkMs } = JSON.parse(readFileSync(directory.at('cdr-2026-11-26.ndjson'), 'utf8'));
    assert.deepEqual([endedAt, talkMs], [new Date(NOON + 61_000).toISOString(), 60_000]);
  });

  it('gives a sign of life every five seconds while a call is up, and only then', async () => {
    const clock = new ManualClock();
    const writer = make(directory.path, clock);
    await writer.start(SETTINGS);
    const signs = () => journal().match(/"alive":\d+/g) ?? [];
    clock.advance(20_000);
    writer.open(aLeg('talking'));
    await isUp(aLeg('talking'));
    const before = signs().length;
    for (let second = 0; second < 11; second += 1) {
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    await until('two signs', () => signs().length >= before + 2);
    assert.ok(signs().length <= before + 3);
  });

  it('does nothing where nobody wants records, and begins when the configuration says so', async () => {
    const writer = await started(null);
    writer.open(aLeg('early'));
    writer.closed(aRecord('early'));
    writer.configure(SETTINGS);
    await until('the files may be written', () => {
      writer.closed(aRecord('late'));
      return recorded().length > 0;
    });
    assert.ok(!recorded().includes('early'));
  });

  it('keeps the journal as small as the calls that are up', async () => {
    const writer = await started({ ...SETTINGS, formats: [] });
    writer.open(aLeg('long'));
    for (let round = 0; round < 60; round += 1) {
      const legs = Array.from({ length: 200 }, (_, count) => aLeg(`cb.${round}.${count}`));
      for (const leg of legs) writer.open(leg);
      await isUp(legs.at(-1)!);
      for (const { legId } of legs) writer.closed(aRecord(legId));
      await until('they are over', () => writer.waiting === 0);
    }
    await until('the journal was written anew', () => journal().split('\n').length < 10_500);
    assert.ok(journal().includes('"legId":"long"'));
  });

  describe('on a disk that runs full', () => {
    before(function () {
      if (process.getuid?.() !== 0) this.skip();
    });

    it('keeps records in memory and writes whole lines of all of them when there is room again', async () => {
      const small = directory.at('small');
      mkdirSync(small);
      assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', small]).status, 0);
      try {
        const writer = make(small);
        await writer.start({ ...SETTINGS, formats: ['ndjson'] });
        writeFileSync(`${small}/ballast`, Buffer.alloc(60 * 1024));
        for (let count = 0; count < 200; count += 1) writer.closed(aRecord(`cb.1.${count}`));
        await until('it is told', () => log.at('error').length === 1);
        assert.ok(writer.waiting > 0);
        for (const line of readFileSync(`${small}/cdr-2026-11-26.ndjson`, 'utf8').split('\n').slice(0, -1))
          JSON.parse(line);
        rmSync(`${small}/ballast`);
        assert.equal(spawnSync('mount', ['-o', 'remount,size=4m', small]).status, 0);
        await until('all are written', () => writer.waiting === 0, 8_000);
        await writer.stop();
        assert.deepEqual(
          recorded(small),
          Array.from({ length: 200 }, (_, count) => `cb.1.${count}`),
        );
        assert.equal(counts.dropped, 0);
      } finally {
        spawnSync('umount', [small]);
      }
    }).timeout(15_000);

    it('lets the oldest go when too many wait, and counts them', async () => {
      const gone = make('/dev/full/cdr');
      await assert.rejects(gone.start(SETTINGS));
      const writer = await started();
      // Nobody may write where a directory stands in the way.
      mkdirSync(directory.at('cdr-2026-11-26.ndjson'));
      for (let count = 0; count < 20_100; count += 1) writer.closed(aRecord(`cb.1.${count}`));
      await until('it is told', () => log.at('error').length === 1);
      assert.ok(counts.dropped >= 100 && counts.dropped < 200, String(counts.dropped));
      assert.ok(writer.waiting <= 20_000);
    });
  });
});
