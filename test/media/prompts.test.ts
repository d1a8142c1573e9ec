import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FrameSource } from '../../lib/media/prompts/frame-source.ts';
import { PromptLibrary } from '../../lib/media/prompts/prompt-library.ts';
import { ToneSource, toneOf } from '../../lib/media/prompts/tone.ts';
import { readWav } from '../../lib/media/prompts/wav.ts';
import { goertzelShare } from '../support/rtp-peer.ts';
import { type KeptLog, silentLog } from '../support/silent-log.ts';

const SHIPPED = join(import.meta.dirname, '../../prompts');

/** All samples, at most `seconds` of them. */
function samplesOf(source: FrameSource, seconds = 30): number[] {
  const samples: number[] = [];
  const frame = new Int16Array(160);
  while (samples.length < seconds * 8000 && source.next(frame)) samples.push(...frame);
  return samples;
}

function tone(name: string, seconds?: number): number[] {
  return samplesOf(new ToneSource(toneOf(name)!), seconds);
}

interface WavChanges {
  encoding?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  dataSize?: number;
  before?: Buffer;
}

function wavOf(samples: readonly number[], changes: WavChanges = {}): Buffer {
  const { encoding = 1, channels = 1, rate = 8000, bits = 16, before = Buffer.alloc(0) } = changes;
  const format = Buffer.alloc(24);
  format.write('fmt ', 0, 'latin1');
  format.writeUInt32LE(16, 4);
  format.writeUInt16LE(encoding, 8);
  format.writeUInt16LE(channels, 10);
  format.writeUInt32LE(rate, 12);
  format.writeUInt32LE((rate * channels * bits) / 8, 16);
  format.writeUInt16LE((channels * bits) / 8, 20);
  format.writeUInt16LE(bits, 22);
  const data = Buffer.alloc(8 + samples.length * 2);
  data.write('data', 0, 'latin1');
  data.writeUInt32LE(changes.dataSize ?? samples.length * 2, 4);
  for (const [index, sample] of samples.entries()) data.writeInt16LE(Math.round(sample), 8 + index * 2);
  const riff = Buffer.from('RIFF\0\0\0\0WAVE', 'latin1');
  return Buffer.concat([riff, before, format, data]);
}

function sine(frequency: number, rate: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => 8000 * Math.sin((2 * Math.PI * frequency * index) / rate));
}

describe('Tones', () => {
  it('beep for 400 ms at 1000 Hz', () => {
    const samples = tone('beep');
    assert.equal(samples.length, 3200);
    assert.ok(goertzelShare(samples, 1000) > 0.95);
  });

  it('have the frequency and length of their name', () => {
    const samples = tone('620/250');
    assert.equal(samples.length, 2080, '13 frames, the last one filled up with silence');
    assert.ok(samples.slice(2000).every((sample) => sample === 0));
    assert.ok(goertzelShare(samples.slice(0, 2000), 620) > 0.95);
    assert.equal(tone('silence/100').length, 800);
    assert.ok(tone('silence').every((sample) => sample === 0));
  });

  it('ring, hold and are busy without end, with pauses', () => {
    for (const name of ['ringback', 'busy', 'hold']) {
      const samples = tone(name, 10);
      assert.equal(samples.length, 80_000, name);
      const silent = samples.filter((sample) => sample === 0).length;
      assert.ok(silent > 8000 && silent < 70_000, name);
    }
    assert.ok(goertzelShare(tone('ringback', 1), 425) > 0.95);
  });

  it('do not clip, and start and end without a click', () => {
    const samples = tone('beep');
    assert.ok(samples.every((sample) => Math.abs(sample) <= 6500));
    assert.ok(Math.abs(samples[1]!) < 500 && Math.abs(samples.at(-2)!) < 500);
  });

  it('are bounded', () => {
    for (const name of [
      '',
      'bee',
      '0/100',
      '00/100',
      '19/100',
      '3801/100',
      '1000/19',
      '1000/60001',
      '1000',
      '1e3/100',
      '1000/1e3',
      '-1/100',
      '1000/100/1',
      '__proto__',
      'toString',
    ]) {
      assert.equal(toneOf(name), null, name);
    }
    for (const name of ['20/20', '3800/60000', 'silence/60000']) assert.ok(toneOf(name), name);
  });
});

