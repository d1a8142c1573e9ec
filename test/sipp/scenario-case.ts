import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

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
  /** YAML of the configuration, `{{address}}` in it. */
  configuration: string;
  roles: Record<string, Role>;
  steps: Step[];
  expect: {
    callbacks: Array<Record<string, unknown>>;
    /** Times between two moments of the wire, in milliseconds. */
    timing: Array<{ from: string; to: string; betweenMs: [number, number] }>;
    /** Messages that must not be there: `trunk received INVITE`. */
    never: string[];
  };
}

/** Each folder with a case.yaml. */
export function caseNames(): string[] {
  return readdirSync(SCENARIOS)
    .filter((name) => existsSync(join(SCENARIOS, name, 'case.yaml')))
    .sort();
}

export function readCase(name: string): ScenarioCase {
  const folder = join(SCENARIOS, name);
  const raw = parse(readFileSync(join(folder, 'case.yaml'), 'utf8')) as Partial<ScenarioCase> & {
    roles: Record<string, Partial<Role>>;
  };
  const own = join(folder, 'configuration.yaml');
  const file = existsSync(own) ? own : join(SCENARIOS, 'shared/configuration.yaml');
  const roles = Object.fromEntries(Object.entries(raw.roles).map(([role, given]) => [role, roleOf(name, role, given)]));
  return {
    name,
    title: raw.title ?? name,
    configuration: readFileSync(file, 'utf8'),
    roles,
    steps: raw.steps ?? defaultSteps(Object.keys(roles)),
    expect: { callbacks: [], timing: [], never: [], ...raw.expect },
  };
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
    scenario,
  };
}

/** Phones that wait first, then the caller, then everybody's end. */
function defaultSteps(roles: string[]): Step[] {
  const waiting = roles.filter((role) => role !== 'caller');
  return [{ start: waiting }, { run: 'caller' }, { finish: waiting }];
}
