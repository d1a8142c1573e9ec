/**
 * Person or answering machine, by the cadence of the first seconds: the algorithm of Asterisk's AMD(), with its parameters
 * (`AmdSettings`), decisions and causes. A person says a word or two and waits; a machine talks on, or begins late.
 *
 * A frame is silence when its mean amplitude is below the threshold. Voice of `minimumWordLength` without a gap of
 * `betweenWordsSilence` is a word; a word counts where such a gap was before it.
 */

import type { AmdSettings } from '../../core/call/detection.ts';
import type { Detector, Finding } from '../../ports/listening.ts';
import { FRAME_MS, meanAmplitude } from './frame.ts';

const machine = (cause: Finding['cause']): Finding => ({ result: 'machine', cause });

export class AnsweringMachineDetector implements Detector {
  readonly #settings: AmdSettings;
  #totalMs = 0;
  /** Of the present silence. */
  #silenceMs = 0;
  /** All of it. */
  #voiceMs = 0;
  /** Since the last gap between two words. */
  #wordMs = 0;
  #words = 0;
  #isBetweenWords = false;
  /** The first word has been said. */
  #isGreeting = false;

  constructor(settings: AmdSettings) {
    this.#settings = settings;
  }

  hear(frame: Int16Array): Finding | null {
    this.#totalMs += FRAME_MS;
    if (this.#totalMs >= this.#settings.totalAnalysisTime) return { result: 'notsure', cause: 'TOOLONG' };
    return meanAmplitude(frame) < this.#settings.silenceThreshold ? this.#silence() : this.#voice();
  }

  #silence(): Finding | null {
    const { betweenWordsSilence, initialSilence, afterGreetingSilence } = this.#settings;
    this.#silenceMs += FRAME_MS;
    if (this.#silenceMs >= betweenWordsSilence) {
      this.#isBetweenWords = true;
      this.#wordMs = 0;
    }
    if (!this.#isGreeting && this.#silenceMs >= initialSilence) return machine('INITIALSILENCE');
    if (this.#isGreeting && this.#silenceMs >= afterGreetingSilence) return { result: 'human', cause: 'HUMAN' };
    return null;
  }

  #voice(): Finding | null {
    const { minimumWordLength, maximumWordLength, maximumNumberOfWords, greeting } = this.#settings;
    this.#silenceMs = 0;
    this.#wordMs += FRAME_MS;
    this.#voiceMs += FRAME_MS;
    const isWord = this.#wordMs >= minimumWordLength;
    if (isWord && this.#isBetweenWords) {
      this.#words += 1;
      this.#isBetweenWords = false;
    }
    if (this.#wordMs >= maximumWordLength) return machine('MAXWORDLENGTH');
    if (this.#words > maximumNumberOfWords) return machine('MAXWORDS');
    if (this.#isGreeting && this.#voiceMs >= greeting) return machine('LONGGREETING');
    this.#isGreeting ||= isWord;
    return null;
  }
}
