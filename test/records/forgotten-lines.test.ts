import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Cdr } from '../../lib/core/cdr/cdr.ts';
import type { CdrSettings } from '../../lib/core/cdr/settings.ts';
import { theirs, traceOf, withoutNumber } from '../../lib/core/policy/number-trace.ts';
import { CdrPlaces } from '../../lib/records/cdr-places.ts';
import { CdrWriter } from '../../lib/records/cdr-writer.ts';
import { forgetInFiles } from '../../lib/records/forgotten-lines.ts';
import { OpenLegs } from '../../lib/records/open-legs.ts';
import { ShadowLog } from '../../lib/records/shadow-log.ts';
import { Webhook } from '../../lib/records/webhook.ts';
import { EXPLANATION } from '../http/fakes.ts';
import { MemoryLog, systemClock } from '../support/outside-world.ts';
import { aLeg, aRecord, CdrDirectory, NOON, until } from './cdr-sample.ts';

const ANA = '+5548991996260';
const BEA = '+5511988887777';
const isAnas = theirs(traceOf([{ received: '048991996260', e164: ANA }]));
const ANAS = /99199\D{0,2}6260/;

describe('a number that is forgotten', () => {
  let directory: CdrDirectory;
  beforeEach(() => {
    directory = new CdrDirectory();
  });
  afterEach(() => directory.remove());

  const read = (...names: string[]) => readFileSync(directory.at(...names));
  const forget = (what: object = {}) =>
    forgetInFiles(directory.path, /\.(?:ndjson|csv)$/, { isTheirs: isAnas, until: NOON, ...what });

  describe('in files', () => {
    const left = (text: string | Buffer, name = 'cdr-1.ndjson') => writeFileSync(directory.at(name), text);

    it('becomes asterisks where it stands; nothing moves, and the file stays the same one', async () => {
      const line = (caller: string, more = {}) => `${JSON.stringify({ caller, talkMs: 48991996260, ...more })}\n`;
      const odd = Buffer.from([0x22, 0xff, 0x22, ...Buffer.from(` ${ANA}\n`)]);
      const lines = [line(ANA), line(BEA), line('x', { reason: 'ã "to" (48) 99199\u20116260' })].join('');
      left(Buffer.concat([Buffer.from(lines), odd, Buffer.from(`{"caller":"${ANA}`)]));
      const { ino, size } = statSync(directory.at('cdr-1.ndjson'));
      assert.equal(await forget(), 4);
      const after = statSync(directory.at('cdr-1.ndjson'));
      assert.deepEqual([after.ino, after.size], [ino, size]);
      const texts = read('cdr-1.ndjson').toString('latin1').split('\n');
      assert.deepEqual(JSON.parse(texts[0]!), { caller: '+*************', talkMs: 48991996260 });
      assert.deepEqual(JSON.parse(texts[1]!), { caller: BEA, talkMs: 48991996260 });
      assert.match(Buffer.from(texts[2]!, 'latin1').toString(), /"ã \\"to\\" \(\*\*\) \*{5}\u2011\*{4}"/);
      assert.deepEqual(texts.slice(3), ['"\xff" +*************', '{"caller":"+*************']);
      assert.equal(await forget(), 0);
    });

    it('is found in every line, however long they are, and wherever a portion ends', async () => {
      const text = Array.from({ length: 3_000 }, (_, serial) => `${serial},${'x'.repeat(serial % 300)},${ANA}\r\n`);
      const whole = [...text, 'y'.repeat(300_000), `,${ANA}`].join('');
      left(whole, 'cdr-1.csv');
      assert.equal(await forget(), 3_001);
      const after = read('cdr-1.csv').toString();
      assert.equal(after, whole.replaceAll('5548991996260', '*'.repeat(13)));
    });

    it('stays in what began afterwards', async () => {
      const at = (time: number) => new Date(time).toISOString();
      left([NOON, NOON + 1].map((time) => `{"caller":"${ANA}","startedAt":"${at(time)}"}\n`).join(''));
      left([NOON, NOON + 1].map((time) => `${ANA},${at(time)}\n`).join(''), 'cdr-1.csv');
      assert.equal(await forget(), 2);
      for (const name of ['cdr-1.ndjson', 'cdr-1.csv']) {
        const [first, second] = read(name).toString().split('\n');
        assert.deepEqual([ANAS.test(first!), ANAS.test(second!)], [false, true], name);
      }
    });

    it('is not looked for where there are none, nor in those of others', async () => {
      left(`${ANA}\n`, 'notes.txt');
      assert.equal(await forget(), 0);
      assert.match(read('notes.txt').toString(), ANAS);
      assert.equal(await forgetInFiles(directory.at('none'), /./, { isTheirs: isAnas, until: NOON }), 0);
    });
  });

  describe('by the writer of call detail records', () => {
    const SETTINGS: CdrSettings = {
      ...{ formats: ['ndjson', 'csv'], maxFileMegabytes: 100, keepDays: 0, syncSeconds: 1 },
      webhook: { url: 'http://127.0.0.1:9/', secret: null, timeoutSeconds: 1, maxQueueMegabytes: 1 },
    };
    const writers: CdrWriter[] = [];
    afterEach(async () => {
      for (const writer of writers.splice(0)) await writer.stop();
    });
    const started = async (given: (places: CdrPlaces) => CdrPlaces = (places) => places) => {
      const log = new MemoryLog();
      const observer = { written: () => undefined, dropped: () => undefined };
      const nowhere = { secret: () => '', fetch: () => Promise.reject(new Error('no network')), random: () => 0 };
      const counted = { onDelivered: () => undefined, onFailed: () => undefined };
      const path = directory.path;
      const writer = new CdrWriter({
        ...{ directory: path, clock: systemClock, log, observer },
        places: (settings) =>
          given(
            new CdrPlaces({
              ...{ directory: path, settings, observer, now: () => NOON },
              webhook: (parts) => new Webhook({ ...parts, ...nowhere, ...counted, clock: systemClock, log }),
            }),
          ),
      });
      writers.push(writer);
      await writer.start(SETTINGS);
      return writer;
    };
    const names = () =>
      [...readdirSync(directory.path), ...readdirSync(directory.at('webhook')).map((name) => `webhook/${name}`)].filter(
        (name) => /\.(?:ndjson|csv)$/.test(name),
      );
    const everything = () =>
      names()
        .map((name) => read(name).toString())
        .join('');
    const hers = (legId: string, changes: Partial<Cdr> = {}) => aRecord(legId, { callee: ANA, ...changes });
    const rows = () =>
      names()
        .filter((name) => /^cdr-.*ndjson$/.test(name))
        .flatMap((name) => read(name).toString().split('\n').slice(0, -1))
        .map((line) => JSON.parse(line) as Record<string, unknown>);

    it('goes out of what is written, what is up, and what is told afterwards of calls from before', async () => {
      const writer = await started();
      writer.closed(hers('a.1.1'));
      writer.open(aLeg('b.1.1', { callee: ANA }));
      writer.open(aLeg('c.1.1', { callee: BEA }));
      await until(
        'the legs are written down',
        () => existsSync(directory.at('open-legs.ndjson')) && rows().length === 1,
      );
      assert.equal(ANAS.test(everything()), true);
      assert.equal(await writer.forget(isAnas, NOON), 4, 'a record in three places, and a leg');
      assert.doesNotMatch(everything(), ANAS);
      writer.closed(hers('b.1.1'));
      writer.closed(hers('d.1.1', { startedAt: NOON + 1 }));
      await until('all are written', () => rows().length === 3);
      assert.deepEqual(
        rows().map(({ legId, callee }) => [legId, callee]),
        [
          ['a.1.1', '+*************'],
          ['b.1.1', '+*************'],
          ['d.1.1', ANA],
        ],
      );
    });

    it('is not in the records of the calls that a crash cut afterwards', async () => {
      const writer = await started();
      writer.open(aLeg('b.1.1', { callee: ANA }));
      await until('it is written down', () => existsSync(directory.at('open-legs.ndjson')));
      await writer.forget(isAnas, NOON);
      writer.open(aLeg('c.1.1', { callee: ANA }));
      await until('so is the other', () => read('open-legs.ndjson').toString().includes('c.1.1'));
      await started();
      await until('both have their records', () => rows().length === 2);
      assert.doesNotMatch(everything(), ANAS);
    });

    it('is forgotten while nothing is written, and what comes then is written by one batch at a time', async () => {
      let [begun, running, most, release] = [0, 0, 0, () => {}];
      const writer = await started((places) => {
        const flush = places.flush.bind(places);
        places.flush = async () => {
          begun += 1;
          running += 1;
          most = Math.max(most, running);
          if (begun <= 2) await new Promise<void>((resolve) => (release = resolve));
          await flush();
          running -= 1;
        };
        return places;
      });
      writer.closed(hers('a.1.1'));
      await until('it is being written', () => begun === 1);
      const forgotten = writer.forget(isAnas, NOON);
      release();
      assert.equal(await forgotten, 3, 'a record in three places');
      writer.closed(hers('b.1.1'));
      await until('the other one is being written', () => begun > 1);
      // A second batch would begin as late as in the next turn.
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      release();
      await until('both are written', () => rows().length === 2);
      assert.equal(most, 1);
      assert.doesNotMatch(everything(), ANAS);
    });

    it('goes out of records that no place has taken yet', async () => {
      const writer = await started();
      writer.closed(hers('a.1.1'));
      const lines = writer.forget(isAnas, NOON);
      await lines;
      await until('it is written', () => rows().length === 1);
      assert.doesNotMatch(everything(), ANAS);
    });
  });

  it('is not written down again with the legs that are up, when their file is written anew', async () => {
    const legs = new OpenLegs(directory.at('open-legs.ndjson'));
    const others = Array.from({ length: 6_000 }, (_, serial) => aLeg(`c${serial}.1.1`, { callee: BEA }));
    await legs.write({ up: [aLeg('a.1.1', { callee: ANA }), ...others], ended: [], now: NOON });
    await forget();
    legs.revise((leg) => withoutNumber(leg, isAnas));
    await legs.write({ up: [], ended: others.map(({ id }) => id), now: NOON });
    await legs.alive(NOON);
    const text = read('open-legs.ndjson').toString();
    assert.match(text, /^\{"leg":.*"callee":"\+\*{13}".*\n.*\n$/, 'it is written anew, and she is up');
    await legs.close();
  });

  it('goes out of shadow records: shown, waiting and written ones', async () => {
    mkdirSync(directory.at('shadow'));
    const log = new ShadowLog({ directory: directory.at('shadow'), clock: systemClock, log: new MemoryLog() });
    await log.start();
    const record = (id: string, at: number) => {
      const explanation = { ...EXPLANATION, from: { received: '048991996260', e164: ANA } };
      return { id, at, callId: id, peer: 'udp/192.0.2.1:5060', source: null, explanation, joins: null };
    };
    const written = () =>
      readdirSync(directory.at('shadow'))
        .map((name) => read('shadow', name).toString())
        .join('');
    try {
      log.add(record('a', NOON));
      await until('it is written', () => readdirSync(directory.at('shadow')).length === 1 && ANAS.test(written()));
      log.add(record('b', NOON));
      log.add(record('c', NOON + 1));
      await log.forget(isAnas, NOON);
      assert.deepEqual(
        log.all().map(({ id, explanation }) => [id, explanation.from.received]),
        [
          ['c', '048991996260'],
          ['b', '************'],
          ['a', '************'],
        ],
      );
    } finally {
      await log.stop();
    }
    const lines = written().split('\n').slice(0, -1);
    assert.deepEqual(
      lines.map((line) => ANAS.test(line)),
      [false, false, true],
    );
  });
});
