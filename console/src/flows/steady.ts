/** What is drawn stays the same object as long as it says the same: else each letter that is typed draws the whole picture anew. */

/** Down to the last field; functions by what they are. */
export function saysTheSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(other, key) && saysTheSame(one[key as never], other[key as never]))
  );
}

/** @returns those of before in place of their likes */
export function steadied<T extends { id: string }>(before: ReadonlyMap<string, T>, items: readonly T[]): T[] {
  return items.map((item) => {
    const known = before.get(item.id);
    return known !== undefined && saysTheSame(known, item) ? known : item;
  });
}
