/** Texts with the names of their values in them, as in `at most {{max}}`, by code. */

type NamesIn<T extends string> = T extends `${string}{{${infer Name}}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** What has to be given with a text: nothing, or a value for each of its names. */
export type Given<T extends string, Value> = [NamesIn<T>] extends [never] ? [] : [Record<NamesIn<T>, Value>];

/** By code: texts and names in turn. Taken apart once, since some of them are said at every call. */
export type Parts = ReadonlyMap<string, readonly string[]>;

export function partsOf(texts: Readonly<Record<string, string>>): Parts {
  return new Map(Object.entries(texts).map(([code, text]) => [code, text.split(/\{\{(\w+)\}\}/)]));
}

/** A code that is not known is its own text. */
export function filled(parts: Parts, code: string, wordFor: (name: string) => string): string {
  const own = parts.get(code) ?? [code];
  return own.map((part, place) => (place % 2 === 0 ? part : wordFor(part))).join('');
}
