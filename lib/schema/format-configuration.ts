/** A configuration in the file's form: for `export`, and item by item for the API. */

import { stringify } from 'yaml';
import type { CdrSettings } from '../core/cdr/settings.ts';
import type {
  CallbackRule,
  CallbackTerms,
  Configuration,
  Extension,
  Flow,
  FlowComponent,
  Secret,
  Trunk,
} from '../core/configuration.ts';
import { callsOf, registrarOf, USUAL_CALLS, USUAL_REGISTRAR } from '../core/settings.ts';
import { USUAL_CDR } from './cdr.ts';
import { limitsOf } from './limits.ts';
import { type Fields, isFields } from './plain-data.ts';
import { masked } from './secrets.ts';
import { SECTION_NAMES, SECTIONS, type SectionItem, type SectionName } from './sections.ts';

export interface DocumentOptions {
  /** `keep` only where the text stays inside: a configuration on its way back into the schemas. */
  secrets: 'mask' | 'keep';
  /** `complete`: every field, null for absent. `compact`: without those that say what is so anyway. */
  form: 'complete' | 'compact';
}

const shownSecret = (secret: Secret, options: DocumentOptions) =>
  options.secrets === 'mask' ? masked(secret) : secret;

function trunkFields(given: Trunk, options: DocumentOptions): Fields {
  // Older versions stored `weight` so.
  const { inactive, ...trunk } = given as Trunk & { inactive?: Fields };
  const { auth } = trunk;
  return {
    ...trunk,
    auth: auth === null ? null : { ...auth, password: shownSecret(auth.password, options) },
    ...inactive,
  };
}

function extensionFields(extension: Extension, options: DocumentOptions): Fields {
  const { password } = extension;
  return { ...extension, password: password === null ? null : shownSecret(password, options) };
}

/** A list of one is written without brackets, as most people write it. */
function one<T>(list: T[]): T | T[] {
  return list.length === 1 ? list[0]! : list;
}

function termFields<T extends CallbackTerms>(given: T): Fields {
  // Older versions stored `releaseMedia` so.
  const { inactive, ...terms } = given as T & { inactive?: Fields };
  const { intervalSeconds, intervals, ...retry } = terms.retry;
  const own = Object.entries(intervals ?? {}).flatMap(([outcome, list]) =>
    list === undefined ? [] : [[outcome, one(list)]],
  );
  return {
    ...terms,
    retry: {
      ...retry,
      intervalSeconds: intervalSeconds.length === 0 ? 'byOutcome' : one(intervalSeconds),
      ...(own.length === 0 ? {} : { intervals: Object.fromEntries(own) }),
    },
    ...inactive,
  };
}

function ruleFields({ ringing, ...rule }: CallbackRule): Fields {
  const inbound = { mode: ringing?.mode ?? 'reject', ringSeconds: ringing?.seconds ?? null };
  return { ...termFields(rule), ...inbound, origin: rule.origin === 'any' ? 'any' : one(rule.origin) };
}

function componentFields(component: FlowComponent, options: DocumentOptions): Fields {
  if (component.type === 'inactive') return component.raw;
  if (component.type === 'webhook') {
    const { secret } = component;
    return { ...component, secret: secret === null ? null : shownSecret(secret, options) };
  }
  if (component.type !== 'callback') return { ...component };
  const { terms, rule, ...rest } = component;
  return terms === null ? { ...rest, rule } : { ...rest, ...termFields(terms) };
}

function flowFields(flow: Flow, options: DocumentOptions): Fields {
  const components = Object.entries(flow.components).map(([word, component]) => [
    word,
    componentFields(component, options),
  ]);
  const { name, start, layout } = flow;
  return { name, start, components: Object.fromEntries(components), layout: layout ?? null };
}

function completeFields(section: SectionName, item: SectionItem<SectionName>, options: DocumentOptions): Fields {
  if (section === 'trunks') return trunkFields(item as Trunk, options);
  if (section === 'extensions') return extensionFields(item as Extension, options);
  if (section === 'callbackRules') return ruleFields(item as CallbackRule);
  if (section === 'flows') return flowFields(item as Flow, options);
  if (section === 'inboundNumbers')
    return { anonymous: null, language: null, ...(item as SectionItem<'inboundNumbers'>) };
  return { ...item };
}

const SAMPLES: Record<SectionName, Fields> = {
  trunks: { name: 'x', proxy: 'sip:x' },
  outgoingRules: { name: 'x', routes: [{ match: 'x', trunks: ['x'] }] },
  extensions: { number: '0' },
  inboundNumbers: { number: '0' },
  callbackRules: { name: 'x' },
  flows: { name: 'x', start: 'x', components: { x: { type: 'hangup' } } },
  hours: { name: 'x', timezone: 'UTC' },
};
const USUAL_WEBHOOK = { timeoutSeconds: 10, maxQueueMegabytes: 256 };
/** Fields that are always written, whatever is usual. */
const ALWAYS = new Set([
  'name',
  'number',
  'extension',
  'proxy',
  'type',
  'start',
  'components',
  'routes',
  'callback',
  'timezone',
  'url',
]);

