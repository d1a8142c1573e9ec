/**
 * Names that point to something: each has to exist. Looks at the fields as written, so that a mistake in one field
 * of an item does not hide those in its others; fields of a wrong type are the schemas' to complain of.
 */

import type { Configuration, Mistake } from '../core/configuration.ts';
import { exitsOf } from '../core/flow/exits.ts';
import { type Flaw, flaw, mistakeAt } from '../core/mistake.ts';
import { componentName } from './field.ts';
import { INACTIVE_TYPES } from './flow.ts';
import { check, type PathPart, pathText } from './mistake-list.ts';
import { shown, suggestion } from './nearest.ts';
import { type Fields, isFields } from './plain-data.ts';
import { type InactiveSectionName, identity, nounOf, type SectionName } from './sections.ts';

type AnySection = SectionName | InactiveSectionName;

/** A configuration as written: items by section, and every name that a section has. */
export interface Written {
  items: Record<AnySection, unknown[]>;
  names: Record<AnySection, Set<string>>;
  defaultOutgoingRule: unknown;
  calls: unknown;
}

type Path = readonly PathPart[];

const MOST_COMPONENTS = 500;

/** A name as it was written, `200` being text that YAML took for a number. */
export function wordOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

const noSuch = (noun: Flaw, word: string, known: readonly string[]): Flaw =>
  flaw('no-such', { noun, name: shown(word), hint: suggestion(word, known) });

class Checker {
  readonly mistakes: Mistake[] = [];
  readonly written: Written;
  constructor(written: Written) {
    this.written = written;
  }

  say(path: Path, what: Flaw): void {
    this.mistakes.push(mistakeAt(pathText(path), what));
  }

  /** What `value` names has to be in `section`. */
  exists(section: AnySection, value: unknown, path: Path): void {
    const word = wordOf(value);
    if (word === null) return;
    const known = this.written.names[section];
    if (known.has(identity(section, word))) return;
    this.say(path, noSuch(nounOf(section), word, [...known]));
  }

  eachExists(section: AnySection, values: unknown, path: Path): void {
    for (const [i, value] of listOf(values).entries()) this.exists(section, value, [...path, i]);
  }

  /** Whether a number can leave at all: by a trunk, an outgoing rule or the default one. */
  wayOut(from: Fields, path: Path): void {
    const ways = [from['trunk'], from['outgoingRule'], this.written.defaultOutgoingRule];
    if (ways.some((way) => way !== undefined)) return;
    this.say([...path, 'trunk'], flaw('no-way-out'));
  }

  targets(from: Fields, path: Path): void {
    this.exists('trunks', from['trunk'], [...path, 'trunk']);
    this.exists('outgoingRules', from['outgoingRule'], [...path, 'outgoingRule']);
    this.exists('extensions', from['extension'], [...path, 'extension']);
  }

  /** A rule's fields, or those of an inline `callback` component. */
  terms(terms: Fields, path: Path): void {
    this.targets(terms, path);
    this.exists('hours', terms['hours'], [...path, 'hours']);
    if (terms['method'] !== 'extension') this.wayOut(terms, path);
  }

  componentExists(components: Fields, value: unknown, path: Path): void {
    const word = wordOf(value);
    // that it is empty is said already
    if (word === null || word === '' || Object.hasOwn(components, word.normalize('NFC'))) return;
    this.say(path, noSuch(flaw('noun-component'), word, Object.keys(components)));
  }

  component(components: Fields, word: string, path: Path): void {
    const component = fieldsOf(components[word]);
    const type = component['type'];
    const isBuilt = !(INACTIVE_TYPES as readonly unknown[]).includes(type);
    for (const exit of isBuilt ? exitsOf(component) : [])
      this.componentExists(components, exit.to, [...path, ...exit.path]);
    if (type === 'transfer') this.targets(component, path);
    if (type === 'dial') {
      this.targets(component, path);
      this.eachExists('extensions', component['extensions'], [...path, 'extensions']);
      if (component['number'] !== undefined) this.wayOut(component, path);
    }
    if (type === 'hours') this.exists('hours', component['hours'], [...path, 'hours']);
    if (type === 'callback' && component['rule'] === undefined) this.terms(component, path);
    if (type === 'callback') this.exists('callbackRules', component['rule'], [...path, 'rule']);
  }

