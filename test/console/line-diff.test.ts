import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DiffLine, hunks, lineDiff } from '../../console/src/parts/line-diff.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 }).map((lines) => lines.join('\n'));
const keep = (lines: DiffLine[], gone: DiffLine['kind']) =>
  lines
    .filter(({ kind }) => kind !== gone)
    .map((line) => line.text)
    .join('\n');

/** The longest common subsequence, by the book. */
function commonLength(before: string[], after: string[]): number {
  const row = Array.from({ length: after.length + 1 }, () => 0);
  for (const line of before) {
    let diagonal = 0;
    for (const [index, other] of after.entries()) {
      const above = row[index + 1]!;
      row[index + 1] = line === other ? diagonal + 1 : Math.max(above, row[index]!);
      diagonal = above;
    }
  }
  return row.at(-1)!;
}

describe('the diff of two configurations', () => {
  it('holds both texts, whatever they are', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        assert.equal(keep(lines, 'added'), before);
        assert.equal(keep(lines, 'removed'), after);
      }),
    );
  });

  it('changes no more lines than it has to', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const same = lineDiff(before, after).filter(({ kind }) => kind === 'same').length;
        assert.equal(same, commonLength(before.split('\n'), after.split('\n')));
      }),
    );
  });

  it('shows what changed with some lines around, and a gap for the rest', () => {
    const before = Array.from({ length: 30 }, (_, line) => `line ${line}`);
    const after = before.with(15, 'another');
    const shown = hunks(lineDiff(before.join('\n'), after.join('\n')), 2);
    assert.equal(shown.filter((line) => line === null).length, 0);
    assert.deepEqual(
      shown.map((line) => `${line!.kind} ${line!.text}`),
      ['same line 13', 'same line 14', 'removed line 15', 'added another', 'same line 16', 'same line 17'],
    );
  });
});
