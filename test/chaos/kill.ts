/** kill -9 at random moments: nobody is told, nothing is saved, and a supervisor starts the next process at once. */

import { configurationOf, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first', 'second'];
const delaySeconds = 2;

async function killAndStart(stage: Stage): Promise<void> {
  const { faults } = stage.options;
  for (let kill = 0; kill < faults; kill += 1) {
    await stage.pause(500, 3_500);
    const node = stage.random.pick(stage.nodes);
    await node.stop('SIGKILL');
    await node.start();
    stage.progress(`kill -9 of ${node.name}`);
  }
}

const common = {
  delaySeconds,
  trunks,
  faults: { full: 100, short: 3 },
  shortRate: 15,
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
};
