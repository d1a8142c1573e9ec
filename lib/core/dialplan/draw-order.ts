/** The order in which the trunks of a route are tried, drawn by weight where they have one. */

/** A trunk without weight stands where it is; neighbours with a weight share one place. */
export interface Weighted {
  name: string;
  weight: number | null;
}

/** FNV-1a with the finalizer of MurmurHash3: 32 bits, well spread, the same on every machine. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Above 0, at most 1. */
function shareOf(text: string): number {
  return (hashOf(text) + 1) / 0x1_0000_0000;
}

/** The exponential race: the first of the order is `name` with the probability of its weight among all, and so on. */
function drawnGroup(group: readonly Weighted[], draw: string | null): string[] {
  if (draw === null) return group.toSorted((a, b) => (b.weight ?? 0) - (a.weight ?? 0)).map(({ name }) => name);
  const times = group.map(({ name, weight }) => ({
    name,
    time: -Math.log(shareOf(`${draw}\n${name}`)) / (weight ?? 1),
  }));
  return times.sort((a, b) => a.time - b.time).map(({ name }) => name);
}

/**
 * @param draw decides; the same one gives the same order, whatever happened in between. Null: the likeliest order
 */
export function drawOrder(trunks: readonly Weighted[], draw: string | null): string[] {
  const order: string[] = [];
  for (let i = 0; i < trunks.length; ) {
    let end = i;
    while (end < trunks.length && trunks[end]!.weight !== null) end += 1;
    if (end === i) {
      order.push(trunks[i]!.name);
      i += 1;
    } else {
      order.push(...drawnGroup(trunks.slice(i, end), draw));
      i = end;
    }
  }
  return order;
}