const SAMPLE_COMPONENTS: Record<string, Fields> = {
  menu: { type: 'menu' },
  dial: { type: 'dial', extension: '0' },
  screen: { type: 'screen' },
  transfer: { type: 'transfer', extension: '0' },
  callback: { type: 'callback' },
  announce: { type: 'announce', prompt: 'x' },
  webhook: { type: 'webhook', url: 'https://x' },
  record: { type: 'record' },
  collect: { type: 'collect', readBack: {} },
  switch: { type: 'switch', on: 'caller' },
  set: { type: 'set' },
  hours: { type: 'hours', hours: 'x' },
  hangup: { type: 'hangup' },
};

function usualComponent(type: string): Fields {
  const sample = SAMPLE_COMPONENTS[type];
  if (sample === undefined) return {};
  const flow = SECTIONS.flows.schema.parse({ name: 'x', start: 'x', components: { x: sample } });
  const usual = componentFields(flow.components['x']!, { secrets: 'keep', form: 'complete' });
  // What is not usual, but had to be said.
  return type === 'announce' ? { ...usual, prompt: undefined } : usual;
}

function usualItem(section: SectionName): Fields {
  const item = SECTIONS[section].schema.parse(SAMPLES[section]);
  return completeFields(section, item, { secrets: 'keep', form: 'complete' });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Without nulls, and without what `usual` says as well. */
function compactFields(given: Fields, usual: Fields): Fields {
  const result: Fields = {};
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    const standard = usual[key];
    if (!ALWAYS.has(key) && same(value, standard)) continue;
    const inner =
      isFields(value) && key !== 'components' ? compactFields(value, isFields(standard) ? standard : {}) : value;
    result[key] = inner;
  }
  return result;
}

function compactItem(section: SectionName, item: Fields): Fields {
  const result = compactFields(item, usualItem(section));
  if (section === 'outgoingRules')
    result['routes'] = (item['routes'] as Fields[]).map((route) => compactFields(route, { matchOn: 'e164' }));
  if (section === 'flows') {
    const components = Object.entries(item['components'] as Record<string, Fields>);
    result['components'] = Object.fromEntries(
      components.map(([word, fields]) => [word, compactFields(fields, usualComponent(String(fields['type'])))]),
    );
  }
  return result;
}

/** One resource in the file's form. */
export function itemFields<S extends SectionName>(section: S, item: SectionItem<S>, options: DocumentOptions): Fields {
  const complete = completeFields(section, item, options);
  return options.form === 'compact' ? compactItem(section, complete) : complete;
}

function cdrFields(cdr: CdrSettings, options: DocumentOptions): Fields {
  const { webhook } = cdr;
  const secret = webhook === null || webhook.secret === null ? null : shownSecret(webhook.secret, options);
  const complete: Fields = { ...cdr, webhook: webhook === null ? null : { ...webhook, secret } };
  if (options.form === 'complete') return complete;
  const usual = { ...USUAL_CDR, webhook: USUAL_WEBHOOK } as unknown as Fields;
  return compactFields(complete, usual);
}

/** The whole configuration in the file's form, as data. */
export function configurationDocument(configuration: Configuration, options: DocumentOptions): Fields {
  const {
    version,
    defaultCountry,
    defaultLanguage = null,
    defaultOutgoingRule,
    limits,
    trustedProxies,
    inactive,
  } = configuration;
  const compact = options.form === 'compact';
  const result: Fields = { version, defaultCountry };
  if (!compact || defaultLanguage !== null) result['defaultLanguage'] = defaultLanguage;
  for (const section of SECTION_NAMES) {
    if (section === 'outgoingRules' && !(compact && defaultOutgoingRule === null))
      result['defaultOutgoingRule'] = defaultOutgoingRule;
    const items = configuration[section].map((item) => itemFields(section, item, options));
    if (!compact || items.length > 0) result[section] = items;
  }
  Object.assign(result, inactive);
  const usualLimits = limitsOf(defaultCountry).parse({}) as unknown as Fields;
  const shownLimits = compact ? compactFields({ ...limits }, usualLimits) : limits;
  if (!compact || Object.keys(shownLimits).length > 0) result['limits'] = shownLimits;
  for (const [key, settings, usual] of [
    ['registrar', registrarOf(configuration), USUAL_REGISTRAR],
    ['calls', callsOf(configuration), USUAL_CALLS],
  ] as const) {
    const shown = compact ? compactFields({ ...settings }, { ...usual }) : settings;
    if (!compact || Object.keys(shown).length > 0) result[key] = shown;
  }
  if (!compact || trustedProxies.addresses.length > 0) result['trustedProxies'] = trustedProxies;
  if (configuration.cdr !== undefined) result['cdr'] = cdrFields(configuration.cdr, options);
  else if (!compact) result['cdr'] = null;
  return result;
}

/** YAML of the file's form. Written passwords are masked; `mergeSecrets` puts the stored ones back. */
export function formatConfiguration(configuration: Configuration): string {
  const document = configurationDocument(configuration, { secrets: 'mask', form: 'compact' });
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2', schema: 'core' });
}
