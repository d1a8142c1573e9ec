import { parseArgs } from 'node:util';
import { exitsOnSignals } from '../support/child-processes.ts';
import { type ChaosReport, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { addressesOf, SCENARIOS } from './scenarios.ts';
import { tableOf } from './table.ts';

/** `make chaos ONLY=kill,freeze KILLS=100 RATE=50 SEED=7`; exit code 1 when a guarantee was broken. */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    kills: { type: 'string' },
    rate: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    short: { type: 'boolean', default: false },
  },
});

exitsOnSignals();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function wanted(): Scenario[] {
  const names = values.only.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const known = SCENARIOS.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`);
    say([`no such scenario: ${unknown.join(', ')}; there are`, ...known].join('\n'));
    process.exit(2);
  }
  return SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function playOne(scenario: Scenario): Promise<ChaosReport | string> {
  const lacking = scenario.lacks?.() ?? null;
  if (lacking !== null) {
    say(`${scenario.name}: not played, for ${lacking}`);
    return scenario.name;
  }
  const { short: isShort } = values;
  const wantedKills = scenario.name.startsWith('kill') && values.kills ? Number(values.kills) : null;
  const faults = wantedKills ?? (isShort ? scenario.faults.short : scenario.faults.full);
  const [seed, rate] = [Number(values.seed), Number(values.rate)];
  const options = { addresses: addressesOf(scenario), seed, rate, faults, isShort, say };
  say(`${scenario.name}: ${scenario.about}; ${faults} times, ${values.rate} callers/s, seed ${values.seed}`);
  try {
    const report = await play(scenario, options);
    say(JSON.stringify(report));
    return report;
  } catch (error) {
    say(`${scenario.name}: ${(error as Error).stack ?? error}`);
    return scenario.name;
  }
}

const results: Array<ChaosReport | string> = [];
for (const scenario of wanted()) results.push(await playOne(scenario));
const reports = results.filter((result) => typeof result !== 'string');
const failed = results.filter((result) => typeof result === 'string');
for (const line of tableOf(reports)) say(line);
for (const name of failed) say(`${name} broke off`);
const sum = (figure: (report: ChaosReport) => number) => reports.reduce((total, report) => total + figure(report), 0);
const others = sum(({ breaches, lost, doubled }) => breaches.length - lost - doubled);
say(
  `lost ${sum(({ lost }) => lost)}, doubled ${sum(({ doubled }) => doubled)}${others > 0 ? `, otherwise broken ${others}` : ''}`,
);
process.exitCode = failed.length > 0 || sum(({ breaches }) => breaches.length) > 0 ? 1 : 0;
