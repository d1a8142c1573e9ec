import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Beside the sources of this thread; undefined: nothing is kept. */
const compiled = getCompileCacheDir();
const keepCompiled = compiled === undefined ? '' : JSON.stringify(dirname(compiled));

/** In plain JavaScript, so that a thread whose sources are compiled already does not load the type stripper: 5 MB. */
export function startThread(entry: URL, options: WorkerOptions): Worker {
  const start = `require('node:module').enableCompileCache(${keepCompiled}); import(${JSON.stringify(entry.href)});`;
  return new Worker(start, { ...options, eval: true });
}
