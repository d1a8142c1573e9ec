import type { SrvRecord } from './dns.ts';

/**
 * SRV records in the order in which they are tried (RFC 2782): by priority, and within one by a draw that favours weight.
 * `random` gives a number from 0 up to 1.
 */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const byPriority = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (byPriority.length > 0) {
    const priority = byPriority[0]?.priority;
    const group = byPriority.filter((record) => record.priority === priority);
    byPriority.splice(0, group.length);
    while (group.length > 0) ordered.push(...group.splice(drawIndex(group, random), 1));
  }
  return ordered;
}

function drawIndex(group: readonly SrvRecord[], random: () => number): number {
  const total = group.reduce((sum, record) => sum + record.weight, 0);
  // Inclusive, as RFC 2782 has it, so that a weight of 0 keeps a small chance.
  const drawn = Math.floor(random() * (total + 1));
  let sum = 0;
  for (const [index, record] of group.entries()) {
    sum += record.weight;
    if (sum >= drawn) return index;
  }
  return group.length - 1;
}
