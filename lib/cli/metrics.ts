import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApplicationObserver } from '../app/application.ts';

/** Read when somebody scrapes. */
export interface MetricsReadings {
  callbacks(): Promise<Record<string, number>>;
  trunks(): Record<string, { waiting: number; active: number }>;
  contacts(): Promise<ReadonlyArray<{ extension: string }>>;
  legs(): number;
  media(): { endpoints: number; portsInUse: number };
}

const LATENESS_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 60];

/** The counters of the application, and the gauges that are read on a scrape. */
export function createMetrics(readings: MetricsReadings): { registry: Registry; observer: ApplicationObserver } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  gauges(registry, readings);
  const decisions = new Counter({
    name: 'callback_inbound_calls_total',
    help: 'Inbound calls by what became of them, and the gate that refused them',
    labelNames: ['decision', 'gate'],
    registers,
  });
  const done = new Counter({
    name: 'callback_done_total',
    help: 'Callbacks that are done, by outcome and reason',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const lateness = new Histogram({
    name: 'callback_dial_lateness_seconds',
    help: 'Time from the due time of a callback to its INVITE',
    buckets: LATENESS_BUCKETS_SECONDS,
    registers,
  });
  const observer: ApplicationObserver = {
    decided: (decision, gate) => decisions.inc({ decision, gate: gate ?? '' }),
    dialled: (latenessMs) => lateness.observe(latenessMs / 1_000),
    done: (outcome, reason) => done.inc({ outcome, reason }),
  };
  return { registry, observer };
}

function gauges(registry: Registry, readings: MetricsReadings): void {
  const registers = [registry];
  new Gauge({
    name: 'callback_callbacks',
    help: 'Callbacks by state',
    labelNames: ['state'],
    registers,
    async collect() {
      for (const [state, count] of Object.entries(await readings.callbacks())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'callback_trunk_calls',
    help: 'Calls on a trunk, active or waiting for a slot',
    labelNames: ['trunk', 'state'],
    registers,
    collect() {
      this.reset();
      for (const [trunk, { waiting, active }] of Object.entries(readings.trunks())) {
        this.set({ trunk, state: 'waiting' }, waiting);
        this.set({ trunk, state: 'active' }, active);
      }
    },
  });
  new Gauge({
    name: 'callback_registered_extensions',
    help: 'Extensions with a registered contact',
    registers,
    async collect() {
      this.set(new Set((await readings.contacts()).map(({ extension }) => extension)).size);
    },
  });
  new Gauge({
    name: 'callback_registered_contacts',
    help: 'Contacts that phones have registered',
    registers,
    async collect() {
      this.set((await readings.contacts()).length);
    },
  });
  new Gauge({
    name: 'callback_legs',
    help: 'SIP legs that are up or on their way',
    registers,
    collect() {
      this.set(readings.legs());
    },
  });
  new Gauge({
    name: 'callback_media_endpoints',
    help: 'Media endpoints in use',
    registers,
    collect() {
      this.set(readings.media().endpoints);
    },
  });
}
