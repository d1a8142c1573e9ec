/** Each scenario of `make chaos` in its short form, several of them side by side: they wait more than they work. */

import assert from 'node:assert/strict';
import { type ChaosReport, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { addressesOf, SCENARIOS } from './scenarios.ts';

const AT_ONCE = 5;
const SEED = 20_261_127;
/** For a machine that has much else to do. */
const TIMEOUT_MS = 400_000;

interface Playing {
  lines: string[];
  report: Promise<ChaosReport>;
}

/** So many at a time, the next one as soon as one is over. */
class Stages {
  readonly #waiting: Array<() => void> = [];
  #free = AT_ONCE;

  async on<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

function playing(scenario: Scenario, stages: Stages): Playing {
  const lines: string[] = [];
  const { faults, shortRate } = scenario;
  const options = {
    addresses: addressesOf(scenario),
    seed: SEED,
    rate: shortRate,
    faults: faults.short,
    isShort: true,
  };
  const report = stages.on(() => play(scenario, { ...options, say: (line) => void lines.push(line) }));
  // The test that waits for it hears of it.
  report.catch(() => undefined);
  return { lines, report };
}

describe('chaos, in short', function () {
  this.timeout(TIMEOUT_MS);
  const played = new Map<string, Playing>();

  before(() => {
    const stages = new Stages();
    const playable = SCENARIOS.filter(({ lacks }) => (lacks?.() ?? null) === null);
    for (const scenario of playable) played.set(scenario.name, playing(scenario, stages));
  });

  for (const { name, about } of SCENARIOS) {
    it(`keeps every promise once: ${about}`, async function () {
      const one = played.get(name);
      if (one === undefined) return this.skip();
      const report = await one.report.catch((error: Error) => {
        throw new Error(`${error.message}\n${one.lines.join('\n')}`, { cause: error });
      });
      assert.deepEqual(report.breaches, [], one.lines.join('\n'));
      assert.ok(report.calledBackOnce >= 20, `callers were promised, and called: ${JSON.stringify(report)}`);
    });
  }
});
