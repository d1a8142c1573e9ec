/** Who or what has answered, as far as it can be heard. */

/** Asterisk's `amd.conf`, by its names, in milliseconds but for the two that say otherwise. */
export interface AmdSettings {
  /** So much silence at the beginning is a machine. */
  initialSilence: number;
  /** A first utterance longer than this is a machine. */
  greeting: number;
  /** So much silence after the greeting is a person who waits for ours. */
  afterGreetingSilence: number;
  /** Longer than this nothing is concluded. */
  totalAnalysisTime: number;
  /** What is shorter is no word. */
  minimumWordLength: number;
  /** So much silence parts two words. */
  betweenWordsSilence: number;
  /** More words than this are a machine. */
  maximumNumberOfWords: number;
  /** Mean amplitude of a frame, 0 to 32767, below which it is silence. */
  silenceThreshold: number;
  /** One word longer than this is a machine. */
  maximumWordLength: number;
}

export const AMD_STANDARD: Readonly<AmdSettings> = Object.freeze({
  initialSilence: 2500,
  greeting: 1500,
  afterGreetingSilence: 800,
  totalAnalysisTime: 5000,
  minimumWordLength: 100,
  betweenWordsSilence: 50,
  maximumNumberOfWords: 2,
  silenceThreshold: 256,
  maximumWordLength: 5000,
});

/** What is listened for on a leg. */
export type Detection =
  | { what: 'human'; settings: AmdSettings }
  /** The tone after which a machine records; `within`: so many milliseconds are waited for it. */
  | { what: 'beep'; settings: { within: number } };

/** Of `human`: the first three; of `beep`: the last two. */
export type DetectionResult = 'human' | 'machine' | 'notsure' | 'beep' | 'none';

/**
 * Why: those of Asterisk's AMDCAUSE for `human`; `BEEP` and `TIMEOUT` for `beep`; `NOMEDIA`: nothing can be heard there.
 */
export type DetectionCause =
  | 'INITIALSILENCE'
  | 'HUMAN'
  | 'LONGGREETING'
  | 'MAXWORDS'
  | 'MAXWORDLENGTH'
  | 'TOOLONG'
  | 'BEEP'
  | 'TIMEOUT'
  | 'NOMEDIA';
