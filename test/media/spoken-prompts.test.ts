import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PromptLibrary } from '../../lib/media/prompts/prompt-library.ts';
import { readWav } from '../../lib/media/prompts/wav.ts';
import { silentLog } from '../support/silent-log.ts';

const SHIPPED = join(import.meta.dirname, '../../prompts');
const LANGUAGES = ['en', 'es', 'pt-BR'];
const MOST_BYTES = 1_950_000;
const KEYS = [...'0123456789'].map((digit) => `digits/${digit}`).concat('digits/star', 'digits/hash');
/** Flows and components name them. */
const NAMES = [
  ...KEYS,
  'callback-menu',
  'callback-scheduled',
  'closed',
  'connect-menu',
  'goodbye',
  'invalid-choice',
  'leave-message',
  'no-input',
  'nobody-available',
  'please-hold',
  'please-try-again',
  'press-one-to-confirm',
  'press-one-to-take',
  'recorded',
  'snooze-menu',
  'thank-you',
  'you-entered',
].sort();

const sumOf = (data: string | Buffer) => createHash('sha256').update(data).digest('hex').slice(0, 32);
const linesOf = (language: string, file: string) =>
  readFileSync(join(SHIPPED, language, file), 'utf8')
    .trimEnd()
    .split('\n');
const soundOf = (language: string, name: string) => readFileSync(join(SHIPPED, language, `${name}.wav`));

function samplesOf(language: string, name: string): Int16Array {
  const wav = readWav(soundOf(language, name));
  assert.ok(wav.result === 'read', `${language}/${name}`);
  return wav.samples;
}

describe('The spoken prompts', () => {
  it('come in three languages, with the same names in each', () => {
    const folders = readdirSync(SHIPPED, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(folders.map(({ name }) => name).sort(), LANGUAGES);
    for (const language of LANGUAGES) {
      assert.deepEqual(
        linesOf(language, 'texts.txt')
          .map((line) => line.split('|')[0]!)
          .sort(),
        NAMES,
        language,
      );
      const files = readdirSync(join(SHIPPED, language), { recursive: true }).map(String);
      const sounds = files.filter((file) => file.endsWith('.wav')).map((file) => file.slice(0, -'.wav'.length));
      assert.deepEqual(sounds.sort(), NAMES, language);
    }
  });

  it('can be played, each in the language that is asked for', () => {
    const library = new PromptLibrary([SHIPPED], silentLog());
    for (const language of LANGUAGES) for (const name of NAMES) assert.ok(library.has(name, language), name);
    assert.ok(library.has('you-entered&digits:0123456789*#&press-one-to-confirm', 'pt-BR'));
    for (const name of NAMES) {
      const sums = LANGUAGES.map((language) => sumOf(soundOf(language, name)));
      assert.equal(new Set(sums).size, LANGUAGES.length, `${name} is the same in two languages`);
    }
  });

  it('are as loud as speech on a telephone, do not clip, and begin and end at once', () => {
    for (const language of LANGUAGES) {
      for (const name of NAMES) {
        const samples = samplesOf(language, name);
        const loud = samples.filter((sample) => Math.abs(sample) > 328);
        const level = 20 * Math.log10(Math.sqrt(loud.reduce((sum, one) => sum + one * one, 0) / loud.length) / 32_768);
        const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        const about = `${language}/${name}: ${level.toFixed(1)} dBFS, peak ${peak}`;
        assert.ok(level > -24 && level < -14, about);
        assert.ok(peak < 24_000, about);
        const first = samples.findIndex((sample) => Math.abs(sample) > 328);
        const last = samples.findLastIndex((sample) => Math.abs(sample) > 328);
        assert.ok(first < 0.1 * 8000 && samples.length - last < 0.2 * 8000, about);
        const seconds = samples.length / 8000;
        assert.ok(name.startsWith('digits/') ? seconds < 1 : seconds > 0.4 && seconds < 8, `${about}, ${seconds} s`);
      }
    }
  });

  it('say what stands in texts.txt: make prompts has been run since', () => {
    for (const language of LANGUAGES) {
      const made = new Map(
        linesOf(language, 'made.txt').map((line) => [line.split('|')[0]!, line.split('|').slice(1)]),
      );
      assert.equal(made.size, NAMES.length, language);
      for (const line of linesOf(language, 'texts.txt')) {
        const name = line.split('|')[0]!;
        const [text, sound] = made.get(name) ?? [];
        assert.equal(text, sumOf(line), `${language}/${name}: the text has changed: make prompts`);
        assert.equal(sound, sumOf(soundOf(language, name)), `${language}/${name}: the sound is not that of the text`);
      }
    }
  });

  it('stay small', () => {
    const sizes = LANGUAGES.flatMap((language) =>
      NAMES.map((name) => statSync(join(SHIPPED, language, `${name}.wav`)).size),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total < MOST_BYTES, `${total} bytes`);
  });
});
