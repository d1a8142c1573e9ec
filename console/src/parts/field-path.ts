/** Fields by their paths, as the configuration writes them: `health.downAfter`. */

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => fieldsOf(inner)[key], values);
}

function replaced(values: unknown, [key = '', ...deeper]: readonly string[], value: unknown): Fields | null {
  const before = fieldsOf(values);
  const after = { ...before, [key]: deeper.length === 0 ? value : replaced(before[key], deeper, value) };
  // A group that says nothing is none: `match: {}` would be a mistake, and without it nothing is asked for.
  return Object.values(after).every((one) => one === null || one === undefined) ? null : after;
}

/** What changes of the whole: its field at the top of the path. */
export function changeAt<T extends object>(values: T, path: string, value: unknown): Partial<T> {
  const [top = '', ...deeper] = path.split('.');
  const inner = (values as Fields)[top];
  return { [top]: deeper.length === 0 ? value : replaced(inner, deeper, value) } as Partial<T>;
}
