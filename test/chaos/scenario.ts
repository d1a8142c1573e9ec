/** What a scenario is made of. */

import type { ServerOptions } from '../support/server.ts';
import type { ChaosReport } from './play.ts';
import type { Stage } from './stage.ts';

export interface Addresses {
  servers: readonly string[];
  /** Phones and callers. */
  peers: string;
  database: string;
}

export interface ScenarioOptions {
  addresses: Addresses;
  seed: number;
  /** Callers per second, at all nodes together. */
  rate: number;
  /** How often the fault is done. */
  faults: number;
  /** For the tests: faults last only as long as they must. */
  isShort: boolean;
  /** A line for whoever watches. */
  say(line: string): void;
}

export interface NodeSetting {
  server?: Partial<Omit<ServerOptions, 'address'>>;
  /** Another way to the database than the straight one. */
  databaseUrl?: string;
}

export interface Scenario {
  name: string;
  /** What is done, for the table. */
  about: string;
  /** 1: the embedded store. More: PostgreSQL. */
  nodes: number;
  isOnPostgres?: boolean;
  delaySeconds: number;
  trunks: readonly string[];
  /** How often the fault is done in a full run, and in the tests. */
  faults: { full: number; short: number };
  /** Callers per second in the tests. */
  shortRate: number;
  isWireWhole?: boolean;
  isClockSteady?: boolean;
  configuration(peers: string): string;
  /** Before a node is started for the first time. */
  prepare?(stage: Stage, index: number): Promise<NodeSetting> | NodeSetting;
  /** Does the faults, while calls come in; afterwards every node runs, and nothing is wrong any more. */
  disturb(stage: Stage): Promise<void>;
  /** What this machine or user lacks for it; null: nothing. */
  lacks?(): string | null;
  /** Plays it in another process. */
  elsewhere?(options: ScenarioOptions): Promise<ChaosReport>;
}

interface Terms {
  trunks: readonly string[];
  delaySeconds: number;
  ringTimeoutSeconds?: number;
  noResponseSeconds?: number;
  retry?: string;
}

/** Whoever answers hears a beep and is let go: RTP flows, and its ports have to come back. */
export function configurationOf(peers: string, terms: Terms): string {
  const { trunks, delaySeconds, ringTimeoutSeconds = 5, noResponseSeconds = 6, retry = '{ attempts: 1 }' } = terms;
  const trunkLines = trunks.map(
    (name, index) =>
      `  - { name: ${name}, proxy: 'sip:${peers}:${5_070 + index};transport=udp', maxCallsPerSecond: 200, ` +
      `maxConcurrentCalls: 1000, noResponseSeconds: ${noResponseSeconds} }`,
  );
  return `version: 1
defaultCountry: BR
trunks:
${trunkLines.join('\n')}
defaultOutgoingRule: all
outgoingRules: [{ name: all, routes: [{ match: '.', trunks: [${trunks.join(', ')}] }] }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules:
  - name: any
    origin: any
    outgoingRule: all
    delaySeconds: ${delaySeconds}
    ringTimeoutSeconds: ${ringTimeoutSeconds}
    retry: ${retry}
    next: goodbye
flows: [{ name: goodbye, start: beep, components: { beep: { type: announce, prompt: 'tone:beep', next: bye }, bye: { type: hangup } } }]
`;
}
