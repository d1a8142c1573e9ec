/** What `serve` is told: a flag beats the environment, which beats the default. Parsed once, frozen. */

import { flawText } from '../core/mistake.ts';
import { cidr } from '../schema/field.ts';
import { check } from '../schema/mistake-list.ts';
import { shown } from '../schema/nearest.ts';
import { hostMistake, sipUriMistake } from '../schema/sip-uri.ts';
import { type HostPort, type Parsed, parseHostPort } from './address.ts';
import { type DatabaseConfig, parseDatabaseUrl } from './database-url.ts';
import { type Flag, FlagError, readFlags } from './flag-reader.ts';
import { fail, type Given, maxCalls, mediaThreads, oneOf, parsed } from './given.ts';
import { type RtpengineConfig, rtpengineConfig } from './rtpengine-config.ts';
import { type Environment, Settings } from './settings.ts';

export type { Environment } from './settings.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const MEDIA_KINDS = ['embedded', 'rtpengine', 'none'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

export interface ServeConfig {
  /** Fills an empty store; null: the demo configuration does. */
  readonly configFile: string | null;
  readonly dataDirectory: string;
  /** Null: the embedded store in the data directory. */
  readonly database: DatabaseConfig | null;
  /** With a database: others take over what a node held that has been cut off for so long. */
  readonly leaseSeconds: number;
  /** SIP URIs to listen on; null: what drachtio.conf.xml says, else 127.0.0.1:5060 by UDP and TCP. */
  readonly sip: readonly string[] | null;
  /** Files of the engine's TLS certificate, its key, what signed it, and of whom we trust; what is absent stands in drachtio.conf.xml. */
  readonly tls: { readonly [file in 'certFile' | 'keyFile' | 'chainFile' | 'caFile']?: string };
  /** Host that Contact and SDP carry; null: the local address. */
  readonly advertise: string | null;
  /** A real drachtio-server; null: the embedded engine. */
  readonly drachtio: (HostPort & { readonly secret: string }) | null;
  /** `given`: it has to be there; else it is read if it is. */
  readonly drachtioConf: { readonly path: string; readonly given: boolean };
  readonly media: MediaKind;
  /** Threads that the embedded media has for RTP; 0: it is in the main thread; null: as the machine has cores. */
  readonly mediaThreads: number | null;
  /** Null: none is named. */
  readonly rtpengine: RtpengineConfig | null;
  /** Calls at once on this node; null: as the media bears. */
  readonly maxCalls: number | null;
  /** Inclusive. */
  readonly rtpPorts: { readonly first: number; readonly last: number };
  /** Port 0: the system chooses. */
  readonly http: HostPort;
  /** Proxies in front of it, whose X-Forwarded-* is believed: addresses and CIDRs. */
  readonly httpProxies: readonly string[];
  /** Where call detail records go; null: `cdr` in the data directory, if the configuration has a section for them. */
  readonly cdrDirectory: string | null;
  /** Decides on calls and writes down what it would do, but dials nothing; null: it works. What every call gets: */
  readonly shadow: { readonly status: number; readonly redirectTo: string | null } | null;
  readonly logLevel: LogLevel;
  readonly drainSeconds: number;
  /** An administrator's key on every API; null: none. */
  readonly apiKey: string | null;
  /** Keys of recordings, before those of the key file; null: those alone. */
  readonly recordingKey: string | null;
}

/** The one place that looks at the process's environment. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * From now on this process and its libraries see the environment as it is now. To ask the system is slow, and drachtio-srf
 * asks for each header of each message: more than half of the time of its parser.
 */
export function keepEnvironment(): void {
  process.env = { ...process.env };
}

const flag = (name: string, argument: string, environment: string | null, text: string): Flag => ({
  name,
  argument,
  environment,
  text,
});

