/** A configuration from text or data: complete and frozen, or every mistake at once. */

import type { CdrSettings } from '../core/cdr/settings.ts';
import type { Configuration, Limits, TrustedProxies } from '../core/configuration.ts';
import { type Mistake, mistake } from '../core/mistake.ts';
import { priceClassMistakes } from '../core/policy/price-list.ts';
import { type CallSettings, type RegistrarSettings, USUAL_CALLS, USUAL_REGISTRAR } from '../core/settings.ts';
import { cdr } from './cdr.ts';
import { country, name } from './field.ts';
import { INACTIVE_TYPES } from './flow.ts';
import { cycleMistakes } from './flow-cycles.ts';
import { language } from './language.ts';
import { limitsOf } from './limits.ts';
import { frozen, isFields, lostNumbers, plainData } from './plain-data.ts';
import { Reading } from './reading.ts';
import { fieldsOf, referenceMistakes, type Written, withInboundNumbersAsWritten } from './references.ts';
import { INACTIVE_SECTION_NAMES, SECTION_NAMES } from './sections.ts';
import { calls, registrar } from './settings.ts';
import { NO_TRUSTED_PROXIES, trustedProxies } from './trusted-proxies.ts';
import { variableMistakes } from './variable-references.ts';
import { warningsOf } from './warnings.ts';
import { readText } from './yaml-text.ts';

export interface LocatedMistake extends Mistake {
  /** In the text, from 1. */
  line?: number;
}

export type ParseResult =
  | { ok: true; configuration: Configuration; warnings: LocatedMistake[] }
  | { ok: false; mistakes: LocatedMistake[] };

/** Checks of other rooms (core's ties of rules), run on a configuration that is right otherwise. */
export type ExtraChecks = ReadonlyArray<(configuration: Configuration) => Mistake[]>;

const DEFAULT_COUNTRY = 'BR';
const EVERY_SECTION = [...SECTION_NAMES, ...INACTIVE_SECTION_NAMES];

function entriesOf<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;
}

function withoutEmpty(sections: Record<string, unknown[]>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(sections).filter(([, items]) => items.length > 0));
}

function assemble(reading: Reading): Configuration {
  const defaultCountry = reading.field(country, 'defaultCountry', DEFAULT_COUNTRY);
  const configuration: Configuration = {
    version: 1,
    defaultCountry,
    defaultLanguage: reading.field<string | null>(language.nullable(), 'defaultLanguage', null),
    trunks: reading.items('trunks'),
    defaultOutgoingRule: reading.field<string | null>(name, 'defaultOutgoingRule', null),
    outgoingRules: reading.items('outgoingRules'),
    extensions: reading.items('extensions'),
    inboundNumbers: reading.items('inboundNumbers'),
    callbackRules: reading.items('callbackRules'),
    flows: reading.items('flows'),
    hours: reading.items('hours'),
    limits: reading.field<Limits>(limitsOf(defaultCountry), 'limits', limitsOf(defaultCountry).parse({})),
    registrar: reading.field<RegistrarSettings>(registrar, 'registrar', USUAL_REGISTRAR),
    calls: reading.field<CallSettings>(calls, 'calls', USUAL_CALLS),
    trustedProxies: reading.field<TrustedProxies>(trustedProxies, 'trustedProxies', NO_TRUSTED_PROXIES),
    ...cdrOf(reading),
    inactive: withoutEmpty(entriesOf(INACTIVE_SECTION_NAMES, (section) => reading.inactive(section))),
  };
  reading.mistakes.push(...lostInComponents(reading));
  return withInboundNumbersAsWritten(configuration);
}

/** A null is as good as none: the API shows what is left out so. */
function cdrOf(reading: Reading): Pick<Configuration, 'cdr'> {
  const given = reading.field<CdrSettings | null>(cdr.nullable(), 'cdr', null);
  return given === null ? {} : { cdr: given };
}

/** Components of types that no schema looks at yet. */
function lostInComponents(reading: Reading): Mistake[] {
  return reading.list('flows').flatMap((flow, i) =>
    Object.entries(fieldsOf(fieldsOf(flow)['components'])).flatMap(([word, component]) => {
      const type = fieldsOf(component)['type'];
      const inactive = (INACTIVE_TYPES as readonly unknown[]).includes(type);
      return inactive ? lostNumbers(component, ['flows', i, 'components', word]) : [];
    }),
  );
}

