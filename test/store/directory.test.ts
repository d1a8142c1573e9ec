import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from '../../lib/store/directory.ts';

describe('the data directory', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'callback-directory-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is made with those above it, for this user only, and the topmost new one is told', () => {
    assert.equal(makeDirectory(join(root, 'a/b/c'), 0o700), join(root, 'a'));
    for (const made of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(join(root, made)).mode & 0o777, 0o700, made);
    assert.equal(makeDirectory(join(root, 'a/b/c'), 0o700), null);
  });

  it('is an error, not an endless loop, where the kernel makes none', () => {
    assert.throws(() => makeDirectory('/proc/callback/data', 0o700), { code: 'ENOENT' });
  });

  it('is an error where a file stands in the way', () => {
    writeFileSync(join(root, 'file'), '');
    assert.throws(() => makeDirectory(join(root, 'file'), 0o700), { code: 'EEXIST' });
    assert.throws(() => makeDirectory(join(root, 'file/data'), 0o700), { code: 'ENOTDIR' });
  });
});
