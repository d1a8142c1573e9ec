import { readFile } from 'node:fs/promises';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ipFamily, stripBrackets } from './message/host.ts';
import { parseUri } from './message/uri.ts';
import type { ControlSettings, GivenSettings } from './settings.ts';
import { DEFAULT_TIMERS, type SipTimers } from './transaction/timers.ts';
import type { ListenPoint } from './transaction/wire.ts';
import { defaultPortOf } from './transport/flow.ts';
import type { TlsSettings } from './transport/tls-credentials.ts';

/** What `drachtio.conf.xml` says, as far as the engine knows it, and what it does not know. */
export interface Conf {
  readonly settings: GivenSettings;
  /** Sections that a drachtio-server obeys and the engine does not, one sentence each. */
  readonly warnings: readonly string[];
}

export type ConfResult = { ok: true; conf: Conf } | { ok: false; problem: string };

const MAX_FILE_BYTES = 1_048_576;
const DEFAULT_ADMIN_PORT = 9022;
const DEFAULT_SECRET = 'admin';
const TLS_PATH = 'drachtio.sip.tls';
const DEFAULT_CONTACT = 'sip:*;transport=udp,tcp';

/** Names of elements; what stands here is read, what stands in `IGNORED` a drachtio-server reads and the engine need not. */
const IGNORED: Record<string, readonly string[]> = {
  drachtio: ['logging', 'monitoring'],
  tls: ['dh-param'],
  sip: ['udp-buffer-size', 'mtu-size', 'udp-mtu', 'capture-server', 'reject-register-with-no-realm', 'session-timers'],
};
const NOT_SUPPORTED: Record<string, readonly string[]> = {
  drachtio: ['request-handlers'],
  sip: ['spammers', 'blacklist', 'user-agent-options-auto-respond', 'aggressive-nat-detection'],
};
const READ: Record<string, readonly string[]> = {
  drachtio: ['admin', 'sip', 'cdrs'],
  sip: ['contact', 'contacts', 'timers', 'outbound-proxy', 'tls'],
  tls: ['key-file', 'cert-file', 'chain-file', 'ca-file', 'min-tls-version'],
};

/** A mistake in the file; its text begins with the path of the element. */
class ConfError extends Error {}

type Element = { readonly [name: string]: unknown };

/** Reads the file. Never throws; the problem is one line that names the file and the element. */
export async function readConf(path: string): Promise<ConfResult> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_FILE_BYTES) return { ok: false, problem: `${path}: larger than ${MAX_FILE_BYTES} bytes` };
    const result = parseConf(bytes.toString('utf8'));
    return result.ok ? result : { ok: false, problem: `${path}: ${result.problem}` };
  } catch (error) {
    return { ok: false, problem: `${path}: ${(error as Error).message}` };
  }
}

/** Reads the text of a `drachtio.conf.xml`. */
export function parseConf(text: string): ConfResult {
  // An XML bomb needs a document type; a configuration needs none.
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) return { ok: false, problem: 'a document type is not allowed here' };
  const validity = XMLValidator.validate(text);
  if (validity !== true) {
    const { line, col, msg } = validity.err;
    return { ok: false, problem: `line ${line}, column ${col ?? 1}: ${msg.replace(/\s+/g, ' ')}` };
  }
  try {
    return { ok: true, conf: confOf(parseXml(text)) };
  } catch (error) {
    if (error instanceof ConfError) return { ok: false, problem: error.message };
    return { ok: false, problem: `cannot be read: ${(error as Error).message}` };
  }
}

function parseXml(text: string): Element {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: true,
    ignoreDeclaration: true,
  });
  return parser.parse(text) as Element;
}

