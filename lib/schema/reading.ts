/** One reading of a configuration's data: sections item by item, mistakes gathered. */

import { type Flaw, flaw, type Mistake, mistakeAt } from '../core/mistake.ts';
import { check, type PathPart, pathText } from './mistake-list.ts';
import { shown, unknownKey } from './nearest.ts';
import { type Fields, isFields, lostNumbers } from './plain-data.ts';
import { wordOf } from './references.ts';
import {
  INACTIVE_SECTION_NAMES,
  INACTIVE_SECTIONS,
  type InactiveSectionName,
  identity,
  nounOf,
  SECTION_NAMES,
  SECTIONS,
  type SectionItem,
  type SectionName,
} from './sections.ts';

export const TOP_KEYS = [
  'version',
  'defaultCountry',
  'defaultLanguage',
  'defaultOutgoingRule',
  'limits',
  'registrar',
  'calls',
  'trustedProxies',
  'cdr',
  ...SECTION_NAMES,
  ...INACTIVE_SECTION_NAMES,
];
const MOST_ITEMS = 100_000;

export class Reading {
  readonly mistakes: Mistake[] = [];
  readonly top: Fields;
  constructor(top: Fields) {
    this.top = top;
  }

  say(path: PathPart[], what: Flaw): void {
    this.mistakes.push(mistakeAt(pathText(path), what));
  }

  field<T>(schema: Parameters<typeof check<T>>[0], key: string, standard: T): T {
    if (!Object.hasOwn(this.top, key)) return standard;
    const checked = check(schema, this.top[key], [key]);
    if (checked.ok) return checked.value;
    this.mistakes.push(...checked.mistakes);
    return standard;
  }

  /** The items of a section as written. */
  list(section: SectionName | InactiveSectionName): unknown[] {
    const value = this.top[section] ?? [];
    return Array.isArray(value) && value.length <= MOST_ITEMS ? value : [];
  }

  /** Names of a section; the second of two equal ones is a mistake. */
  names(section: SectionName | InactiveSectionName): Set<string> {
    const key = section in SECTIONS ? SECTIONS[section as SectionName].key : 'name';
    const names = new Set<string>();
    for (const [index, item] of this.list(section).entries()) {
      const word = isFields(item) ? wordOf(item[key]) : null;
      if (word === null) continue;
      const unique = identity(section, word);
      if (names.has(unique))
        this.say([section, index, key], flaw('another-one', { noun: nounOf(section), name: shown(word) }));
      names.add(unique);
    }
    return names;
  }

  /** The items of a section that are right. */
  items<S extends SectionName>(section: S): SectionItem<S>[] {
    return this.list(section).flatMap((raw, index) => {
      const checked = check<unknown>(SECTIONS[section].schema, raw, [section, index]);
      if (checked.ok) return [checked.value as SectionItem<S>];
      this.mistakes.push(...checked.mistakes);
      return [];
    });
  }

  inactive(section: InactiveSectionName): unknown[] {
    const items = this.list(section);
    for (const [index, raw] of items.entries()) {
      const checked = check(INACTIVE_SECTIONS[section].schema, raw, [section, index]);
      if (!checked.ok) this.mistakes.push(...checked.mistakes);
    }
    this.mistakes.push(...lostNumbers(items, [section]));
    return items;
  }

  /** What stands at the top, sections being lists. */
  frame(): void {
    for (const key of Object.keys(this.top)) if (!TOP_KEYS.includes(key)) this.say([key], unknownKey(key, TOP_KEYS));
    const { version } = this.top;
    if (version !== undefined && version !== 1) this.say(['version'], flaw('version-one'));
    for (const section of [...SECTION_NAMES, ...INACTIVE_SECTION_NAMES]) {
      const value = this.top[section] ?? [];
      if (!Array.isArray(value)) this.say([section], flaw('expected-list'));
      else if (value.length > MOST_ITEMS) this.say([section], flaw('too-many-items', { most: MOST_ITEMS }));
    }
  }
}
