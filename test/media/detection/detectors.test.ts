import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AMD_STANDARD, type AmdSettings } from '../../../lib/core/call/detection.ts';
import { AnsweringMachineDetector } from '../../../lib/media/detection/amd.ts';
import { BeepDetector } from '../../../lib/media/detection/beep.ts';
import { cadence, framesOf, hears, silence, tone } from './samples.ts';

describe('detection: person or machine', () => {
  const voice = (ms: number) => tone(300, ms);
  const judge = (parts: Int16Array[], settings: Partial<AmdSettings> = {}) => {
    const found = hears(new AnsweringMachineDetector({ ...AMD_STANDARD, ...settings }), framesOf(parts));
    return found && `${found.result} ${found.cause} ${found.afterMs}`;
  };
  const words = (count: number, ms = 200, gap = 60) =>
    Array.from({ length: count }, () => [voice(ms), silence(gap)]).flat();

  it('hears a person by the silence after a word', () => {
    assert.equal(judge([silence(500), voice(400), silence(2000)]), 'human HUMAN 1700');
    assert.equal(judge([silence(500), voice(400), silence(2000)], { afterGreetingSilence: 1200 }), 'human HUMAN 2100');
  });

  it('hears a machine by a long silence at the beginning', () => {
    assert.equal(judge([silence(4000)]), 'machine INITIALSILENCE 2500');
    assert.equal(judge([silence(4000)], { initialSilence: 3000 }), 'machine INITIALSILENCE 3000');
    // A click is no word
    assert.equal(judge([silence(1000), voice(80), silence(4000)]), 'machine INITIALSILENCE 3580');
  });

  it('hears a machine by a long greeting, in which short gaps do not count', () => {
    assert.equal(judge([silence(100), voice(4000)]), 'machine LONGGREETING 1600');
    assert.equal(judge([silence(100), voice(1000), silence(40), voice(3000)]), 'machine LONGGREETING 1640');
    assert.equal(judge([silence(100), voice(4000)], { greeting: 800 }), 'machine LONGGREETING 900');
  });

  it('hears a machine by more words than a person says', () => {
    assert.equal(judge([silence(100), ...words(2), silence(2000)]), 'human HUMAN 1360');
    assert.match(judge([silence(100), ...words(3), silence(2000)])!, /^machine MAXWORDS/);
    assert.equal(judge([silence(100), ...words(3), silence(2000)], { maximumNumberOfWords: 3 }), 'human HUMAN 1620');
    // What is shorter than a word, or not parted from the one before, is none
    assert.match(judge([silence(100), ...words(5, 80), silence(3000)])!, /INITIALSILENCE/);
    assert.match(judge([silence(100), ...words(5, 160, 40), silence(2000)])!, /^human/);
    // The word that was begun before anybody listened does not count
    assert.equal(judge([...words(3), silence(2000)]), 'human HUMAN 1520');
  });

  it('hears a machine by one word without an end', () => {
    assert.equal(
      judge([silence(100), voice(4000)], { greeting: 9000, maximumWordLength: 2000 }),
      'machine MAXWORDLENGTH 2100',
    );
  });

  it('is not sure when the time is over', () => {
    const slow = [silence(2000), voice(900), silence(700), voice(500), silence(700), voice(80), silence(600)];
    assert.equal(judge(slow), 'notsure TOOLONG 5000');
    assert.equal(judge([silence(4000)], { totalAnalysisTime: 1000 }), 'notsure TOOLONG 1000');
  });

  it('hears nothing below the threshold', () => {
    const quiet = tone(300, 400, { amplitude: 350 });
    assert.match(judge([silence(100), quiet, silence(4000)])!, /INITIALSILENCE/);
    assert.match(judge([silence(100), quiet, silence(4000)], { silenceThreshold: 100 })!, /^human/);
  });

  it('comes to one finding at the latest when the time is over, whatever is heard', () => {
    const sound = fc.array(fc.record({ ms: fc.integer({ min: 20, max: 900 }), loud: fc.boolean() }), { minLength: 30 });
    fc.assert(
      fc.property(sound, (parts) => {
        const frames = framesOf([...parts.map(({ ms, loud }) => (loud ? voice(ms) : silence(ms))), silence(5000)]);
        const found = hears(new AnsweringMachineDetector(AMD_STANDARD), frames);
        assert.ok(found !== null && found.afterMs <= AMD_STANDARD.totalAnalysisTime);
      }),
      { numRuns: 30 },
    );
  });
});

describe('detection: the beep of a machine', () => {
  const judge = (parts: Int16Array[], options: Parameters<typeof framesOf>[1] & { within?: number } = {}) => {
    const found = hears(new BeepDetector(options.within ?? 60_000), framesOf(parts, options));
    return found && `${found.result} ${found.cause} ${found.afterMs}`;
  };

  it('is told when it is over, which is when the recording begins, however its frames lie', () => {
    for (const offset of [0, 20, 40, 80, 120, 159])
      for (const hz of [480, 733, 1000, 1987]) {
        const [, , after] = judge([silence(500), tone(hz, 300), silence(500)], { offset })!.split(' ');
        assert.ok(Number(after) >= 900 && Number(after) <= 940, `${hz} Hz ${offset}: ${after}`);
      }
  });

  it('is heard through the noise of a bad line', () => {
    for (const noise of [300, 1000])
      assert.match(judge([silence(500), tone(1000, 300), silence(500)], { noise })!, /^beep/);
  });

  it('has 150 ms at least, and an end', () => {
    assert.equal(judge([silence(500), tone(1000, 100), silence(1000)]), null);
    assert.equal(judge([silence(500), tone(1000, 2800), silence(1000)]), null);
    assert.match(judge([silence(500), tone(1000, 2400), silence(1000)])!, /^beep/);
  });

  it('keeps its pitch, its loudness and its range', () => {
    const glide = Int16Array.from(
      { length: 8000 },
      (_, i) => 5000 * Math.sin((2 * Math.PI * (600 + i / 40) * i) / 8000),
    );
    assert.equal(judge([silence(500), glide, silence(1000)]), null);
    const flutter = cadence(tone(1000, 60), 20, 6);
    assert.equal(judge([silence(500), ...flutter, silence(1000)]), null);
    for (const hz of [300, 2200, 3000]) assert.equal(judge([silence(500), tone(hz, 300), silence(1000)]), null);
  });

  it('is followed by silence', () => {
    assert.equal(judge([silence(500), tone(1000, 200), tone([300, 700, 1900], 900)]), null);
    assert.equal(judge([silence(500), tone(1000, 200), tone(700, 900), silence(40)]), null);
  });

  it('at the pitch of call progress tones is one where nothing follows for a second', () => {
    assert.equal(judge([silence(500), tone(425, 300), silence(2000)]), 'beep BEEP 1920');
    assert.equal(judge([silence(500), tone(425, 300), silence(700), tone(425, 300), silence(3000)]), null);
  });

  it('is not waited for longer than was asked', () => {
    assert.equal(judge([silence(5000)], { within: 2000 }), 'none TIMEOUT 2000');
  });
});