export const SERVE_FLAGS: readonly Flag[] = [
  flag('config', 'FILE', 'CALLBACK_CONFIG', 'fills an empty store (default: the demo configuration)'),
  flag('data', 'DIR', 'CALLBACK_DATA', 'embedded store, prompts, keys (default: ./data)'),
  flag('database', 'URL', 'DATABASE_URL', 'a database for several nodes (default: embedded SQLite in DIR)'),
  flag('lease-seconds', 'N', null, 'with a database: after so long others take over from a dead node (default: 10)'),
  {
    ...flag('sip', 'URI', 'CALLBACK_SIP', 'where SIP listens; repeatable (default: 127.0.0.1:5060 by udp and tcp)'),
    repeatable: true,
  },
  flag(
    'cert-file',
    'FILE',
    'CALLBACK_CERT_FILE',
    'certificate for SIP over TLS, PEM (default: <tls> of drachtio.conf.xml)',
  ),
  flag('key-file', 'FILE', 'CALLBACK_KEY_FILE', 'its private key, PEM, without a passphrase'),
  flag('chain-file', 'FILE', 'CALLBACK_CHAIN_FILE', 'intermediate certificates, if --cert-file does not hold them'),
  flag('ca-file', 'FILE', 'CALLBACK_CA_FILE', "whose certificates TLS trunks may have (default: the system's CAs)"),
  flag('advertise', 'HOST', 'CALLBACK_ADVERTISE', 'the address that Contact and SDP carry (NAT, cloud)'),
  flag('drachtio', 'HOST:PORT', 'DRACHTIO_HOST, DRACHTIO_PORT', 'a real drachtio-server; no embedded engine then'),
  flag('secret', 'S', 'DRACHTIO_SECRET', 'its secret (default: cymru)'),
  flag('drachtio-conf', 'FILE', null, "the engine's settings (default: drachtio.conf.xml)"),
  flag('media', 'KIND', 'CALLBACK_MEDIA', 'embedded, rtpengine or none (default: embedded)'),
  {
    ...flag('rtpengine', 'HOST:PORT', 'RTPENGINE', 'control address of an rtpengine (its --listen-ng); repeatable'),
    repeatable: true,
  },
  flag(
    'rtpengine-dtmf',
    'HOST:PORT',
    'RTPENGINE_DTMF',
    'where the keys that it hears come (its --dtmf-log-dest), or `none` (default: 127.0.0.1:22333)',
  ),
  flag(
    'rtpengine-prompts',
    'DIR',
    'RTPENGINE_PROMPTS',
    'prompts as it plays them; it reads them there (default: in DIR)',
  ),
  flag('rtp-ports', 'FIRST-LAST', null, 'ports of the embedded media (default: 20000-29999)'),
  flag(
    'media-threads',
    'N',
    'CALLBACK_MEDIA_THREADS',
    'threads of the embedded media; 0: the main one (default: 1, on a single core 0)',
  ),
  flag('max-calls', 'N', 'CALLBACK_MAX_CALLS', 'calls at once on this node (default: what its media bears)'),
  flag('http', 'HOST:PORT', 'CALLBACK_HTTP', 'API, health, metrics (default: 127.0.0.1:8080)'),
  {
    ...flag(
      'http-proxies',
      'ADDRESS',
      'CALLBACK_HTTP_PROXIES',
      'proxies in front of it, whose X-Forwarded-* is believed: addresses, CIDRs; repeatable (default: none)',
    ),
    repeatable: true,
  },
  flag('cdr', 'DIR', 'CALLBACK_CDR', 'call detail records (default: what the section `cdr` says, in cdr/ of --data)'),
  flag('shadow', '', 'CALLBACK_SHADOW', 'decide on live calls and write it down; promise, ring and dial nothing'),
  flag(
    'shadow-answer',
    'ANSWER',
    'CALLBACK_SHADOW_ANSWER',
    'what they get: 400-699, or sip:HOST to go on to (default: 500)',
  ),
  flag('log-level', 'L', 'LOG_LEVEL', `${LOG_LEVELS.join(', ')} (default: info)`),
  flag('drain-seconds', 'N', null, 'how long live calls may go on after SIGTERM (default: 30)'),
];

const DRACHTIO_PORT = 9022;
const LOWEST_RTP_PORT = 1024;
const LONGEST_DRAIN_SECONDS = 86_400;
const LEASE_SECONDS = { least: 1, standard: 10, most: 300 };

