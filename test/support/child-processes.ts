import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A run that is broken off leaves nothing behind: a server that stays would take the next run's calls. */
export function endsWithUs(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** For programs of their own: ^C ends them the way that runs what has to be done at the exit. */
export function exitsOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  // The terminal that it runs in is closed.
  process.once('SIGHUP', () => process.exit(129));
}
