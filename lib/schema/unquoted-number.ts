import { type Flaw, flaw } from '../core/mistake.ts';

/** A number in YAML whose text would be lost: `0123` is 123 to every reader, `+5548…` has no plus, long ones lose digits. */
export class UnquotedNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
  /** What to do about it where `expected` (a zod type word) is wanted. */
  advice(expected: string): Flaw {
    const { source } = this;
    if (expected === 'number' || expected === 'int') return flaw('number-not-plain', { source });
    return flaw('number-loses-text', { source });
  }
}
