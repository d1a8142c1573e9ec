import type { Clock } from '../ports/clock.ts';
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    alarm(at, run) {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const wait = at - Date.now();
        timer = setTimeout(() => (Date.now() >= at ? run() : arm()), Math.max(0, Math.min(wait, 60_000)));
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