function confOf(document: Element): Conf {
  const root = elementAt(document, 'drachtio', 'drachtio');
  if (root === undefined) throw new ConfError('drachtio: the root element is missing');
  const sip = elementAt(root, 'sip', 'drachtio.sip') ?? {};
  const tls = elementAt(sip, 'tls', TLS_PATH) ?? {};
  const warnings = [
    ...unknownIn(root, 'drachtio', 'drachtio'),
    ...unknownIn(sip, 'sip', 'drachtio.sip'),
    ...unknownIn(tls, 'tls', TLS_PATH),
  ];
  const proxy = textAt(sip, 'outbound-proxy', 'drachtio.sip.outbound-proxy');
  if (proxy !== undefined && parseUri(proxy) === undefined) {
    throw new ConfError(`drachtio.sip.outbound-proxy: ${quoted(proxy)} is no SIP URI`);
  }
  const settings: GivenSettings = {
    listenPoints: listenPointsOf(sip),
    control: controlOf(root),
    timers: timersOf(sip),
    tls: tlsOf(tls),
    outboundProxy: proxy,
    recordsCalls: flagAt(root, 'cdrs', 'drachtio.cdrs'),
  };
  return { settings, warnings };
}

function controlOf(root: Element): ControlSettings {
  const path = 'drachtio.admin';
  const admin = elementAt(root, 'admin', path);
  if (admin === undefined) throw new ConfError(`${path}: is missing; applications connect there`);
  const address = stripBrackets(textOf(admin, path) ?? '127.0.0.1');
  if (address !== 'localhost' && ipFamily(address) === 0)
    throw new ConfError(`${path}: ${quoted(address)} is no IP address`);
  if (admin['@tls-port'] !== undefined && admin['@tls-port'] !== '0') {
    throw new ConfError(`${path}.tls-port: the embedded engine has no TLS admin port`);
  }
  const secret = attributeOf(admin, 'secret') ?? DEFAULT_SECRET;
  if (/[|\r\n]/.test(secret)) throw new ConfError(`${path}.secret: must hold neither "|" nor a line break`);
  const given = attributeOf(admin, 'port');
  const port = given === undefined ? DEFAULT_ADMIN_PORT : numberOf(given, `${path}.port`, { min: 0, max: 65_535 });
  return { kind: 'listen', address: address === 'localhost' ? '127.0.0.1' : address, port, secret };
}

function listenPointsOf(sip: Element): ListenPoint[] {
  const old = sip['contact'];
  const contacts = elementAt(sip, 'contacts', 'drachtio.sip.contacts') ?? {};
  const given = old === undefined ? listOf(contacts['contact']) : listOf(old);
  const where = old === undefined ? 'drachtio.sip.contacts.contact' : 'drachtio.sip.contact';
  const points = (given.length === 0 ? [DEFAULT_CONTACT] : given).flatMap((contact, index) => {
    return pointsOf(contact, given.length > 1 ? `${where}[${index + 1}]` : where);
  });
  const seen = new Set<string>();
  for (const { protocol, address, port } of points) {
    const key = `${protocol}/${address}:${port}`;
    if (seen.has(key) && port !== 0) throw new ConfError(`${where}: ${key} is named twice`);
    seen.add(key);
  }
  return points;
}

function pointsOf(contact: unknown, path: string): ListenPoint[] {
  const text = (typeof contact === 'string' ? contact : textOf(asElement(contact, path), path))?.trim();
  if (text === undefined || text === '')
    throw new ConfError(`${path}: is empty; write sip:<address>:<port>;transport=udp,tcp`);
  // `*` is every address; no URI has it for a host.
  const uri = parseUri(text.replace(/^(sips?:(?:[^@]*@)?)\*/i, '$10.0.0.0').replace(/:0(?=;|$)/, ''));
  if (uri === undefined || uri.scheme === 'tel') throw new ConfError(`${path}: ${quoted(text)} is no SIP URI`);
  const address = stripBrackets(uri.host);
  if (ipFamily(address) === 0) throw new ConfError(`${path}: ${quoted(address)} is no IP address and not *`);
  const transport = uri.params.get('transport');
  const names = (typeof transport === 'string' ? transport : 'udp,tcp').toLowerCase().split(',');
  const advertised = advertisedOf(contact, path);
  return (uri.scheme === 'sips' ? ['tls'] : names).map((name) => {
    if (name !== 'udp' && name !== 'tcp' && name !== 'tls')
      throw new ConfError(`${path}: the embedded engine has no transport ${quoted(name)}, only udp, tcp and tls`);
    const port = /:0(?=;|$)/.test(text) ? 0 : (uri.port ?? defaultPortOf(name));
    const point: ListenPoint = { protocol: name, address, port };
    return advertised === undefined ? point : { ...point, advertised };
  });
}

