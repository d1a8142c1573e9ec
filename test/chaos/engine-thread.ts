/** The thread of the embedded SIP engine dies under load: the process has to end, and the next one keeps the promises. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configurationOf, type NodeSetting, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first', 'second'];
const delaySeconds = 2;
const FAULT = pathToFileURL(join(import.meta.dirname, 'engine-fault.mjs')).href;

const prepare = (): NodeSetting => ({ server: { env: { NODE_OPTIONS: `--import=${FAULT}` } } });

async function killEngine(stage: Stage): Promise<void> {
  const { faults } = stage.options;
  const node = stage.nodes[0]!;
  for (let fault = 1; fault <= faults; fault += 1) {
    await stage.pause(1_000, 4_000);
    node.signal('SIGUSR2');
    const code = await node.ended();
    assert.equal(code, 1, `the process ends with 1 when its engine is gone; it was ${code}`);
    await node.start();
    stage.progress('the engine was killed, and the process ended by itself', fault);
  }
}

export const engineThread: Scenario = {
  name: 'engine',
  about: 'the thread of the embedded SIP engine is killed; the process ends by itself and is started again',
  nodes: 1,
  delaySeconds,
  trunks,
  faults: { full: 25, short: 1 },
  shortRate: 12,
  configuration: (peers) => configurationOf(peers, { trunks, delaySeconds }),
  prepare,
  disturb: killEngine,
};
