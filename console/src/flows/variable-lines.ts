/** Variables as lines of a form. */

export type Line = readonly [name: string, text: string];

export function linesOf(values: unknown): Line[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).map(([name, text]): Line => [name, String(text)]);
}

/** Of two lines of one name the first one counts. */
export function valuesOf(lines: readonly Line[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, text] of lines) if (!values.has(name)) values.set(name, text);
  return Object.fromEntries(values);
}

/** `name3`: one that no line has. */
export function freeVariable(lines: readonly Line[]): string {
  for (let count = lines.length + 1; ; count += 1) {
    const name = `name${count}`;
    if (!lines.some(([taken]) => taken === name)) return name;
  }
}
