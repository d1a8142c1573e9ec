/** A process that stands still for a while, as in a paused virtual machine, and goes on as if nothing had been. */

import { setTimeout as delay } from 'node:timers/promises';
import { configurationOf, type Scenario } from './scenario.ts';
import { LEASE_SECONDS, type Stage } from './stage.ts';

const trunks = ['first', 'second'];
const delaySeconds = 2;
const STOPPED_MS = 10_000;
/** Longer than the delay, than what is due, and than the lease. */
const SHORT_STOPPED_MS = 2 * LEASE_SECONDS * 1_000;

async function stopAndGoOn(stage: Stage): Promise<void> {
  const { faults, isShort } = stage.options;
  for (let fault = 1; fault <= faults; fault += 1) {
    await stage.pause(500, 3_000);
    const node = stage.random.pick(stage.nodes);
    node.signal('SIGSTOP');
    await delay(isShort ? SHORT_STOPPED_MS : STOPPED_MS);
    node.signal('SIGCONT');
    stage.progress(`${node.name} stood still for ${(isShort ? SHORT_STOPPED_MS : STOPPED_MS) / 1_000} s`, fault);
    await node.ready();
    await stage.pause(1_000, 3_000);
  }
}

const common = {
  delaySeconds,
  trunks,
  faults: { full: 6, short: 1 },
  shortRate: 12,
  configuration: (peers: string) => configurationOf(peers, { trunks, delaySeconds }),
  disturb: stopAndGoOn,
};

export const freeze: Scenario = {
  ...common,
  name: 'freeze',
  about: 'SIGSTOP of the server for 10 s, then SIGCONT',
  nodes: 1,
};

export const freezeOfThree: Scenario = {
  ...common,
  name: 'freeze-nodes',
  about: 'SIGSTOP of one of three nodes for 10 s: its lease passes to others; then SIGCONT',
  nodes: 3,
};
