/** Takes the pictures of the documentation anew: runs the tests that see them, and copies those that PICTURES names. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endsWithUs, exitsOnSignals } from '../support/child-processes.ts';
import { PICTURES } from './pictures.ts';

const ROOT = join(import.meta.dirname, '../..');

exitsOnSignals();
const shots = mkdtempSync(join(tmpdir(), 'callback-pictures-'));
const tests = new Set(Object.values(PICTURES).map(({ test }) => `test/console/${test}.test.ts`));
const mocha = spawn(process.execPath, [join(ROOT, 'node_modules/mocha/bin/mocha.js'), ...tests], {
  cwd: ROOT,
  env: { ...process.env, CONSOLE_SHOTS: shots },
  stdio: 'inherit',
});
const [code] = (await once(endsWithUs(mocha), 'exit')) as [number | null];
const missing = Object.values(PICTURES).filter(({ shot }) => !existsSync(join(shots, `${shot}.png`)));
for (const { shot, test } of missing) process.stderr.write(`pictures: ${test} has taken no picture '${shot}'\n`);
// Pictures of something that does not work would be no help.
if (code === 0 && missing.length === 0)
  for (const [file, { shot }] of Object.entries(PICTURES))
    copyFileSync(join(shots, `${shot}.png`), join(ROOT, 'docs/pictures', file));
else process.exitCode = 1;
rmSync(shots, { recursive: true, force: true });
