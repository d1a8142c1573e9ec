import assert from 'node:assert/strict';
import { createMetrics, type MetricsReadings } from '../../lib/cli/metrics.ts';
import { ALL_ON, switched } from '../../lib/core/trunk/switches.ts';
import type { EngineStats } from '../../lib/engine/engine.ts';
import type { TrunkStatus } from '../../lib/ports/trunk-service.ts';
import { WELL } from '../http/fakes.ts';

const ENGINE: EngineStats = {
  transport: {
    received: 11,
    sent: 12,
    malformed: 13,
    silenced: 14,
    oversizeRequests: 0,
    sendErrors: 0,
    connectionsRefused: 0,
    handshakesFailed: 0,
  },
  clientTransactions: 3,
  serverTransactions: 4,
  dialogs: 5,
  pendingIncoming: 6,
  pendingOutgoing: 7,
  applications: 1,
  internalErrors: 2,
};

function readings(over: Partial<MetricsReadings> = {}): MetricsReadings {
  return {
    callbacks: async () => ({ scheduled: 2, done: 1 }),
    held: () => 3,
    trunks: () => ({ carrier: { waiting: 1, active: 2 } }),
    contacts: async () => [{ extension: '200' }, { extension: '200' }, { extension: '201' }],
    trunkStatus: () => [],
    switches: () => ALL_ON,
    legs: () => 4,
    media: () => ({
      endpoints: 5,
      portsInUse: 6,
      portsInQuarantine: 7,
      servers: [
        { name: '10.0.0.7:22222', isUp: true, endpoints: 5, restarts: 1, commands: 40, resent: 3, unanswered: 2 },
        { name: '10.0.0.8:22222', isUp: false, endpoints: 0, restarts: 0, commands: 1, resent: 5, unanswered: 1 },
      ],
    }),
    storeHealthy: () => true,
    storeFiles: () => ({ database: 4096, log: 8192 }),
    busyMs: () => ({ main: 1_500, engine: 2_500 }),
    engine: async () => ENGINE,
    load: () => ({ isOverloaded: true, lateMs: 250 }),
    calls: () => ({ calls: 8, waiting: 9, max: 10 }),
    ...over,
  };
}

/** Our own lines without the help. */
async function scrape({ registry }: ReturnType<typeof createMetrics>): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('callback_'));
}

