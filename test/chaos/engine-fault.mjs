/**
 * Loaded before the server by --import: on SIGUSR2 the thread of its SIP engine is ended, in the middle of whatever it does.
 * Nothing of this is in the product.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const threads = createRequire(import.meta.url)('node:worker_threads');

if (threads.isMainThread) {
  const Real = threads.Worker;
  /** The engine's alone gets settings with a control link; the store has a worker of its own. */
  threads.Worker = class extends Real {
    constructor(file, options) {
      super(file, options);
      if (options?.workerData?.control !== undefined) process.on('SIGUSR2', () => void this.terminate());
    }
  };
  syncBuiltinESMExports();
}
