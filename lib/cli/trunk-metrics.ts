import { Gauge, type Registry } from 'prom-client';
import { SWITCH_NAMES, type Switches } from '../core/trunk/switches.ts';
import type { TrunkStatus } from '../ports/trunk-service.ts';

export interface TrunkReadings {
  trunkStatus(): TrunkStatus[];
  switches(): Switches;
}

interface Reading {
  name: string;
  help: string;
  /** Null: it says nothing about this trunk. */
  value(status: TrunkStatus): number | null;
}

const READINGS: readonly Reading[] = [
  {
    name: 'callback_trunk_up',
    help: 'New calls may leave by this trunk: it is neither down, parked nor switched off',
    value: ({ usable }) => Number(usable),
  },
  {
    name: 'callback_trunk_credentials_alarm',
    help: 'The trunk refuses our credentials',
    value: ({ alarm }) => Number(alarm === 'credentials'),
  },
  {
    name: 'callback_trunk_registered',
    help: 'Our contact is registered at this trunk by this node',
    value: ({ registration }) => (registration === null ? null : Number(registration.state === 'registered')),
  },
  {
    name: 'callback_trunk_ping_seconds',
    help: 'Round trip of the last OPTIONS that was answered',
    value: ({ ping }) => (ping?.roundTripMs == null ? null : ping.roundTripMs / 1_000),
  },
];

/** The states of the trunks and the switches, read on a scrape. */
export function trunkGauges(registry: Registry, readings: TrunkReadings): void {
  const registers = [registry];
  for (const { name, help, value } of READINGS) {
    new Gauge({
      name,
      help,
      labelNames: ['trunk'],
      registers,
      collect() {
        this.reset();
        for (const status of readings.trunkStatus()) {
          const reading = value(status);
          if (reading !== null) this.set({ trunk: status.name }, reading);
        }
      },
    });
  }
  new Gauge({
    name: 'callback_trunk_state',
    help: 'One for the state that the trunk is in',
    labelNames: ['trunk', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { name: trunk, state } of readings.trunkStatus()) this.set({ trunk, state }, 1);
    },
  });
  new Gauge({
    name: 'callback_switch_on',
    help: 'The switches accept and dial; without a trunk those for all',
    labelNames: ['switch', 'trunk'],
    registers,
    collect() {
      this.reset();
      const switches = readings.switches();
      for (const name of SWITCH_NAMES) {
        this.set({ switch: name, trunk: '' }, Number(switches[name]));
        for (const status of readings.trunkStatus())
          this.set({ switch: name, trunk: status.name }, Number(status.switches[name]));
      }
    },
  });
}
