import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { filledIn, type Variables } from './case-variables.ts';
import type { KeyPress } from './dtmf-pcap.ts';

export const SCENARIOS = join(import.meta.dirname, '../../sipp-scenarios');

/** One SIPp of a case. */
export interface Role {
  /** File in the case's folder, or in `shared/`. */
  scenario: string;
  /** `trunk` answers INVITEs on 5070, `second` on 5080, `third` on 5090, `extension` on 5071; a caller takes 5062 upwards. */
  port: number;
  /** 0: it listens, and must hear nothing. */
  calls: number;
  /** Calls per second that it begins. */
  rate: number;
  transport: 'udp' | 'tcp';
  ipv6: boolean;
  /** `{{key}}` and `[key]` in the scenario. */
  keys: Record<string, string>;
  /** Keys that are read off the wire when it starts: what the group of a regular expression captures in a message. */
  captured: Record<string, { moment: string; group: string }>;
  /** Written to a pcap that the scenario replays as `{{pcap}}`. */
  presses: KeyPress[];
  /** So many seconds of a tone instead, in the same place; 0: none. */
  speaks: number;
  /** SIPp's -cid_str; left out: unique. */
  callIds: string;
  /** Octets of header lines that stand for `{{pad}}`. */
  padBytes: number;
  /** Another loopback address, for a source that nobody knows: the last octets. */
  fromElsewhere: boolean;
  timeoutSeconds: number;
  /** SIPp's -d: the length of pauses without one of their own. */
  pauseMs: number;
  /** It replays RTP from a raw socket, which wants root. */
  raw: boolean;
}