  flow(flow: Fields, path: Path): void {
    const components = fieldsOf(flow['components']);
    const words = Object.keys(components);
    if (words.length === 0 && isFields(flow['components'])) this.say([...path, 'components'], flaw('needs-component'));
    if (words.length > MOST_COMPONENTS) {
      this.say([...path, 'components'], flaw('too-many-components', { most: MOST_COMPONENTS }));
      return;
    }
    this.componentExists(components, flow['start'], [...path, 'start']);
    for (const word of words) {
      const here = [...path, 'components', word];
      const named = check(componentName, word, here);
      if (!named.ok) this.mistakes.push(...named.mistakes.slice(0, 1));
      this.component(components, word, here);
    }
  }

  outgoingRule(rule: Fields, path: Path): void {
    for (const [i, route] of listOf(rule['routes']).entries()) {
      this.exists('hours', fieldsOf(route)['hours'], [...path, 'routes', i, 'hours']);
      for (const [j, trunk] of listOf(fieldsOf(route)['trunks']).entries()) {
        const at = [...path, 'routes', i, 'trunks', j];
        if (isFields(trunk)) this.exists('trunks', trunk['name'], [...at, 'name']);
        else this.exists('trunks', trunk, at);
      }
    }
  }

  inboundNumber(item: Fields, path: Path): void {
    this.exists('flows', item['flow'], [...path, 'flow']);
    this.exists('flows', fieldsOf(item['anonymous'])['flow'], [...path, 'anonymous', 'flow']);
  }

  callbackRule(rule: Fields, path: Path): void {
    this.eachExists('inboundNumbers', rule['inboundNumbers'], [...path, 'inboundNumbers']);
    this.terms(rule, path);
    this.exists('flows', rule['next'], [...path, 'next']);
  }

  each(section: AnySection, look: (item: Fields, path: Path) => void): void {
    for (const [i, item] of this.written.items[section].entries()) if (isFields(item)) look(item, [section, i]);
  }
}

const INACTIVE_REFERENCES: Array<[InactiveSectionName, field: string, AnySection]> = [
  ['queues', 'hours', 'hours'],
  ['agents', 'extension', 'extensions'],
  ['agents', 'queues', 'queues'],
  ['services', 'queue', 'queues'],
  ['services', 'hours', 'hours'],
  ['services', 'trunk', 'trunks'],
  ['services', 'outgoingRule', 'outgoingRules'],
];

/** Every reference to nothing. */
export function referenceMistakes(written: Written): Mistake[] {
  const checker = new Checker(written);
  checker.exists('outgoingRules', written.defaultOutgoingRule, ['defaultOutgoingRule']);
  const outgoingRule = fieldsOf(fieldsOf(written.calls)['transfers'])['outgoingRule'];
  checker.exists('outgoingRules', outgoingRule, ['calls', 'transfers', 'outgoingRule']);
  checker.each('outgoingRules', (rule, path) => checker.outgoingRule(rule, path));
  checker.each('inboundNumbers', (item, path) => checker.inboundNumber(item, path));
  checker.each('callbackRules', (rule, path) => checker.callbackRule(rule, path));
  checker.each('flows', (flow, path) => checker.flow(flow, path));
  for (const [section, field, target] of INACTIVE_REFERENCES)
    checker.each(section, (item, path) => {
      checker.exists(target, item[field], [...path, field]);
      checker.eachExists(target, item[field], [...path, field]);
    });
  return checker.mistakes;
}

/** Rules name inbound numbers as those are written, so that one comparison of texts is enough later on. */
export function withInboundNumbersAsWritten(configuration: Configuration): Configuration {
  const written = new Map(configuration.inboundNumbers.map((n) => [identity('inboundNumbers', n.number), n.number]));
  const callbackRules = configuration.callbackRules.map((rule) => ({
    ...rule,
    inboundNumbers: [...new Set(rule.inboundNumbers.map((n) => written.get(identity('inboundNumbers', n)) ?? n))],
  }));
  return { ...configuration, callbackRules };
}
