import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApplicationObserver } from '../app/application-options.ts';
import type { Switches } from '../core/trunk/switches.ts';
import type { EngineStats } from '../engine/engine.ts';
import type { EventSource } from '../ports/event-source.ts';
import type { MediaServerStatus } from '../ports/media.ts';
import type { TrunkStatus } from '../ports/trunk-service.ts';
import { mediaServerGauges } from './media-metrics.ts';
import { trunkGauges } from './trunk-metrics.ts';

/** Read when somebody scrapes. */
export interface MetricsReadings {
  callbacks(): Promise<Record<string, number>>;
  /** Callbacks in memory. */
  held(): number;
  trunks(): Record<string, { waiting: number; active: number }>;
  contacts(): Promise<ReadonlyArray<{ extension: string }>>;
  trunkStatus(): TrunkStatus[];
  switches(): Switches;
  legs(): number;
  media(): { endpoints: number; portsInUse: number; portsInQuarantine: number; servers: MediaServerStatus[] };
  /** Whether the store takes what is to be kept. */
  storeHealthy(): boolean;
  /** Bytes by part. */
  storeFiles(): Record<string, number>;
  /** Milliseconds that each thread's event loop was busy, since it began. */
  busyMs(): Record<string, number>;
  /** Calls that have a place on this node, callbacks that wait for one, and how many places there are; null: no limit. */
  calls(): { calls: number; waiting: number; max: number | null };
  load(): { isOverloaded: boolean; lateMs: number };
  /** Of the embedded engine; null: a drachtio-server does SIP, or the engine is too busy to say. */
  engine(): Promise<EngineStats | null>;
}

const LATENESS_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 60];

/** The counters of the application, and the gauges that are read on a scrape. */
export function createMetrics(readings: MetricsReadings): { registry: Registry; observer: ApplicationObserver } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  applicationGauges(registers, readings);
  processGauges(registers, readings);
  engineGauges(registers, readings);
  trunkGauges(registry, readings);
  mediaServerGauges(registry, () => readings.media().servers);
  const decisions = new Counter({
    name: 'callback_inbound_calls_total',
    help: 'Inbound calls by what became of them, and the gate that refused them',
    labelNames: ['decision', 'gate'],
    registers,
  });
  const shadowed = new Counter({
    name: 'callback_shadow_calls_total',
    help: 'Calls decided in the shadow of another system (--shadow), by what would have become of them',
    labelNames: ['outcome', 'gate'],
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
  const trunkEvents = new Counter({
    name: 'callback_trunk_events_total',
    help: 'What happened to trunks: down, up, parked, alarm, registered, ping-answered, ...',
    labelNames: ['trunk', 'event'],
    registers,
  });
  const observer: ApplicationObserver = {
    decided: (decision, gate) => decisions.inc({ decision, gate: gate ?? '' }),
    dialled: (latenessMs) => lateness.observe(latenessMs / 1_000),
    done: (outcome, reason) => done.inc({ outcome, reason }),
    shadowed: (outcome, gate) => shadowed.inc({ outcome, gate: gate ?? '' }),
    trunk: (trunk, event) => trunkEvents.inc({ trunk, event }),
  };
  return { registry, observer };
}

/** What asks for somebody's attention beside the calls themselves. */
export function countAlarms(registry: Registry, events: EventSource): void {
  const registers = [registry];
  const redress = new Counter({
    name: 'callback_redress_wanted_total',
    help: 'Calls that an analytics engine of the network blocked (608, 603+): complain, or the caller ID is lost',
    labelNames: ['trunk', 'status'],
    registers,
  });
  const suppressed = new Counter({
    name: 'callback_suppressed_total',
    help: 'Numbers put on the suppression list by themselves (607)',
    registers,
  });
  events.subscribe(({ type, data }) => {
    if (type === 'callback.redress-wanted')
      redress.inc({ trunk: String(data['trunk'] ?? ''), status: String(data['status'] ?? '') });
    if (type === 'callback.suppressed') suppressed.inc();
  });
}

/** A store that is away must not take the other numbers with it: what it would say is missing then. */
async function orNothing<T>(read: () => T | Promise<T>, nothing: T): Promise<T> {
  try {
    return await read();
  } catch {
    return nothing;
  }
}

/** A gauge with one label, read on a scrape. */
function labelled(
  registers: Registry[],
  about: { name: string; help: string; label: string },
  read: () => Record<string, number> | Promise<Record<string, number>>,
): void {
  const { name, help, label } = about;
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers,
    async collect() {
      const values = await orNothing(read, {});
      this.reset();
      for (const [value, count] of Object.entries(values)) this.set({ [label]: value }, count);
    },
  });
}