/** `caller received 486` as a moment of the message logs; `caller received 486 #2` is the second one. */
export interface Moment {
  role: string;
  direction: 'sent' | 'received';
  /** Start of the first line, `SIP/2.0 486` written as `486`. */
  message: string;
  /** From 1. */
  nth: number;
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
  /** Stops the server in its tracks, or lets it go on. */
  | { signal: 'SIGSTOP' | 'SIGCONT' }
  /** Waits for a moment of the message logs. */
  | { wait: string; withinSeconds?: number }
  /** Turns a switch; all are on again after the case. */
  | { switch: { accept?: boolean; dial?: boolean; trunk?: string } }
  /** Waits until a trunk's status has these fields. */
  | { trunk: { name: string; is: Record<string, unknown>; withinSeconds: number } }
  /** Waits for callbacks in this state. */
  | { until: { number: string; state: string; withinSeconds: number } };

export interface Expectations {
  /** Fields of the callbacks that the case makes: as many, in any order (left out: none); null: not looked at. */
  callbacks: Array<Record<string, unknown>> | null;
  /** Instead of a list: so many, each like this. */
  everyCallback: { count: number; like: Record<string, unknown> } | null;
  /** Fields of all attempts of the first callback, in order. */
  attempts: Array<Record<string, unknown>> | null;
  /** Events of the first callback: these, in this order, others between them; `type`, or `{ type, detail }`. */
  events: Array<string | { type: string; detail?: Record<string, unknown> }>;
  /** Types of events that it must not have. */
  noEvents: string[];
  /** Times between two moments of the wire, in milliseconds. */
  timing: Array<{ from: string; to: string; betweenMs: [number, number] }>;
  /** What such a message looks like: regular expressions. */
  messages: Array<{ moment: string; matches: string[] }>;
  /** What a regular expression captures is the same in these messages. */
  same: Array<{ moments: string[]; captured: string }>;
  /** How many such transactions there are: retransmissions count once. */
  transactions: Record<string, number>;
  /** How many such messages there are at least, with retransmissions. */
  atLeast: Record<string, number>;
  /** How many such messages there are, with retransmissions. */
  exactly: Record<string, number>;
  /** Messages that must not be there: `trunk received INVITE`. */
  never: string[];
  /** Fields of the status of trunks, by name. */
  trunks: Record<string, Record<string, unknown>>;
  /** Until legs and media endpoints are gone. */
  settledWithinSeconds: number;
}

/** What a case claims, as its `case.yaml` has it. */
export interface ScenarioCase {
  /** Folder, or `folder/variant`. */
  name: string;
  title: string;
  /** YAML of the configuration, `{{address}}` in it: `shared/configuration.yaml` with the case's `configure` over it. */
  configuration: string;
  roles: Record<string, Role>;
  steps: Step[];
  expect: Expectations;
  /** For races: one of these has to hold as well. */
  either: Expectations[];
  /** Takes 30 s and more: left out of the tests. */
  long: boolean;
  /** Why it needs the embedded engine; null: it runs on a drachtio-server too. */
  embedded: string | null;
  /** Why it needs the embedded media; null: it runs with rtpengine too. */
  embeddedMedia: string | null;
  /** Flags of a server of its own; null: any server will do. */
  server: { flags: string[]; ipv6: boolean } | null;
}

interface RawCase {
  title?: string;
  /** Which configuration of `shared/` it stands on. */
  base?: string;
  roles: Record<string, Partial<Role>>;
  steps?: Step[];
  expect?: Partial<Expectations>;
  either?: Array<Partial<Expectations>>;
  long?: boolean;
  embedded?: string;
  embeddedMedia?: string;
  server?: { flags?: string[]; ipv6?: boolean };
  /** Sections that stand instead of those of the shared configuration. */
  configure?: Record<string, unknown>;
  /** Fields of its first rule, trunk, and menu. */
  rule?: Record<string, unknown>;
  trunk?: Record<string, unknown>;
  menu?: Record<string, unknown>;
}

/** Each folder with a case.yaml, a table's rows as `folder/variant`. */
export function caseNames(): string[] {
  return readdirSync(SCENARIOS)
    .filter((name) => existsSync(join(SCENARIOS, name, 'case.yaml')))
    .sort()
    .flatMap(variantNames);
}

/** The cases that `make sipp CASE=` names: a folder stands for all of its variants. */
export function casesOf(wanted: string): string[] {
  return caseNames().filter((name) => name === wanted || name.startsWith(`${wanted}/`));
}

function fileOf(folder: string): { variants?: Record<string, Variables> } & RawCase {
  return parse(readFileSync(join(SCENARIOS, folder, 'case.yaml'), 'utf8'));
}

function variantNames(folder: string): string[] {
  const { variants } = fileOf(folder);
  return variants === undefined ? [folder] : Object.keys(variants).map((variant) => `${folder}/${variant}`);
}

export function readCase(name: string): ScenarioCase {
  const [folder, variant] = name.split('/') as [string, string?];
  const { variants = {}, ...template } = fileOf(folder);
  const variables = variant === undefined ? {} : variants[variant];
  if (variables === undefined) throw new Error(`${folder} has no variant ${variant}`);
  const {
    long = template.long,
    embedded = template.embedded,
    embeddedMedia = template.embeddedMedia,
  } = variables as Pick<RawCase, 'long' | 'embedded' | 'embeddedMedia'>;
  const raw = variant === undefined ? template : (filledIn(template, { variant, ...variables }) as RawCase);
  const roles = Object.fromEntries(
    Object.entries(raw.roles).map(([role, given]) => [role, roleOf(folder, role, given)]),
  );
  const steps = raw.steps ?? defaultSteps(roles);
  const wantsOwn = raw.server !== undefined || steps.some((step) => 'restart' in step || 'signal' in step);
  return {
    name,
    title: raw.title ?? name,
    configuration: configurationOf(raw),
    roles,
    steps,
    expect: expectations(raw.expect, raw.either || raw.expect?.everyCallback ? null : []),
    either: (raw.either ?? []).map((given) => expectations(given, null)),
    long: long ?? false,
    embedded: embedded ?? null,
    embeddedMedia: embeddedMedia ?? null,
    server: wantsOwn ? { flags: raw.server?.flags ?? [], ipv6: raw.server?.ipv6 ?? false } : null,
  };
}

/**
 * Many cases ask one server for the same caller: the limits per number are only for those that set them. And how busy the
 * machine is that plays many of them at once is no matter of theirs.
 */
const LIMITS = { perNumber: { max: 10_000 }, pingPong: false, overload: false };

function configurationOf({ base = 'configuration.yaml', configure = {}, rule = {}, trunk = {}, menu = {} }: RawCase) {
  const shared = parse(readFileSync(join(SCENARIOS, 'shared', base), 'utf8'));
  Object.assign(shared.callbackRules[0], rule);
  Object.assign(shared.trunks[0], trunk);
  Object.assign(shared.flows[0].components.menu, menu);
  return stringify({ limits: LIMITS, ...shared, ...configure });
}

function expectations(given: Partial<Expectations> = {}, callbacks: Expectations['callbacks']): Expectations {
  const lists = { callbacks, events: [], noEvents: [], timing: [], messages: [], same: [], never: [] };
  return {
    ...lists,
    everyCallback: null,
    attempts: null,
    transactions: {},
    atLeast: {},
    exactly: {},
    trunks: {},
    settledWithinSeconds: 3,
    ...given,
  };
}

export function parseMoment(text: string): Moment {
  const [, role, direction, message, nth] = /^(\S+) (sent|received) (.+?)(?: #(\d+))?$/.exec(text) ?? [];
  if (role === undefined || message === undefined) throw new Error(`not a moment: ${text}`);
  return { role, direction: direction as Moment['direction'], message, nth: Number(nth ?? 1) };
}

const PORTS: Record<string, number> = { trunk: 5070, second: 5080, third: 5090, extension: 5071 };

function roleOf(folder: string, role: string, given: Partial<Role>): Role {
  const own = join(SCENARIOS, folder, given.scenario ?? `${role}.xml`);
  const scenario = existsSync(own) ? own : join(SCENARIOS, 'shared', given.scenario ?? `${role}.xml`);
  const keys = Object.entries(given.keys ?? {}).map(([key, value]) => [key, String(value)] as const);
  const presses = given.presses ?? [];
  const speaks = given.speaks ?? 0;
  const calls = given.calls ?? 1;
  return {
    port: given.port ?? PORTS[role] ?? 5062,
    calls,
    rate: given.rate ?? Math.max(10, calls),
    transport: given.transport ?? 'udp',
    ipv6: given.ipv6 ?? false,
    keys: Object.fromEntries(keys),
    captured: given.captured ?? {},
    presses,
    speaks,
    callIds: given.callIds ?? `${role}-%u-%p@%s`,
    padBytes: given.padBytes ?? 0,
    fromElsewhere: given.fromElsewhere ?? false,
    timeoutSeconds: given.timeoutSeconds ?? 15,
    pauseMs: given.pauseMs ?? 500,
    raw: given.raw ?? (presses.length > 0 || speaks > 0),
    scenario,
  };
}

/** Phones that wait first, then the caller, then everybody's end. */
function defaultSteps(roles: Record<string, Role>): Step[] {
  const waiting = Object.keys(roles).filter((role) => role !== 'caller');
  return [{ start: waiting }, { run: 'caller' }, { finish: waiting.filter((role) => roles[role]!.calls > 0) }];
}
