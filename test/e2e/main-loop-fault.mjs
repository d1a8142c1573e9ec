/** Loaded before the program: between two SIGUSR2 each turn of its main loop is held up for a fifth of a second. */
import { isMainThread } from 'node:worker_threads';

const HOLD_MS = 200;

if (isMainThread) {
  let timer = null;
  process.on('SIGUSR2', () => {
    if (timer !== null) {
      clearInterval(timer);
      timer = null;
      return;
    }
    timer = setInterval(() => {
      for (const until = performance.now() + HOLD_MS; performance.now() < until; );
    }, 1);
  });
}