/** Several in one variable stand between spaces or commas; a comma within `transport=udp,tcp` does not part. */
function sipUris(settings: Settings): readonly string[] | null {
  const flags = settings.all('sip');
  const variable = settings.environment('CALLBACK_SIP');
  if (flags === null && variable === null) return null;
  const from = flags === null ? 'CALLBACK_SIP' : '--sip';
  const uris = flags ?? variable!.value.split(/[\s,]+(?=sips?:)|\s+/i).filter((uri) => uri !== '');
  for (const uri of uris) {
    // port 0 is right here alone: the system chooses
    const mistake = sipUriMistake(uri.replace(/:0(?=;|$)/, ':5060'));
    if (mistake !== null) fail({ from, value: uri }, `\`${shown(uri)}\` ${flawText(mistake)}`);
  }
  return Object.freeze([...uris]);
}

/** Several stand between spaces or commas. */
function httpProxies(settings: Settings): readonly string[] {
  const flags = settings.all('http-proxies');
  const variable = settings.environment('CALLBACK_HTTP_PROXIES');
  const from = flags === null ? 'CALLBACK_HTTP_PROXIES' : '--http-proxies';
  const given = flags ?? (variable === null ? [] : [variable.value]);
  const proxies = given.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
  for (const proxy of proxies) {
    const checked = check(cidr, proxy);
    if (!checked.ok) fail({ from, value: proxy }, checked.mistakes[0]!.message);
  }
  return Object.freeze(proxies);
}

function drachtio(settings: Settings): ServeConfig['drachtio'] {
  const secret = settings.get('secret', 'DRACHTIO_SECRET')?.value ?? 'cymru';
  const given = settings.flag('drachtio');
  if (given !== null) return Object.freeze({ ...parsed(given, parseHostPort(given.value, DRACHTIO_PORT)), secret });
  const host = settings.environment('DRACHTIO_HOST');
  if (host === null) {
    const alone = settings.flag('secret');
    return alone === null ? null : fail(alone, 'is for --drachtio HOST:PORT, which is missing');
  }
  const port = settings.environment('DRACHTIO_PORT');
  const bracketed = host.value.includes(':') && !host.value.startsWith('[') ? `[${host.value}]` : host.value;
  const address = parsed(host, parseHostPort(bracketed, DRACHTIO_PORT));
  if (port === null) return Object.freeze({ ...address, secret });
  return Object.freeze({ host: address.host, port: parsed(port, parseHostPort(`x:${port.value}`, null)).port, secret });
}

function rtpPorts(given: Given | null): ServeConfig['rtpPorts'] {
  if (given === null) return Object.freeze({ first: 20000, last: 29999 });
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(given.value);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first < LOWEST_RTP_PORT || last > 65535)
    fail(given, `\`${shown(given.value)}\` is not FIRST-LAST (${LOWEST_RTP_PORT}-65535)`);
  if (last - first < 3) fail(given, `\`${shown(given.value)}\`: a call needs at least 4 ports`);
  return Object.freeze({ first, last });
}

function drainSeconds(given: Given | null): number {
  if (given === null) return 30;
  const value = Number(given.value);
  if (!/^\d+(\.\d+)?$/.test(given.value) || value > LONGEST_DRAIN_SECONDS)
    fail(given, `\`${shown(given.value)}\` is not a number of seconds`);
  return value;
}

const SHADOW_STATUS = 500;
const MOVED_TEMPORARILY = 302;

function isOn(given: Given | null): boolean {
  if (given === null) return false;
  const word = given.value.toLowerCase();
  if (['on', '1', 'yes', 'true'].includes(word)) return true;
  return ['off', '0', 'no', 'false'].includes(word)
    ? false
    : fail(given, `\`${shown(given.value)}\` is neither on nor off`);
}

/** @returns what a call in the shadow gets: a status that says no, or the way to the system that takes it */
function shadowAnswer(given: Given | null): NonNullable<ServeConfig['shadow']> {
  if (given === null) return { status: SHADOW_STATUS, redirectTo: null };
  if (/^[456]\d\d$/.test(given.value)) return { status: Number(given.value), redirectTo: null };
  if (!/^sips?:/i.test(given.value))
    fail(given, `\`${shown(given.value)}\` is neither a status from 400 to 699 nor sip:HOST`);
  const mistake = sipUriMistake(given.value);
  if (mistake !== null) fail(given, `\`${shown(given.value)}\` ${flawText(mistake)}`);
  if (given.value.includes('@')) fail(given, `\`${shown(given.value)}\` has a user: the dialled number goes there`);
  return { status: MOVED_TEMPORARILY, redirectTo: given.value };
}

