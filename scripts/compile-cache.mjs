// Compiles the sources once, so that already the first start is quick and small. Run by npm after an install; where it
// cannot (an older Node, a checkout that may not be written), the first start does it.
import { enableCompileCache, flushCompileCache } from 'node:module';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  try {
    enableCompileCache(new URL('../node_modules/.cache/compile', import.meta.url).pathname);
    const modules = ['cli/main.ts', 'cli/serve.ts', 'engine/engine.ts'];
    for (const name of modules) await import(new URL(`../lib/${name}`, import.meta.url).href);
    flushCompileCache();
  } catch (error) {
    process.stderr.write(`The sources were not compiled ahead: ${error.message}\n`);
  }
}