describe('WAV files', () => {
  it('are read at 8 kHz, sample by sample', () => {
    assert.deepEqual(readWav(wavOf([1, -2, 32_767, -32_768])), {
      result: 'read',
      samples: Int16Array.of(1, -2, 32_767, -32_768),
    });
  });

  it('of 16 kHz keep what can be heard at 8 kHz and lose what would become an alias', () => {
    const heard = readWav(wavOf(sine(1000, 16_000, 16_000), { rate: 16_000 }));
    const alias = readWav(wavOf(sine(7000, 16_000, 16_000), { rate: 16_000 }));
    assert.ok(heard.result === 'read' && alias.result === 'read');
    assert.equal(heard.samples.length, 8000);
    assert.ok(goertzelShare([...heard.samples], 1000) > 0.99);
    assert.ok(Math.max(...heard.samples) > 7900);
    assert.ok(Math.max(...alias.samples.subarray(100, 7900)) < 200);
  });

  it('may have other chunks, and a length that was never filled in', () => {
    const list = Buffer.concat([Buffer.from('LIST\x03\0\0\0abc', 'latin1'), Buffer.alloc(1)]);
    for (const changes of [{ before: list }, { dataSize: 0 }, { dataSize: 0xffff_ffff }]) {
      const wav = readWav(wavOf([1, 2, 3], changes));
      assert.ok(wav.result === 'read' && wav.samples.length === 3);
    }
  });

  it('of another kind are refused with the reason', () => {
    const refusals = [
      [wavOf([1], { encoding: 7 }), /encoding 7/],
      [wavOf([1], { channels: 2 }), /2 channels/],
      [wavOf([1], { rate: 44_100 }), /44100 Hz/],
      [wavOf([1], { bits: 24 }), /24 bits/],
      [wavOf([]), /no samples/],
      [Buffer.from('OggS'), /not a RIFF/],
      [wavOf([1]).subarray(0, 36), /no data/],
    ] as const;
    for (const [file, reason] of refusals) {
      const wav = readWav(file);
      assert.match(wav.result === 'refused' ? wav.reason : 'read', reason);
    }
  });

  it('are read from any bytes without throwing', () => {
    const valid = wavOf([1, 2, 3, 4, 5, 6]);
    const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(valid.length), (changes, length) => {
        const file = Buffer.from(valid);
        for (const [index, byte] of changes) file[index] = byte;
        readWav(file.subarray(0, length));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('The prompt library', () => {
  let directory: string;
  let log: KeptLog;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'prompts-'));
    log = silentLog();
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  async function lengthOf(library: PromptLibrary, prompt: string, language?: string): Promise<number | null> {
    const source = await library.source(prompt, language);
    return source === null ? null : samplesOf(source).length;
  }

  it('has the shipped prompts, of less than 100 kB each', async () => {
    const library = new PromptLibrary([SHIPPED], log);
    for (const name of ['callback-menu', 'goodbye']) {
      assert.ok(library.has(name) && library.has(`file:${name}`) && library.has(`en/${name}.wav`), name);
      assert.ok((await lengthOf(library, name))! > 8000, name);
      assert.ok(statSync(join(SHIPPED, 'en', `${name}.wav`)).size < 100_000, name);
    }
  });

  it('finds a name in the first directory that has it, in the language, then without one; English last of all', async () => {
    const [own, shipped] = [join(directory, 'own'), join(directory, 'shipped')];
    const library = new PromptLibrary([own, shipped], log);
    const found = () => lengthOf(library, 'a', 'pt-PT');
    assert.equal(await found(), null);
    const places = [
      [shipped, 'en'],
      [own, 'en'],
      [shipped, ''],
      [shipped, 'pt-BR'],
      [shipped, 'pt'],
      [shipped, 'pt-PT'],
      [own, ''],
      [own, 'pt-BR'],
      [own, 'pt'],
      [own, 'pt-PT'],
    ] as const;
    for (const [index, [where, folder]] of places.entries()) {
      mkdirSync(join(where, folder), { recursive: true });
      writeFileSync(join(where, folder, 'a.wav'), wavOf(new Array(160 * (index + 1)).fill(1)));
      assert.equal(await found(), 160 * (index + 1), `${where} ${folder}`);
      assert.ok(library.has('a', 'pt-PT'));
    }
    assert.equal(await lengthOf(library, 'a'), 320, 'English where no language is named');
    assert.equal(await lengthOf(library, 'a', 'es-MX'), 1120, 'none, before English');
    assert.equal(await lengthOf(library, 'a', '../pt'), 320, 'no language leads out');
  });

  it('plays what & joins as one, without a gap', async () => {
    const library = new PromptLibrary([directory], log);
    writeFileSync(join(directory, 'a.wav'), wavOf(new Array(200).fill(1000)));
    writeFileSync(join(directory, 'b.wav'), wavOf(new Array(130).fill(2000)));
    const source = await library.source('a&tone:silence/20&b&a');
    const samples = samplesOf(source!);
    const expected = [...new Array(200).fill(1000), ...new Array(160).fill(0)];
    expected.push(...new Array(130).fill(2000), ...new Array(200).fill(1000));
    assert.deepEqual(samples.slice(0, 690), expected);
    assert.equal(samples.length, 800, 'the last frame is filled up');
    assert.ok(samples.slice(690).every((sample) => sample === 0));
  });

  it('has a sequence only if it has all of it', async () => {
    const library = new PromptLibrary([directory], log);
    mkdirSync(join(directory, 'digits'));
    writeFileSync(join(directory, 'digits/1.wav'), wavOf(new Array(160).fill(1)));
    for (const prompt of ['digits:11', 'tone:beep&digits:1', 'digits:']) assert.ok(library.has(prompt), prompt);
    assert.equal(await lengthOf(library, 'digits:11'), 320);
    assert.equal(await lengthOf(library, 'digits:'), 0);
    for (const prompt of ['digits:12', 'tone:beep&x', 'tone:none&digits:1', '&', '']) {
      assert.equal(library.has(prompt), false, prompt);
      assert.equal(await library.source(prompt), null, prompt);
    }
  });

  it('plays the new content of a file that was changed', async () => {
    const library = new PromptLibrary([directory], log);
    writeFileSync(join(directory, 'a.wav'), wavOf(new Array(160).fill(1)));
    assert.ok(library.has('a'));
    writeFileSync(join(directory, 'a.wav'), wavOf(new Array(320).fill(1)));
    assert.equal(await lengthOf(library, 'a'), 320);
    writeFileSync(join(directory, 'a.wav'), wavOf(new Array(320).fill(2)));
    utimesSync(join(directory, 'a.wav'), 1, 1);
    const frame = new Int16Array(160);
    (await library.source('a'))?.next(frame);
    assert.equal(frame[0], 2, 'of the same size, too');
    rmSync(join(directory, 'a.wav'));
    assert.equal(library.has('a'), false);
  });

  it('has nothing outside of its directories', async () => {
    mkdirSync(join(directory, 'in'));
    writeFileSync(join(directory, 'secret.wav'), wavOf(new Array(160).fill(1)));
    writeFileSync(join(directory, 'in', '.hidden.wav'), wavOf(new Array(160).fill(1)));
    const library = new PromptLibrary([join(directory, 'in')], log);
    const names = [
      '../secret',
      'x/../../secret',
      join(directory, 'secret'),
      '.hidden',
      './a',
      'a//b',
      'a\\..\\b',
      'a\0',
      '',
      'file:',
      `file:../secret`,
      'x'.repeat(5000),
      'a/b/c/d/e',
    ];
    for (const name of names) {
      assert.equal(library.has(name), false, name);
      assert.equal(await library.source(name), null, name);
    }
  });

  it('has no prompt that can not be played, and says why', async () => {
    const library = new PromptLibrary([directory], log);
    writeFileSync(join(directory, 'stereo.wav'), wavOf([1, 2], { channels: 2 }));
    writeFileSync(join(directory, 'large.wav'), Buffer.alloc(5_000_001));
    mkdirSync(join(directory, 'folder.wav'));
    symlinkSync(join(directory, 'nowhere'), join(directory, 'dangling.wav'));
    execFileSync('mkfifo', [join(directory, 'fifo.wav')]);
    for (const name of ['stereo', 'large', 'folder', 'dangling', 'fifo', 'missing', 'tone:none']) {
      assert.equal(library.has(name), false, name);
      assert.equal(await library.source(name), null, name);
    }
    const reasons = log.lines.map((line) => JSON.stringify(line.fields)).join(' ');
    assert.match(reasons, /2 channels.*larger than 5000000 bytes.*not a regular file/s);
  });
});
