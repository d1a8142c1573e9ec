/** A number in YAML whose text would be lost: `0123` is 123 to every reader, `+5548…` has no plus, long ones lose digits. */
export class UnquotedNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
  /** What to do about it where `expected` (a zod type word) is wanted. */
  advice(expected: string): string {
    if (expected === 'number' || expected === 'int') return `\`${this.source}\` is not written as a plain number`;
    return `\`${this.source}\` is read as a number: put it in quotes ('${this.source}')`;
  }
}
