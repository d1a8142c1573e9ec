/** What is wrong with a regular expression (RE2 syntax), for schema/; null: nothing. */
export function patternProblem(_source: string): string | null {
  throw new Error('not written yet');
}