function advertisedOf(contact: unknown, path: string): string | undefined {
  if (typeof contact === 'string') return undefined;
  const given = attributeOf(asElement(contact, path), 'external-ip');
  if (given === undefined || given === '') return undefined;
  if (ipFamily(given) === 0) throw new ConfError(`${path}.external-ip: ${quoted(given)} is no IP address`);
  return stripBrackets(given);
}

/** Files in PEM, as a drachtio-server reads them; `ca-file` is ours. */
function tlsOf(tls: Element): TlsSettings {
  const file = (name: string) => textAt(tls, name, `${TLS_PATH}.${name}`);
  const least = file('min-tls-version') ?? '1.2';
  if (least !== '1.2' && least !== '1.3')
    throw new ConfError(
      `${TLS_PATH}.min-tls-version: ${quoted(least)} is neither 1.2 nor 1.3; older ones are not safe`,
    );
  const minVersion = least === '1.3' ? 'TLSv1.3' : 'TLSv1.2';
  const files = { certFile: 'cert-file', keyFile: 'key-file', chainFile: 'chain-file', caFile: 'ca-file' };
  const given = Object.entries(files).map(([key, name]) => [key, file(name)] as const);
  return { ...Object.fromEntries(given.filter(([, path]) => path !== undefined)), minVersion };
}

function timersOf(sip: Element): SipTimers {
  const path = 'drachtio.sip.timers';
  const timers = elementAt(sip, 'timers', path) ?? {};
  const read = (name: keyof SipTimers, otherwise: number): number => {
    const text = textAt(timers, name, `${path}.${name}`);
    return text === undefined ? otherwise : numberOf(text, `${path}.${name}`, { min: 10, max: 600_000 });
  };
  const t1 = read('t1', DEFAULT_TIMERS.t1);
  const t1x64 = read('t1x64', DEFAULT_TIMERS.t1x64);
  const result = { t1, t2: read('t2', DEFAULT_TIMERS.t2), t4: read('t4', DEFAULT_TIMERS.t4), t1x64 };
  if (result.t2 < t1) throw new ConfError(`${path}.t2: ${result.t2} is less than t1, which is ${t1}`);
  if (t1x64 < t1) throw new ConfError(`${path}.t1x64: ${t1x64} is less than t1, which is ${t1}`);
  return result;
}

function unknownIn(element: Element, table: string, path: string): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(element)) {
    if (name.startsWith('@') || name === '#text' || READ[table]?.includes(name) || IGNORED[table]?.includes(name))
      continue;
    const isKnown = NOT_SUPPORTED[table]?.includes(name);
    warnings.push(`${path}.${name}: ${isKnown ? 'not supported by the embedded engine' : 'unknown element'}, ignored`);
  }
  return warnings;
}

function elementAt(parent: Element, name: string, path: string): Element | undefined {
  const value = parent[name];
  return value === undefined ? undefined : asElement(value, path);
}

/** An element without attributes and children is its text alone. */
function asElement(value: unknown, path: string): Element {
  if (Array.isArray(value)) throw new ConfError(`${path}: stands there ${value.length} times, once is allowed`);
  if (typeof value === 'string') return { '#text': value };
  return value as Element;
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function textAt(parent: Element, name: string, path: string): string | undefined {
  const element = elementAt(parent, name, path);
  return element === undefined ? undefined : textOf(element, path);
}

function textOf(element: Element, path: string): string | undefined {
  const text = element['#text'];
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new ConfError(`${path}: holds no plain text`);
  return text.trim() === '' ? undefined : text.trim();
}

function attributeOf(element: Element, name: string): string | undefined {
  const value = element[`@${name}`];
  return typeof value === 'string' ? value : undefined;
}

function flagAt(parent: Element, name: string, path: string): boolean {
  const text = (textAt(parent, name, path) ?? 'false').toLowerCase();
  if (['true', 'yes', '1'].includes(text)) return true;
  if (['false', 'no', '0'].includes(text)) return false;
  throw new ConfError(`${path}: ${quoted(text)} is neither true nor false`);
}

function numberOf(text: string, path: string, range: { min: number; max: number }): number {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new ConfError(`${path}: ${quoted(text)} is no number from ${range.min} to ${range.max}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
