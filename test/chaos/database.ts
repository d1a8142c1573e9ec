/** PostgreSQL goes away and comes back, for all nodes or for one. */

import { setTimeout as delay } from 'node:timers/promises';
import { TcpGate } from '../support/tcp-gate.ts';
import { configurationOf, type NodeSetting, type Scenario } from './scenario.ts';
import { LEASE_SECONDS, type Stage } from './stage.ts';

const trunks = ['first'];
const delaySeconds = 2;

async function crashAndStart(stage: Stage): Promise<void> {
  const { faults, isShort } = stage.options;
  for (let fault = 1; fault <= faults; fault += 1) {
    await stage.pause(1_000, 3_000);
    const signal = fault % 2 === 1 ? 'SIGKILL' : 'SIGQUIT';
    stage.note(signal);
    await stage.postgres.stop(signal);
    const awayMs = isShort ? 3_000 : stage.random.pick([0, 500, 3_000, 8_000]);
    await delay(awayMs);
    await stage.postgres.start();
    stage.progress(`the database was killed by ${signal} and away for ${awayMs / 1_000} s`, fault);
    await Promise.all(stage.nodes.map((node) => node.ready()));
  }
}

export const database: Scenario = {
  name: 'database',
  about: 'PostgreSQL is killed and started again, under two nodes',
  nodes: 2,
  delaySeconds,
  trunks,
  faults: { full: 10, short: 1 },
  shortRate: 12,
  configuration: (peers) => configurationOf(peers, { trunks, delaySeconds }),
  disturb: crashAndStart,
};

const gates = new WeakMap<Stage, TcpGate[]>();

async function behindGate(stage: Stage): Promise<NodeSetting> {
  const gate = await TcpGate.open(stage.postgres.target);
  gates.set(stage, [...(gates.get(stage) ?? []), gate]);
  stage.atTheEnd(() => gate.close());
  const url = new URL(stage.databaseUrl);
  url.port = String(gate.port);
  return { databaseUrl: url.href };
}

/** Refused, held up, or answered into the void: each looks different to the node. */
const WAYS = ['shut', 'freeze', 'mute'] as const;

async function cutOff(stage: Stage): Promise<void> {
  const { faults, isShort } = stage.options;
  for (let fault = 1; fault <= faults; fault += 1) {
    await stage.pause(1_000, 3_000);
    const index = stage.random.between(0, stage.nodes.length - 1);
    const way = WAYS[fault % WAYS.length]!;
    const gate = gates.get(stage)![index]!;
    stage.note(`${way} for ${stage.nodes[index]!.name}`);
    gate[way]();
    // Shorter and longer than the lease.
    const awayMs = LEASE_SECONDS * 1_000 * (isShort ? 2 : stage.random.pick([0.3, 0.8, 2, 5]));
    await delay(awayMs);
    // A TCP connection that goes on has lost nothing.
    if (way === 'mute') gate.shut();
    gate.reopen();
    stage.progress(`${stage.nodes[index]!.name} was cut off from the database (${way}) for ${awayMs / 1_000} s`, fault);
    await Promise.all(stage.nodes.map((node) => node.ready()));
  }
}

export const cutOffFromDatabase: Scenario = {
  name: 'database-cut',
  about: 'one of two nodes is cut off from PostgreSQL, for less and for more than its lease',
  nodes: 2,
  delaySeconds,
  trunks,
  faults: { full: 12, short: 2 },
  shortRate: 12,
  configuration: (peers) => configurationOf(peers, { trunks, delaySeconds }),
  prepare: behindGate,
  disturb: cutOff,
};
