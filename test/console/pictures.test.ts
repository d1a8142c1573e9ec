import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PICTURES } from './pictures.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const listed = Object.keys(PICTURES).toSorted();

describe('the pictures of the documentation', () => {
  it('are those that a test takes, and no others', () => {
    assert.deepEqual(readdirSync(join(DOCS, 'pictures')).toSorted(), listed);
  });

  it('are each shown by a page, and no page shows another', () => {
    const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md'));
    const shown = pages.flatMap((name) =>
      [...readFileSync(join(DOCS, name), 'utf8').matchAll(/!\[[^\]]+\]\(pictures\/([^)]+)\)/g)].map(
        ([, file]) => file!,
      ),
    );
    assert.deepEqual([...new Set(shown)].toSorted(), listed);
  });

  it('are taken by the tests that are named for them', () => {
    for (const { shot, test } of Object.values(PICTURES)) {
      const text = readFileSync(join(import.meta.dirname, `${test}.test.ts`), 'utf8');
      assert.ok(new RegExp(`\\.shot\\([^)]*'${shot}'`).test(text), `${test} takes no picture '${shot}'`);
    }
  });
});
