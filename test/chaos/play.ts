import { setTimeout as delay } from 'node:timers/promises';
import type { Quantiles } from '../../load/account.ts';
import type { Breach } from './oracle.ts';
import type { Scenario, ScenarioOptions } from './scenario.ts';
import { Stage, type Verdict } from './stage.ts';
import { timeLine } from './time-line.ts';

export interface ChaosReport {
  scenario: string;
  about: string;
  nodes: number;
  seed: number;
  rate: number;
  faults: number;
  seconds: number;
  offered: number;
  promised: number;
  refused: Record<number, number>;
  unanswered: number;
  calledBackOnce: number;
  /** Rung though no promise was seen: the rejection got lost with the process. */
  rungUnpromised: number;
  /** In the store, all of them done. */
  stored: number;
  outcomes: Record<string, number>;
  latenessMs: Quantiles;
  lost: number;
  doubled: number;
  breaches: Breach[];
  /** Where logs and data are; null: nothing was broken, and nothing was kept. */
  kept: string | null;
}

/** After the last fault calls go on for a moment. */
const CALM_MS = 1_500;

export async function play(scenario: Scenario, options: ScenarioOptions): Promise<ChaosReport> {
  if (scenario.elsewhere) return scenario.elsewhere(options);
  const startedMs = performance.now();
  const stage = await Stage.open(scenario, options);
  let isKept = true;
  try {
    stage.offer();
    await delay(CALM_MS);
    await scenario.disturb(stage);
    await delay(CALM_MS);
    await stage.stopOffering();
    const verdict = await stage.verdict(await stage.settle());
    isKept = verdict.breaches.length > 0;
    for (const line of isKept ? failure(stage, verdict) : []) options.say(line);
    return report(stage, verdict, (performance.now() - startedMs) / 1_000);
  } catch (error) {
    options.say(`${scenario.name}: broke off, seed ${options.seed}; data and logs are kept in ${stage.directory}`);
    throw error;
  } finally {
    await stage.close(isKept);
  }
}

function failure(stage: Stage, { breaches, stored }: Verdict): string[] {
  const { name } = stage.scenario;
  const lines = breaches.slice(0, 20).map(({ broken, number, callbackId, text }) => {
    const who = [number, callbackId].filter((one) => one !== null).join(' ');
    return `${name}: ${broken.toUpperCase()} ${who}: ${text}`;
  });
  if (breaches.length > 20) lines.push(`${name}: and ${breaches.length - 20} more`);
  lines.push(`${name}: seed ${stage.options.seed}; data and logs are kept in ${stage.directory}`);
  const one = breaches.find(({ number }) => number !== null);
  return one === undefined ? lines : [...lines, ...timeLine(one, stage.journal, stored)];
}

function report(stage: Stage, { account, breaches, stored }: Verdict, seconds: number): ChaosReport {
  const { scenario, options, directory } = stage;
  const outcomes: Record<string, number> = {};
  for (const { outcome, reason } of stored.callbacks) {
    const end = `${outcome}/${reason}`;
    outcomes[end] = (outcomes[end] ?? 0) + 1;
  }
  const count = (...kinds: string[]) => breaches.filter(({ broken }) => kinds.includes(broken)).length;
  return {
    scenario: scenario.name,
    about: scenario.about,
    nodes: scenario.nodes,
    seed: options.seed,
    rate: options.rate,
    faults: options.faults,
    seconds: Math.round(seconds),
    offered: account.offered,
    promised: account.promised,
    refused: account.refused,
    unanswered: account.unanswered,
    calledBackOnce: account.calledBackOnce,
    rungUnpromised: account.rungUnpromised,
    stored: stored.callbacks.length,
    outcomes,
    latenessMs: account.lateness,
    lost: count('lost'),
    doubled: count('doubled', 'overlapping'),
    breaches,
    kept: breaches.length > 0 ? directory : null,
  };
}
