import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

export const SCENARIOS = join(import.meta.dirname, '../../sipp-scenarios');

/** One SIPp of a case. */
export interface Role {
  /** File in the case's folder, or in `shared/`. */
  scenario: string;
  /** `trunk` answers INVITEs on 5070, `extension` on 5071; a caller takes 5062 upwards. */
  port: number;
  calls: number;
  transport: 'udp' | 'tcp';
  keys: Record<string, string>;
  /** Another loopback address, for a source that nobody knows: the last octets. */
  fromElsewhere: boolean;
  timeoutSeconds: number;
  /** SIPp's -d: the length of pauses without one of their own. */
  pauseMs: number;
  /** It replays RTP from a raw socket, which wants root. */
  raw: boolean;
}

/** `caller received 486` as a moment of the message logs. */
export interface Moment {
  role: string;
  direction: 'sent' | 'received';
  /** Start of the first line, `SIP/2.0 486` written as `486`. */
  message: string;
}

export type Step =
  /** Starts these and waits until they listen. */
  | { start: string[] }
  /** Starts one and waits for its end, which must be a pass. */
  | { run: string }
  /** Waits for the end of these. */
  | { finish: string[] }
  /** Ends the server so and starts it again on the same data. */
  | { restart: 'SIGKILL' | 'SIGTERM' }
  /** Waits for callbacks in this state. */
  | { until: { number: string; state: string; withinSeconds: number } };

/** What a case claims, as its `case.yaml` has it. */
export interface ScenarioCase {
  name: string;
  title: string;
  /** YAML of the configuration, `{{address}}` in it: `shared/configuration.yaml` with the case's `configure` over it. */
  configuration: string;
  roles: Record<string, Role>;
  steps: Step[];
  expect: {
    callbacks: Array<Record<string, unknown>>;
    /** Times between two moments of the wire, in milliseconds. */
    timing: Array<{ from: string; to: string; betweenMs: [number, number] }>;
    /** What the first such message looks like: regular expressions. */
    messages: Array<{ moment: string; matches: string[] }>;
    /** Messages that must not be there: `trunk received INVITE`. */
    never: string[];
  };
}

type RawCase = Partial<Omit<ScenarioCase, 'roles'>> & {
  roles: Record<string, Partial<Role>>;
  /** Sections that stand instead of those of the shared configuration. */
  configure?: Record<string, unknown>;
  /** Fields of its first rule, trunk, and menu. */
  rule?: Record<string, unknown>;
  trunk?: Record<string, unknown>;
  menu?: Record<string, unknown>;
};

/** Each folder with a case.yaml. */
export function caseNames(): string[] {
  return readdirSync(SCENARIOS)
    .filter((name) => existsSync(join(SCENARIOS, name, 'case.yaml')))
    .sort();
}

export function readCase(name: string): ScenarioCase {
  const folder = join(SCENARIOS, name);
  const raw = parse(readFileSync(join(folder, 'case.yaml'), 'utf8')) as RawCase;
  const roles = Object.fromEntries(Object.entries(raw.roles).map(([role, given]) => [role, roleOf(name, role, given)]));
  return {
    name,
    title: raw.title ?? name,
    configuration: configurationOf(raw),
    roles,
    steps: raw.steps ?? defaultSteps(Object.keys(roles)),
    expect: { callbacks: [], timing: [], messages: [], never: [], ...raw.expect },
  };
}

function configurationOf({ configure = {}, rule = {}, trunk = {}, menu = {} }: RawCase): string {
  const shared = parse(readFileSync(join(SCENARIOS, 'shared/configuration.yaml'), 'utf8'));
  Object.assign(shared.callbackRules[0], rule);
  Object.assign(shared.trunks[0], trunk);
  Object.assign(shared.flows[0].components.menu, menu);
  return stringify({ ...shared, ...configure });
}

export function parseMoment(text: string): Moment {
  const [role, direction, ...message] = text.split(' ');
  if (direction !== 'sent' && direction !== 'received') throw new Error(`not a moment: ${text}`);
  return { role: role!, direction, message: message.join(' ') };
}

function roleOf(caseName: string, role: string, given: Partial<Role>): Role {
  const own = join(SCENARIOS, caseName, given.scenario ?? `${role}.xml`);
  const scenario = existsSync(own) ? own : join(SCENARIOS, 'shared', given.scenario ?? `${role}.xml`);
  return {
    port: given.port ?? ({ trunk: 5070, extension: 5071 } as Record<string, number>)[role] ?? 5062,
    calls: given.calls ?? 1,
    transport: given.transport ?? 'udp',
    keys: Object.fromEntries(Object.entries(given.keys ?? {}).map(([key, value]) => [key, String(value)])),
    fromElsewhere: given.fromElsewhere ?? false,
    timeoutSeconds: given.timeoutSeconds ?? 15,
    pauseMs: given.pauseMs ?? 500,
    raw: given.raw ?? false,
    scenario,
  };
}

/** Phones that wait first, then the caller, then everybody's end. */
function defaultSteps(roles: string[]): Step[] {
  const waiting = roles.filter((role) => role !== 'caller');
  return [{ start: waiting }, { run: 'caller' }, { finish: waiting }];
}
