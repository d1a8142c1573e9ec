/**
 * A bad network between the server and everybody else: datagrams are lost, late, doubled and out of order, in both
 * directions. The scenario is played within a network namespace of its own, by another process of this file's.
 */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endsWithUs } from '../support/child-processes.ts';
import type { Impairment } from './impairment.ts';
import { NO_IMPAIRMENT } from './impairment.ts';
import {
  mayMakeNamespaces,
  Namespaces,
  PEERS_ADDRESS,
  SERVER_ADDRESS,
  SERVER_HTTP,
  type Storm,
  startStorm,
} from './namespaces.ts';
import type { ChaosReport } from './play.ts';
import { configurationOf, type NodeSetting, type Scenario, type ScenarioOptions } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first'];
const delaySeconds = 2;

const WEATHERS: ReadonlyArray<[name: string, impairment: Partial<Impairment>]> = [
  ['5 % lost', { lossPercent: 5 }],
  ['late by 80 ms, give or take 60', { delayMs: 80, jitterMs: 60 }],
  ['10 % lost, 5 % doubled', { lossPercent: 10, duplicatePercent: 5 }],
  ['a fifth overtakes, 10 % doubled', { delayMs: 40, jitterMs: 30, reorderPercent: 20, duplicatePercent: 10 }],
  [
    '15 % lost, late, doubled and out of order',
    { lossPercent: 15, delayMs: 60, jitterMs: 50, reorderPercent: 10, duplicatePercent: 5 },
  ],
  ['nothing gets through', { lossPercent: 100 }],
];

/** Told to the process within the namespace. */
interface Place {
  server: string;
  peers: string;
  weather: 'netem' | 'mirror';
}

const storms = new WeakMap<Stage, Storm>();

async function prepare(stage: Stage): Promise<NodeSetting> {
  const place: Place = JSON.parse(process.env['CHAOS_PLACE'] ?? '{}');
  const { seed } = stage.options;
  const storm = await startStorm({ ...place, seed, serverPorts: [5_060], peerPorts: [5_062, 5_070] });
  storms.set(stage, storm);
  stage.atTheEnd(() => storm.end());
  stage.note(
    `the network is made by ${place.weather === 'netem' ? 'tc netem' : 'our own relay: the kernel has no netem'}`,
  );
  return { server: { prefix: Namespaces.prefix(place.server), httpHost: SERVER_HTTP } };
}

async function stormy(stage: Stage): Promise<void> {
  const { faults, isShort } = stage.options;
  const storm = storms.get(stage)!;
  for (let fault = 1; fault <= faults; fault += 1) {
    const [name, impairment] = WEATHERS[(fault - 1 + (isShort ? 4 : 0)) % WEATHERS.length]!;
    stage.note(name);
    storm.set({ ...NO_IMPAIRMENT, ...impairment });
    // Nothing at all for longer than any retransmission waits would be another fault.
    if (impairment.lossPercent === 100) await stage.pause(2_000, 6_000);
    else await stage.pause(isShort ? 5_000 : 10_000, isShort ? 5_000 : 15_000);
    stage.progress(name, fault);
  }
  storm.set(NO_IMPAIRMENT);
}

export const network: Scenario = {
  name: 'network',
  about: 'datagrams are lost, late, doubled and out of order, in both directions',
  nodes: 1,
  delaySeconds,
  trunks,
  faults: { full: 12, short: 1 },
  shortRate: 10,
  isWireWhole: false,
  configuration: (peers) =>
    configurationOf(peers, {
      trunks,
      delaySeconds,
      ringTimeoutSeconds: 15,
      noResponseSeconds: 10,
      retry: '{ attempts: 4, intervalSeconds: [2], on: [busy, no-answer, unreachable, failed] }',
    }),
  lacks: () => (mayMakeNamespaces() ? null : 'only root may make network namespaces'),
  prepare,
  disturb: stormy,
  elsewhere: playInNamespace,
};

/** Makes the namespaces, and has the scenario played in that of the peers. */
async function playInNamespace(options: ScenarioOptions): Promise<ChaosReport> {
  const namespaces = Namespaces.make();
  try {
    const { server, peers, weather } = namespaces;
    const { say, ...told } = options;
    const addresses = { servers: [SERVER_ADDRESS], peers: PEERS_ADDRESS, database: '' };
    const script = [import.meta.dirname, 'network-play.ts'].join('/');
    const command = [...Namespaces.prefix(peers), process.execPath, script, JSON.stringify({ ...told, addresses })];
    const env = { ...process.env, CHAOS_PLACE: JSON.stringify({ server, peers, weather } satisfies Place) };
    const child = endsWithUs(spawn(command[0]!, command.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'] }));
    let report: ChaosReport | null = null;
    for await (const line of createInterface({ input: child.stdout! })) {
      if (line.startsWith(REPORT)) report = JSON.parse(line.slice(REPORT.length)) as ChaosReport;
      else say(line);
    }
    if (report === null) throw new Error('the process in the namespace ended without a report');
    return report;
  } finally {
    namespaces.remove();
  }
}

export const REPORT = 'REPORT ';