function shadow(settings: Settings): ServeConfig['shadow'] {
  const answer = settings.get('shadow-answer', 'CALLBACK_SHADOW_ANSWER');
  if (isOn(settings.get('shadow', 'CALLBACK_SHADOW'))) return Object.freeze(shadowAnswer(answer));
  if (answer?.from === '--shadow-answer') fail(answer, 'is for --shadow, which is missing');
  return null;
}

function advertise(given: Given | null): string | null {
  if (given === null) return null;
  const mistake = hostMistake(given.value);
  if (mistake !== null) fail(given, `\`${shown(given.value)}\` ${flawText(mistake)}`);
  return given.value.replace(/^\[|\]$/g, '');
}

const TLS_FILES = [
  ['certFile', 'cert-file', 'CALLBACK_CERT_FILE'],
  ['keyFile', 'key-file', 'CALLBACK_KEY_FILE'],
  ['chainFile', 'chain-file', 'CALLBACK_CHAIN_FILE'],
  ['caFile', 'ca-file', 'CALLBACK_CA_FILE'],
] as const;

function tlsFiles(settings: Settings): ServeConfig['tls'] {
  const given = TLS_FILES.flatMap(([key, flag, variable]) => {
    const value = settings.get(flag, variable)?.value;
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.freeze(Object.fromEntries(given));
}

function database(given: Given | null): DatabaseConfig | null {
  return given === null ? null : parsed(given, parseDatabaseUrl(given.value));
}

function leaseSeconds(given: Given | null): number {
  const { least, standard, most } = LEASE_SECONDS;
  if (given === null) return standard;
  const value = Number(given.value);
  if (!/^\d+(\.\d+)?$/.test(given.value) || value < least || value > most)
    fail(given, `\`${shown(given.value)}\` is not a number of seconds from ${least} to ${most}`);
  return value;
}

function assemble(settings: Settings): ServeConfig {
  const http = settings.get('http', 'CALLBACK_HTTP') ?? { from: '--http', value: '127.0.0.1:8080' };
  const conf = settings.flag('drachtio-conf');
  const media = oneOf(settings.get('media', 'CALLBACK_MEDIA'), MEDIA_KINDS, 'embedded');
  return Object.freeze({
    configFile: settings.get('config', 'CALLBACK_CONFIG')?.value ?? null,
    dataDirectory: settings.get('data', 'CALLBACK_DATA')?.value ?? './data',
    database: database(settings.get('database', 'DATABASE_URL')),
    leaseSeconds: leaseSeconds(settings.flag('lease-seconds')),
    sip: sipUris(settings),
    tls: tlsFiles(settings),
    advertise: advertise(settings.get('advertise', 'CALLBACK_ADVERTISE')),
    drachtio: drachtio(settings),
    drachtioConf: Object.freeze({ path: conf?.value ?? 'drachtio.conf.xml', given: conf !== null }),
    media,
    mediaThreads: mediaThreads(settings.get('media-threads', 'CALLBACK_MEDIA_THREADS')),
    rtpengine: rtpengineConfig(settings, media === 'rtpengine'),
    rtpPorts: rtpPorts(settings.flag('rtp-ports')),
    maxCalls: maxCalls(settings.get('max-calls', 'CALLBACK_MAX_CALLS')),
    http: Object.freeze(parsed(http, parseHostPort(http.value, null, 0))),
    httpProxies: httpProxies(settings),
    cdrDirectory: settings.get('cdr', 'CALLBACK_CDR')?.value ?? null,
    shadow: shadow(settings),
    logLevel: oneOf(settings.get('log-level', 'LOG_LEVEL'), LOG_LEVELS, 'info'),
    drainSeconds: drainSeconds(settings.flag('drain-seconds')),
    apiKey: settings.environment('CALLBACK_API_KEY')?.value ?? null,
    recordingKey: settings.environment('CALLBACK_RECORDING_KEY')?.value ?? null,
  });
}

/** @param argv what stands after `serve`. A mistake is one clear line, for stderr and exit code 2 */
export function parseFlags(argv: readonly string[], environment: Environment): Parsed<ServeConfig> {
  try {
    return { ok: true, value: assemble(new Settings(readFlags(argv, SERVE_FLAGS), environment)) };
  } catch (error) {
    if (error instanceof FlagError) return { ok: false, message: error.message };
    throw error;
  }
}