/** Checks data of the file's form (also the API's). */
export function readConfiguration(value: unknown, extraChecks: ExtraChecks = []): ParseResult {
  const { value: top, mistakes: unsound } = plainData(value);
  if (!isFields(top)) return { ok: false, mistakes: [mistake('', 'expected-configuration')] };
  const reading = new Reading(top);
  reading.mistakes.push(...unsound);
  reading.frame();
  const assembled = assemble(reading);
  const written: Written = {
    items: entriesOf(EVERY_SECTION, (section) => reading.list(section)),
    names: entriesOf(EVERY_SECTION, (section) => reading.names(section)),
    defaultOutgoingRule: top['defaultOutgoingRule'],
    calls: top['calls'],
  };
  reading.mistakes.push(...referenceMistakes(written), ...variableMistakes(written), ...cycleMistakes(written));
  if (reading.mistakes.length > 0) return { ok: false, mistakes: distinct(reading.mistakes) };
  const configuration = frozen(assembled);
  const more = [priceClassMistakes, ...extraChecks].flatMap((extra) => extra(configuration));
  if (more.length > 0) return { ok: false, mistakes: more };
  return { ok: true, configuration, warnings: warningsOf(configuration) };
}

function distinct(mistakes: Mistake[]): Mistake[] {
  const seen = new Map(mistakes.map((mistake) => [`${mistake.path}\n${mistake.message}`, mistake]));
  return [...seen.values()];
}

/** Parts of a path as `pathText` writes it. */
export function pathParts(path: string): Array<string | number> {
  const parts: Array<string | number> = [];
  for (const match of path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (match[1] !== undefined) parts.push(Number(match[1]));
    else parts.push(match[2] === undefined ? match[3]! : String(JSON.parse(match[2])));
  }
  return parts;
}

export interface ParseOptions {
  /** Default: JSON where the text begins with `{`, else YAML. */
  format?: 'yaml' | 'json';
  extraChecks?: ExtraChecks;
  /** Reads a file that the configuration names (`limits.spend.prices: { file: PATH }`). Throws what is to be said. */
  readFile?: (path: string) => string;
}

/** A price list may stand in a file beside the configuration; what is stored is its text. */
function withPriceFile(value: unknown, readFile: ParseOptions['readFile']): { value: unknown; mistakes: Mistake[] } {
  const unchanged = { value, mistakes: [] };
  const limits = isFields(value) ? value['limits'] : undefined;
  const spend = isFields(limits) ? limits['spend'] : undefined;
  const prices = isFields(spend) ? spend['prices'] : undefined;
  const file = isFields(prices) ? prices['file'] : undefined;
  if (readFile === undefined || typeof file !== 'string') return unchanged;
  try {
    const text = readFile(file);
    const read = { ...(spend as object), prices: text };
    return { value: { ...(value as object), limits: { ...(limits as object), spend: read } }, mistakes: [] };
  } catch (error) {
    return {
      value,
      mistakes: [mistake('limits.spend.prices.file', 'named-file-unreadable', { why: (error as Error).message })],
    };
  }
}

/** Reads a configuration file's text. Mistakes and warnings carry their line where there is one. */
export function parseConfiguration(text: string, options: ParseOptions = {}): ParseResult {
  const data = readText(text, options.format ?? (/^\s*\{/.test(text) ? 'json' : 'yaml'));
  if (data.mistakes.length > 0) return { ok: false, mistakes: data.mistakes };
  if (data.value === null || data.value === undefined)
    return { ok: false, mistakes: [mistake('', 'configuration-empty')] };
  const filled = withPriceFile(data.value, options.readFile);
  const result: ParseResult =
    filled.mistakes.length > 0
      ? { ok: false, mistakes: filled.mistakes }
      : readConfiguration(filled.value, options.extraChecks);
  const located = (mistake: Mistake): LocatedMistake => {
    const line = data.lineOf(pathParts(mistake.path));
    return line === undefined ? mistake : { ...mistake, line };
  };
  return result.ok
    ? { ...result, warnings: result.warnings.map(located) }
    : { ok: false, mistakes: result.mistakes.map(located).sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}
