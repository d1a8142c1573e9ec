/** Trunks that come and go: silent, refusing, back again. Each of two may fail, and both at a time. */

import { configurationOf, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first', 'second'];
const delaySeconds = 2;
const WAYS = ['silent', 503, 500, 408] as const;

async function flap(stage: Stage): Promise<void> {
  const { faults, isShort } = stage.options;
  const { random } = stage;
  for (let fault = 1; fault <= faults; fault += 1) {
    // The first in the rule is the one that most calls go to.
    const failing = random.pick([[0], [0], [1], [0, 1]]);
    const ways = failing.map((trunk) => ({ trunk, way: random.pick(WAYS) }));
    for (const { trunk, way } of ways) {
      if (way === 'silent') stage.phones[trunk]!.isDeaf = true;
      else stage.refusing.set(trunk, way);
    }
    const what = ways.map(({ trunk, way }) => `${trunks[trunk]} ${way}`).join(', ');
    stage.note(what);
    await stage.pause(2_000, isShort ? 4_000 : 9_000);
    for (const trunk of failing) {
      stage.phones[trunk]!.isDeaf = false;
      stage.refusing.delete(trunk);
    }
    stage.progress(`trunks failed: ${what}`, fault);
    await stage.pause(500, 3_000);
  }
}

export const flappingTrunks: Scenario = {
  name: 'trunks',
  about: 'two trunks in a rule fall silent, answer 503, 500, 408, and come back',
  nodes: 1,
  delaySeconds,
  trunks,
  faults: { full: 20, short: 2 },
  shortRate: 12,
  configuration: (peers) =>
    configurationOf(peers, {
      trunks,
      delaySeconds,
      noResponseSeconds: 2,
      retry: '{ attempts: 6, intervalSeconds: [2, 4, 8], on: [busy, no-answer, unreachable, failed] }',
    }),
  disturb: flap,
};
