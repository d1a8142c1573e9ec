import { caseNames, readCase } from './scenario-case.ts';
import { playCase } from './scenario-run.ts';

/** Cases wait on timers most of the time: some of them side by side, each on a loopback address of its own. */
const AT_ONCE = 4;

describe('the SIPp scenarios', function () {
  this.timeout(180_000);
  const names = caseNames();
  const results = new Map<string, Promise<void>>();
  const queue = [...names.entries()];

  before(() => {
    const waiting = new Map(names.map((name) => [name, Promise.withResolvers<void>()]));
    for (const [name, { promise }] of waiting) {
      promise.catch(() => null);
      results.set(name, promise);
    }
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, name] = next;
        await playCase(readCase(name), `127.0.41.${index + 1}`).then(
          waiting.get(name)!.resolve,
          waiting.get(name)!.reject,
        );
      }
    };
    for (let worker = 0; worker < AT_ONCE; worker += 1) void work();
  });

  for (const name of names) it(readCase(name).title, () => results.get(name));
});
