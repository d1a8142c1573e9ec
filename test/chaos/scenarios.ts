import { clock } from './clock.ts';
import { cutOffFromDatabase, database } from './database.ts';
import { disk } from './disk.ts';
import { engineThread } from './engine-thread.ts';
import { freeze, freezeOfThree } from './freeze.ts';
import { kill, killOfThree } from './kill.ts';
import { network } from './network.ts';
import type { Addresses, Scenario } from './scenario.ts';
import { flappingTrunks } from './trunks.ts';

export const SCENARIOS: readonly Scenario[] = [
  kill,
  killOfThree,
  freeze,
  freezeOfThree,
  disk,
  database,
  cutOffFromDatabase,
  clock,
  network,
  flappingTrunks,
  engineThread,
];

const ADDRESSES_EACH = 8;

/** Every scenario has loopback addresses of its own, so that all may run side by side. */
export function addressesOf(scenario: Scenario): Addresses {
  const first = 1 + SCENARIOS.indexOf(scenario) * ADDRESSES_EACH;
  const at = (index: number) => `127.0.43.${first + index}`;
  return { servers: [at(0), at(1), at(2)], peers: at(3), database: at(4) };
}