describe('the metrics', () => {
  it('tell what the application, its media, its store and its SIP engine hold', async () => {
    const lines = await scrape(createMetrics(readings()));
    for (const line of [
      'callback_callbacks{state="scheduled"} 2',
      'callback_held 3',
      'callback_trunk_calls{trunk="carrier",state="active"} 2',
      'callback_registered_extensions 2',
      'callback_registered_contacts 3',
      'callback_legs 4',
      'callback_calls{state="active"} 8',
      'callback_calls{state="waiting"} 9',
      'callback_calls_max 10',
      'callback_store_up 1',
      'callback_overloaded 1',
      'callback_main_loop_late_seconds 0.25',
      'callback_media_endpoints 5',
      'callback_media_server_up{server="10.0.0.7:22222"} 1',
      'callback_media_server_up{server="10.0.0.8:22222"} 0',
      'callback_media_server_endpoints{server="10.0.0.7:22222"} 5',
      'callback_media_server_restarts{server="10.0.0.7:22222"} 1',
      'callback_media_server_commands_unanswered{server="10.0.0.7:22222"} 2',
      'callback_media_ports{state="used"} 6',
      'callback_media_ports{state="quarantined"} 7',
      'callback_store_bytes{part="database"} 4096',
      'callback_store_bytes{part="log"} 8192',
      'callback_event_loop_busy_seconds_total{thread="main"} 1.5',
      'callback_event_loop_busy_seconds_total{thread="engine"} 2.5',
      'callback_sip_engine{what="client transactions"} 3',
      'callback_sip_engine{what="server transactions"} 4',
      'callback_sip_engine{what="dialogs"} 5',
      'callback_sip_engine{what="unanswered requests"} 6',
      'callback_sip_engine{what="requests under way"} 7',
      'callback_sip_messages_total{what="received"} 11',
      'callback_sip_messages_total{what="malformed"} 13',
      'callback_sip_engine_faults_total 2',
    ]) {
      assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
    }
  });

  it('leave out what the store would say while it is away, and tell the rest', async () => {
    const away = () => Promise.reject(new Error('the store is away'));
    const lines = await scrape(createMetrics(readings({ callbacks: away, contacts: away, storeHealthy: () => false })));
    assert.ok(lines.includes('callback_store_up 0'));
    assert.ok(lines.includes('callback_held 3'));
    assert.ok(!lines.some((line) => /^callback_(callbacks|registered)/.test(line)), lines.join('\n'));
  });

  it('tell how the trunks are, what happened to them, and which switch is off', async () => {
    const down: TrunkStatus = {
      ...WELL,
      name: 'down',
      state: 'down',
      usable: false,
      alarm: 'credentials',
      switches: { accept: false, dial: true },
      ping: { at: 1, answered: true, status: 200, roundTripMs: 25 },
      registration: { state: 'registered', expiresAt: 1, nextAt: 1, lastError: null },
    };
    const switches = switched(ALL_ON, { name: 'dial', trunk: null, on: false });
    const metrics = createMetrics(readings({ trunkStatus: () => [WELL, down], switches: () => switches }));
    metrics.observer.trunk?.('down', 'parked');
    const lines = await scrape(metrics);
    for (const line of [
      `callback_trunk_up{trunk="${WELL.name}"} 1`,
      'callback_trunk_up{trunk="down"} 0',
      'callback_trunk_state{trunk="down",state="down"} 1',
      'callback_trunk_credentials_alarm{trunk="down"} 1',
      'callback_trunk_registered{trunk="down"} 1',
      'callback_trunk_ping_seconds{trunk="down"} 0.025',
      'callback_trunk_events_total{trunk="down",event="parked"} 1',
      'callback_switch_on{switch="dial",trunk=""} 0',
      'callback_switch_on{switch="accept",trunk=""} 1',
      'callback_switch_on{switch="accept",trunk="down"} 0',
    ])
      assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
    assert.ok(!lines.some((line) => line.startsWith(`callback_trunk_registered{trunk="${WELL.name}"`)));
  });

  it('are read again on each scrape: counters do not add up, nothing is left of what is gone', async () => {
    let trunk = 'first';
    const metrics = createMetrics(readings({ trunks: () => ({ [trunk]: { waiting: 0, active: 1 } }) }));
    await scrape(metrics);
    trunk = 'second';
    const lines = await scrape(metrics);
    assert.ok(lines.includes('callback_sip_messages_total{what="sent"} 12'));
    assert.ok(lines.includes('callback_event_loop_busy_seconds_total{thread="main"} 1.5'));
    assert.deepEqual(
      lines.filter((line) => line.includes('trunk="first"')),
      [],
    );
  });

  it('say nothing of what the SIP engine holds while it does not answer, or is a drachtio-server', async () => {
    let stats: EngineStats | null = ENGINE;
    const metrics = createMetrics(readings({ engine: async () => stats }));
    await scrape(metrics);
    stats = null;
    const lines = await scrape(metrics);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('callback_sip_engine{')),
      [],
    );
    assert.ok(lines.includes('callback_sip_messages_total{what="sent"} 12'), 'a counter never falls');
  });

  it('count decisions, ends and lateness', async () => {
    const metrics = createMetrics(readings());
    metrics.observer.decided('refused', 'source');
    metrics.observer.done('busy', 'busy');
    metrics.observer.dialled(4);
    const lines = await scrape(metrics);
    assert.ok(lines.includes('callback_inbound_calls_total{decision="refused",gate="source"} 1'));
    assert.ok(lines.includes('callback_done_total{outcome="busy",reason="busy"} 1'));
    assert.ok(lines.includes('callback_dial_lateness_seconds_bucket{le="0.005"} 1'));
    assert.ok(lines.includes('callback_dial_lateness_seconds_bucket{le="0.002"} 0'));
  });
});