function plain(registers: Registry[], about: { name: string; help: string }, read: () => number): void {
  new Gauge({
    ...about,
    registers,
    collect() {
      this.set(read());
    },
  });
}

function applicationGauges(registers: Registry[], readings: MetricsReadings): void {
  labelled(registers, { name: 'callback_callbacks', help: 'Callbacks by state', label: 'state' }, readings.callbacks);
  plain(registers, { name: 'callback_held', help: 'Callbacks in memory' }, readings.held);
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
      const contacts = await orNothing(readings.contacts, null);
      if (contacts === null) this.remove();
      else this.set(new Set(contacts.map(({ extension }) => extension)).size);
    },
  });
  new Gauge({
    name: 'callback_registered_contacts',
    help: 'Contacts that phones have registered',
    registers,
    async collect() {
      const contacts = await orNothing(readings.contacts, null);
      if (contacts === null) this.remove();
      else this.set(contacts.length);
    },
  });
  const calls = {
    name: 'callback_calls',
    help: 'Calls on this node, and callbacks that wait for room',
    label: 'state',
  };
  labelled(registers, calls, () => {
    const { calls: active, waiting } = readings.calls();
    return { active, waiting };
  });
  new Gauge({
    name: 'callback_calls_max',
    help: 'Calls that this node takes at once at present (--max-calls, media)',
    registers,
    collect() {
      const { max } = readings.calls();
      if (max === null) this.remove();
      else this.set(max);
    },
  });
  plain(registers, { name: 'callback_legs', help: 'SIP legs that are up or on their way' }, readings.legs);
  plain(
    registers,
    { name: 'callback_media_endpoints', help: 'Media endpoints in use' },
    () => readings.media().endpoints,
  );
  labelled(registers, { name: 'callback_media_ports', help: 'Pairs of RTP and RTCP ports', label: 'state' }, () => {
    const { portsInUse, portsInQuarantine } = readings.media();
    return { used: portsInUse, quarantined: portsInQuarantine };
  });
}

function processGauges(registers: Registry[], readings: MetricsReadings): void {
  const healthy = 'Whether the store takes what is to be kept: without it nothing is promised';
  plain(registers, { name: 'callback_store_up', help: healthy }, () => Number(readings.storeHealthy()));
  const files = { name: 'callback_store_bytes', help: 'Size of the files of the embedded store', label: 'part' };
  labelled(registers, files, readings.storeFiles);
  const overloaded = 'Whether new calls get 503, because the main loop is late (limits.overload)';
  plain(registers, { name: 'callback_overloaded', help: overloaded }, () => Number(readings.load().isOverloaded));
  const late = 'How late the main loop got to half of what was due, at the last look';
  plain(registers, { name: 'callback_main_loop_late_seconds', help: late }, () => readings.load().lateMs / 1_000);
  new Counter({
    name: 'callback_event_loop_busy_seconds_total',
    help: 'Time in which the event loop of a thread was not waiting',
    labelNames: ['thread'],
    registers,
    collect() {
      this.reset();
      for (const [thread, ms] of Object.entries(readings.busyMs())) this.inc({ thread }, ms / 1_000);
    },
  });
}

function engineGauges(registers: Registry[], { engine }: MetricsReadings): void {
  const about = { name: 'callback_sip_engine', help: 'What the embedded SIP engine holds at present', label: 'what' };
  labelled(registers, about, async () => {
    const stats = await engine();
    if (stats === null) return {};
    return {
      'client transactions': stats.clientTransactions,
      'server transactions': stats.serverTransactions,
      dialogs: stats.dialogs,
      'unanswered requests': stats.pendingIncoming,
      'requests under way': stats.pendingOutgoing,
    };
  });
  new Counter({
    name: 'callback_sip_messages_total',
    help: 'SIP messages of the embedded engine',
    labelNames: ['what'],
    registers,
    async collect() {
      const stats = await engine();
      if (stats === null) return;
      const { received, sent, malformed, silenced } = stats.transport;
      this.reset();
      for (const [what, count] of Object.entries({ received, sent, malformed, silenced })) this.inc({ what }, count);
    },
  });
  new Counter({
    name: 'callback_sip_engine_faults_total',
    help: 'Faults that the embedded engine met in itself',
    registers,
    async collect() {
      const stats = await engine();
      if (stats === null) return;
      this.reset();
      this.inc(stats.internalErrors);
    },
  });
}
