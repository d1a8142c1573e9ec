import { kill, killOfThree } from './kill.ts';
import type { Addresses, Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [kill, killOfThree];

const ADDRESSES_EACH = 8;

/** Every scenario has loopback addresses of its own, so that all may run side by side. */
export function addressesOf(scenario: Scenario): Addresses {
  const first = 1 + SCENARIOS.indexOf(scenario) * ADDRESSES_EACH;
  const at = (index: number) => `127.0.43.${first + index}`;
  return { servers: [at(0), at(1), at(2)], peers: at(3), database: at(4) };
}
