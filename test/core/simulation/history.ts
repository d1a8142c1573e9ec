/** One seeded history of one callback, from its acceptance until nothing happens any more. */

import { acceptCallback } from '../../../lib/core/callback/accept.ts';
import { Agenda } from './agenda.ts';
import { Oracle, Violation } from './oracle.ts';
import { Random } from './random.ts';
import { CALM_AFTER_MS, scenarioOf } from './scenario.ts';
import { type Reduce, Shell } from './shell.ts';
import type { World } from './world.ts';

const CALL_ID = 'first-call';
const LONGEST_MS = 3 * 86_400_000;

export interface Ending {
  outcome: string;
  reason: string;
  attempts: number;
}

/** @throws Violation when a guarantee does not hold */
export function runHistory(seed: number, reduce: Reduce, trace: World['trace'] = null): Ending {
  const random = new Random(seed);
  const world: World = { agenda: new Agenda(), random, scenario: scenarioOf(random), trace };
  const oracle = new Oracle(world);
  const shell = new Shell(accepted(world), world, { oracle, reduce });
  firstCall(world, shell, oracle);
  disturb(world, shell, oracle);
  while (!(world.agenda.isQuiet && shell.callback.state === 'done')) {
    if (!world.agenda.step() || world.agenda.time > LONGEST_MS) {
      throw new Violation(`every accepted callback reaches done; it is ${shell.callback.state}`);
    }
  }
  shell.atTheEnd();
  const { outcome, reason, attempts } = shell.callback;
  return { outcome: outcome!, reason: reason!, attempts };
}

function accepted({ agenda, scenario }: World) {
  const request = {
    id: 'cb',
    plan: { origin: 'rule:any', terms: scenario.terms, next: scenario.next },
    caller: { received: '48991996260', e164: '+5548991996260' },
    callerName: null,
    inboundNumber: '+554831210110',
    source: scenario.byApi ? null : 'a',
    inboundCallId: scenario.byApi ? null : CALL_ID,
    userData: null,
    ...(isRung(scenario) ? { ringSeconds: 50 } : {}),
  };
  return acceptCallback(request, agenda.wall()).callback;
}

const isRung = ({ firstCall, byApi }: World['scenario']) =>
  !byApi && (firstCall === 'missed' || firstCall === 'stayed');

/** The callback is in the store; now the first call gets its answer. */
function firstCall({ agenda, random, scenario }: World, shell: Shell, oracle: Oracle): void {
  if (scenario.byApi) {
    oracle.promised(agenda.wall());
    return;
  }
  const { firstCall: what } = scenario;
  // A call that may become a missed one rings before anything is decided.
  const takesMs = isRung(scenario) ? random.between(1, 50_000) : random.between(1, 40);
  oracle.firstCall();
  shell.later(takesMs, () => {
    const at = agenda.wall();
    if (what === 'gaveUp') shell.post({ type: 'callerGaveUp', callId: CALL_ID });
    else if (what === 'stayed') shell.post({ type: 'notMissed', callId: CALL_ID, why: 'caller-stayed' });
    else {
      oracle.promised(at);
      shell.post({ type: 'promised', at, ...(what === 'missed' ? { by: 'missed-call' as const } : {}) });
    }
  });
}

function disturb(world: World, shell: Shell, oracle: Oracle): void {
  const { agenda, random, scenario } = world;
  for (const at of scenario.callsAgain) agenda.after(at, () => callAgain(world, shell, oracle));
  for (const at of scenario.cancels) agenda.after(at, () => shell.post({ type: 'cancel', by: 'api' }));
  for (const at of scenario.retries) agenda.after(at, () => shell.post({ type: 'retry' }));
  for (const { at, inMs } of scenario.reschedules) {
    agenda.after(at, () => shell.post({ type: 'reschedule', dueAt: agenda.wall() + inMs }));
  }
  for (const { at, byMs } of scenario.clockSteps) {
    agenda.after(at, () => {
      world.trace?.(`--- the clock is set by ${byMs} ms`);
      agenda.setClock(byMs);
      shell.clockStepped(byMs);
    });
  }
  if (scenario.drainAt !== null) agenda.after(scenario.drainAt, () => shell.drain());
  if (scenario.configurationChangesAt !== null) {
    agenda.after(scenario.configurationChangesAt, () => changeConfiguration(world, shell));
  }
  for (const { at, lane, why } of scenario.closings) {
    agenda.after(at, () => {
      world.trace?.(`--- ${lane} is ${why ?? 'open'}`);
      shell.setLane(lane, why);
    });
  }
  agenda.after(CALM_AFTER_MS, () => {
    for (const lane of shell.lanes.closed) shell.setLane(lane, null);
  });
  for (let count = scenario.disturbed ? 5 : 0; count > 0; count -= 1) {
    agenda.after(random.between(0, 120_000), () => shell.post({ type: 'alarm' }));
  }
}

/** He gets the promise of the open callback again; one that is done is another callback's business. */
function callAgain({ agenda, random }: World, shell: Shell, oracle: Oracle): void {
  if (!shell.isOpen) return;
  shell.later(random.between(1, 30), () => {
    oracle.promised(agenda.wall());
    shell.post({ type: 'calledAgain', at: agenda.wall() });
  });
}

function changeConfiguration({ random, trace }: World, shell: Shell): void {
  const { trunks, flows } = shell.configuration;
  trace?.('--- the configuration changes');
  if (random.chance(0.5)) shell.configuration = { ...shell.configuration, trunks: trunks.slice(random.between(1, 3)) };
  else shell.configuration = { ...shell.configuration, flows: flows.map((flow) => ({ ...flow, components: {} })) };
  shell.look();
}
