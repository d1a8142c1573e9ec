/** What Grafana and Prometheus are given beside the server asks for nothing that /metrics does not give. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { countAlarms, createMetrics } from '../../lib/cli/metrics.ts';
import { ALL_ON } from '../../lib/core/trunk/switches.ts';
import type { SystemEvent } from '../../lib/ports/event-source.ts';
import type { TrunkStatus } from '../../lib/ports/trunk-service.ts';
import { CALLBACK_STATES } from '../../lib/schema/requests.ts';
import { WELL } from '../http/fakes.ts';
import { type Expression, readExpression } from './promql.ts';

const PLACE = join(import.meta.dirname, '../../grafana');
/** Prometheus puts them on whatever it scrapes. */
const OF_PROMETHEUS = ['instance', 'job'];

interface Target {
  expr: string;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  targets?: Target[];
  gridPos: { x: number; y: number; w: number; h: number };
}

const dashboard = JSON.parse(readFileSync(join(PLACE, 'drachtio-callback.json'), 'utf8')) as {
  panels: Panel[];
  templating: { list: Array<{ name: string; definition?: string }> };
};
const alerts = parse(readFileSync(join(PLACE, 'alerts.yaml'), 'utf8')) as {
  groups: Array<{ rules: Array<{ alert: string; expr: string; annotations: { summary: string } }> }>;
};
const rules = alerts.groups.flatMap((group) => group.rules);

const expressions: Array<{ where: string; expr: string }> = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
];

/** Everything that can happen has happened once. */
function everything() {
  const trunk: TrunkStatus = {
    ...WELL,
    alarm: 'credentials',
    ping: { at: 1, answered: true, status: 200, roundTripMs: 25 },
    registration: { state: 'registered', expiresAt: 1, nextAt: 1, lastError: null },
  };
  const { registry, observer } = createMetrics({
    callbacks: async () => Object.fromEntries(CALLBACK_STATES.map((state) => [state, 1])),
    held: () => 1,
    trunks: () => ({ [trunk.name]: { waiting: 1, active: 1 } }),
    contacts: async () => [{ extension: '200' }],
    trunkStatus: () => [trunk],
    switches: () => ALL_ON,
    legs: () => 1,
    media: () => ({ endpoints: 1, portsInUse: 1, portsInQuarantine: 1, servers: [] }),
    storeHealthy: () => true,
    storeFiles: () => ({ database: 1 }),
    busyMs: () => ({ main: 1 }),
    load: () => ({ isOverloaded: false, lateMs: 0 }),
    calls: () => ({ calls: 1, waiting: 1, max: 1 }),
    engine: async () => ({
      transport: {
        received: 1,
        sent: 1,
        malformed: 1,
        silenced: 1,
        oversizeRequests: 0,
        sendErrors: 0,
        connectionsRefused: 0,
        handshakesFailed: 0,
      },
      clientTransactions: 1,
      serverTransactions: 1,
      dialogs: 1,
      pendingIncoming: 1,
      pendingOutgoing: 1,
      applications: 1,
      internalErrors: 1,
    }),
  });
  observer.decided('refused', 'spend');
  observer.dialled(5);
  observer.done('refused', 'spend');
  observer.shadowed?.('refused', 'spend');
  observer.trunk?.(trunk.name, 'parked');
  let tell: (event: SystemEvent) => void = () => undefined;
  countAlarms(registry, {
    subscribe: (listener) => {
      tell = listener;
      return () => undefined;
    },
  });
  const event = { sequence: 1, at: 1, callbackId: 'c1' };
  tell({ ...event, type: 'callback.redress-wanted', data: { trunk: trunk.name, status: 608 } });
  tell({ ...event, type: 'callback.suppressed', data: {} });
  return registry;
}

/** By name, the labels that each line of it has. */
async function given(): Promise<Map<string, Map<string, Set<string>>>> {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const line of (await everything().metrics()).split('\n')) {
    const [, name, braces = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined || line.startsWith('#')) continue;
    const labels = found.get(name) ?? new Map<string, Set<string>>();
    found.set(name, labels);
    for (const [, label, value] of braces.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels.set(label!, (labels.get(label!) ?? new Set()).add(value!));
  }
  return found;
}

type Given = Awaited<ReturnType<typeof given>>;

/** What is asked for and is not there. `up` is Prometheus' own. */
function missingIn({ selectors, groupings }: Expression, metrics: Given): string[] {
  const missing: string[] = [];
  for (const { metric, labels } of selectors.filter(({ metric }) => metric !== 'up')) {
    const known = metrics.get(metric);
    if (known === undefined) missing.push(metric);
    for (const { label } of labels)
      if (!OF_PROMETHEUS.includes(label) && known?.has(label) === false) missing.push(`${metric}{${label}}`);
  }
  const everyLabel = selectors.flatMap(({ metric }) => [...(metrics.get(metric)?.keys() ?? [])]);
  for (const label of groupings)
    if (!OF_PROMETHEUS.includes(label) && !everyLabel.includes(label)) missing.push(`by (${label})`);
  return missing;
}

describe('the dashboard and the alerts for Grafana and Prometheus', () => {
  let metrics: Given;
  before(async () => {
    metrics = await given();
  });

  for (const { where, expr } of expressions)
    it(`ask for metrics and labels that /metrics gives: ${where}: ${expr.slice(0, 60)}`, () => {
      const read = readExpression(expr);
      assert.ok(read.selectors.length > 0, 'no metric was found in it');
      assert.deepEqual(missingIn(read, metrics), []);
    });

  it('would be found out with a metric or a label that is none', () => {
    const wrong =
      'sum by (lane) (rate(callback_doen_total{outcom="x",instance=~"$instance"}[5m])) / callback_held{a="b"}';
    assert.deepEqual(missingIn(readExpression(wrong), metrics), [
      'callback_doen_total',
      'callback_held{a}',
      'by (lane)',
    ]);
  });

  it('name states and switches that there are', () => {
    for (const { where, expr } of expressions)
      for (const { metric, labels } of readExpression(expr).selectors)
        for (const { label, value } of labels.filter((one) => ['state', 'switch'].includes(one.label)))
          for (const word of value.split('|'))
            assert.ok(metrics.get(metric)?.get(label)?.has(word), `${where}: ${metric}{${label}="${word}"}`);
  });

  it('choose the node by a metric that there is', () => {
    const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
    assert.deepEqual(definitions, ['label_values(callback_store_up, instance)']);
    assert.ok(metrics.has('callback_store_up'));
  });

  it('have panels with ids of their own that do not overlap', () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      assert.ok(a.x + a.w <= 24, title);
      for (const { gridPos: b, title: other } of panels.slice(index + 1)) {
        const isApart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        assert.ok(isApart, `${title} and ${other}`);
      }
    }
  });

  it('tell of a late promise, a trunk that is down, the spend and a store that is away', () => {
    const names = rules.map(({ alert }) => alert);
    for (const wanted of ['CallbackPromiseLate', 'CallbackTrunkDown', 'CallbackSpendReached', 'CallbackStoreAway'])
      assert.ok(names.includes(wanted), wanted);
    for (const { alert, annotations } of rules) assert.ok(annotations.summary.length > 10, alert);
  });
});
