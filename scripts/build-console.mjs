// Builds the console's pages into dist/console, unless they stand there already, made of the same sources.
// Run by npm after an install and by scripts/setup.sh. Usage: node scripts/build-console.mjs [--force]
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = join(root, 'dist/console');
const stamp = join(target, '.sources');

/** Of all that the pages are made of; the lock says which libraries. */
function mark() {
  const files = readdirSync(join(root, 'console'), { recursive: true, withFileTypes: true })
    // The API's types leave nothing behind in the pages.
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of [...files, join(root, 'package-lock.json')].sort())
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

// An installed package has the pages, and no sources.
if (existsSync(join(root, 'console'))) {
  const wanted = mark();
  const built = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (!built || process.argv.includes('--force')) await build(wanted);
}

async function build(wanted) {
  let vite;
  try {
    vite = await import('vite');
  } catch {
    process.stderr.write('setup: the console is not built: its tools are development dependencies\n');
    return;
  }
  process.stderr.write('setup: building the console\n');
  await vite.build({ root: join(root, 'console'), configFile: join(root, 'console/vite.config.ts'), logLevel: 'warn' });
  writeFileSync(stamp, wanted);
}
