/** kill -9 at random moments: nobody is told, nothing is saved, and a supervisor starts the next process at once. */

import { setTimeout as delay } from 'node:timers/promises';
import { configurationOf, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first', 'second'];
const delaySeconds = 2;
/** Some are killed again while they start, and settle what the one before has left. */
const AGAIN = 0.2;
const LONGEST_START_MS = 900;

async function killAndStart(stage: Stage): Promise<void> {
  const { nodes, random, options } = stage;
  for (let kill = 0; kill < options.faults; ) {
    await stage.pause(500, 3_500);
    const node = random.pick(nodes);
    await node.stop('SIGKILL');
    kill += 1;
    if (kill < options.faults && random.chance(AGAIN)) {
      node.spawn();
      await delay(random.between(50, LONGEST_START_MS));
      await node.stop('SIGKILL');
      kill += 1;
      stage.progress(`kill -9 of ${node.name}, and of the next one while it starts`, kill);
    } else stage.progress(`kill -9 of ${node.name}`, kill);
    await node.start();
  }
}

const common = {
  delaySeconds,
  trunks,
  faults: { full: 100, short: 3 },
  shortRate: 12,
  configuration: (peers: string) => configurationOf(peers, { trunks, delaySeconds }),
  disturb: killAndStart,
};

export const kill: Scenario = {
  ...common,
  name: 'kill',
  about: 'kill -9 of the server, started again at once',
  nodes: 1,
};

export const killOfThree: Scenario = {
  ...common,
  name: 'kill-nodes',
  about: 'kill -9 of one of three nodes on PostgreSQL, started again at once',
  nodes: 3,
  faults: { full: 100, short: 2 },
};
