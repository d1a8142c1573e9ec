/** The shortest way from one text to another, line by line (Myers 1986). */

export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** Its number in the text where it stands: the new one, or the old one for what is removed. */
  line: number;
}

/** For each number of edits, how far each diagonal gets. */
function trace(before: readonly string[], after: readonly string[]): Array<Map<number, number>> {
  const steps: Array<Map<number, number>> = [];
  let reach = new Map<number, number>([[1, 0]]);
  for (let edits = 0; edits <= before.length + after.length; edits += 1) {
    steps.push(new Map(reach));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const [down, right] = [reach.get(diagonal + 1) ?? -1, reach.get(diagonal - 1) ?? -1];
      let x = diagonal === -edits || (diagonal !== edits && right < down) ? down : right + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      reach.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return steps;
    }
    reach = new Map(reach);
  }
  return steps;
}

export function lineDiff(old: string, next: string): DiffLine[] {
  const [before, after] = [old.split('\n'), next.split('\n')];
  const steps = trace(before, after);
  const lines: DiffLine[] = [];
  let [x, y] = [before.length, after.length];
  for (let edits = steps.length - 1; edits >= 0; edits -= 1) {
    const reach = steps[edits]!;
    const diagonal = x - y;
    const [down, right] = [reach.get(diagonal + 1) ?? -1, reach.get(diagonal - 1) ?? -1];
    const cameDown = diagonal === -edits || (diagonal !== edits && right < down);
    const fromX = cameDown ? down : right;
    const fromY = fromX - (cameDown ? diagonal + 1 : diagonal - 1);
    while (
      x > Math.max(fromX, 0) &&
      y > Math.max(fromY, 0) &&
      (edits === 0 || x > fromX + (cameDown ? 0 : 1) || y > fromY + (cameDown ? 1 : 0))
    ) {
      x -= 1;
      y -= 1;
      lines.push({ kind: 'same', text: after[y]!, line: y + 1 });
    }
    if (edits === 0) break;
    if (cameDown) {
      y -= 1;
      lines.push({ kind: 'added', text: after[y]!, line: y + 1 });
    } else {
      x -= 1;
      lines.push({ kind: 'removed', text: before[x]!, line: x + 1 });
    }
  }
  return lines.reverse();
}

/** What changed, with some lines around; null: lines that were left out. */
export function hunks(lines: readonly DiffLine[], around = 3): Array<DiffLine | null> {
  const near = new Set<number>();
  for (const [index, { kind }] of lines.entries())
    if (kind !== 'same') for (let at = index - around; at <= index + around; at += 1) near.add(at);
  const shown: Array<DiffLine | null> = [];
  for (const [index, line] of lines.entries()) {
    if (near.has(index)) shown.push(line);
    else if (shown.at(-1) !== null && shown.length > 0) shown.push(null);
  }
  return shown.at(-1) === null ? shown.slice(0, -1) : shown;
}
