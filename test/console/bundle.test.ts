import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUILT = join(import.meta.dirname, '../../dist/console');
const FIRST_LOAD_BYTES = 250_000;

/** What a page loads before it shows anything: its scripts, and what those import at once. */
function firstScripts(): Set<string> {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    const text = readFileSync(join(BUILT, 'assets', name), 'utf8');
    for (const [, imported] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) visit(imported!);
  };
  for (const [, name] of page.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)) visit(name!);
  return found;
}

describe('the pages of the console, built', () => {
  it('load at most 250 kB of compressed JavaScript before the first page', () => {
    const scripts = [...firstScripts()];
    const bytes = scripts.map((name) => gzipSync(readFileSync(join(BUILT, 'assets', name)), { level: 9 }).length);
    const sum = bytes.reduce((all, one) => all + one, 0);
    assert.ok(scripts.length > 0 && sum > 50_000, 'nothing was found to weigh');
    assert.ok(sum <= FIRST_LOAD_BYTES, `${sum} bytes in ${scripts.length} files`);
    if (process.env['CONSOLE_WEIGH']) process.stderr.write(`first load: ${sum} bytes in ${scripts.length} files\n`);
  });

  it('hold no script and no style in the page itself', () => {
    const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
    assert.match(page, /__CSP_NONCE__/);
  });
});
